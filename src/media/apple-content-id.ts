/** By which Apple's phones tell that a still and a film are one Live Photo. */

const CONTENT_IDENTIFIER = 0x11;
const MOST_ENTRIES = 64;

/** Of the maker note of EXIF: "Apple iOS", a version, "MM", and a directory whose offsets count from the note's beginning. */
export function contentIdIn(note: Buffer): string | undefined {
  if (note.toString("latin1", 0, 9) !== "Apple iOS" || note.length < 16) return undefined;
  const count = Math.min(note.readUInt16BE(14), MOST_ENTRIES);
  for (let at = 16; at + 12 <= Math.min(16 + count * 12, note.length); at += 12) {
    if (note.readUInt16BE(at) !== CONTENT_IDENTIFIER) continue;
    const start = note.readUInt32BE(at + 8);
    const text = note.toString("latin1", start, start + Math.min(note.readUInt32BE(at + 4), 64)).replace(/\0.*$/, "");
    return /^[\w-]{8,64}$/.test(text) ? text : undefined;
  }
  return undefined;
}
