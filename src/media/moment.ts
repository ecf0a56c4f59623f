/** Dates as files write them, brought into one form; nonsense is left out. */

export interface Moment {
  /** Wall-clock time, `YYYY-MM-DDTHH:MM:SS`. */
  readonly local: string;
  /** `+HH:MM` or `-HH:MM`. */
  readonly offset?: string;
}

/** There are no photographs from before 1826. */
const FIRST_YEAR = 1826;
const DAY_MS = 24 * 60 * 60_000;

/** `YYYY:MM:DD HH:MM:SS`, and what programs write instead: other separators, ISO 8601, no time, no seconds. */
export function parseMoment(written: string): Moment | undefined {
  const match = /^(\d{4})[:/.-](\d\d)[:/.-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(.*))?$/.exec(
    written.trim(),
  );
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", rest = ""] = match;
  return momentOf(`${year}-${month}-${day}T${hour}:${minute}:${second}`, parseOffset(rest.trim()));
}

/** Undefined where there is no such moment: clocks that were never set say 0000, or the beginning of their time. */
export function momentOf(local: string, offset?: string): Moment | undefined {
  const time = new Date(`${local}Z`);
  const isReal =
    !Number.isNaN(time.getTime()) && time.toISOString().startsWith(local) && Number(local.slice(0, 4)) >= FIRST_YEAR;
  const isUnset = /^(?:1904|1970)-01-01T00:00:00$/.test(local);
  return isReal && !isUnset ? { local, ...(offset === undefined ? {} : { offset }) } : undefined;
}

export function parseOffset(written: string): string | undefined {
  if (written === "Z") return "+00:00";
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(written) ?? [];
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return sign === undefined ? undefined : `${sign}${hours}:${minutes}`;
}

/** More than a day after it was received: a clock that runs ahead, or a date of something else. */
export function isInFuture({ local }: Moment, receivedAt: number): boolean {
  return Date.parse(`${local.slice(0, 19)}Z`) > receivedAt + DAY_MS;
}
