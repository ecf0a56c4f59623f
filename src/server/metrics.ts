/** What Prometheus is told (https://prometheus.io/docs/concepts/metric_types/). */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Catalog } from "../catalog.ts";
import type { Queue } from "../queue/queue.ts";
import type { WorkerEvent } from "../queue/worker.ts";
import type { Spool } from "../storage/spool.ts";

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts what the worker has done. */
  countStep(event: WorkerEvent): void;
  /** Counts an accepted upload; `bytes` is 0 of a duplicate. */
  countUpload(outcome: "photo" | "duplicate", bytes: number): void;
}

export interface MetricsParts {
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly spool: Spool;
  readonly now: () => number;
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export function openMetrics({ catalog, queue, spool, now }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const uploads = new Counter({
    name: "photolog_uploads_total",
    help: "Uploads that were accepted.",
    labelNames: ["outcome"],
    registers,
  });
  const uploadBytes = new Counter({
    name: "photolog_upload_bytes_total",
    help: "Bytes of new photos that were accepted.",
    registers,
  });
  const steps = new Histogram({
    name: "photolog_step_duration_seconds",
    help: "How long the steps of photos took, by how they ended.",
    labelNames: ["step", "outcome"],
    buckets: SECONDS,
    registers,
  });
  gauge("photolog_jobs", "Jobs by step and state.", ["step", "state"], async (jobs) => {
    for (const { step, state, count } of await queue.counts()) jobs.set({ step, state }, count);
  });
  gauge("photolog_lane_closed", "1 for each lane that is closed, and why.", ["step", "state"], async (lanes) => {
    for (const { step, state } of await queue.lanes.closed()) lanes.set({ step, state }, 1);
  });
  gauge(
    "photolog_oldest_open_job_seconds",
    "Age of the oldest job that is not done, by step.",
    ["step"],
    async (oldest) => {
      for (const { step, openSince } of await queue.oldest()) oldest.set({ step }, (now() - openSince) / 1000);
    },
  );
  gauge("photolog_photos", "Photos in the catalog.", [], async (photos) => photos.set(await catalog.count()));
  gauge("photolog_spool_bytes", "Accepted originals that are not yet everywhere.", [], async (spooled) =>
    spooled.set((await catalog.spooled()).bytes),
  );
  gauge("photolog_spool_free_bytes", "Room for uploads, the reserve left aside.", [], async (free) =>
    free.set(await spool.room()),
  );

  /** A gauge whose value is looked up whenever somebody asks. */
  function gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    look: (gauge: Gauge) => Promise<void>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        await look(this);
      },
    });
  }

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    countStep({ step, event, milliseconds }) {
      if (step !== undefined && milliseconds !== undefined)
        steps.observe({ step, outcome: event }, milliseconds / 1000);
    },
    countUpload(outcome, bytes) {
      uploads.inc({ outcome });
      uploadBytes.inc(bytes);
    },
  };
}
