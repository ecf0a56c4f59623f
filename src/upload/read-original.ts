/** Reads the bytes of a photo for sending, and notices when they are no longer those that were identified. */
import { fstatSync } from "node:fs";
import { open } from "node:fs/promises";
import { PhotologError } from "../errors.ts";
import { changed } from "./identify.ts";
import { reasonOf } from "./entry.ts";

const READ_BYTES = 256 * 1024;

/** Buffers that nobody reads from any more; as many as there were photos under way at one time. */
const spare: Buffer[] = [];

/**
 * Yields exactly the bytes of the file, or of the part that is asked for; each chunk may be written over as soon as the next one is asked for. Throws `FILE_CHANGED` before the last ones, if the file is not what it was;
 * `FILE_UNREADABLE` where the disk refuses.
 */
export async function* readOriginal(
  path: string,
  expected: { readonly bytes: number; readonly modified: number },
  part: { readonly from: number; readonly bytes: number } = { from: 0, bytes: expected.bytes },
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch(unreadable);
  try {
    // Of an open file this does not wait for the disk, and so is not worth another thread.
    const isSame = (): boolean => {
      const { size, mtimeMs } = fstatSync(file.fd);
      return size === expected.bytes && mtimeMs === expected.modified;
    };
    if (!isSame()) throw changed();
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
    for (let left = part.bytes; left > 0;) {
      const position = part.from + part.bytes - left;
      const { bytesRead } = await file.read(buffer, 0, Math.min(READ_BYTES, left), position).catch(unreadable);
      if (bytesRead === 0) throw changed();
      left -= bytesRead;
      if (left === 0 && !isSame()) throw changed();
      yield buffer.subarray(0, bytesRead);
    }
    // Only now: a connection that broke might still be sending from it.
    spare.push(buffer);
  } finally {
    await file.close();
  }
}

function unreadable(error: unknown): never {
  throw new PhotologError("FILE_UNREADABLE", reasonOf(error), { cause: error });
}
