/** What every BlobStore keeps to, whatever its bytes end up on. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buffer } from "node:stream/consumers";
import type { Blob, BlobStat, BlobStore } from "../../src/storage/blob-store.ts";
import { PhotologError, type ErrorCode } from "../../src/errors.ts";

export interface OpenedBlobStore {
  /** Empty at the start. */
  readonly store: BlobStore;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

const HOSTILE_KEYS = [
  "originals/2026/11/25/IMG 0001 (1).jpg",
  "originals/a+b%2Bc%20d.jpg",
  "originals/première été 写真 📷.jpg",
  'originals/it\'s 100% "quoted" <b>&amp;</b> #?=;:@!$*,.jpg',
  "originals/back\\slash~`^|{}[].jpg",
  "originals/.hidden",
  "originals/ leading and trailing blank ",
  "originals/e\u0301 is not \u00e9.jpg",
  `originals/${"long-".repeat(48)}/${"name-".repeat(48)}/${"more-".repeat(48)}/${"last-".repeat(48)}.jpg`,
];

const REFUSED_KEYS = [
  "",
  "/absolute",
  "../climbs",
  "a/../../climbs",
  "a/..",
  "a/./b",
  "a//b",
  "a/",
  "nul\0inside",
  "two\nlines",
  "half a surrogate \ud83d",
  ".photolog-tmp/sneaks-in",
  "x".repeat(1025),
];

