/** What the server's archive step does with each original, whose checksum is known by then, two at a time. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { openS3 } from "../src/storage/s3.ts";

const [, , endpoint = "", bucket = "", list = ""] = process.argv;
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

export interface KnownFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

// The first records, with which it finds out whether the service looks at what it takes.
for (const name of ["first", "second"]) {
  const bytes = Buffer.from(name);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const key = `photolog/${process.pid}/${name}`;
  await store.put({ key, source: { bytes }, size: bytes.length, sha256, contentType: "application/json" });
}
const waiting = JSON.parse(readFileSync(list, "utf8")) as KnownFile[];
const work = async (): Promise<void> => {
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    const { path, size, sha256 } = file;
    // What a run before has put would be found there, and not be sent.
    const key = `photolog/${process.pid}/${basename(path)}`;
    await store.put({ key, source: { path }, size, sha256, contentType: "image/jpeg" });
  }
};
await Promise.all([work(), work()]);
