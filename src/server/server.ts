/** The one place where the parts of `photolog serve` are put together. */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { Catalog } from "../catalog.ts";
import { openCredentials } from "../credentials.ts";
import { lockDatabase, openDatabase } from "../database.ts";
import { openDestinations } from "../destinations/all.ts";
import { messageOf, PhotologError, systemCodeOf } from "../errors.ts";
import { openLiveGallery } from "../gallery/live.ts";
import { type DestinationName, SERVICES } from "../photo.ts";
import { jobsFor, pipeline } from "../pipeline/pipeline.ts";
import { openRenderer } from "../media/renderer.ts";
import { Queue } from "../queue/queue.ts";
import { startWorker, type WorkerEvent } from "../queue/worker.ts";
import { ensureApiSecret, type Settings } from "../settings.ts";
import { archivePlace, openArchive } from "../storage/open-archive.ts";
import { openPartials } from "../storage/partials.ts";
import { openSpool } from "../storage/spool.ts";
import { createApp } from "./app.ts";
import { openGate } from "./authenticate.ts";
import { openIntake } from "./intake.ts";
import { openMetrics } from "./metrics.ts";
import { recover } from "./recover.ts";
import { startReminder } from "./reminder.ts";
import { startSweeping } from "./sweeping.ts";
import { openUploadLocks } from "./tus-lock.ts";
import { statusView } from "./views.ts";

export interface Server {
  /** Where the API listens, e.g. `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Resolves within ten seconds. What could not be finished is done after the next start. */
  stop(): Promise<void>;
}

/** As long as anybody will wait. */
const FOR_EVER_MS = 100 * 365 * 24 * 60 * 60_000;

/** Time for uploads and deliveries in flight to come to their end. */
const GRACE_MS = 6_000;

export async function startServer(settings: Settings, log: Logger): Promise<Server> {
  const now = Date.now;
  const lock = lockDatabase(settings.dbFile);
  try {
    return await startLocked(settings, { log, now, unlock: () => lock.unlock() });
  } catch (error) {
    lock.unlock();
    throw error;
  }
}

async function startLocked(
  settings: Settings,
  { log, now, unlock }: { log: Logger; now: () => number; unlock: () => void },
): Promise<Server> {
  const database = openDatabase(settings.dbFile);
  const catalog = new Catalog(database, now);
  const queue = new Queue(database, now);
  const spool = openSpool(settings.uploadFolder, settings.spoolReserve);
  const partials = openPartials(spool, now);
  const place = archivePlace(settings, { begun: await queue.hasCompleted("archive", 0) });
  const archive = openArchive(place, { notes: catalog.notes("archive"), now });
  const credentials = openCredentials(settings.credentialsFile);
  const destinations = openDestinations(settings, { credentials, notes: (owner) => catalog.notes(owner) });
  const apiSecret = ensureApiSecret(settings);

  await recover({ catalog, queue, spool, partials }, log);
  await parkWithoutDestination(
    queue,
    destinations.map((to) => to.name),
  );

  const metrics = openMetrics({ catalog, queue, spool, now });
  const stopReminder = startReminder(queue, log);
  const stopSweeping = startSweeping(partials, log);
  const renderer = openRenderer();
  const workFolder = await freshFolder(settings.dbFile);
  const worker = startWorker({
    queue,
    steps: pipeline({
      catalog,
      queue,
      spool,
      archive,
      destinations,
      renderer,
      workFolder,
      cores: availableParallelism(),
    }),
    now,
    random: Math.random,
    tell(event) {
      metrics.countStep(event);
      logEvent(log, catalog, event).catch((error: unknown) => log.error({ err: error, ...event }, event.event));
    },
  });
  const gate = openGate(apiSecret);
  let draining = false;
  const names: readonly DestinationName[] = ["archive", "renditions", ...destinations.map((to) => to.name)];
  const app = await createApp({
    log,
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    catalog,
    queue,
    spool,
    partials,
    locks: openUploadLocks(),
    archive,
    gate,
    metrics,
    intake: openIntake({
      most: settings.maxConcurrentUploads,
      mostStrangers: Math.ceil(settings.maxConcurrentUploads / 4),
      room: () => spool.recentRoom(),
      promised: () => partials.promised(),
    }),
    now,
    maxUploadSize: settings.maxUploadSize,
    jobsFor: (skip) => jobsFor(destinations, skip),
    wake: () => worker.wake(),
    status: async () => statusView({ catalog, queue }, { freeBytes: await spool.room(), destinations: names }),
    isDraining: () => draining,
    gallery: {
      live: openLiveGallery({
        catalog,
        archive,
        options: { ...settings.gallery, services: destinations.map((to) => to.name) },
      }),
      title: settings.gallery.title,
      gate,
      apiSecret,
      now,
    },
  });

  async function stop(): Promise<void> {
    draining = true;
    const cut = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
    await Promise.all([app.close(), worker.stop(GRACE_MS)]);
    renderer.close();
    await rm(workFolder, { recursive: true, force: true });
    clearTimeout(cut);
    stopReminder();
    stopSweeping();
    database.close();
    unlock();
  }

  try {
    await app.listen({ host: settings.host, port: settings.port });
  } catch (error) {
    await stop();
    throw cannotListen(error, settings);
  }
  return { url: urlOf(app.server.address() as AddressInfo, settings), stop };
}

/** A lane that waits for a person gets its chance at each start; one whose service is switched off says so. */
async function parkWithoutDestination(queue: Queue, present: readonly DestinationName[]): Promise<void> {
  for (const { step, state } of await queue.lanes.closed()) {
    if (state !== "paused") await queue.lanes.open(step);
  }
  for (const step of SERVICES.filter((name) => !present.includes(name))) {
    const open = await queue.list({ steps: [step], states: ["queued", "waiting"], limit: 1 });
    if (open.length === 0) continue;
    await queue.lanes.close(step, {
      state: "misconfigured",
      forMs: FOR_EVER_MS,
      failure: {
        code: "SERVICE_MISCONFIGURED",
        message: `Photos wait for ${step}, which is switched off.`,
        hint: `Give its settings again, or run \`photolog jobs cancel --all --destination ${step}\`.`,
      },
    });
  }
}

const LEVELS: Readonly<Partial<Record<WorkerEvent["event"], "debug" | "warn" | "error">>> = {
  completed: "debug",
  "lane closed": "warn",
  discarded: "error",
  fault: "error",
};

/** People know photos by their keys; the queue does not. */
async function logEvent(log: Logger, catalog: Catalog, { event, photoId, ...details }: WorkerEvent): Promise<void> {
  const level = LEVELS[event] ?? "info";
  if (!log.isLevelEnabled(level)) return;
  const photo = photoId === undefined ? undefined : await catalog.findById(photoId);
  log[level]({ ...(photo === undefined ? {} : { key: photo.key }), ...details }, event);
}

function urlOf({ address, family, port }: AddressInfo, settings: Settings): string {
  const host = family === "IPv6" ? `[${address}]` : address;
  return `${settings.tls === undefined ? "http" : "https"}://${host}:${port}`;
}

function cannotListen(error: unknown, { host, port }: Settings): unknown {
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  const why = code === "EADDRINUSE" ? "another program is listening there" : messageOf(error);
  return new PhotologError("SETTINGS_WRONG", `Cannot listen on ${host}:${port}: ${why}.`, {
    cause: error,
    hint: "Give another --port, or set PORT and HOST.",
  });
}

/** Among the system's temporary files, one for each database; what a killed server has left there goes. */
async function freshFolder(dbFile: string): Promise<string> {
  const name = createHash("sha256").update(resolve(dbFile)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `photolog-${name}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
