/** Finds the bytes of a photo wherever they are now, and what they say of themselves. */
import { readFile } from "node:fs/promises";
import { type ErrorCode, type ErrorDetails, PhotologError } from "../errors.ts";
import { dateInName } from "../media/file-name-date.ts";
import { fromXmp, inOrder, readFacts } from "../media/metadata.ts";
import { isInFuture } from "../media/moment.ts";
import { parseXmp } from "../media/xmp.ts";
import type { Facts, Original, Photo, TakenAt } from "../photo.ts";
import type { Parts } from "./pipeline.ts";

/** The photo of a job. */
export async function photoOf(parts: Parts, job: { readonly photoId: number }): Promise<Photo> {
  const photo = await parts.catalog.findById(job.photoId);
  if (photo !== undefined) return photo;
  throw new PhotologError("NOT_FOUND", `There is no photo ${job.photoId} in the catalog.`);
}

/**
 * Runs `use` with a local file that has the photo's bytes: the one in the spool, else one fetched from the archive. Where `use`
 * finds that the spool's has become another one (`ORIGINAL_CHANGED`) it is run once more, with the archive's.
 */
export async function withOriginal<T>(
  parts: Parts,
  { photo, signal }: { photo: Photo; signal: AbortSignal },
  use: (original: Original) => Promise<T>,
): Promise<T> {
  const { bytes, sha256, spoolName } = photo;
  if (spoolName === undefined || (await parts.spool.size(spoolName)) !== bytes) {
    return withFetched(parts, { photo, signal }, use);
  }
  try {
    return await use({ bytes, sha256, path: parts.spool.path(spoolName) });
  } catch (changed) {
    if (!isCoded(changed, "ORIGINAL_CHANGED")) throw changed;
    // It may have been archived meanwhile.
    const now = await photoOf(parts, { photoId: photo.id });
    if (now.blobKey === undefined) throw changed;
    return withFetched(parts, { photo: now, signal }, use).catch((error: unknown) => {
      throw isCoded(error, "ORIGINAL_MISSING") ? changed : error;
    });
  }
}

async function withFetched<T>(
  parts: Parts,
  { photo, signal }: { photo: Photo; signal: AbortSignal },
  use: (original: Original) => Promise<T>,
): Promise<T> {
  const { bytes, sha256, blobKey } = photo;
  const missing = (details?: ErrorDetails): PhotologError =>
    new PhotologError("ORIGINAL_MISSING", "The original is neither in the spool nor in the archive.", {
      hint: "Upload the file again.",
      ...details,
    });
  if (blobKey === undefined) throw missing();
  const source = await parts.archive.get(blobKey, signal).catch((cause: unknown) => {
    throw isCoded(cause, "BLOB_MISSING") ? missing({ cause }) : cause;
  });
  const copy = await parts.spool.receive();
  try {
    for await (const chunk of source) await copy.write(chunk as Buffer);
    const fetched = await copy.finish();
    if (fetched.bytes !== bytes || fetched.sha256 !== sha256) {
      throw new PhotologError("NOT_PROVEN", `The archive's ${blobKey} no longer has the photo's bytes.`);
    }
    return await use({ bytes, sha256, path: copy.path });
  } finally {
    source.destroy();
    await copy.discard();
  }
}

function isCoded(error: unknown, code: ErrorCode): boolean {
  return error instanceof PhotologError && error.code === code;
}

/** The photo with its facts, read from the file the first time somebody asks. */
export async function withFacts(parts: Parts, photo: Photo, original: Original): Promise<Photo> {
  if (photo.facts !== undefined) return photo;
  const own = await readFacts(original.path, { mime: photo.mime, kind: photo.kind });
  return parts.catalog.recordFacts(photo.id, completed(own, photo, await sidecarFacts(parts, photo)));
}

/** The facts of a file that lies alone. */
export async function factsOf(
  path: string,
  photo: Pick<Photo, "mime" | "kind" | "filename" | "receivedAt">,
): Promise<Facts> {
  return completed(await readFacts(path, photo), photo, {});
}

/**
 * The chain of dates, where the file's own is missing or cannot be: the sidecar's, else that in the file's name. What a person has
 * written into a sidecar (stars, words) goes before what the file says.
 */
function completed(
  { taken, ...own }: Facts,
  photo: Pick<Photo, "filename" | "receivedAt">,
  { taken: besides, ...sidecar }: Facts,
): Facts {
  const dates = [taken, besides, dateOfName(photo.filename)];
  const chosen = dates.find((date) => date !== undefined && !isInFuture(date, photo.receivedAt));
  return { ...inOrder(sidecar, own), ...(chosen === undefined ? {} : { taken: chosen }) };
}

function dateOfName(filename: string): TakenAt | undefined {
  const found = dateInName(filename);
  return found && { local: found.local, source: "file_name" };
}

async function sidecarFacts(parts: Parts, photo: Photo): Promise<Facts> {
  let facts: Facts = {};
  for (const { filename, spoolName } of photo.sidecars) {
    if (spoolName === undefined || !/\.xmp$/i.test(filename)) continue;
    const bytes = await readFile(parts.spool.path(spoolName)).catch(() => undefined);
    if (bytes !== undefined) facts = inOrder(facts, fromXmp(parseXmp(bytes), "sidecar"));
  }
  return facts;
}
