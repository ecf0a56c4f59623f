/** The catalog of the Python program that photolog replaces: one SQLite file, read only. */
import { basename } from "node:path";
import { messageOf, PhotologError } from "../errors.ts";
import type { Receipt, ServiceName } from "../photo.ts";
import type { Found } from "./adopt.ts";

/** A picture of the old catalog. */
export interface OldPicture extends Omit<Found, "blobKey"> {
  readonly id: number;
  /** Where its original was put: an address of S3 as it was written down, or a key. */
  readonly original: string;
}

type Row = Readonly<Record<string, string | number | null>> & { readonly id: number };

/** All pictures, oldest first. Rejects with `NOT_FOUND` and `BAD_FIELD` where the file is none or is another program's. */
export async function readPythonCatalog(file: string): Promise<readonly OldPicture[]> {
  const { default: Database } = await import("better-sqlite3");
  let database: InstanceType<typeof Database>;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
  } catch (cause) {
    throw new PhotologError("NOT_FOUND", `${file} cannot be opened: ${messageOf(cause)}.`, { cause });
  }
  try {
    const tags = tagsOf(
      database.prepare<[], TagRow>(`SELECT picture_id, name FROM tagged_pics JOIN tags ON tags.id = tag_id`),
    );
    // The columns have changed over the years.
    const rows = database.prepare<[], Row>("SELECT * FROM pictures ORDER BY id").all();
    return rows.map((row) => pictureOf(row, tags.get(row.id) ?? []));
  } catch (cause) {
    if (cause instanceof PhotologError) throw cause;
    throw new PhotologError("BAD_FIELD", `${file} is not a catalog of the Python photolog: ${messageOf(cause)}.`, {
      hint: "Its settings named the file: DB_FILE.",
      cause,
    });
  } finally {
    database.close();
  }
}

interface TagRow {
  readonly picture_id: number;
  readonly name: string;
}

function tagsOf(statement: { all(): TagRow[] }): ReadonlyMap<number, readonly string[]> {
  const tags = new Map<number, string[]>();
  for (const { picture_id: id, name } of statement.all()) {
    const known = tags.get(id);
    if (known === undefined) tags.set(id, [name]);
    else known.push(name);
  }
  return tags;
}

function pictureOf(row: Row, tags: readonly string[]): OldPicture {
  const text = (column: string): string | undefined => {
    const value = row[column];
    return value === null || value === undefined || String(value).trim() === "" ? undefined : String(value).trim();
  };
  const original = text("original") ?? text("key") ?? "";
  const filename = text("filename") ?? basename(original);
  const [name, notes] = [text("name"), text("notes")];
  const md5 = text("checksum")?.toLowerCase();
  const day = dayOf(row);
  return {
    id: row.id,
    original,
    filename,
    md5: md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined,
    tags: tags.map((tag) => tag.trim()).filter((tag) => tag !== ""),
    ...(name === undefined || name === filename ? {} : { title: name }),
    ...(notes === undefined ? {} : { description: notes }),
    ...(day === undefined ? {} : { targetDate: day }),
    receivedAt: momentOf(text("upload_date") ?? text("upload_time")) ?? Date.now(),
    receipts: receiptsOf({ flickr: text("flickr"), gphotos: text("gphotos") }),
  };
}

function dayOf({ year, month, day }: Row): string | undefined {
  const parts = [year, month, day].map(Number);
  const written = parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, "0")).join("-");
  const moment = new Date(`${written}T00:00:00Z`);
  const isDay = !parts.includes(0) && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(written);
  return isDay ? written : undefined;
}

/** `2016-04-03 12:30:00`, with or without a fraction, in UTC; or seconds since the epoch. */
function momentOf(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const seconds = Number(written);
  const moment = Number.isNaN(seconds)
    ? Date.parse(`${written.replace(" ", "T").replace(/(Z|[+-]\d\d:?\d\d)$/, "")}Z`)
    : seconds * 1000;
  return moment > 0 && moment <= Date.now() ? moment : undefined;
}

/** The old program kept an address, or an id alone. */
function receiptsOf(kept: Readonly<Record<ServiceName, string | undefined>>): Partial<Record<ServiceName, Receipt>> {
  const receipts: Partial<Record<ServiceName, Receipt>> = {};
  for (const [name, value] of Object.entries(kept) as [ServiceName, string | undefined][]) {
    if (value === undefined) continue;
    const isAddress = /^https?:\/\//.test(value);
    const id = isAddress ? new URL(value).pathname.split("/").findLast(Boolean) : value;
    if (id !== undefined) receipts[name] = { id, ...(isAddress ? { url: value } : {}) };
  }
  return receipts;
}

/**
 * The key in the archive of what was put at this address: `https://bucket.s3.amazonaws.com/key`, `https://s3.amazonaws.com/bucket/key`
 * (of any endpoint), `s3://bucket/key`, or a key alone. Undefined where it is in another bucket, or not below the prefix.
 */
export function keyInArchive(
  original: string,
  archive: { readonly bucket?: string; readonly prefix: string },
): string | undefined {
  const key = keyInBucket(original, archive.bucket);
  if (key === undefined || key === "" || key.split("/").includes("..") || !key.startsWith(archive.prefix))
    return undefined;
  return key.slice(archive.prefix.length);
}

function keyInBucket(original: string, bucket: string | undefined): string | undefined {
  if (!/^[a-z][a-z0-9]*:\/\//i.test(original)) return original.replace(/^\/+/, "");
  if (bucket === undefined || !URL.canParse(original)) return undefined;
  const { protocol, hostname, pathname } = new URL(original);
  const path = decoded(pathname.slice(1));
  if (hostname === bucket && protocol === "s3:") return path;
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  if (hostname.startsWith(`${bucket.toLowerCase()}.`) || hostname === bucket.toLowerCase()) return path;
  return path?.startsWith(`${bucket}/`) ? path.slice(bucket.length + 1) : undefined;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
