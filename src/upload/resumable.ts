/**
 * Sends one photo in pieces, by tus 1.0 (https://tus.io/protocols/resumable-upload): what has arrived stays, whatever happens to
 * the connection, the server or us. A piece is never larger than what common proxies let through.
 */
import { FIELDS, PATHS, type UploadAnswer } from "../api.ts";
import { PhotologError } from "../errors.ts";
import { refusalOf, toOffset, toResuming } from "./answers.ts";
import { DISK_MS_PER_BYTE, type Ask, type Parcel, type Watching } from "./client.ts";
import { isOf } from "./run.ts";
import type { UploadPlaces } from "./journal.ts";
import { readOriginal } from "./read-original.ts";

export interface Resuming extends Watching {
  readonly ask: Ask;
  readonly host: string;
  readonly places: UploadPlaces;
}

/** Half of what the strictest well-known proxy takes. */
const PIECE = 50_000_000;
const SMALLEST_PIECE = 256 * 1024;
const VERSION = { "tus-resumable": "1.0.0" };
const LAST_WORD_MS = 5000;

/** Resolves when the server keeps the photo. Rejects as the methods of `Client` do; the next call goes on where this one ended. */
export async function resume(parcel: Parcel, resuming: Resuming): Promise<UploadAnswer> {
  const { places, moved } = resuming;
  let place = places.find(parcel.sha256);
  let offset = place === undefined ? undefined : await offsetAt(place, parcel, resuming);
  if (place === undefined || offset === undefined) {
    place = await begin(parcel, resuming);
    offset = 0;
  }
  for (;;) {
    moved(offset);
    const piece = places.pieceBytes ?? PIECE;
    try {
      const next = await sendPiece(place, { parcel, offset, bytes: Math.min(piece, parcel.bytes - offset) }, resuming);
      if (typeof next !== "number") {
        places.delete(parcel.sha256);
        return next;
      }
      offset = next;
    } catch (error) {
      if (isOf(error, "TOO_LARGE") && piece > SMALLEST_PIECE && parcel.bytes > SMALLEST_PIECE) {
        // Somebody between us and the server takes less at a time.
        places.pieceBytes = Math.floor(piece / 2);
        continue;
      }
      if (isOf(error, "FILE_CHANGED")) await giveUp(place, parcel, resuming);
      else if (!isWorthResuming(error)) places.delete(parcel.sha256);
      throw error;
    }
  }
}

function isWorthResuming(error: unknown): boolean {
  if (!(error instanceof PhotologError)) return true;
  return !["UNSUPPORTED_MEDIA", "CHECKSUM_MISMATCH", "BAD_FIELD", "NO_FILE", "NOT_FOUND", "PHOTO_REFUSED"].includes(
    error.code,
  );
}

/** Undefined where the server has forgotten it. */
async function offsetAt(place: string, parcel: Parcel, { ask, host, places, signal }: Resuming) {
  const answer = await ask({ method: "HEAD", path: place, headers: VERSION, signal });
  const offset = toOffset(answer, { host });
  if (offset === undefined || offset > parcel.bytes) places.delete(parcel.sha256);
  return offset !== undefined && offset <= parcel.bytes ? offset : undefined;
}

async function begin(parcel: Parcel, { ask, host, places, signal }: Resuming): Promise<string> {
  const answer = await ask({
    method: "POST",
    path: PATHS.uploads,
    headers: { ...VERSION, "upload-length": String(parcel.bytes), "upload-metadata": metadataOf(parcel) },
    contentLength: 0,
    signal,
  });
  if (answer.status !== 201) throw refusalOf(answer, host);
  const place = answer.location === undefined ? undefined : pathOn(host, answer.location);
  if (place === undefined) throw refusalOf(answer, host);
  places.put(parcel.sha256, place);
  return place;
}

/** The path of a location on this server; undefined where it leads elsewhere. */
function pathOn(host: string, location: string): string | undefined {
  if (!URL.canParse(location, host)) return undefined;
  const { pathname, search } = new URL(location, host);
  return pathname.startsWith(PATHS.uploads) ? pathname + search : undefined;
}

/** Answers the new offset, or, after the last piece, that the photo is kept. */
async function sendPiece(
  place: string,
  { parcel, offset, bytes }: { readonly parcel: Parcel; readonly offset: number; readonly bytes: number },
  { ask, host, moved, places, signal }: Resuming,
): Promise<number | UploadAnswer> {
  const local: { failure?: PhotologError } = {};
  async function* body(): AsyncGenerator<Uint8Array> {
    let sent = offset;
    try {
      for await (const chunk of readOriginal(parcel.path, parcel, { from: offset, bytes })) {
        yield chunk;
        moved((sent += chunk.length));
      }
    } catch (error) {
      if (error instanceof PhotologError) local.failure = error;
      throw error;
    }
  }
  try {
    const answer = await ask({
      method: "PATCH",
      path: place,
      headers: { ...VERSION, "upload-offset": String(offset) },
      contentType: "application/offset+octet-stream",
      contentLength: bytes,
      body: body(),
      patienceMore: parcel.bytes * DISK_MS_PER_BYTE,
      signal,
    });
    if (answer.status === 404 || answer.status === 410) {
      // Complete, with an answer that was lost, or expired: the server is asked whether it has the photo, and then it begins anew.
      places.delete(parcel.sha256);
      throw broken(`${host} no longer knows this upload.`);
    }
    if (answer.status === 409 || answer.status === 423) throw broken(`${host} is still at the piece before.`);
    if (answer.status !== 204) throw refusalOf(answer, host);
    if (answer.resumed !== undefined) return toResuming(answer, { host, sha256: parcel.sha256 });
    const next = toOffset(answer, { host });
    if (next === undefined || next > parcel.bytes || next < offset) throw refusalOf(answer, host);
    return next;
  } catch (error) {
    // What broke the connection may have been our own file.
    throw local.failure ?? error;
  }
}

/** As if the connection had broken: after a moment the server is asked how far it is. */
function broken(message: string): PhotologError {
  return new PhotologError("BODY_CUT_SHORT", message);
}

/** The server need not keep what nobody will complete. It finds that out by itself, too. */
async function giveUp(place: string, parcel: Parcel, { ask, places }: Resuming): Promise<void> {
  places.delete(parcel.sha256);
  const signal = AbortSignal.timeout(LAST_WORD_MS);
  await ask({ method: "DELETE", path: place, headers: VERSION, signal }).catch(() => undefined);
}

function metadataOf({ filename, sha256, tags, albums, related, skip, targetDate, modified }: Parcel): string {
  const told: readonly (readonly [string, string])[] = [
    ["filename", filename],
    [FIELDS.sha256, sha256],
    [FIELDS.tags, tags.join(",")],
    [FIELDS.album, albums.join("\n")],
    [FIELDS.related, related.join(",")],
    [FIELDS.skip, skip.join(",")],
    [FIELDS.targetDate, targetDate ?? ""],
    [FIELDS.modified, String(Math.trunc(modified))],
  ];
  return told
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}
