/** Brings a photo to one service, once: a copy that an earlier attempt may have left is looked for before another is made. */
import type { Destination } from "../destinations/destination.ts";
import { messageOf, PhotologError } from "../errors.ts";
import type { Photo } from "../photo.ts";
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
      if ((await parts.catalog.receipts(photo.id))[name] !== undefined) return "done";
      const reason = destination.refuses(photo);
      if (reason !== undefined) return { unsupported: reason };
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
      return "done";
    },
  };
}

/** Milliseconds since the epoch, and not too late: what is still to come was written down while the clock was wrong. */
function firstTried({ receivedAt }: Photo, { beganAt = receivedAt, claimedAt }: ClaimedJob): number {
  return [beganAt, receivedAt].find((time) => time <= claimedAt) ?? 0;
}
