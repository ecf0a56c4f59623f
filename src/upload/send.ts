/** Sends one photo: once, whatever the connection does meanwhile. */
import { VERIFY_LIMIT } from "../api.ts";
import { PhotologError } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import type { Parcel } from "./client.ts";
import { identify, type Identified } from "./identify.ts";
import { failure, isOf, keysOnServer, type Run } from "./run.ts";
import { pathOf } from "./entry.ts";
import type { Outcome } from "./tally.ts";

/** One photo may break the connection so often while others get through. */
const BREAKS = 4;
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
  try {
    return await transfer(photo, run);
  } catch (error) {
    if (!isOf(error, "FILE_CHANGED", "CHECKSUM_MISMATCH")) return failure(error, photo.sha256);
  }
  // What was read is not what was sent. Once more, from the beginning; a second time it is the file's own fault.
  try {
    const again = await identify(photo.found, run);
    const { sha256, bytes } = again;
    const key = (await keysOnServer([sha256], run)).get(sha256);
    return key === undefined ? await transfer(again, run) : { ...ON_SERVER, sha256, bytes, key };
  } catch (error) {
    return failure(error);
  }
}

/** Sends it until it is answered. After a lost connection the server is asked first: it may have the photo already. */
async function transfer(photo: Identified, run: Run): Promise<Outcome> {
  const { client, connection, reporter, progress, signal } = run;
  const { found, sha256, bytes } = photo;
  let breaks = 0;
  let takenBefore = 0;
  const { key, queued } = await connection.through(async (tries) => {
    if (tries > 0) {
      const arrived = (await client.check([sha256], signal)).get(sha256);
      if (arrived !== undefined) return { key: arrived.key, queued: true };
      if (breaks >= BREAKS && progress.taken > takenBefore) throw unsendable(breaks);
    }
    try {
      return await client.send(parcelOf(photo, run), { signal, moved: (moved) => reporter.moved(found, moved) });
    } catch (error) {
      if (isOf(error, "SERVER_UNREACHABLE", "SERVER_ANSWER_UNCLEAR") && breaks++ === 0) takenBefore = progress.taken;
      throw error;
    }
  });
  progress.taken++;
  return queued ? { outcome: "uploaded", sha256, bytes, key } : { ...ON_SERVER, sha256, bytes, key };
}

function parcelOf({ found, sha256, bytes, modified }: Identified, { options }: Run): Parcel {
  const { tags, skip, targetDate } = options;
  return {
    path: pathOf(found),
    filename: found.name,
    bytes,
    modified,
    sha256,
    sidecars: found.sidecars.map((sidecar) => ({ path: pathOf(sidecar), filename: sidecar.name })),
    tags,
    skip,
    ...(targetDate === undefined ? {} : { targetDate }),
  };
}

function unsendable(breaks: number): PhotologError {
  return new PhotologError("PHOTO_REFUSED", `the connection broke ${breaks} times while it was sent`);
}

export const ON_SERVER = { outcome: "duplicate", reason: "on the server already" } as const satisfies Outcome;
