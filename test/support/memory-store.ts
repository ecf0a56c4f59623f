/** A bucket in memory, for tests that put thousands of times. It keeps to the same conformance suite as the others. */
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { PhotologError } from "../../src/errors.ts";
import { checkKey, checkPrefix } from "../../src/storage/blob-key.ts";
import { readBlob } from "../../src/storage/blob-source.ts";
import type { Blob, BlobStat, BlobStore } from "../../src/storage/blob-store.ts";

type Held = BlobStat & { readonly bytes: Buffer };

/** With the blobs of another one, if given; each goes its own way from there. */
export function openMemory(
  begin: ReadonlyMap<string, Held> = new Map(),
): BlobStore & { readonly blobs: Map<string, Held> } {
  const blobs = new Map(begin);
  return {
    blobs,
    address: "memory:",
    async put(blob: Blob, signal?: AbortSignal) {
      const key = checkKey(blob.key);
      signal?.throwIfAborted();
      const chunks: Buffer[] = [];
      for await (const chunk of readBlob(blob, signal)) {
        chunks.push(Buffer.from(chunk));
        await setImmediate();
      }
      signal?.throwIfAborted();
      const { size, sha256, contentType } = blob;
      blobs.set(key, { key, size, sha256, contentType, bytes: Buffer.concat(chunks) });
      return {};
    },
    async get(key, signal) {
      checkKey(key);
      signal?.throwIfAborted();
      const held = blobs.get(key);
      if (held === undefined) throw new PhotologError("BLOB_MISSING", `There is no ${key}.`);
      return Readable.from(chunksOf(held.bytes, signal), { objectMode: false });
    },
    async stat(key, signal) {
      checkKey(key);
      signal?.throwIfAborted();
      const held = blobs.get(key);
      if (held === undefined) return undefined;
      const { bytes: _, ...stat } = held;
      return stat;
    },
    async *list(prefix, signal) {
      checkPrefix(prefix);
      const keys = [...blobs.keys()].filter((key) => key.startsWith(prefix));
      for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
        signal?.throwIfAborted();
        yield { key, size: blobs.get(key)?.size ?? 0 };
      }
    },
    async delete(key) {
      blobs.delete(checkKey(key));
    },
    async url(key) {
      checkKey(key);
      return undefined;
    },
  };
}

async function* chunksOf(bytes: Buffer, signal?: AbortSignal): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) {
    await setImmediate();
    signal?.throwIfAborted();
    yield bytes.subarray(at, at + 65_536);
  }
}
