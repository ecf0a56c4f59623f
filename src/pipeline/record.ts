/** The record beside each original: with it, the archive alone is enough to rebuild the catalog. */
import { createHash } from "node:crypto";
import { titleOf } from "../destinations/destination.ts";
import { kindOfName } from "../media/formats.ts";
import type { DestinationName, Photo, Receipt } from "../photo.ts";
import type { Blob } from "../storage/blob-store.ts";

/** Longest name part of a key, in UTF-8 bytes: keys may have 1024 in all, and folders' names 255. */
const LONGEST_NAME = 150;

/**
 * Where the original goes, best first: `originals/YYYY/MM/DD/<name>-<first 12 of sha256>.<ext>`, then with more of the
 * checksum, should another photo have that key. The name is only ever one harmless path segment.
 */
export function blobKeysFor(photo: Photo, day: string): readonly string[] {
  const name = safeName(titleOf(photo)) || "photo";
  const folder = `originals/${day.replaceAll("-", "/")}`;
  return [12, 24, 64].map((length) => `${folder}/${name}-${photo.sha256.slice(0, length)}.${extensionOf(photo)}`);
}

/**
 * The key of what lies beside an original: its record (`json`) or a sidecar (`xmp`, `thm`). A key that somebody else chose may differ
 * from another by its extension alone, so it is kept whole.
 */
export function besideKey(blobKey: string, extension: string): string {
  return `${blobKey.replace(OWN_EXTENSION, "$1")}.${extension}`;
}

/** Of a key by `blobKeysFor`. */
const OWN_EXTENSION = /(-[0-9a-f]{12,64})\.[^./]*$/;

export function recordOf(photo: Photo, receipts: Readonly<Partial<Record<DestinationName, Receipt>>>): Blob {
  const { facts } = photo;
  const record = {
    photolog: 1,
    key: photo.key,
    original: photo.blobKey,
    sha256: photo.sha256,
    md5: photo.md5,
    bytes: photo.bytes,
    filename: photo.filename,
    mime: photo.mime,
    extension: photo.extension,
    kind: photo.kind,
    received_at: new Date(photo.receivedAt).toISOString(),
    target_date: photo.targetDate,
    taken: facts?.taken,
    modified: photo.modifiedAt === undefined ? undefined : new Date(photo.modifiedAt).toISOString(),
    tags: photo.tags,
    albums: photo.albums,
    related: photo.related,
    width: facts?.width,
    height: facts?.height,
    orientation: facts?.orientation,
    camera: facts?.camera,
    lens: facts?.lens,
    exposure: facts?.exposure,
    place: facts?.place,
    rating: facts?.rating,
    title: facts?.title,
    description: facts?.description,
    duration: facts?.duration,
    motion: facts?.motion,
    impression: photo.impression,
    sidecars: photo.sidecars.map(({ filename, sha256, bytes, blobKey }) => ({ filename, sha256, bytes, key: blobKey })),
    links: receipts,
  };
  const bytes = Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
  return {
    key: besideKey(photo.blobKey ?? "", "json"),
    source: { bytes },
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    contentType: "application/json",
  };
}

/** The extension as the file came, where it is one of a picture or film; else the content's. */
function extensionOf(photo: Photo): string {
  const kind = kindOfName(photo.filename);
  const given = /\.([A-Za-z0-9]{1,5})$/.exec(photo.filename)?.[1];
  return given === undefined || kind === undefined || kind === "sidecar" ? photo.extension : given;
}

/** Letters, digits and a few marks of any script; everything else, slashes and dots at the start included, becomes `_`. */
function safeName(name: string): string {
  const plain = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}\p{M}._ ()+,@=-]/gu, "_")
    .replace(/^[. ]+|[. ]+$/g, "")
    .replace(/\s+/g, " ");
  let short = "";
  let bytes = 0;
  for (const character of plain) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST_NAME) break;
    short += character;
  }
  return short.trim();
}
