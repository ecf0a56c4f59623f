/** The way of a photo, from accepted to everywhere. Read this first. */
import type { Catalog } from "../catalog.ts";
import type { Destination } from "../destinations/destination.ts";
import { SERVICES, type ServiceName } from "../photo.ts";
import type { NewJob } from "../queue/job.ts";
import type { Queue } from "../queue/queue.ts";
import type { Step } from "../queue/worker.ts";
import type { Renderer } from "../media/renderer.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { Spool } from "../storage/spool.ts";
import { archive } from "./archive.ts";
import { deliver } from "./deliver.ts";
import { release } from "./release.ts";
import { render } from "./render.ts";

export interface Parts {
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly spool: Spool;
  readonly archive: BlobStore;
  readonly destinations: readonly Destination[];
  readonly renderer: Renderer;
  /** Where files may be put while they are made; nobody else uses it. */
  readonly workFolder: string;
  /** How many pictures may be decoded at the same time: the machine's cores. */
  readonly cores: number;
}

/** Every step stands on its own and none waits for another, but for the last, which waits for all. */
export function pipeline(parts: Parts): readonly Step[] {
  return [
    archive(parts), //                                      the original and its record, proven
    render(parts), //                                       smaller forms for the gallery
    ...parts.destinations.map((to) => deliver(parts, to)), // a copy at each service
    release(parts), //                                      the final record; then the local file goes
  ];
}

/** The jobs a new photo starts with. */
export function jobsFor(destinations: readonly Destination[], skip: ReadonlySet<ServiceName>): readonly NewJob[] {
  return [
    { step: "archive", state: "queued" },
    { step: "renditions", state: "queued" },
    ...SERVICES.filter((name) => destinations.some((to) => to.name === name)).map((name): NewJob => ({
      step: name,
      state: skip.has(name) ? "skipped" : "queued",
    })),
    { step: "release", state: "blocked" },
  ];
}
