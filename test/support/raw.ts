/** RAW files for tests: directories as cameras write them, around JPEG previews and what stands for a sensor's values. */
import { directoryBytes, type TiffEntry } from "../../scripts/samples/tiff-exif.ts";

/** Entries of a directory; offsets into the file are functions of the places where the blobs lie. */
type Entries = (places: readonly number[]) => readonly TiffEntry[];

export const short = (tag: number, value: number): TiffEntry => ({ tag, type: 3, value: [value] });
export const long = (tag: number, value: number): TiffEntry => ({ tag, type: 4, value: [value] });
export const written = (tag: number, value: string): TiffEntry => ({ tag, type: 2, value });

export const MAKE = 271;
export const ORIENTATION = 274;
export const SENSOR: readonly TiffEntry[] = [short(262, 32803), long(256, 6000), long(257, 4000)];

export interface Raw {
  readonly magic?: string;
  readonly blobs: readonly Uint8Array[];
  readonly main: Entries;
  /** Directories that the first one points to by tag 330. */
  readonly sub?: readonly Entries[];
  /** The directory after the first. */
  readonly next?: Entries;
}

/** A TIFF with the blobs at its beginning and the directories at its end. */
export function raw({ magic = "II*\0", blobs, main, sub = [], next }: Raw): Buffer {
  let file = Buffer.concat([Buffer.from(magic, "latin1"), Buffer.alloc(4)]);
  const places: number[] = [];
  const append = (bytes: Uint8Array) => {
    const at = file.length + (file.length % 2);
    file = Buffer.concat([file, Buffer.alloc(at - file.length), bytes]);
    return at;
  };
  for (const blob of blobs) places.push(append(blob));
  const appendDirectory = (entries: readonly TiffEntry[], after = 0) =>
    append(directoryBytes(entries, file.length + (file.length % 2), after));
  const subPlaces = sub.map((entries) => appendDirectory(entries(places)));
  const nextPlace = next === undefined ? 0 : appendDirectory(next(places));
  const pointers = subPlaces.length === 0 ? [] : [{ tag: 330, type: 4, value: subPlaces }];
  const first = appendDirectory([...main(places), ...pointers], nextPlace);
  file.writeUInt32LE(first, 4);
  return file;
}

/** The two ways in which a directory says where its JPEG is. */
export function asStrip(offset: number | undefined, jpeg: Uint8Array): readonly TiffEntry[] {
  return [short(259, 6), long(273, offset ?? 0), long(279, jpeg.length)];
}

export function asInterchange(offset: number | undefined, jpeg: Uint8Array): readonly TiffEntry[] {
  return [short(259, 6), long(513, offset ?? 0), long(514, jpeg.length)];
}

/** Pixels that are no picture, the same ones each time. */
export function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return (state >> 16) & 0xff;
    }),
  );
}

/** A JPEG as sensors are stored in: lossless, of one component. */
export const LOSSLESS_JPEG = Buffer.concat([
  Buffer.from(`ffd8ffc40013${"00".repeat(17)}`, "hex"),
  Buffer.from("ffc3000b0e0fa0177001011100ffda0008010100010000", "hex"),
  Buffer.alloc(64, 0x11),
  Buffer.from("ffd9", "hex"),
]);
