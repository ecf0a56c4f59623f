/** Writes boxes of ISO media files (ISO/IEC 14496-12, 4.2). */

export type Bytes = Uint8Array | readonly number[];

export function join(...parts: readonly Bytes[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

export function box(type: string, ...parts: readonly Bytes[]): Buffer {
  const content = join(...parts);
  return join(u32(content.length + 8), text(type), content);
}

/** A box with a version and flags, all zero. */
export function full(type: string, ...parts: readonly Bytes[]): Buffer {
  return box(type, u32(0), ...parts);
}

export function brandsOf([major, ...compatible]: readonly string[]): Buffer {
  return box("ftyp", text(major ?? ""), u32(0), text(compatible.join("")));
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.from(value, "latin1");
}
