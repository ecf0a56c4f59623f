/** The size of a JPEG picture wherever it begins, from its markers alone (ITU-T T.81, annex B). */
import type { ByteSource } from "./byte-source.ts";

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** Where its coded pixels begin. */
  readonly pixelsAt: number;
}

const MOST_SEGMENTS = 128;

/**
 * Undefined where no JPEG begins there that pictures are shown from: eight bits, baseline or progressive. The lossless kind, in
 * which sensors are written, is none of them. Reads some bytes of each segment, 128 at most.
 */
export async function readJpegHeader(source: ByteSource, start: number): Promise<JpegHeader | undefined> {
  const head = await source.read(start, 2);
  if (head?.readUInt16BE(0) !== 0xffd8) return undefined;
  let size: { readonly width: number; readonly height: number } | undefined;
  let at = start + 2;
  for (let seen = 0; seen < MOST_SEGMENTS; seen++) {
    const segment = await source.read(at, 9);
    const marker = segment?.[1] ?? 0;
    if (segment?.[0] !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = segment.readUInt16BE(2);
    if (length < 2) return undefined;
    if (marker === 0xda) return size && { ...size, pixelsAt: at + 2 + length };
    if (marker >= 0xc0 && marker <= 0xc2) {
      if (segment[4] !== 8) return undefined;
      size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
      if (size.width === 0 || size.height === 0) return undefined;
    } else if (!isOrdinary(marker)) return undefined;
    at += 2 + length;
  }
  return undefined;
}

/** Tables, application segments and comments: all that may stand before the pixels beside the frame header. */
function isOrdinary(marker: number): boolean {
  return marker === 0xc4 || marker === 0xdb || marker === 0xdd || (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
}
