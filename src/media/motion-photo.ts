/**
 * The short film that phones put behind a picture in the same file. Google: XMP says how long it is
 * (https://developer.android.com/media/platform/motion-photo-format), in HEIC a box of its own; Samsung: a directory at the end.
 */
import { boxesIn } from "./boxes.ts";
import type { ByteSource } from "./byte-source.ts";

export interface Motion {
  /** Where the film begins in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** XMP stands in the first segments of a JPEG, after the EXIF with its thumbnail. */
const XMP_WITHIN = 192 * 1024;
const SMALLEST_FILM = 64;

/** Undefined where there is none that begins like one. Reads some kilobytes; rejects only when the disk fails. */
export async function findMotion(
  source: ByteSource,
  { mime, size }: { readonly mime: string; readonly size: number },
): Promise<Motion | undefined> {
  const places = mime.startsWith("image/hei") ? [inBox] : mime === "image/jpeg" ? [byXmp, inSamsungTrailer] : [];
  for (const find of places) {
    const motion = await find(source, size);
    if (motion !== undefined && (await isFilm(source, motion, size))) return motion;
  }
  return undefined;
}

async function isFilm(source: ByteSource, { offset, length }: Motion, size: number): Promise<boolean> {
  if (offset < SMALLEST_FILM || length < SMALLEST_FILM || offset + length > size) return false;
  return (await source.read(offset + 4, 4))?.toString("latin1") === "ftyp";
}

async function inBox(source: ByteSource, size: number): Promise<Motion | undefined> {
  const box = (await boxesIn(source, 0, size)).find(({ type }) => type === "mpvd");
  return box && { offset: box.start, length: box.end - box.start };
}

async function byXmp(source: ByteSource, size: number): Promise<Motion | undefined> {
  const head = await source.read(0, Math.min(XMP_WITHIN, size));
  const xmp = /<x:xmpmeta[^]*?<\/x:xmpmeta>/.exec(head?.toString("latin1") ?? "")?.[0] ?? "";
  const items = xmp.match(/<(?:Container|GContainer):Item\b[^>]*>/g) ?? [];
  const film = items.find((item) => /Item:Semantic="MotionPhoto"/.test(item)) ?? "";
  const length = numberIn(film, "Item:Length") ?? numberIn(xmp, "MicroVideoOffset");
  return length === undefined ? undefined : { offset: size - length, length };
}

/** Written as an attribute or as an element. */
function numberIn(xmp: string, name: string): number | undefined {
  const digits = new RegExp(`${name}(?:\\s*=\\s*["']|>)(\\d{1,12})`).exec(xmp)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const SAMSUNG_FILM = 0x0a30;
const MOST_SAMSUNG_ENTRIES = 64;
const MOST_NAME_BYTES = 64;

/** "SEFH", version, count, entries; the length of all that; "SEFT". Each entry says how far before "SEFH" its block begins. */
async function inSamsungTrailer(source: ByteSource, size: number): Promise<Motion | undefined> {
  const tail = await source.read(size - 8, 8);
  if (tail?.toString("latin1", 4) !== "SEFT") return undefined;
  const directory = size - 8 - tail.readUInt32LE(0);
  const head = directory < 0 ? undefined : await source.read(directory, 12);
  if (head?.toString("latin1", 0, 4) !== "SEFH") return undefined;
  for (let index = 0; index < Math.min(head.readUInt32LE(8), MOST_SAMSUNG_ENTRIES); index++) {
    const entry = await source.read(directory + 12 + index * 12, 12);
    if (entry?.readUInt16LE(2) !== SAMSUNG_FILM) continue;
    const block = directory - entry.readUInt32LE(4);
    const nameBytes = (await readAt(source, block + 4, 4))?.readUInt32LE(0) ?? MOST_NAME_BYTES + 1;
    if (nameBytes > MOST_NAME_BYTES) return undefined;
    return { offset: block + 8 + nameBytes, length: entry.readUInt32LE(8) - 8 - nameBytes };
  }
  return undefined;
}

async function readAt(source: ByteSource, position: number, length: number): Promise<Buffer | undefined> {
  return position < 0 ? undefined : await source.read(position, length);
}
