/**
 * All that photolog does with the photos of a folder, in one process tree so that it can be measured: serves, uploads, waits until
 * every original is archived and every rendition made, and publishes the gallery.
 *
 *   node bench/serve-and-publish.ts SITE [PHOTO|FOLDER…]
 *
 * Where none is given, nothing is uploaded.
 *
 * In the environment: what `makeHome` of `serving.ts` tells.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { databaseIn, PHOTOLOG, startProcess } from "./serving.ts";
import { untilDone } from "./through-serve.ts";

const [, , site = "", ...photos] = process.argv;
const run = promisify(execFile);
const [node, bin] = PHOTOLOG;

const server = await startProcess([node, bin, "serve"], { address: /^Photolog listens on (\S+)/ });
try {
  if (photos.length > 0) {
    await run(node, [bin, "upload", ...photos, "--host", server.url, "--wait", "--json"], { maxBuffer: 2 ** 26 });
  }
  // eslint-disable-next-line node/no-process-env -- a home made for this
  await untilDone({ databaseFile: databaseIn(process.env["HOME"] ?? "") }, ["archive", "renditions", "release"]);
} finally {
  await server.stop();
}
await run(node, [bin, "gallery", "publish", "--to", site, "--json"]);
