import sharp from "sharp";
import { directoryBytes, type TiffEntry } from "../../scripts/samples/tiff-exif.ts";

export interface ExifEntries {
  readonly main?: readonly TiffEntry[];
  readonly exif?: readonly TiffEntry[];
  readonly gps?: readonly TiffEntry[];
}

/** A TIFF file with no picture in it, as it is in an EXIF block, of these entries in its three directories. */
export function exifBlock({ main = [], exif, gps }: ExifEntries): Buffer {
  const header = Buffer.from("II*\0\x08\0\0\0", "latin1");
  const pointers = (exifAt: number, gpsAt: number): readonly TiffEntry[] => [
    ...main,
    ...(exif === undefined ? [] : [{ tag: 34665, type: 4, value: [exifAt] }]),
    ...(gps === undefined ? [] : [{ tag: 34853, type: 4, value: [gpsAt] }]),
  ];
  const exifAt = 8 + directoryBytes(pointers(0, 0), 8).length;
  const exifBytes = exif === undefined ? Buffer.alloc(0) : directoryBytes(exif, exifAt);
  const gpsAt = exifAt + exifBytes.length;
  const gpsBytes = gps === undefined ? Buffer.alloc(0) : directoryBytes(gps, gpsAt);
  return Buffer.concat([header, directoryBytes(pointers(exifAt, gpsAt), 8), exifBytes, gpsBytes]);
}

/** A small JPEG picture whose first segment is this EXIF block. */
export async function jpegWith(block: Buffer): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: 48, height: 32, channels: 3, background: "olive" } })
    .jpeg()
    .toBuffer();
  return Buffer.concat([jpeg.subarray(0, 2), segmentOf(block), jpeg.subarray(2)]);
}

/** APP1 of JPEG. */
export function segmentOf(block: Buffer): Buffer {
  const head = Buffer.from("\xff\xe1\0\0Exif\0\0", "latin1");
  head.writeUInt16BE(2 + 6 + block.length, 2);
  return Buffer.concat([head, block]);
}

export const TAG = { make: 271, model: 272, orientation: 274, taken: 36867, digitised: 36868 } as const;

export function text(tag: number, value: string): TiffEntry {
  return { tag, type: 2, value };
}

export function fraction(
  tag: number,
  ...value: readonly (readonly [numerator: number, denominator: number])[]
): TiffEntry {
  return { tag, type: 5, value };
}
