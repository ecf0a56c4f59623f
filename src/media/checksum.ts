/** Checksums of a local file, all of them in one reading. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

export type Algorithm = "sha256" | "md5";

/** The hex digests asked for, lower case, and how many bytes were read. */
export type Checksums<A extends Algorithm> = { readonly bytes: number } & { readonly [name in A]: string };

/** Larger reads are no faster; this is all the memory it takes, whatever the size of the file. */
const READ_BYTES = 1024 * 1024;

/** Read into again: with a new one for each file, small files take a fifth longer. */
let spare: Buffer | undefined;

/**
 * Reads the file once. MD5 costs twice as much as SHA-256: ask for it only where something needs it.
 * Rejects with the system's own error (`ENOENT`, `EIO`, …) or with the signal's reason.
 */
export async function checksumsOf<const A extends Algorithm>(
  path: string,
  algorithms: readonly A[],
  signal?: AbortSignal,
): Promise<Checksums<A>> {
  signal?.throwIfAborted();
  const hashes = algorithms.map((name) => [name, createHash(name)] as const);
  const file = await open(path, "r");
  const buffer = spare ?? Buffer.allocUnsafeSlow(READ_BYTES);
  spare = undefined;
  let bytes = 0;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      signal?.throwIfAborted();
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      for (const [, hash] of hashes) hash.update(chunk);
      bytes += bytesRead;
    }
  } finally {
    spare = buffer;
    await file.close();
  }
  const digests = Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest("hex")]));
  return { bytes, ...digests } as Checksums<A>;
}
