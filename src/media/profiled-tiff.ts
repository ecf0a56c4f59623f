/** Wraps pixels as a TIFF in memory, the one form in which the decoder takes pixels together with their colour profile. */

export interface ProfiledPixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly icc: Buffer;
}

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;
const HEADER_BYTES = 8;

/** TIFF 6.0, uncompressed, little-endian; the ICC profile by tag 34675 (ICC.1:2022, B.4). A fourth channel is transparency. */
export function profiledTiff({ data, width, height, channels, icc }: ProfiledPixels): Buffer {
  const depthsAt = HEADER_BYTES;
  const iccAt = depthsAt + 8;
  const pixelsAt = iccAt + icc.length + (icc.length % 2);
  const directoryAt = pixelsAt + data.length + (data.length % 2);
  const entries: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, channels, depthsAt],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, pixelsAt],
    [277, SHORT, 1, channels],
    [278, LONG, 1, height],
    [279, LONG, 1, data.length],
    ...(channels === 4 ? ([[338, SHORT, 1, 2]] as const) : []),
    [34675, UNDEFINED, icc.length, iccAt],
  ];
  const tiff = Buffer.alloc(directoryAt + 2 + entries.length * 12 + 4);
  tiff.write("II*\0", "latin1");
  tiff.writeUInt32LE(directoryAt, 4);
  for (let channel = 0; channel < 4; channel++) tiff.writeUInt16LE(8, depthsAt + channel * 2);
  tiff.set(icc, iccAt);
  tiff.set(data, pixelsAt);
  tiff.writeUInt16LE(entries.length, directoryAt);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = directoryAt + 2 + index * 12;
    tiff.writeUInt16LE(tag, at);
    tiff.writeUInt16LE(type, at + 2);
    tiff.writeUInt32LE(count, at + 4);
    tiff.writeUInt32LE(value, at + 8);
  }
  return tiff;
}
