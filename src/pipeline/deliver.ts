/** Brings a photo to one service, once: a copy that an earlier attempt may have left is looked for before another is made. */
import type { Destination } from "../destinations/destination.ts";
import { messageOf, PhotologError } from "../errors.ts";
import type { Photo, Receipt } from "../photo.ts";
import type { ClaimedJob } from "../queue/job.ts";
import type { Step } from "../queue/worker.ts";
import { photoOf, withFacts, withOriginal } from "./original.ts";
import type { Parts } from "./pipeline.ts";

export function deliver(parts: Parts, destination: Destination): Step {
  const { name, concurrency } = destination;
  return {
    name,
    concurrency,
    async run(job, signal) {
      const photo = await photoOf(parts, job);
      const receipt = (await parts.catalog.receipts(photo.id))[name];
      const reason = destination.refuses(photo);
      if (receipt === undefined && reason !== undefined) return { unsupported: reason };
      const kept = receipt ?? (await makeCopy(photo, job, signal));
      // Should this fail, the receipt is there: the next attempt makes no second copy.
      if (photo.albums.length > 0) await destination.putInAlbums(kept, photo.albums, signal);
      return "done";
    },
  };

  async function makeCopy(photo: Photo, job: ClaimedJob, signal: AbortSignal): Promise<Receipt> {
    const receipt = await withOriginal(parts, { photo, signal }, async (original) => {
      const told = await withFacts(parts, photo, original);
      const found = job.inDoubt ? await destination.find(told, firstTried(photo, job), signal) : undefined;
      return found ?? destination.deliver(told, original, signal);
    });
    await parts.catalog.recordReceipt(photo.id, name, receipt).catch((cause: unknown) => {
      // The copy is made: whatever is wrong with the database, the next attempt has to look for it.
      throw new PhotologError("OUTCOME_UNKNOWN", `The copy could not be written down: ${messageOf(cause)}`, {
        cause,
      });
    });
    return receipt;
  }
}

/** Milliseconds since the epoch, and not too late: what is still to come was written down while the clock was wrong. */
function firstTried({ receivedAt }: Photo, { beganAt = receivedAt, claimedAt }: ClaimedJob): number {
  return [beganAt, receivedAt].find((time) => time <= claimedAt) ?? 0;
}
