/** When a film in a Matroska or WebM file was made and how long it is (RFC 9559, 5.1.2). Never throws. */
import type { Facts } from "../photo.ts";
import type { ByteSource } from "./byte-source.ts";
import { momentOf } from "./moment.ts";
import { elementsIn } from "./tracks.ts";

const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const TIMESTAMP_SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const DATE_UTC = 0x4461;
/** Milliseconds of 2001-01-01, from which the date counts in nanoseconds. */
const EPOCH = Date.UTC(2001, 0, 1);

export async function factsOfMatroska(source: ByteSource, mime: string, size: number): Promise<Facts> {
  if (mime !== "video/x-matroska" && mime !== "video/webm") return {};
  const segment = (await elementsIn(source, { start: 0, end: size })).find(({ id }) => id === SEGMENT);
  const info = segment && (await elementsIn(source, segment, INFO)).find(({ id }) => id === INFO);
  if (info === undefined) return {};
  const values = new Map<number, Buffer>();
  for (const { id, start, end } of await elementsIn(source, info)) {
    const bytes = end - start <= 8 ? await source.read(start, end - start) : undefined;
    if (bytes !== undefined) values.set(id, bytes);
  }
  const scale = unsignedOf(values.get(TIMESTAMP_SCALE)) ?? 1_000_000;
  const ticks = floatOf(values.get(DURATION));
  const duration = ticks === undefined ? Number.NaN : (ticks * scale) / 1e9;
  const date = values.get(DATE_UTC);
  const made = date?.length === 8 ? EPOCH + Number(date.readBigInt64BE(0) / 1_000_000n) : Number.NaN;
  const taken = Math.abs(made) < 8e15 ? momentOf(new Date(made).toISOString().slice(0, 19), "+00:00") : undefined;
  return {
    ...(taken === undefined ? {} : { taken: { ...taken, source: "matroska" } }),
    ...(duration > 0 && duration < 1e7 ? { duration: Math.round(duration * 1000) / 1000 } : {}),
  };
}

function unsignedOf(bytes: Buffer | undefined): number | undefined {
  return bytes === undefined || bytes.length === 0 || bytes.length > 6 ? undefined : bytes.readUIntBE(0, bytes.length);
}

function floatOf(bytes: Buffer | undefined): number | undefined {
  if (bytes?.length === 4) return bytes.readFloatBE(0);
  return bytes?.length === 8 ? bytes.readDoubleBE(0) : undefined;
}
