/** Makes `dist/`. */
import { bundle } from "./bundle.ts";

await bundle("dist", {
  // Native, with files of their own, or needed by the server alone, which starts once.
  external: [
    "better-sqlite3",
    "sharp",
    "@aws-sdk/*",
    "@smithy/*",
    "@fastify/*",
    "@googleapis/*",
    "fastify",
    "file-type",
    "libheif-js",
    "flickr-sdk",
    "pino",
    "pino-pretty",
    "prom-client",
    "rate-limiter-flexible",
  ],
});
