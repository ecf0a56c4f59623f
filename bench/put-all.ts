/** What the server's archive step does with each original, two at a time. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { checksumsOf } from "../src/media/checksum.ts";
import { openS3 } from "../src/storage/s3.ts";

const [, , endpoint = "", bucket = "", ...paths] = process.argv;
// eslint-disable-next-line node/no-process-env -- as the tools it is compared with are told
const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = process.env;
const store = openS3({
  bucket,
  endpoint,
  region: "eu-test-1",
  accessKeyId,
  secretAccessKey,
  pathStyle: "auto",
  prefix: "",
  checksums: "auto",
});

const waiting = [...paths];
const work = async (): Promise<void> => {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const { size } = await stat(path);
    const { sha256 } = await checksumsOf(path, ["sha256"]);
    await store.put({ key: `photolog/${basename(path)}`, source: { path }, size, sha256, contentType: "image/jpeg" });
  }
};
await Promise.all([work(), work()]);
