/** The bytes of an original on their way to a service: never others than those that were accepted. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { PhotologError } from "../errors.ts";
import type { Original } from "../photo.ts";

const CHUNK = 1024 * 1024;

/**
 * The bytes from this position on, in new buffers. What lies before is read and hashed, too, and the last buffer comes only
 * after all of them were proven: a service that has the whole file has the right one.
 *
 * Rejects with `ORIGINAL_CHANGED` where size or checksum is another; else with the error of the file system.
 */
export async function* originalBytes({ path, bytes, sha256 }: Original, from = 0): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size !== bytes) throw changed(`it has ${size} bytes and should have ${bytes}`);
    const hash = createHash("sha256");
    for (let position = 0; position < bytes;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, bytes - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw changed(`it ends after ${position} bytes and should have ${bytes}`);
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      const start = Math.max(0, from - position);
      position += bytesRead;
      if (position === bytes && hash.digest("hex") !== sha256) throw changed("its checksum is another one");
      if (start < chunk.length) yield chunk.subarray(start);
    }
  } finally {
    await file.close();
  }
}

function changed(how: string): PhotologError {
  return new PhotologError("ORIGINAL_CHANGED", `The original is not what was accepted: ${how}.`, {
    hint: "Check the upload folder's disk, then upload the photo again.",
  });
}
