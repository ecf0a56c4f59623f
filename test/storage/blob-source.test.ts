import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { checkWholeBlob, readBlob, readInParts, readWholeBlob, scanBlob } from "../../src/storage/blob-source.ts";
import { etagOf } from "../../src/storage/etag.ts";
import { blobOf, sha256Of, withCode } from "../conformance/blob-store.ts";

const MIB = 1024 * 1024;

describe("the bytes that are to be put", { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "photolog-source-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function fileOf(bytes: Uint8Array) {
    const path = join(folder, "photo");
    await writeFile(path, bytes);
    return { ...blobOf("a.jpg", bytes), source: { path } };
  }

  for (const size of [0, 1, MIB, 3 * MIB + 1]) {
    it(`are the same ${size} from a file and from memory, whole and in chunks`, async () => {
      const bytes = randomBytes(size);
      for (const blob of [await fileOf(bytes), blobOf("a.jpg", bytes)]) {
        const whole = await readWholeBlob(blob, Buffer.alloc(4 * MIB));
        assert.deepEqual(whole, bytes);
        checkWholeBlob(blob, whole);
        const kept: Buffer[] = [];
        for await (const chunk of readBlob(blob)) kept.push(chunk);
        assert.deepEqual(Buffer.concat(kept), bytes);
        const hash = createHash("sha256");
        for await (const chunk of scanBlob(blob)) hash.update(chunk);
        assert.equal(hash.digest("hex"), blob.sha256);
      }
    });
  }

  it("never come to an end where the file shrinks while it is read", async () => {
    const blob = await fileOf(randomBytes(3 * MIB));
    const chunks = readBlob(blob);
    await chunks.next();
    await truncate(blob.source.path, MIB + 100);
    await assert.rejects(async () => {
      for await (const chunk of chunks) assert.ok(chunk.length > 0);
    }, withCode("ORIGINAL_CHANGED"));
  });

  it("never show their last chunk where the file changes while it is read", async () => {
    const blob = await fileOf(randomBytes(3 * MIB));
    const chunks = readBlob(blob);
    let shown = (await chunks.next()).value?.length ?? 0;
    await writeFile(blob.source.path, randomBytes(3 * MIB));
    await assert.rejects(async () => {
      for await (const chunk of chunks) shown += chunk.length;
    }, withCode("ORIGINAL_CHANGED"));
    assert.equal(shown, 2 * MIB);
  });

  it("come in parts into the room that is given for each, one after the other, with the MD5 of each", async () => {
    const bytes = randomBytes(5 * MIB + 3);
    for (const blob of [await fileOf(bytes), blobOf("a.jpg", bytes)]) {
      const parts = readInParts(blob, 2 * MIB);
      const rooms = Array.from({ length: 4 }, () => Buffer.alloc(2 * MIB));
      const read = await Promise.all(rooms.map((room) => parts.next(room)));
      await parts.close();
      assert.deepEqual(
        read.map((part) => part && [part.number, part.bytes.length, part.md5.toString("hex")]),
        [
          ...[0, 2, 4].map((at, index) => {
            const part = bytes.subarray(at * MIB, (at + 2) * MIB);
            return [index + 1, part.length, createHash("md5").update(part).digest("hex")];
          }),
          undefined,
        ],
      );
      assert.deepEqual(Buffer.concat(read.flatMap((part) => part?.bytes ?? [])), bytes);
    }
  });

  it("come in parts that end in the middle of what is read from a file at a time", async () => {
    const bytes = randomBytes(4 * MIB);
    const parts = readInParts(await fileOf(bytes), 1.5 * MIB);
    const read: Buffer[] = [];
    for (let part; (part = await parts.next(Buffer.alloc(2 * MIB))) !== undefined;) read.push(part.bytes);
    assert.deepEqual(
      read.map(({ length }) => length),
      [1.5 * MIB, 1.5 * MIB, MIB],
    );
    assert.deepEqual(Buffer.concat(read), bytes);
  });

  it("never show their last part where the file changes while it is read", async () => {
    const blob = await fileOf(randomBytes(5 * MIB));
    const parts = readInParts(blob, 2 * MIB);
    const room = Buffer.alloc(2 * MIB);
    await parts.next(room);
    await writeFile(blob.source.path, randomBytes(5 * MIB));
    assert.equal((await parts.next(room))?.number, 2);
    await assert.rejects(parts.next(room), withCode("ORIGINAL_CHANGED"));
    await parts.close();
  });

  it("are refused where nothing was announced under a wrong checksum", async () => {
    const blob = { ...(await fileOf(Buffer.alloc(0))), sha256: sha256Of(Buffer.from("something")) };
    await assert.rejects(readBlob(blob).next(), withCode("ORIGINAL_CHANGED"));
    const bytes = await readWholeBlob(blob, Buffer.alloc(0));
    assert.throws(() => checkWholeBlob(blob, bytes), withCode("ORIGINAL_CHANGED"));
  });

  it("are refused where a folder took the file's place", async () => {
    await assert.rejects(
      readWholeBlob({ ...blobOf("a", Buffer.from("x")), source: { path: folder } }, Buffer.alloc(1)),
      withCode("ORIGINAL_CHANGED"),
    );
  });

  it("have the ETag of S3, whole or in parts", async () => {
    const bytes = randomBytes(2 * MIB + 5);
    const md5 = (part: Uint8Array): Buffer => createHash("md5").update(part).digest();
    const inTwo = md5(Buffer.concat([md5(bytes.subarray(0, 1.5 * MIB)), md5(bytes.subarray(1.5 * MIB))])).toString(
      "hex",
    );
    for (const blob of [await fileOf(bytes), blobOf("a.jpg", bytes)]) {
      assert.equal(await etagOf(blob, 8 * MIB), md5(bytes).toString("hex"));
      assert.equal(await etagOf(blob, 2 * MIB + 5), md5(bytes).toString("hex"));
      assert.equal(await etagOf(blob, 1.5 * MIB), `${inTwo}-2`);
    }
    assert.equal(await etagOf(blobOf("a", Buffer.alloc(0)), 8 * MIB), "d41d8cd98f00b204e9800998ecf8427e");
  });
});
