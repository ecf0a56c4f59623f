/** Finds the EXIF of a file in its container without reading the rest of it. */
import { boxesIn } from "./boxes.ts";
import { type ByteSource, sourceFrom } from "./byte-source.ts";
import { type Directory, numberOf, openTiff, readDirectory } from "./tiff.ts";

/** The three directories of EXIF (CIPA DC-008): about the picture, about how it was taken, about where. */
export interface ExifDirectories {
  readonly main?: Directory | undefined;
  readonly exif?: Directory | undefined;
  readonly gps?: Directory | undefined;
}

const EXIF_POINTER = 34665;
const GPS_POINTER = 34853;

/** Of a TIFF file, or of any RAW file that is built like one, or of the content of an EXIF block. */
export async function exifInTiff(source: ByteSource): Promise<ExifDirectories> {
  const main = await openTiff(source);
  if (main === undefined) return {};
  const [exifAt = 0, gpsAt = 0] = await Promise.all([numberOf(main, EXIF_POINTER), numberOf(main, GPS_POINTER)]);
  const [exif, gps] = await Promise.all([readDirectory(main, exifAt), readDirectory(main, gpsAt)]);
  return { main, exif, gps };
}

const EXIF_BLOCK_START = "Exif\0\0";

/** Of a block as image libraries hand it out, with or without its first six bytes. */
export async function exifInBlock(source: ByteSource): Promise<ExifDirectories> {
  const start = await source.read(0, EXIF_BLOCK_START.length);
  return await exifInTiff(start?.toString("latin1") === EXIF_BLOCK_START ? sourceFrom(source, 6) : source);
}

const MOST_SEGMENTS = 64;

/** Of a JPEG file: in the first APP1 segment of its kind (ITU-T T.81, B.1.1). */
export async function exifInJpeg(source: ByteSource): Promise<ExifDirectories> {
  let position = 2;
  for (let seen = 0; seen < MOST_SEGMENTS; seen++) {
    const head = await source.read(position, 10);
    if (head === undefined || head[0] !== 0xff) return {};
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      position += 1;
      continue;
    }
    if (marker === 0xe1 && head.toString("latin1", 4) === EXIF_BLOCK_START) {
      return await exifInTiff(sourceFrom(source, position + 10));
    }
    const picture = marker === 0xda || marker === 0xd9;
    if (picture) return {};
    position += 2 + head.readUInt16BE(2);
  }
  return {};
}

/** Of a Fujifilm RAF: in the JPEG preview, whose place the header tells (https://libopenraw.freedesktop.org/formats/raf/). */
export async function exifInRaf(source: ByteSource): Promise<ExifDirectories> {
  const place = await source.read(84, 4);
  return place === undefined ? {} : await exifInJpeg(sourceFrom(source, place.readUInt32BE(0)));
}

const CANON_UUID = "85c0b687820f11e08111f4ce462b6a48";

/** Of a Canon CR3: in three boxes, a small TIFF each (https://github.com/lclevy/canon_cr3). */
export async function exifInCr3(source: ByteSource, size: number): Promise<ExifDirectories> {
  const movie = (await boxesIn(source, 0, size)).find(({ type }) => type === "moov");
  if (movie === undefined) return {};
  for (const box of await boxesIn(source, movie.start, movie.end)) {
    const uuid = box.type === "uuid" ? await source.read(box.start, 16) : undefined;
    if (uuid?.toString("hex") !== CANON_UUID) continue;
    const boxes = await boxesIn(source, box.start + 16, box.end);
    const open = async (name: string) => {
      const found = boxes.find(({ type }) => type === name);
      return found && (await openTiff(sourceFrom(source, found.start)));
    };
    const [main, exif, gps] = await Promise.all([open("CMT1"), open("CMT2"), open("CMT4")]);
    return { main, exif, gps };
  }
  return {};
}
