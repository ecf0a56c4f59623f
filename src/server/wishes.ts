/** What a client asks for beside the file: fields as text, turned into values or refused. */
import { FIELDS } from "../api.ts";
import { PhotologError } from "../errors.ts";
import type { ServiceName } from "../photo.ts";
import type { Wishes } from "./ingest.ts";

const SERVICE_NAMES: Readonly<Record<string, ServiceName>> = {
  flickr: "flickr",
  gphotos: "gphotos",
  google: "gphotos",
};
const LONGEST_TAG = 200;

/** Rejects with `BAD_FIELD`, naming the field. */
export function wishesOf(fields: ReadonlyMap<string, string>): Wishes {
  const targetDate = textOf(fields, FIELDS.targetDate);
  if (targetDate !== undefined && !isDate(targetDate)) {
    throw new PhotologError("BAD_FIELD", `${FIELDS.targetDate} must be a date, YYYY-MM-DD.`);
  }
  const sha256 = textOf(fields, FIELDS.sha256)?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new PhotologError("BAD_FIELD", `${FIELDS.sha256} must have 64 hex digits.`);
  }
  return {
    tags: tagsOf(fields.get(FIELDS.tags) ?? ""),
    skip: skipOf(fields.get(FIELDS.skip) ?? ""),
    ...(targetDate === undefined ? {} : { targetDate }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** Trimmed, without control characters, each once; spaces inside a tag stay. */
export function tagsOf(list: string): string[] {
  const tags = list
    .split(",")
    .map((tag) =>
      tag
        .replace(/\p{Cc}+/gu, " ")
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((tag) => tag !== "");
  const long = tags.find((tag) => [...tag].length > LONGEST_TAG);
  if (long !== undefined) {
    throw new PhotologError("BAD_FIELD", `${FIELDS.tags}: a tag may have ${LONGEST_TAG} characters at most.`);
  }
  return [...new Set(tags)];
}

function skipOf(list: string): Set<ServiceName> {
  const skip = new Set<ServiceName>();
  for (const name of list.split(",").map((part) => part.trim().toLowerCase())) {
    if (name === "") continue;
    const service = Object.hasOwn(SERVICE_NAMES, name) ? SERVICE_NAMES[name] : undefined;
    if (service === undefined) {
      throw new PhotologError(
        "BAD_FIELD",
        `${FIELDS.skip} takes flickr, gphotos or google, not ${JSON.stringify(name.slice(0, 40))}.`,
      );
    }
    skip.add(service);
  }
  return skip;
}

function textOf(fields: ReadonlyMap<string, string>, name: string): string | undefined {
  return fields.get(name)?.trim() || undefined;
}

/** A day that exists: 2023-02-30 does not. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
