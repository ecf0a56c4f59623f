/** Makes the smaller forms of a photo that the gallery shows, and keeps them in the archive. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { PhotologError, systemCodeOf } from "../errors.ts";
import type { Rendition } from "../photo.ts";
import type { Step } from "../queue/worker.ts";
import { photoOf, withOriginal } from "./original.ts";
import type { Parts } from "./pipeline.ts";

/** So many times in a row the server may die with a picture in its decoder before that is taken for the picture's fault. */
const MOST_DEATHS = 100;

export function render(parts: Parts): Step {
  return {
    name: "renditions",
    concurrency: parts.cores,
    async run(job, signal) {
      if (job.inDoubt && job.attempts > MOST_DEATHS) {
        return { unsupported: `The server was stopped ${job.attempts - 1} times while it was making them.` };
      }
      const photo = await photoOf(parts, job);
      const folder = await mkdtemp(join(parts.workFolder, "renditions-"));
      try {
        const rendered = await withOriginal(parts, { photo, signal }, ({ path }) =>
          parts.renderer.render({ path, mime: photo.mime, kind: photo.kind, into: folder }, signal).catch(vanished),
        );
        const renditions: Rendition[] = [];
        for (const { path, ...rendition } of rendered.files) {
          const key = `renditions/${photo.sha256}/${rendition.name}.webp`;
          const { bytes: size, sha256, mime: contentType } = rendition;
          await parts.archive.put({ key, source: { path }, size, sha256, contentType }, signal);
          renditions.push({ ...rendition, blobKey: key });
        }
        await parts.catalog.recordRenditions(photo.id, renditions, rendered.impression);
        return "done";
      } catch (error) {
        if (!(error instanceof PhotologError)) throw error;
        if (error.code === "UNDECODABLE") return { unsupported: [error.message, error.hint].filter(Boolean).join(" ") };
        // Once may be bad luck: the machine was short of memory, somebody killed it.
        if (error.code === "DECODER_LOST" && job.failure?.code === "DECODER_LOST") {
          return { unsupported: `${error.message} That happened twice.` };
        }
        throw error;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The local file was there a moment ago: the archive may have it by now. */
function vanished(error: unknown): never {
  if (systemCodeOf(error) !== "ENOENT") throw error;
  throw new PhotologError("ORIGINAL_CHANGED", "The original vanished while it was being decoded.", { cause: error });
}
