/** Closes a photo's account: its final record is written, and only when the archive still proves to hold the original the local file goes. */
import { PhotologError } from "../errors.ts";
import type { Step } from "../queue/worker.ts";
import { archiveRecord } from "./archive.ts";
import { photoOf } from "./original.ts";
import type { Parts } from "./pipeline.ts";

export function release(parts: Parts): Step {
  return {
    name: "release",
    concurrency: 1,
    async run(job, signal) {
      const photo = await photoOf(parts, job);
      const kept = photo.blobKey === undefined ? undefined : await parts.archive.stat(photo.blobKey, signal);
      // What was there before photolog has been read and proven when it was taken in, and here is no file that could go.
      const isForeign = kept?.sha256 === undefined && photo.spoolName === undefined;
      if (kept?.size !== photo.bytes || (kept.sha256 !== photo.sha256 && !isForeign)) {
        await parts.queue.revive({ photoIds: [photo.id], steps: ["archive"], states: ["done"] });
        throw new PhotologError(
          "NOT_PROVEN",
          `The archive does not hold ${photo.blobKey ?? "the original"} any more.`,
          {
            hint: "It is archived again from the local file.",
          },
        );
      }
      await archiveRecord(parts, photo, signal);
      for (const name of await parts.catalog.forgetSpool(photo.id)) await parts.spool.remove(name);
      return "done";
    },
  };
}
