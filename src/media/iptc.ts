/** What IPTC-IIM says, which older programs write: https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf */
import { type Moment, parseMoment, parseOffset } from "./moment.ts";
import { plainText } from "./plain-text.ts";

export interface IptcFacts {
  readonly taken?: Moment;
  readonly keywords?: readonly string[];
  readonly title?: string;
  readonly description?: string;
}

const MOST_DATASETS = 1000;
const MOST_KEYWORDS = 100;
const [TITLE, KEYWORD, DATE, TIME, CAPTION] = [5, 25, 55, 60, 120];

/** Of a block as image libraries hand it out: the datasets of record 2, wherever in it they begin. Never throws. */
export function parseIptc(bytes: Uint8Array): IptcFacts {
  const buffer = Buffer.from(bytes);
  const found = new Map<number, string[]>();
  let at = startOf(buffer);
  for (let seen = 0; at >= 0 && seen < MOST_DATASETS && at + 5 <= buffer.length && buffer[at] === 0x1c; seen++) {
    const [record = 0, dataset = 0] = [buffer[at + 1], buffer[at + 2]];
    const length = buffer.readUInt16BE(at + 3);
    if (length >= 0x8000) break;
    const content = buffer.subarray(at + 5, at + 5 + length);
    if (record === 2) found.set(dataset, [...(found.get(dataset) ?? []), textOf(content)]);
    at += 5 + length;
  }
  const first = (dataset: number): string => found.get(dataset)?.[0] ?? "";
  const keywords = [...new Set((found.get(KEYWORD) ?? []).map((word) => plainText(word)))].filter(
    (word) => word !== "",
  );
  const [title, description] = [plainText(first(TITLE)), plainText(first(CAPTION), 2000)];
  const taken = takenOf(first(DATE), first(TIME));
  return {
    ...(taken === undefined ? {} : { taken }),
    ...(keywords.length === 0 ? {} : { keywords: keywords.slice(0, MOST_KEYWORDS) }),
    ...(title === "" ? {} : { title }),
    ...(description === "" ? {} : { description }),
  };
}

function startOf(buffer: Buffer): number {
  const starts = [buffer.indexOf("\x1c\x01", 0, "latin1"), buffer.indexOf("\x1c\x02", 0, "latin1")];
  const found = starts.filter((start) => start >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** UTF-8 where it is that, else as most old programs wrote. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? bytes.toString("latin1") : text;
}

/** `CCYYMMDD` and `HHMMSS±HHMM`. */
function takenOf(date: string, time: string): Moment | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)/.exec(date) ?? [];
  if (year === undefined) return undefined;
  const [, hour = "00", minute = "00", second = "00", zone = ""] = /^(\d\d)(\d\d)(\d\d)([+-]\d{4})?/.exec(time) ?? [];
  const moment = parseMoment(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  const offset = parseOffset(zone);
  return moment && { ...moment, ...(offset === undefined ? {} : { offset }) };
}
