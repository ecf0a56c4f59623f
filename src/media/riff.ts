/** When a film in an AVI file was made: the chunk `IDIT`, which cameras write near the beginning. Never throws. */
import type { Facts } from "../photo.ts";
import type { ByteSource } from "./byte-source.ts";
import { momentOf, parseMoment } from "./moment.ts";

const HEAD_BYTES = 64 * 1024;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

export async function factsOfAvi(source: ByteSource, size: number): Promise<Facts> {
  const head = await source.read(0, Math.min(HEAD_BYTES, size));
  const at = head?.indexOf("IDIT", 0, "latin1") ?? -1;
  if (head === undefined || at < 0 || at + 8 > head.length) return {};
  const text = head.toString("latin1", at + 8, at + 8 + Math.min(head.readUInt32LE(at + 4), 64));
  const written = text.replace(/[\0\s]+/g, " ").trim();
  const taken = parseMoment(written) ?? inWords(written);
  return taken === undefined ? {} : { taken: { ...taken, source: "riff" } };
}

/** `Fri Mar 26 21:19:07 2021`, as C writes it. */
function inWords(text: string) {
  const [, name = "", day = "", time, year] = /^\w{3} (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})/.exec(text) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  const two = (number: number | string): string => String(number).padStart(2, "0");
  return month === 0 ? undefined : momentOf(`${year}-${two(month)}-${two(day)}T${time}`);
}
