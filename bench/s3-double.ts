/** The S3 double of the tests in a process of its own: what it spends is not the client's. With `trusting` it takes whatever comes. */
import { startS3Server } from "../test/support/s3-server.ts";

const KEPT_MS = 20_000;

const { endpoint, objects } = await startS3Server({
  ignoresAcls: true,
  trustsBodies: process.argv.includes("trusting"),
});
// What has been proven is not needed any more; all rounds would not fit into memory.
setInterval(() => {
  for (const [key, { modified }] of objects) if (Date.now() - modified.getTime() > KEPT_MS) objects.delete(key);
}, 1000);
process.stdout.write(`${endpoint}\n`);
process.once("SIGTERM", () => process.exit(0));
