/** Finds the JPEG pictures inside another file where no directory of that file tells where they are. */
import type { FileHandle } from "node:fs/promises";
import { sourceOfFile } from "./byte-source.ts";
import { type JpegHeader, readJpegHeader } from "./jpeg-header.ts";

export interface FoundJpeg {
  readonly offset: number;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

const CHUNK_BYTES = 1024 ** 2;
const MOST_BYTES = 256 * 1024 ** 2;
/** Accidents in the values of a sensor, beginnings of thumbnails: a few per file. */
const MOST_BEGINNINGS = 2000;
const MOST_FOUND = 16;
/** A picture so long is as good as any: what may follow is not looked at. */
const GOOD_LENGTH = 3000;
/** Bytes by chance look like a picture of any size, but not of a plausible one. */
const PLAUSIBLE_LENGTH = 20_000;

const BEGINNING = Buffer.from([0xff, 0xd8, 0xff]);
const END = Buffer.from([0xff, 0xd9]);

/**
 * Only whole ones; thumbnails inside a picture's own metadata do not count. Reads at most 256 MB, each byte twice at most.
 * Rejects only when the file cannot be read.
 */
export async function scanForJpegs(file: FileHandle, size: number): Promise<readonly FoundJpeg[]> {
  const source = sourceOfFile(file);
  const scan = openScan(file, Math.min(size, MOST_BYTES));
  const found: FoundJpeg[] = [];
  let from = 0;
  for (let seen = 0; seen < MOST_BEGINNINGS && found.length < MOST_FOUND; seen++) {
    const offset = await scan(BEGINNING, from);
    if (offset === undefined) break;
    from = offset + BEGINNING.length;
    const header = await readJpegHeader(source, offset);
    if (header === undefined || !isPlausible(header)) continue;
    // Coded pixels never contain the marker: a zero follows each of their 0xff.
    const end = await scan(END, header.pixelsAt);
    if (end === undefined) break;
    from = end + END.length;
    found.push({ offset, bytes: from - offset, width: header.width, height: header.height });
    if (Math.max(header.width, header.height) >= GOOD_LENGTH) break;
  }
  return found;
}

function isPlausible({ width, height }: JpegHeader): boolean {
  return Math.min(width, height) >= 32 && Math.max(width, height) <= PLAUSIBLE_LENGTH;
}

/** Where the bytes next are, at or after a place; the chunk last read is kept. */
function openScan(file: FileHandle, end: number): (wanted: Buffer, from: number) => Promise<number | undefined> {
  let start = 0;
  let chunk = Buffer.alloc(0);
  return async (wanted, from) => {
    for (let at = from; at + wanted.length <= end;) {
      if (at < start || at + wanted.length > start + chunk.length) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead < wanted.length) return undefined;
        [start, chunk] = [at, buffer.subarray(0, bytesRead)];
      }
      const index = chunk.indexOf(wanted, at - start);
      if (index >= 0) return start + index;
      at = start + chunk.length - wanted.length + 1;
    }
    return undefined;
  };
}