export function blobOf(key: string, bytes: Uint8Array, more: Partial<Blob> = {}): Blob {
  return {
    key,
    source: { bytes },
    size: bytes.byteLength,
    sha256: sha256Of(bytes),
    contentType: "image/jpeg",
    ...more,
  };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export async function collect(stats: AsyncIterable<BlobStat>): Promise<BlobStat[]> {
  const all: BlobStat[] = [];
  for await (const stat of stats) all.push(stat);
  return all;
}

export function withCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PhotologError, `expected a PhotologError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  };
}

export function describeBlobStore(name: string, open: () => Promise<OpenedBlobStore>): void {
  describe(name, { timeout: 300_000 }, () => {
    let opened: OpenedBlobStore;
    let store: BlobStore;
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "photolog-blobs-"));
      opened = await open();
      store = opened.store;
    });
    after(async () => {
      await opened?.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function fileOf(key: string, bytes: Uint8Array): Promise<Blob & { source: { path: string } }> {
      const path = join(folder, randomBytes(8).toString("hex"));
      await writeFile(path, bytes);
      return { ...blobOf(key, bytes), source: { path } };
    }

    async function bytesAt(key: string): Promise<Buffer> {
      return await buffer(await store.get(key));
    }

    it("says for people where it is", () => {
      assert.notEqual(store.address, "");
    });

    it("gives back the bytes that were put, and tells their size and checksum", async () => {
      const bytes = randomBytes(70_001);
      const blob = blobOf("round/trip.jpg", bytes);
      await store.put(blob);
      assert.deepEqual(await bytesAt(blob.key), bytes);
      const stat = await store.stat(blob.key);
      assert.equal(stat?.key, blob.key);
      assert.equal(stat?.size, bytes.length);
      assert.equal(stat?.sha256, blob.sha256);
      assert.ok([undefined, "image/jpeg"].includes(stat?.contentType));
    });

    for (const size of [0, 1, MIB, MIB + 1, 8 * MIB, 20 * MIB + 7]) {
      it(`keeps a file of ${size} bytes`, async () => {
        const bytes = randomBytes(size);
        const blob = await fileOf(`sizes/${size}`, bytes);
        await store.put(blob);
        assert.equal(sha256Of(await bytesAt(blob.key)), blob.sha256);
        assert.deepEqual(
          { size: (await store.stat(blob.key))?.size, sha256: (await store.stat(blob.key))?.sha256 },
          { size, sha256: blob.sha256 },
        );
      });
    }

    it("keeps 20 MB that come from memory", async () => {
      const bytes = randomBytes(20_000_000);
      await store.put(blobOf("sizes/memory", bytes));
      assert.equal(sha256Of(await bytesAt("sizes/memory")), sha256Of(bytes));
    });

    for (const key of HOSTILE_KEYS) {
      it(`keeps a blob under ${JSON.stringify(key).slice(0, 60)}`, async () => {
        const bytes = Buffer.from(key);
        await store.put(blobOf(key, bytes));
        assert.deepEqual(await bytesAt(key), bytes);
        assert.equal((await store.stat(key))?.sha256, sha256Of(bytes));
        assert.deepEqual(await collect(store.list(key)), [{ key, size: bytes.length }]);
        await store.delete(key);
        assert.equal(await store.stat(key), undefined);
      });
    }

    for (const key of REFUSED_KEYS) {
      it(`refuses the key ${JSON.stringify(key).slice(0, 40)}`, async () => {
        await assert.rejects(store.put(blobOf(key, Buffer.from("x"))), withCode("BAD_FIELD"));
        await assert.rejects(store.get(key), withCode("BAD_FIELD"));
        await assert.rejects(store.stat(key), withCode("BAD_FIELD"));
        await assert.rejects(store.delete(key), withCode("BAD_FIELD"));
        await assert.rejects(store.url(key, 60), withCode("BAD_FIELD"));
      });
    }

    it("keeps the last of two blobs put under one key", async () => {
      for (const size of [100, 9 * MIB, 50]) {
        const bytes = randomBytes(size);
        await store.put(blobOf("overwrite", bytes));
        assert.equal(sha256Of(await bytesAt("overwrite")), sha256Of(bytes));
      }
    });

    it("takes the same blob twice", async () => {
      const bytes = randomBytes(2 * MIB);
      for (let i = 0; i < 2; i++) await store.put(blobOf("twice", bytes));
      assert.equal(sha256Of(await bytesAt("twice")), sha256Of(bytes));
    });

    for (const size of [1000, 10 * MIB]) {
      it(`of two puts of ${size} bytes to one key at once, keeps one whole, and says yes to that one`, async () => {
        const rivals = [randomBytes(size), randomBytes(size)].map((bytes) => blobOf(`rivals/${size}`, bytes));
        const outcomes = await Promise.allSettled(rivals.map((blob) => store.put(blob)));
        const kept = sha256Of(await bytesAt(`rivals/${size}`));
        const winner = rivals.findIndex((blob) => blob.sha256 === kept);
        assert.notEqual(winner, -1, "a mixture was kept");
        assert.equal(outcomes[winner]?.status, "fulfilled");
        for (const outcome of outcomes) if (outcome.status === "rejected") withCode("NOT_PROVEN")(outcome.reason);
      });
    }

    it("says BLOB_MISSING for a blob that is not there, and undefined for its facts", async () => {
      await assert.rejects(store.get("nothing/here"), withCode("BLOB_MISSING"));
      assert.equal(await store.stat("nothing/here"), undefined);
      assert.equal(await store.stat("round"), undefined, "the beginning of a key is no key");
    });

    it("deletes a blob, and does not mind if it is gone already", async () => {
      await store.put(blobOf("delete/me", Buffer.from("x")));
      await store.put(blobOf("delete/me-not", Buffer.from("x")));
      for (let i = 0; i < 2; i++) await store.delete("delete/me");
      assert.equal(await store.stat("delete/me"), undefined);
      assert.notEqual(await store.stat("delete/me-not"), undefined);
    });

    it("lists every blob below a prefix, page by page, in the order of keys as UTF-8", async () => {
      const names = ["a-b", "a/b", "a/c/d", "a0", "b", "B", "é", "\uff5e", "😀", "z/1", "z/10", "z/2"];
      for (const name of names) await store.put(blobOf(`list/${name}`, Buffer.from(name)));
      const ordered = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const all = ordered.map((each) => ({ key: `list/${each}`, size: Buffer.byteLength(each) }));
      assert.deepEqual(await collect(store.list("list/")), all);
      assert.deepEqual(await collect(store.list("list")), all);
      assert.deepEqual(
        await collect(store.list("list/z/1")),
        all.filter(({ key }) => key.startsWith("list/z/1")),
      );
      assert.deepEqual(
        await collect(store.list("list/a")),
        all.filter(({ key }) => key.startsWith("list/a")),
      );
      assert.deepEqual(await collect(store.list("list/nothing")), []);
      const everything = await collect(store.list(""));
      assert.deepEqual(
        everything.filter(({ key }) => key.startsWith("list/")),
        all,
      );
    });

    it("refuses to list what climbs", async () => {
      await assert.rejects(collect(store.list("../")), withCode("BAD_FIELD"));
      await assert.rejects(collect(store.list("/etc")), withCode("BAD_FIELD"));
    });

    for (const size of [1000, 20 * MIB]) {
      it(`puts nothing where a file of ${size} bytes shrank, grew or changed since it was announced`, async () => {
        const key = `changed/${size}`;
        const shrunk = await fileOf(key, randomBytes(size));
        await truncate(shrunk.source.path, size - 1);
        const grown = await fileOf(key, randomBytes(size));
        await appendFile(grown.source.path, "x");
        const changed = await fileOf(key, randomBytes(size));
        await writeFile(changed.source.path, randomBytes(size));
        for (const blob of [shrunk, grown, changed, { ...shrunk, source: { bytes: Buffer.alloc(size) } }]) {
          await assert.rejects(store.put(blob), withCode("ORIGINAL_CHANGED"));
          assert.equal(await store.stat(key), undefined);
        }
      });
    }

    it("says ORIGINAL_MISSING where the file is gone", async () => {
      const blob = { ...blobOf("gone", Buffer.from("x")), source: { path: join(folder, "never-there") } };
      await assert.rejects(store.put(blob), withCode("ORIGINAL_MISSING"));
      assert.equal(await store.stat("gone"), undefined);
    });

    it("does nothing for a signal that is aborted already, and rejects with its reason", async () => {
      const reason = new Error("enough");
      const signal = AbortSignal.abort(reason);
      const same = (error: unknown): boolean => error === reason;
      await assert.rejects(store.put(blobOf("aborted", Buffer.from("x")), signal), same);
      await assert.rejects(store.get("round/trip.jpg", signal), same);
      await assert.rejects(store.stat("round/trip.jpg", signal), same);
      await assert.rejects(collect(store.list("round/", signal)), same);
      assert.equal(await store.stat("aborted"), undefined);
    });

    it("lets go of a put in the middle, leaves nothing behind, and takes the blob later", async () => {
      const bytes = randomBytes(30 * MIB);
      const blob = await fileOf("middle", bytes);
      const stop = new AbortController();
      const reason = new Error("enough");
      // Stopped by its own progress: as soon as the event loop turns, some of the bytes are under way and most are not.
      const putting = store.put(blob, stop.signal);
      setImmediate(() => setImmediate(() => stop.abort(reason)));
      await assert.rejects(putting, (error) => error === reason);
      assert.equal(await store.stat("middle"), undefined);
      await store.put(blob);
      assert.equal((await store.stat("middle"))?.sha256, blob.sha256);
    });

    it("lets go of a reading in the middle", async () => {
      const stop = new AbortController();
      const stream = await store.get("middle", stop.signal);
      const reason = new Error("enough");
      const reading = buffer(stream);
      stream.once("data", () => stop.abort(reason));
      await assert.rejects(reading, (error) => error === reason);
    });

    it("makes a link that shows the blob, or says that it cannot", async () => {
      const link = await store.url("round/trip.jpg", 60);
      if (link === undefined) return;
      const answer = await fetch(link);
      assert.equal(answer.status, 200);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), await bytesAt("round/trip.jpg"));
      assert.equal((await fetch(link.replace("trip", "tripp"))).ok, false, "a link is for one blob only");
    });
  });
}
