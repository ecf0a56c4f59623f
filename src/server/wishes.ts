/** What a client asks for beside the file: fields as text, turned into values or refused. */
import { FIELDS } from "../api.ts";
import { PhotologError } from "../errors.ts";
import { type Relation, RELATIONS, type ServiceName } from "../photo.ts";
import type { Wishes } from "./ingest.ts";

const SERVICE_NAMES: Readonly<Record<string, ServiceName>> = {
  flickr: "flickr",
  gphotos: "gphotos",
  google: "gphotos",
};
const LONGEST_NAME = 200;
const MOST_RELATIONS = 20;
/** The year 2200: a clock may be wrong, but a number beyond is none. */
const LATEST_MS = 7_258_118_400_000;

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
  const modified = textOf(fields, FIELDS.modified);
  const modifiedAt = modified === undefined ? undefined : Math.trunc(Number(modified));
  if (modifiedAt !== undefined && !(Math.abs(modifiedAt) <= LATEST_MS)) {
    throw new PhotologError("BAD_FIELD", `${FIELDS.modified} must be a number of milliseconds since 1970.`);
  }
  return {
    albums: albumsOf((fields.get(FIELDS.album) ?? "").split("\n")),
    related: relatedOf((fields.get(FIELDS.related) ?? "").split(/[\n,]/)),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    tags: tagsOf((fields.get(FIELDS.tags) ?? "").split(",")),
    skip: servicesOf((fields.get(FIELDS.skip) ?? "").split(","), FIELDS.skip),
    ...(targetDate === undefined ? {} : { targetDate }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** Trimmed, without control characters, each once; spaces inside a tag stay. */
export function tagsOf(given: readonly string[]): string[] {
  return namesOf(given, { field: FIELDS.tags, noun: "a tag" });
}

/** Titles, brought into the same form as tags. */
export function albumsOf(given: readonly string[]): string[] {
  return namesOf(given, { field: FIELDS.album, noun: "an album's title" });
}

function namesOf(
  given: readonly string[],
  { field, noun }: { readonly field: string; readonly noun: string },
): string[] {
  const names = given
    .map((name) =>
      name
        .replace(/\p{Cc}+/gu, " ")
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((name) => name !== "");
  if (names.some((name) => [...name].length > LONGEST_NAME)) {
    throw new PhotologError("BAD_FIELD", `${field}: ${noun} may have ${LONGEST_NAME} characters at most.`);
  }
  return [...new Set(names)];
}

/** `live:<sha256>` and `raw:<sha256>`. */
export function relatedOf(given: readonly string[]): Relation[] {
  const texts = [...new Set(given.map((text) => text.trim().toLowerCase()))].filter((text) => text !== "");
  if (texts.length > MOST_RELATIONS) {
    throw new PhotologError("BAD_FIELD", `${FIELDS.related}: at most ${MOST_RELATIONS} photos can belong to one.`);
  }
  return texts.map((text) => {
    const [, name, sha256 = ""] = /^([a-z]+):([0-9a-f]{64})$/.exec(text) ?? [];
    const relation = RELATIONS.find((one) => one === name);
    if (relation === undefined) {
      throw new PhotologError("BAD_FIELD", `${FIELDS.related} takes ${RELATIONS.join(" or ")}, a colon and a SHA-256.`);
    }
    return { relation, sha256 };
  });
}

/** `field` is what the message names. */
export function servicesOf(given: readonly string[], field: string): Set<ServiceName> {
  const services = new Set<ServiceName>();
  for (const name of given.map((part) => part.trim().toLowerCase())) {
    if (name === "") continue;
    const service = Object.hasOwn(SERVICE_NAMES, name) ? SERVICE_NAMES[name] : undefined;
    if (service === undefined) {
      throw new PhotologError(
        "BAD_FIELD",
        `${field} takes flickr, gphotos or google, not ${JSON.stringify(name.slice(0, 40))}.`,
      );
    }
    services.add(service);
  }
  return services;
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
