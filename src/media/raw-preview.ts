/**
 * The picture that a camera has put into its RAW file beside the sensor's values: the largest JPEG in it. It is what the camera
 * showed, in its colours; nothing is developed here.
 */
import { type FileHandle, open } from "node:fs/promises";
import { type ByteSource, sourceOfFile } from "./byte-source.ts";
import { exifInCr3, exifInRaf, exifInTiff } from "./exif-directories.ts";
import { isOrientation } from "./exif-facts.ts";
import { readJpegHeader } from "./jpeg-header.ts";
import { type FoundJpeg, scanForJpegs } from "./jpeg-scan.ts";
import { numberOf, numbersOf } from "./tiff.ts";
import { directoriesOf } from "./tiff-raw.ts";

export interface RawPreview {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  /** EXIF orientation as the RAW file states it, whatever the preview says; undefined where only the preview knows. */
  readonly orientation: number | undefined;
}

/** Where to look next if the largest so far is no longer than that. */
const POOR_LENGTH = 1000;
const MOST_PREVIEW_BYTES = 128 * 1024 ** 2;
/** A directory costs some reads, a preview up to 128: whoever wants more is not a camera. */
const MOST_READS = 4000;

const ORIENTATION = 274;

/**
 * Undefined where there is none that is whole. Reads the directories and, where they lead to nothing larger than a thumbnail
 * (previews in maker notes, formats that are not built on TIFF), up to 256 MB of the file, once. No bytes make it reject or run
 * in circles; rejects only when the file cannot be read.
 */
export async function readRawPreview(path: string, mime: string): Promise<RawPreview | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const source = limited(sourceOfFile(file), MOST_READS);
    const listed = await largestOf(source, listedPreviews(source, mime), size);
    const found = listed !== undefined && lengthOf(listed) > POOR_LENGTH ? [] : await scanForJpegs(file, size);
    const best = [...found, ...(listed ? [listed] : [])].sort((a, b) => b.width * b.height - a.width * a.height)[0];
    if (best === undefined) return undefined;
    const jpeg = await readBytes(file, best);
    return {
      jpeg,
      width: best.width,
      height: best.height,
      orientation: await orientationOf(source, { best, mime, size }),
    };
  } finally {
    await file.close();
  }
}

function lengthOf({ width, height }: FoundJpeg): number {
  return Math.max(width, height);
}

/** Gives nothing more after so many reads. */
function limited(source: ByteSource, reads: number): ByteSource {
  let left = reads;
  return {
    read: async (position, length) => {
      left -= 1;
      return left < 0 ? undefined : await source.read(position, length);
    },
  };
}

type Place = Pick<FoundJpeg, "offset" | "bytes">;

async function largestOf(
  source: ByteSource,
  places: AsyncIterable<Place>,
  size: number,
): Promise<FoundJpeg | undefined> {
  let largest: FoundJpeg | undefined;
  for await (const { offset, bytes } of places) {
    if (bytes < 100 || bytes > MOST_PREVIEW_BYTES || offset + bytes > size) continue;
    const header = await readJpegHeader(source, offset);
    if (header === undefined || header.pixelsAt > offset + bytes) continue;
    const { width, height } = header;
    if (largest === undefined || width * height > largest.width * largest.height) {
      largest = { offset, bytes, width, height };
    }
  }
  return largest;
}

/** TIFF 6.0: one strip, JPEGInterchangeFormat; Panasonic: JpgFromRaw (https://exiftool.org/TagNames/PanasonicRaw.html). */
const STRIP_OFFSETS = 273;
const STRIP_BYTES = 279;
const JPEG_OFFSET = 513;
const JPEG_BYTES = 514;
const PANASONIC_JPEG = 46;

async function* listedPreviews(source: ByteSource, mime: string): AsyncGenerator<Place> {
  if (mime === "image/x-fuji-raf") {
    const place = await source.read(84, 8);
    if (place !== undefined) yield { offset: place.readUInt32BE(0), bytes: place.readUInt32BE(4) };
    return;
  }
  for await (const directory of directoriesOf(source)) {
    for (const [offsetTag, bytesTag] of [
      [STRIP_OFFSETS, STRIP_BYTES],
      [JPEG_OFFSET, JPEG_BYTES],
    ] as const) {
      const offsets = await numbersOf(directory, offsetTag);
      const bytes = await numberOf(directory, bytesTag);
      if (offsets.length === 1 && offsets[0] !== undefined && bytes !== undefined) yield { offset: offsets[0], bytes };
    }
    const inside = directory.entries.get(PANASONIC_JPEG);
    if (inside !== undefined && inside.count > 4) {
      const { field } = inside;
      yield { offset: directory.littleEndian ? field.readUInt32LE(0) : field.readUInt32BE(0), bytes: inside.count };
    }
  }
}

async function readBytes(file: FileHandle, { offset, bytes }: Place): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  await file.read(buffer, 0, bytes, offset);
  return buffer;
}

const WIDTH = 256;
const HEIGHT = 257;

async function orientationOf(
  source: ByteSource,
  { best, mime, size }: { readonly best: FoundJpeg; readonly mime: string; readonly size: number },
): Promise<number | undefined> {
  const stated = await statedOrientation(source, mime, size);
  if (stated === undefined || stated < 5) return stated;
  const sensorLies = await isSensorLying(source);
  // Some phones turn the preview but not the sensor's values.
  return sensorLies && best.height > best.width ? 1 : stated;
}

async function statedOrientation(source: ByteSource, mime: string, size: number): Promise<number | undefined> {
  const { main } =
    mime === "image/x-canon-cr3"
      ? await exifInCr3(source, size)
      : mime === "image/x-fuji-raf"
        ? await exifInRaf(source)
        : await exifInTiff(source);
  const value = await numberOf(main, ORIENTATION);
  return value !== undefined && isOrientation(value) ? value : undefined;
}

async function isSensorLying(source: ByteSource): Promise<boolean> {
  let largest = { width: 0, height: 0 };
  for await (const directory of directoriesOf(source)) {
    const [width = 0, height = 0] = [await numberOf(directory, WIDTH), await numberOf(directory, HEIGHT)];
    if (width * height > largest.width * largest.height) largest = { width, height };
  }
  return largest.width > largest.height;
}
