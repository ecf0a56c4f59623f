/** Everything but the HTTP server of `photolog serve`, real, in a folder of its own; its clock stands still until it is told to go on. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import { openRenderer } from "../../src/media/renderer.ts";
import type { Photo } from "../../src/photo.ts";
import { jobsFor, type Parts, pipeline } from "../../src/pipeline/pipeline.ts";
import type { Job } from "../../src/queue/job.ts";
import type { ClosedLane } from "../../src/queue/lanes.ts";
import { Queue } from "../../src/queue/queue.ts";
import { startWorker, type WorkerEvent } from "../../src/queue/worker.ts";
import { openSpool } from "../../src/storage/spool.ts";
import type { stoppedClock } from "../support/clock.ts";

/** What is different from one run of photolog to the next. */
export interface Outside {
  readonly folder: string;
  readonly catalog: Catalog;
  /** Resolves when a photo's job has come to its end. */
  done(photo: Photo, step: string): Promise<void>;
}

/** What a run of photolog begins with. */
export type Begin = (outside: Outside) => Promise<Pick<Parts, "archive" | "destinations">>;

export type Rig = Awaited<ReturnType<typeof openRig>>;

const JPEG_HEAD = Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex");
/** In memory where there is such a place: nobody cuts the power here, and hundreds of commits wait for no disk. */
const FOLDERS = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const PATIENCE_MS = 20_000;
/** Long enough for a claim that is under way to show. */
const BREATH_MS = 1;

export async function openRig(clock: ReturnType<typeof stoppedClock>, begin: Begin) {
  const folder = await mkdtemp(join(FOLDERS, "photolog-faults-"));
  const events: WorkerEvent[] = [];
  let run = await start().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });

  async function start() {
    const database = openDatabase(join(folder, "photolog.db"));
    const catalog = new Catalog(database, clock.now);
    const queue = new Queue(database, clock.now);
    const spool = openSpool(join(folder, "spool"), 0);
    const job = async (photo: Photo, step: string): Promise<Job> => {
      const [found] = await queue.list({ photoIds: [photo.id], steps: [step] });
      return found ?? assert.fail(`There is no ${step} of ${photo.filename}.`);
    };
    const done = (photo: Photo, step: string): Promise<void> =>
      eventually(`${step} is done`, async () => (await job(photo, step)).state === "done");
    const renderer = openRenderer();
    const parts = {
      catalog,
      queue,
      spool,
      renderer,
      workFolder: folder,
      cores: 1,
      ...(await begin({ folder, catalog, done })),
    };
    const worker = startWorker({
      queue,
      steps: pipeline(parts),
      now: clock.now,
      random: () => 0.5,
      tell: (event) => events.push(event),
      pollMs: 5,
    });
    return { ...parts, database, worker, job };
  }

  async function stop(): Promise<void> {
    await run.worker.stop(10_000);
    run.renderer.close();
    run.database.close();
  }

  /** Until nothing can happen any more unless the clock goes on. */
  async function quiet(): Promise<void> {
    run.worker.wake();
    await eventually("nothing is left to be done at this time", async () => {
      const closed = new Set(
        (await run.queue.lanes.closed()).filter(({ until }) => until > clock.now()).map(({ step }) => step),
      );
      const open = await run.queue.list({ states: ["queued", "waiting", "running"] });
      return open.every(
        ({ state, step, dueAt }) =>
          state !== "running" && (closed.has(step) || (state === "waiting" && dueAt > clock.now())),
      );
    });
  }

  async function add(filename = "DSC00647.JPG"): Promise<Photo> {
    const { catalog, spool, destinations } = run;
    const incoming = await spool.receive();
    await incoming.write(Buffer.concat([JPEG_HEAD, randomBytes(4000)]));
    const { name, bytes, sha256 } = await incoming.finish();
    await incoming.keep();
    const { photo } = await catalog.add(
      {
        sha256,
        bytes,
        filename,
        mime: "image/jpeg",
        extension: "jpg",
        kind: "image",
        receivedAt: clock.now(),
        tags: [],
        sidecars: [],
        spoolName: name,
      },
      jobsFor(destinations, new Set()),
      (spoolName) => spool.has(spoolName),
    );
    return photo;
  }

  return {
    clock,
    folder,
    /** What the worker has told so far, in every run. */
    events,
    add,
    quiet,
    async advance(milliseconds: number): Promise<void> {
      clock.advance(milliseconds);
      await quiet();
    },
    job: (photo: Photo, step: string): Promise<Job> => run.job(photo, step),
    async closedLane(step: string): Promise<ClosedLane | undefined> {
      return (await run.queue.lanes.closed()).find((lane) => lane.step === step);
    },
    queue: (): Queue => run.queue,
    catalog: (): Catalog => run.catalog,
    /** As if photolog were stopped and started anew: nothing but the files in the folder stays. `meanwhile` it is down. */
    async restart(meanwhile: () => void = () => undefined): Promise<void> {
      await stop();
      meanwhile();
      run = await start();
    },
    /** For good. */
    async close(): Promise<void> {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (!(await look())) {
    if (performance.now() > patience) throw new Error(`Waited in vain: ${what}.`);
    await pause(BREATH_MS);
  }
}
