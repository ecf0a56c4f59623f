/** Reads the bytes of a photo for sending, and notices when they are no longer those that were identified. */
import { open } from "node:fs/promises";
import { PhotologError } from "../errors.ts";
import { changed } from "./identify.ts";
import { reasonOf } from "./entry.ts";

const READ_BYTES = 256 * 1024;

/**
 * Yields exactly the bytes of the file, or of the part that is asked for. Throws `FILE_CHANGED` before the last ones, if the file is not what it was;
 * `FILE_UNREADABLE` where the disk refuses.
 */
export async function* readOriginal(
  path: string,
  expected: { readonly bytes: number; readonly modified: number },
  part: { readonly from: number; readonly bytes: number } = { from: 0, bytes: expected.bytes },
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch(unreadable);
  try {
    const isSame = async (): Promise<boolean> => {
      const { size, mtimeMs } = await file.stat();
      return size === expected.bytes && mtimeMs === expected.modified;
    };
    if (!(await isSame())) throw changed();
    for (let left = part.bytes; left > 0;) {
      // A new buffer each time: the socket may still be sending the one before.
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, left));
      const position = part.from + part.bytes - left;
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position).catch(unreadable);
      if (bytesRead === 0) throw changed();
      left -= bytesRead;
      if (left === 0 && !(await isSame())) throw changed();
      yield bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function unreadable(error: unknown): never {
  throw new PhotologError("FILE_UNREADABLE", reasonOf(error), { cause: error });
}
