/** Boxes of ISO media files (ISO/IEC 14496-12, 4.2): MP4, MOV, HEIC, AVIF, CR3. */
import type { ByteSource } from "./byte-source.ts";

export interface Box {
  readonly type: string;
  /** Where its content begins and ends. */
  readonly start: number;
  readonly end: number;
}

const MOST_BOXES = 64;

/** The boxes between two places, 64 at most, up to the first that cannot be one. Reads their heads only. */
export async function boxesIn(source: ByteSource, start: number, end: number): Promise<readonly Box[]> {
  const boxes: Box[] = [];
  for (let at = start; at + 8 <= end && boxes.length < MOST_BOXES;) {
    const head = await source.read(at, 8);
    if (head === undefined) break;
    const size = head.readUInt32BE(0);
    const long = size === 1 ? await source.read(at + 8, 8) : undefined;
    const length = size === 0 ? end - at : Number(long?.readBigUInt64BE(0) ?? size);
    const header = long === undefined ? 8 : 16;
    if (length < header) break;
    boxes.push({ type: head.toString("latin1", 4), start: at + header, end: Math.min(at + length, end) });
    at += length;
  }
  return boxes;
}
