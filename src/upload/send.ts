/** Sends one photo: once, whatever the connection does meanwhile. */
import { VERIFY_LIMIT, type UploadAnswer } from "../api.ts";
import { PhotologError, type ErrorCode } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import type { Parcel } from "./client.ts";
import { identify, type Identified } from "./identify.ts";
import { ON_SERVER, relatedTo } from "./known.ts";
import { failure, isOf, knownToServer, type Run } from "./run.ts";
import { pathOf } from "./entry.ts";
import type { Outcome } from "./tally.ts";

/** One photo may break the connection so often while others get through. */
const BREAKS = 4;
const BROKEN = [
  "SERVER_UNREACHABLE",
  "SERVER_ANSWER_UNCLEAR",
  "BODY_CUT_SHORT",
] as const satisfies readonly ErrorCode[];
/** Larger photos go in pieces from the start; others once the connection broke on them, if they are worth it. */
const LARGE = 16_000_000;
const WORTH_PIECES = 1_000_000;
/**
 * Photos asked about before their twin arrived are still on their way here: no more than two batches and what waits between.
 * All later ones are found on the server.
 */
const REMEMBERED = 4 * VERIFY_LIMIT;

/** Photos of the same bytes go one after the other; what one of them has brought there is not sent again. */
export async function send(photo: Identified, run: Run): Promise<Outcome> {
  const { sha256, bytes } = photo;
  const { options, underWay } = run;
  for (let twin = underWay.get(sha256); twin !== undefined; twin = underWay.get(sha256)) {
    const first = await twin;
    if (!isThere(first, sha256)) continue;
    const reason = "the same bytes as another file of this run";
    return { outcome: "duplicate", sha256, bytes, reason, ...(first.key === undefined ? {} : { key: first.key }) };
  }
  const sending = deliver(photo, run);
  underWay.set(sha256, sending);
  const outcome = await sending;
  if (!isThere(outcome, sha256)) underWay.delete(sha256);
  else if (!options.isDryRun && underWay.size > REMEMBERED) forgetOldest(underWay);
  return outcome;
}

/** Or would be, were this not only a try. */
function isThere(outcome: Outcome, sha256: Checksum): boolean {
  return outcome.sha256 === sha256 && (outcome.key !== undefined || outcome.isPlanned === true);
}

function forgetOldest(underWay: Map<Checksum, Promise<Outcome>>): void {
  for (const sha256 of underWay.keys()) {
    underWay.delete(sha256);
    return;
  }
}

async function deliver(photo: Identified, run: Run): Promise<Outcome> {
  if (run.options.isDryRun) {
    const { sha256, bytes } = photo;
    return { outcome: "skipped", sha256, bytes, reason: "would be uploaded", isPlanned: true };
  }
  const leave = await run.pace.enter();
  try {
    return await transferOrAgain(photo, run);
  } finally {
    leave();
  }
}

async function transferOrAgain(photo: Identified, run: Run): Promise<Outcome> {
  try {
    return await transfer(photo, run);
  } catch (error) {
    if (!isOf(error, "FILE_CHANGED", "CHECKSUM_MISMATCH")) return failure(error, photo.sha256);
  }
  // What was read is not what was sent. Once more, from the beginning; a second time it is the file's own fault.
  try {
    const again = await identify(photo.found, run);
    const { sha256, bytes } = again;
    const known = (await knownToServer([sha256], run)).get(sha256);
    return known === undefined ? await transfer(again, run) : { ...ON_SERVER, sha256, bytes, key: known.key };
  } catch (error) {
    return failure(error);
  }
}

/** Sends it until it is answered. After a lost connection the server is asked first: it may have the photo already. */
async function transfer(photo: Identified, run: Run): Promise<Outcome> {
  const { client, connection, progress, signal } = run;
  const { sha256, bytes } = photo;
  const parcel = await parcelOf(photo, run);
  let inPieces = bytes > LARGE || run.journal.places(client.host).find(sha256) !== undefined;
  let breaks = 0;
  let takenBefore = 0;
  let isOurs = true;
  const { key, queued } = await connection.through(async (tries) => {
    if (tries > 0) {
      const arrived = (await client.check([sha256], signal)).get(sha256);
      if (arrived !== undefined) {
        // By whatever way, with whatever was said of it.
        isOurs = false;
        return { key: arrived.key, queued: true };
      }
      if (breaks >= BREAKS && progress.taken > takenBefore) throw unsendable(breaks);
    }
    try {
      return await sendOnce(parcel, { photo, run, inPieces });
    } catch (error) {
      if (isOf(error, "TOO_LARGE") && !inPieces) {
        // Perhaps not for the server, but for somebody between us and it.
        inPieces = true;
        return sendOnce(parcel, { photo, run, inPieces });
      }
      if (isOf(error, ...BROKEN)) {
        if (breaks++ === 0) takenBefore = progress.taken;
        inPieces ||= bytes > WORTH_PIECES;
      }
      if (isOf(error, ...BROKEN, "TOO_MANY_ATTEMPTS", "DRAINING")) run.pace.ease();
      throw error;
    }
  });
  progress.taken++;
  if (!queued) return { ...ON_SERVER, sha256, bytes, key };
  return { outcome: "uploaded", sha256, bytes, key, ...(isOurs && { isTold: true }) };
}

interface Sending {
  readonly photo: Identified;
  readonly run: Run;
  readonly inPieces: boolean;
}

async function sendOnce(parcel: Parcel, { photo, run, inPieces }: Sending): Promise<UploadAnswer> {
  const { client, journal, pace, reporter, signal } = run;
  let before: number | undefined;
  const moved = (bytes: number): void => {
    reporter.moved(photo.found, bytes);
    if (before !== undefined && bytes > before) pace.moved(bytes - before);
    before = bytes;
  };
  if (!inPieces) return client.send(parcel, { signal, moved });
  const answer = await client.resume(parcel, { signal, moved, places: journal.places(client.host) });
  // Sidecars have no place in such an upload.
  if (parcel.sidecars.length > 0) await client.addSidecars(answer.key, parcel.sidecars, signal);
  return answer;
}

async function parcelOf(photo: Identified, run: Run): Promise<Parcel> {
  const { found, sha256, bytes, modified } = photo;
  const { skip, targetDate } = run.options;
  return {
    path: pathOf(found),
    filename: found.name,
    bytes,
    modified,
    sha256,
    sidecars: found.sidecars.map((sidecar) => ({ path: pathOf(sidecar), filename: sidecar.name })),
    ...run.options.labelsOf(found),
    related: await relatedTo(photo, run),
    skip,
    ...(targetDate === undefined ? {} : { targetDate }),
  };
}

function unsendable(breaks: number): PhotologError {
  return new PhotologError("PHOTO_REFUSED", `the connection broke ${breaks} times while it was sent`);
}
