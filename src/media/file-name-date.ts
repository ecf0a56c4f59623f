/** The date that phones and programs put into names of files. */
import { type Moment, momentOf } from "./moment.ts";

/**
 * `IMG_20240501_123456.jpg`, `PXL_20240501_123456789.jpg`, `20240501_123456.mp4`, `VID-20240501-WA0001.mp4`,
 * `Screenshot_2024-05-01-12-34-56.png`, `2024-05-01 12.34.56.jpg`, `signal-2024-05-01-123456.jpg`, `Photo 2024-05-01 at 12.34.56.png`.
 * A number beside it that belongs to something else rules it out.
 */
const DATE = /(?<!\d)((?:18|19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)/;
const TIME = /^(?:[-_ T.]{1,3}|[ _-]?at[ _-]?)([01]\d|2[0-3])([-_.:h]?)([0-5]\d)\2([0-5]\d)(?:\d{3})?(?!\d)/;

/** Undefined where the name has none. Without a time it is midnight. */
export function dateInName(filename: string): (Moment & { readonly hasTime: boolean }) | undefined {
  const found = DATE.exec(filename);
  if (found === null) return undefined;
  const [whole, year, , month, day] = found;
  const [, hour = "00", , minute = "00", second = "00"] = TIME.exec(filename.slice(found.index + whole.length)) ?? [];
  const moment = momentOf(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  return moment && { ...moment, hasTime: `${hour}${minute}${second}` !== "000000" };
}
