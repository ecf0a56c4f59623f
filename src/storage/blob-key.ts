/** What may be the key of a blob, in a bucket as in a folder. A key comes from file names of strangers, so nothing is trusted. */
import { PhotologError } from "../errors.ts";

/** Where `openDirectory` keeps files that are being written; no blob lives below it. */
export const TEMPORARY_FOLDER = ".photolog-tmp";

/** S3's own limit, of the whole key in UTF-8. */
const LONGEST_KEY = 1024;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Gives the key back, or rejects it with `BAD_FIELD`: absolute, climbing (`..`), empty segments, control characters, too long. */
export function checkKey(key: string): string {
  const fault = faultOf(key);
  if (fault !== undefined)
    throw new PhotologError("BAD_FIELD", `${JSON.stringify(key)} cannot be the key of a blob: ${fault}.`);
  return key;
}

/** As `checkKey`, for the beginning of keys: may be empty, and may end in the middle of a segment or at a slash. */
export function checkPrefix(prefix: string): string {
  if (prefix !== "") checkKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
  return prefix;
}

/** Whether photolog itself could have put a blob under this key; other programs' keys may be stranger. */
export function isKey(key: string): boolean {
  return faultOf(key) === undefined;
}

function faultOf(key: string): string | undefined {
  if (Buffer.byteLength(key) > LONGEST_KEY) return `it is longer than ${LONGEST_KEY} bytes`;
  if (!key.isWellFormed()) return "it is no valid Unicode";
  if (CONTROL.test(key)) return "it holds a control character";
  for (const segment of key.split("/")) {
    if (segment === "") return "it has an empty segment";
    if (segment === "." || segment === "..") return "it climbs";
    if (segment.toLowerCase() === TEMPORARY_FOLDER) return `${TEMPORARY_FOLDER} is set aside for files being written`;
  }
  return undefined;
}
