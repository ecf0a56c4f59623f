/**
 * What films in ISO media files say of themselves: MP4, MOV, 3GP, M4V. ISO/IEC 14496-12 (`mvhd`, `tkhd`), and Apple's keys
 * (https://developer.apple.com/documentation/quicktime-file-format/metadata_atom). Reads heads of boxes and the few values that are
 * wanted. No bytes make it throw or run in circles.
 */
import type { Facts } from "../photo.ts";
import { type Box, boxesIn } from "./boxes.ts";
import type { ByteSource } from "./byte-source.ts";
import { momentOf, parseMoment } from "./moment.ts";
import { placeOfIso6709 } from "./iso-6709.ts";
import { plainText } from "./plain-text.ts";

/** Seconds from 1904 to 1970. */
const MAC_EPOCH = 2_082_844_800;
const MOST_KEYS = 64;
const MOST_VALUE_BYTES = 2000;
const MOST_TRACKS = 16;

export async function factsOfQuickTime(source: ByteSource, size: number): Promise<Facts> {
  const movie = (await boxesIn(source, 0, size)).find(({ type }) => type === "moov");
  if (movie === undefined) return {};
  const boxes = await boxesIn(source, movie.start, movie.end);
  const header = await headerOf(source, named(boxes, "mvhd"));
  const apple = await appleKeys(source, named(boxes, "meta"));
  const user = await userTexts(source, named(boxes, "udta"));
  const written = parseMoment(apple.get("com.apple.quicktime.creationdate") ?? "");
  const taken = written ?? header.created;
  const place = placeOfIso6709(apple.get("com.apple.quicktime.location.ISO6709") ?? user.get("\u00a9xyz") ?? "");
  const make = plainText(apple.get("com.apple.quicktime.make") ?? user.get("\u00a9mak") ?? "");
  const model = plainText(apple.get("com.apple.quicktime.model") ?? user.get("\u00a9mod") ?? "");
  const contentId = plainText(apple.get("com.apple.quicktime.content.identifier") ?? "");
  return {
    ...(taken === undefined ? {} : { taken: { ...taken, source: "quicktime" } }),
    ...(header.duration === undefined ? {} : { duration: header.duration }),
    ...(await sizeOf(source, boxes)),
    ...(make + model === "" ? {} : { camera: { ...(make && { make }), ...(model && { model }) } }),
    ...(place === undefined ? {} : { place }),
    ...(contentId === "" ? {} : { contentId }),
  };
}

function named(boxes: readonly Box[], type: string): Box | undefined {
  return boxes.find((box) => box.type === type);
}

/**
 * The time of creation is UTC by the standard, and so it is told: with the offset of Greenwich. Cameras without a zone write their
 * wall clock there; nothing in the file tells them apart.
 */
async function headerOf(source: ByteSource, box: Box | undefined) {
  const head = box && (await source.read(box.start, Math.min(32, box.end - box.start)));
  if (head === undefined || head.length < 20) return {};
  const isLong = head[0] === 1 && head.length >= 32;
  const seconds = isLong ? Number(head.readBigUInt64BE(4)) : head.readUInt32BE(4);
  const scale = head.readUInt32BE(isLong ? 20 : 12);
  const length = isLong ? Number(head.readBigUInt64BE(24)) : head.readUInt32BE(16);
  const duration = scale > 0 && length > 0 && length < 0xffff_ffff ? length / scale : 0;
  const created = seconds > 0 && seconds < 2 ** 34 ? (seconds - MAC_EPOCH) * 1000 : undefined;
  const moment = created === undefined ? undefined : momentOf(new Date(created).toISOString().slice(0, 19), "+00:00");
  return {
    ...(moment === undefined ? {} : { created: moment }),
    ...(duration > 0 && duration < 1e7 ? { duration: Math.round(duration * 1000) / 1000 } : {}),
  };
}

/** The largest picture of all tracks, as it is shown: a matrix may turn it. */
async function sizeOf(source: ByteSource, boxes: readonly Box[]): Promise<Pick<Facts, "width" | "height">> {
  let [width, height] = [0, 0];
  for (const track of boxes.filter(({ type }) => type === "trak").slice(0, MOST_TRACKS)) {
    const box = named(await boxesIn(source, track.start, track.end), "tkhd");
    const version = box && (await source.read(box.start, 1))?.[0];
    const matrixAt = version === 1 ? 52 : 40;
    const tail = box && (await source.read(box.start + matrixAt, 44));
    if (tail === undefined) continue;
    const isTurned = tail.readInt32BE(0) === 0 && tail.readInt32BE(4) !== 0;
    const [across, up] = [tail.readUInt32BE(36) / 65_536, tail.readUInt32BE(40) / 65_536].map(Math.round) as [
      number,
      number,
    ];
    if (across * up <= width * height) continue;
    [width, height] = isTurned ? [up, across] : [across, up];
  }
  return width > 0 && height > 0 && width < 1e5 && height < 1e5 ? { width, height } : {};
}

/** `keys` names them, `ilst` has their values under their numbers. */
async function appleKeys(source: ByteSource, meta: Box | undefined): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  if (meta === undefined) return values;
  // QuickTime's has no version before its boxes, ISO's has.
  const head = await source.read(meta.start, 8);
  const start = head?.toString("latin1", 4) === "hdlr" ? meta.start : meta.start + 4;
  const boxes = await boxesIn(source, start, meta.end);
  const [keys, list] = [named(boxes, "keys"), named(boxes, "ilst")];
  if (keys === undefined || list === undefined) return values;
  const names: string[] = [];
  for (let at = keys.start + 8; at + 8 <= keys.end && names.length < MOST_KEYS;) {
    const length = (await source.read(at, 4))?.readUInt32BE(0) ?? 0;
    if (length < 8 || length > MOST_VALUE_BYTES) break;
    names.push((await source.read(at + 8, length - 8))?.toString("utf8") ?? "");
    at += length;
  }
  for (const entry of await boxesIn(source, list.start, list.end)) {
    const name = names[Buffer.from(entry.type, "latin1").readUInt32BE(0) - 1];
    const value = named(await boxesIn(source, entry.start, entry.end), "data");
    if (name === undefined || value === undefined) continue;
    const bytes = await source.read(value.start + 8, Math.min(value.end - value.start - 8, MOST_VALUE_BYTES));
    if (bytes !== undefined) values.set(name, bytes.toString("utf8"));
  }
  return values;
}

/** `©xyz` and its like: a length, a language, the text. */
async function userTexts(source: ByteSource, box: Box | undefined): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  if (box === undefined) return texts;
  for (const { type, start, end } of await boxesIn(source, box.start, box.end)) {
    if (!type.startsWith("\u00a9")) continue;
    const length = (await source.read(start, 2))?.readUInt16BE(0) ?? 0;
    const bytes = await source.read(start + 4, Math.min(length, end - start - 4, MOST_VALUE_BYTES));
    if (bytes !== undefined) texts.set(type, bytes.toString("utf8"));
  }
  return texts;
}
