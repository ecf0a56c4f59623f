import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Checksum } from "../photo.ts";

const READ_SIZE = 1024 * 1024;

/**
 * The SHA-256 of a file that grows: of what passes by while it is written, and of what it has missed, because another run of the
 * program wrote that, from the file itself.
 */
export class GrowingHash {
  #hash: Hash = createHash("sha256");
  #bytes = 0;
  /** Where a read that is under way will end. */
  #readingTo = 0;
  #reading: Promise<void> | undefined;

  /** These bytes are in the file, from there on. */
  pass(chunks: readonly Uint8Array[], from: number): void {
    if (from !== this.#bytes || this.#reading !== undefined) return;
    for (const chunk of chunks) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
    }
  }

  /** What to give to `goBack`; undefined while it has not seen all that the file has. */
  mark(bytes: number): Hash | undefined {
    return this.#bytes === bytes && this.#reading === undefined ? this.#hash.copy() : undefined;
  }

  /** The file has been cut to so many bytes. Without a mark of that place it reads the file anew. */
  goBack(bytes: number, mark?: Hash): void {
    if (Math.max(this.#bytes, this.#readingTo) <= bytes) return;
    this.#hash = mark ?? createHash("sha256");
    this.#bytes = mark === undefined ? 0 : bytes;
    this.#readingTo = 0;
    this.#reading = undefined;
  }

  /** Resolves when it has seen all that the file has by then. */
  async follow(path: string, stored: () => number): Promise<void> {
    while (this.#bytes < stored()) {
      if (this.#reading === undefined) {
        const reading = this.#read(path, stored).finally(() => {
          if (this.#reading === reading) this.#reading = undefined;
        });
        this.#reading = reading;
      }
      await this.#reading;
    }
  }

  digest(): Checksum {
    return this.#hash.copy().digest("hex");
  }

  async #read(path: string, stored: () => number): Promise<void> {
    const hash = this.#hash;
    const file = await open(path, "r");
    try {
      const buffer = Buffer.allocUnsafe(READ_SIZE);
      // `goBack` begins a new hash; this one is then of nothing that is there.
      while (this.#hash === hash && this.#bytes < stored()) {
        const length = Math.min(READ_SIZE, stored() - this.#bytes);
        this.#readingTo = this.#bytes + length;
        const { bytesRead } = await file.read(buffer, 0, length, this.#bytes);
        if (this.#hash !== hash) return;
        if (bytesRead === 0) throw new Error(`${path} has become shorter`);
        hash.update(buffer.subarray(0, bytesRead));
        this.#bytes += bytesRead;
      }
    } finally {
      await file.close();
    }
  }
}
