/** Writes TIFF directories, and EXIF into TIFF files, which sharp does not. Little-endian. */

export type TiffValue = string | readonly number[] | readonly (readonly [numerator: number, denominator: number])[];
export interface TiffEntry {
  readonly tag: number;
  /** 2 text · 3 16-bit numbers · 4 32-bit numbers · 5 fractions; anything else is written as given, four bytes each. */
  readonly type: number;
  readonly value: TiffValue;
  /** Where it shall lie about how many values there are. */
  readonly count?: number;
}

/** A directory and its values, to be put at this offset; `next` is where the next directory is. */
export function directoryBytes(entries: readonly TiffEntry[], offset: number, next = 0): Buffer {
  const sorted = entries.toSorted((a, b) => a.tag - b.tag);
  const head = Buffer.alloc(2 + sorted.length * 12 + 4);
  head.writeUInt16LE(sorted.length, 0);
  const values: Buffer[] = [];
  let end = offset + head.length;
  for (const [index, { tag, type, value, count }] of sorted.entries()) {
    const bytes = valueBytes(type, value);
    const at = 2 + index * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count ?? (typeof value === "string" ? bytes.length : value.length), at + 4);
    if (bytes.length <= 4) {
      bytes.copy(head, at + 8);
      continue;
    }
    head.writeUInt32LE(end, at + 8);
    const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    values.push(even);
    end += even.length;
  }
  head.writeUInt32LE(next, head.length - 4);
  return Buffer.concat([head, ...values]);
}

function valueBytes(type: number, value: TiffValue): Buffer {
  if (typeof value === "string") return Buffer.from(`${value}\0`, "utf8");
  const numbers = value.flat();
  const width = type === 3 ? 2 : type === 1 || type === 7 ? 1 : 4;
  const bytes = Buffer.alloc(numbers.length * width);
  for (const [index, number] of numbers.entries()) bytes.writeUIntLE(number, index * width, width);
  return bytes;
}

const EXIF_POINTER = 34665;

/** The same picture with more entries in its first directory and an EXIF directory; both are put at its end. */
export function withTiffExif(
  tiff: Buffer,
  { main, exif }: { readonly main: readonly TiffEntry[]; readonly exif: readonly TiffEntry[] },
): Buffer {
  const old = tiff.readUInt32LE(4);
  const count = tiff.readUInt16LE(old);
  const kept = tiff.subarray(old + 2, old + 2 + count * 12);
  const padded = Buffer.concat([tiff, Buffer.alloc(tiff.length % 2)]);
  const exifBytes = directoryBytes(exif, padded.length);
  const at = padded.length + exifBytes.length;
  const added = [...main, { tag: EXIF_POINTER, type: 4, value: [padded.length] }];
  // The values of the added entries come after a directory that holds the kept entries too.
  const fresh = directoryBytes(added, at + kept.length);
  const freshEnd = 2 + added.length * 12;
  const records = [kept, fresh.subarray(2, freshEnd)]
    .flatMap((bytes) =>
      Array.from({ length: bytes.length / 12 }, (_, index) => bytes.subarray(index * 12, index * 12 + 12)),
    )
    .toSorted((a, b) => a.readUInt16LE(0) - b.readUInt16LE(0));
  const total = Buffer.alloc(2);
  total.writeUInt16LE(records.length);
  const result = Buffer.concat([padded, exifBytes, total, ...records, fresh.subarray(freshEnd)]);
  result.writeUInt32LE(at, 4);
  return result;
}
