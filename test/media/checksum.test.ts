import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checksumsOf } from "../../src/media/checksum.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${bytes.length}.bin`);
  await writeFile(path, bytes);
  return path;
}

test("three letters have their published digests", async () => {
  const path = await fileOf(Buffer.from("abc"));
  assert.deepEqual(await checksumsOf(path, ["sha256", "md5"]), {
    bytes: 3,
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    md5: "900150983cd24fb0d6963f7d28e17f72",
  });
});

test("a file of several pieces is read to its last byte", async () => {
  for (const length of [1024 * 1024 - 1, 1024 * 1024, 3 * 1024 * 1024 + 7]) {
    const bytes = Buffer.alloc(length, "photolog");
    bytes[length - 1] = 1;
    const { sha256, bytes: read } = await checksumsOf(await fileOf(bytes), ["sha256"]);
    assert.equal(read, length);
    assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
  }
});

test("only the checksums asked for are worked out", async () => {
  const path = await fileOf(Buffer.from("photo"));
  assert.deepEqual(Object.keys(await checksumsOf(path, ["md5"])).toSorted(), ["bytes", "md5"]);
  assert.deepEqual(await checksumsOf(path, []), { bytes: 5 });
});

test("an empty file has checksums too", async () => {
  const { bytes, md5 } = await checksumsOf(await fileOf(Buffer.alloc(0)), ["md5"]);
  assert.deepEqual({ bytes, md5 }, { bytes: 0, md5: "d41d8cd98f00b204e9800998ecf8427e" });
});

test("reading stops when it is told to", async () => {
  const path = await fileOf(Buffer.alloc(4 * 1024 * 1024));
  const reason = new Error("enough");
  await assert.rejects(checksumsOf(path, ["sha256"], AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const running = checksumsOf(path, ["sha256"], controller.signal);
  controller.abort(reason);
  await assert.rejects(running, reason);
});

test("a file that is not there rejects with what the system says", async () => {
  await assert.rejects(checksumsOf(join(folder, "missing"), ["sha256"]), { code: "ENOENT" });
});
