/** Tells films from sound in containers that hold either. */
import { boxesIn } from "./boxes.ts";
import type { ByteSource } from "./byte-source.ts";

const MOST_TRACKS = 16;
/** Handlers of pictures, by ISO/IEC 14496-12 and ISO/IEC 23008-12. */
const PICTURE_HANDLERS = new Set(["vide", "pict", "auxv"]);

/**
 * True where an ISO media file has tracks and none of them shows anything. False where that cannot be told: a film that was cut
 * off before its description is still a film.
 */
export async function isSoundInBoxes(source: ByteSource, size: number): Promise<boolean> {
  const movie = (await boxesIn(source, 0, size)).find(({ type }) => type === "moov");
  if (movie === undefined) return false;
  const tracks = (await boxesIn(source, movie.start, movie.end)).filter(({ type }) => type === "trak");
  const handlers: string[] = [];
  for (const track of tracks.slice(0, MOST_TRACKS)) {
    const media = (await boxesIn(source, track.start, track.end)).find(({ type }) => type === "mdia");
    if (media === undefined) return false;
    const handler = (await boxesIn(source, media.start, media.end)).find(({ type }) => type === "hdlr");
    const name = handler && (await source.read(handler.start + 8, 4));
    if (name === undefined) return false;
    handlers.push(name.toString("latin1"));
  }
  return handlers.includes("soun") && !handlers.some((name) => PICTURE_HANDLERS.has(name));
}

/** Elements of Matroska (RFC 9559): all that stand between the beginning and the types of the tracks. */
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const TRACK_TYPE = 0x83;
const VIDEO = 1;
const AUDIO = 2;

const MOST_ELEMENTS = 256;

/** The same of a Matroska or WebM file. */
export async function isSoundInMatroska(source: ByteSource, size: number): Promise<boolean> {
  const types: number[] = [];
  const top = await elementsIn(source, { start: 0, end: size });
  for (const segment of top.filter(({ id }) => id === SEGMENT)) {
    const tracks = (await elementsIn(source, segment, TRACKS)).find(({ id }) => id === TRACKS);
    for (const entry of tracks === undefined ? [] : await elementsIn(source, tracks)) {
      if (entry.id !== TRACK_ENTRY) continue;
      const type = (await elementsIn(source, entry)).find(({ id }) => id === TRACK_TYPE);
      types.push((type && (await source.read(type.end - 1, 1)))?.[0] ?? VIDEO);
    }
  }
  return types.includes(AUDIO) && !types.includes(VIDEO);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The elements between two places, 256 at most, up to one of this id and up to the first that cannot be one. */
export async function elementsIn(
  source: ByteSource,
  { start, end }: Span,
  upTo?: number,
): Promise<readonly (Span & { readonly id: number })[]> {
  const elements: (Span & { readonly id: number })[] = [];
  for (let at = start; at < end && elements.length < MOST_ELEMENTS;) {
    const head = await source.read(at, Math.min(12, end - at));
    const idBytes = Math.clz32(head?.[0] ?? 0) - 23;
    const sizeBytes = Math.clz32(head?.[idBytes] ?? 0) - 23;
    if (head === undefined || idBytes > 4 || sizeBytes > 8 || idBytes + sizeBytes > head.length) break;
    const id = head.readUIntBE(0, idBytes);
    const length = lengthIn(head.subarray(idBytes, idBytes + sizeBytes));
    const content = at + idBytes + sizeBytes;
    const next = Math.min(length === undefined ? end : content + length, end);
    elements.push({ id, start: content, end: next });
    if (id === upTo) break;
    at = next;
  }
  return elements;
}

/** Undefined where all bits are set: up to the end. */
function lengthIn(bytes: Buffer): number | undefined {
  const bits = 7 * bytes.length;
  const value = BigInt(`0x${bytes.toString("hex")}`) & ((1n << BigInt(bits)) - 1n);
  return value === (1n << BigInt(bits)) - 1n ? undefined : Number(value);
}
