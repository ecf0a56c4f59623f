/**
 * Reads directories of TIFF files, and of EXIF, which is built the same way: TIFF 6.0, section 2
 * (https://www.loc.gov/preservation/digital/formats/fdd/fdd000022.shtml). Reads a directory and the values asked for, nothing else:
 * a file of any size costs a few kilobytes. No bytes make it reject or run in circles; what cannot be read is undefined.
 */
import type { ByteSource } from "./byte-source.ts";

export interface Directory {
  readonly source: ByteSource;
  readonly littleEndian: boolean;
  readonly entries: ReadonlyMap<number, Entry>;
  /** Where the next directory is; 0 where this is the last one. */
  readonly next: number;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** The value itself where it fits into four bytes, else where it is. */
  readonly field: Buffer;
}

const MOST_ENTRIES = 512;
const MOST_NUMBERS = 16;
const MOST_TEXT_BYTES = 400;
const MOST_BYTES = 65_536;

const ASCII = 2;
const UNDEFINED = 7;
/** BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD. */
const BYTES_OF_TYPES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/**
 * The first directory of what begins with a TIFF header. The magic number is not looked at: RAW files of some makers have
 * their own.
 */
export async function openTiff(source: ByteSource): Promise<Directory | undefined> {
  const header = await source.read(0, 8);
  const order = header?.toString("latin1", 0, 2);
  if (header === undefined || (order !== "II" && order !== "MM")) return undefined;
  const littleEndian = order === "II";
  const offset = littleEndian ? header.readUInt32LE(4) : header.readUInt32BE(4);
  return await readDirectory({ source, littleEndian }, offset);
}

export async function readDirectory(
  { source, littleEndian }: Pick<Directory, "source" | "littleEndian">,
  offset: number,
): Promise<Directory | undefined> {
  const head = offset < 8 ? undefined : await source.read(offset, 2);
  if (head === undefined) return undefined;
  const uint16 = (bytes: Buffer, at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const uint32 = (bytes: Buffer, at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));

  const declared = Math.min(uint16(head, 0), MOST_ENTRIES);
  const body = await source.read(offset + 2, declared * 12);
  if (body === undefined) return undefined;
  const entries = new Map<number, Entry>();
  for (let at = 0; at < body.length; at += 12) {
    const tag = uint16(body, at);
    const entry = { type: uint16(body, at + 2), count: uint32(body, at + 4), field: body.subarray(at + 8, at + 12) };
    if (!entries.has(tag)) entries.set(tag, entry);
  }
  const tail = await source.read(offset + 2 + declared * 12, 4);
  return { source, littleEndian, entries, next: tail === undefined ? 0 : uint32(tail, 0) };
}

/** At most 16 numbers; a fraction without a denominator is NaN. Empty where the tag is absent, is text or cannot be read. */
export async function numbersOf(directory: Directory | undefined, tag: number): Promise<readonly number[]> {
  const entry = directory?.entries.get(tag);
  if (directory === undefined || entry === undefined || entry.type === ASCII) return [];
  const width = BYTES_OF_TYPES[entry.type] ?? 0;
  const bytes = await valueOf(directory, entry, Math.min(entry.count, MOST_NUMBERS) * width);
  if (bytes === undefined || width === 0) return [];
  return Array.from({ length: Math.floor(bytes.length / width) }, (_, index) =>
    numberAt(bytes, index * width, { type: entry.type, littleEndian: directory.littleEndian }),
  );
}

export async function numberOf(directory: Directory | undefined, tag: number): Promise<number | undefined> {
  return (await numbersOf(directory, tag))[0];
}

/** The bytes of a text up to its first NUL, at most 400; undefined where the tag is absent, is no text or cannot be read. */
export async function textBytesOf(directory: Directory | undefined, tag: number): Promise<Buffer | undefined> {
  const entry = directory?.entries.get(tag);
  if (directory === undefined || entry === undefined) return undefined;
  if (entry.type !== ASCII && entry.type !== UNDEFINED && entry.type !== 1) return undefined;
  const bytes = await valueOf(directory, entry, Math.min(entry.count, MOST_TEXT_BYTES));
  const end = bytes?.indexOf(0) ?? -1;
  return end < 0 ? bytes : bytes?.subarray(0, end);
}

/** At most 64 KB of whatever is there. */
export async function bytesOf(directory: Directory | undefined, tag: number): Promise<Buffer | undefined> {
  const entry = directory?.entries.get(tag);
  if (directory === undefined || entry === undefined) return undefined;
  const whole = entry.count * (BYTES_OF_TYPES[entry.type] ?? 0);
  return await valueOf(directory, entry, Math.min(whole, MOST_BYTES));
}

async function valueOf(directory: Directory, entry: Entry, length: number): Promise<Buffer | undefined> {
  const whole = entry.count * (BYTES_OF_TYPES[entry.type] ?? 0);
  if (whole <= 4) return entry.field.subarray(0, whole);
  const offset = directory.littleEndian ? entry.field.readUInt32LE(0) : entry.field.readUInt32BE(0);
  return await directory.source.read(offset, length);
}

function numberAt(
  bytes: Buffer,
  at: number,
  { type, littleEndian }: { readonly type: number; readonly littleEndian: boolean },
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 5:
      return divide(view.getUint32(at, littleEndian), view.getUint32(at + 4, littleEndian));
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 10:
      return divide(view.getInt32(at, littleEndian), view.getInt32(at + 4, littleEndian));
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    default:
      return view.getUint8(at);
  }
}

function divide(numerator: number, denominator: number): number {
  return denominator === 0 ? Number.NaN : numerator / denominator;
}
