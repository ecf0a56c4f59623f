/** The parts of the pipeline, real, in a folder of their own; each step is run by hand. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import type { Photo } from "../../src/photo.ts";
import type { Parts } from "../../src/pipeline/pipeline.ts";
import type { ClaimedJob } from "../../src/queue/job.ts";
import { Queue } from "../../src/queue/queue.ts";
import type { Step } from "../../src/queue/worker.ts";
import { openDirectory } from "../../src/storage/directory.ts";
import { openSpool } from "../../src/storage/spool.ts";
import { stoppedClock } from "./clock.ts";
import { openRenderer } from "../../src/media/renderer.ts";
import { temporaryFolder, whenDone } from "./temporary.ts";

export const SIGNAL = new AbortController().signal;

/** What an upload may bring beside the photo. */
export interface Wishes {
  readonly tags?: readonly string[];
  /** Whether Flickr is to have it. */
  readonly flickr?: "queued" | "skipped";
}

export async function openPipeline() {
  const folder = await temporaryFolder();
  const clock = stoppedClock();
  const database = openDatabase(join(folder, "photolog.db"));
  const catalog = new Catalog(database, clock.now);
  const queue = new Queue(database, clock.now);
  const spool = openSpool(join(folder, "spool"), 0);
  const archive = openDirectory(join(folder, "archive"));
  const renderer = openRenderer();
  whenDone(async () => renderer.close());
  const parts: Parts = { catalog, queue, spool, archive, destinations: [], renderer, workFolder: folder, cores: 1 };

  async function upload(bytes: Buffer, { tags = [], flickr = "skipped" }: Wishes = {}): Promise<Photo> {
    const incoming = await spool.receive();
    await incoming.write(bytes);
    const { name: spoolName, sha256, bytes: size } = await incoming.finish();
    await incoming.keep();
    const { photo, taken } = await catalog.add(
      {
        sha256,
        bytes: size,
        filename: "DSC00647.JPG",
        mime: "image/jpeg",
        extension: "jpg",
        kind: "image",
        receivedAt: clock.now(),
        tags,
        spoolName,
        sidecars: [],
      },
      [
        { step: "archive", state: "queued" },
        { step: "renditions", state: "queued" },
        { step: "flickr", state: flickr },
        { step: "release", state: "blocked" },
      ],
      (name) => spool.has(name),
    );
    if (!taken.has(spoolName)) await incoming.discard();
    return photo;
  }

  async function claim(step: string): Promise<ClaimedJob> {
    const job = await queue.claim(step);
    assert.ok(job, `${step} is due`);
    return job;
  }

  /** The next job of this step, to its good end. */
  async function run(step: Step): Promise<void> {
    const job = await claim(step.name);
    assert.equal(await step.run(job, SIGNAL), "done");
    assert.equal(await queue.complete(job), true);
  }

  return { folder, catalog, queue, spool, parts, upload, claim, run };
}
