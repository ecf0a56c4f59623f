/** Bytes that can be read at any place, a few at a time: a buffer, an open file, or a part of either. */
import type { FileHandle } from "node:fs/promises";

export interface ByteSource {
  /** Exactly so many bytes from there, or undefined where there are not so many. Rejects only when the disk fails. */
  read(position: number, length: number): Promise<Buffer | undefined>;
}

export function sourceOfBuffer(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    read: (position, length) =>
      Promise.resolve(
        position < 0 || length < 0 || position + length > buffer.length
          ? undefined
          : buffer.subarray(position, position + length),
      ),
  };
}

/** The file stays the caller's to close. */
export function sourceOfFile(file: FileHandle): ByteSource {
  return {
    async read(position, length) {
      if (position < 0 || length < 0) return undefined;
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      return bytesRead === length ? buffer : undefined;
    },
  };
}

/** What begins at `start` of another source. */
export function sourceFrom(source: ByteSource, start: number): ByteSource {
  return { read: (position, length) => source.read(start + position, length) };
}
