/** Turns what catalog and queue know into the shapes of the API. */
import {
  DELIVERY_STATES,
  type DeliveryState,
  type DeliveryView,
  type LaneView,
  type PhotoState,
  type PhotoView,
  type RelatedView,
  type StatusAnswer,
} from "../api.ts";
import type { Catalog } from "../catalog.ts";
import { DESTINATIONS, type DestinationName, type Photo, type Receipt } from "../photo.ts";
import type { Job, JobState } from "../queue/job.ts";
import type { ClosedLane } from "../queue/lanes.ts";
import type { Queue } from "../queue/queue.ts";

export interface Knowledge {
  readonly catalog: Catalog;
  readonly queue: Queue;
}

export function isDeliveryState(text: string): text is DeliveryState {
  return (DELIVERY_STATES as readonly string[]).includes(text);
}

export function isDestination(text: string): text is DestinationName {
  return (DESTINATIONS as readonly string[]).includes(text);
}

/** The views of these photos, in the order given. */
export async function photoViews({ catalog, queue }: Knowledge, photos: readonly Photo[]): Promise<PhotoView[]> {
  const jobs = Map.groupBy(await queue.list({ photoIds: photos.map((photo) => photo.id) }), (job) => job.photoId);
  const lanes = await closedLanes(queue);
  return Promise.all(
    photos.map(async (photo) =>
      photoView(photo, {
        jobs: jobs.get(photo.id) ?? [],
        lanes,
        receipts: await catalog.receipts(photo.id),
        related: await catalog.relatedTo(photo),
      }),
    ),
  );
}

function photoView(
  photo: Photo,
  known: {
    jobs: readonly Job[];
    lanes: ReadonlyMap<string, ClosedLane>;
    receipts: Readonly<Partial<Record<DestinationName, Receipt>>>;
    related: readonly RelatedView[];
  },
): PhotoView {
  const destinations: Partial<Record<DestinationName, DeliveryView>> = {};
  for (const name of DESTINATIONS) {
    const job = known.jobs.find(({ step }) => step === name);
    if (job !== undefined) destinations[name] = deliveryView(job, known.lanes.get(name), known.receipts[name]);
  }
  const taken = photo.facts?.taken;
  return {
    key: photo.key,
    filename: photo.filename,
    sha256: photo.sha256,
    bytes: photo.bytes,
    mime: photo.mime,
    kind: photo.kind,
    state: stateOf(known.jobs),
    received_at: new Date(photo.receivedAt).toISOString(),
    ...(taken === undefined ? {} : { taken_at: taken.local + (taken.offset ?? ""), taken_from: taken.source }),
    ...(photo.facts?.duration === undefined ? {} : { duration: photo.facts.duration }),
    ...(photo.facts?.rating === undefined ? {} : { rating: photo.facts.rating }),
    tags: photo.tags,
    albums: photo.albums,
    related: known.related,
    sidecars: photo.sidecars.map(({ filename, sha256, bytes }) => ({ filename, sha256, bytes })),
    ...(photo.blobKey === undefined ? {} : { archive_key: photo.blobKey }),
    destinations,
  };
}

function deliveryView(job: Job, lane: ClosedLane | undefined, receipt: Receipt | undefined): DeliveryView {
  const state = deliveryState(job.state, lane);
  const failure = job.failure ?? (state === "parked" ? lane?.failure : undefined);
  const told = failure === undefined || state === "done" ? undefined : failure;
  const retryAt = state === "parked" ? lane?.until : state === "waiting" ? job.dueAt : undefined;
  return {
    state,
    attempts: job.attempts,
    ...(receipt?.url === undefined ? {} : { url: receipt.url }),
    ...(told === undefined ? {} : { error: told.message }),
    ...(told?.hint === undefined ? {} : { hint: told.hint }),
    ...(retryAt === undefined ? {} : { retry_at: new Date(retryAt).toISOString() }),
  };
}

/** `blocked` is the last step's alone, which is no destination. */
function deliveryState(state: JobState, lane: ClosedLane | undefined): DeliveryState {
  if (state === "blocked") return "queued";
  return lane !== undefined && (state === "queued" || state === "waiting") ? "parked" : state;
}

const OPEN: ReadonlySet<JobState> = new Set(["queued", "waiting", "running"]);

/** Of all jobs of one photo, the last step left aside. */
export function stateOf(jobs: readonly Job[]): PhotoState {
  const deliveries = jobs.filter(({ step }) => isDestination(step));
  if (deliveries.some(({ state }) => state === "failed")) return "failed";
  return deliveries.some(({ state }) => OPEN.has(state)) ? "queued" : "done";
}

export async function statusView(
  { catalog, queue }: Knowledge,
  room: { readonly freeBytes: number; readonly destinations: readonly DestinationName[] },
): Promise<StatusAnswer> {
  const lanes = await closedLanes(queue);
  const counts = await queue.counts();
  const destinations: { [name in DestinationName]?: { lane: LaneView; counts: Record<DeliveryState, number> } } = {};
  for (const name of DESTINATIONS) {
    const own = counts.filter(({ step }) => step === name);
    if (own.length === 0 && !room.destinations.includes(name)) continue;
    const lane = lanes.get(name);
    const sums = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as Record<DeliveryState, number>;
    for (const { state, count } of own) sums[deliveryState(state, lane)] += count;
    destinations[name] = { lane: laneView(lane), counts: sums };
  }
  const spooled = await catalog.spooled();
  return {
    photos: await catalog.count(),
    destinations,
    spool: { photos: spooled.photos, bytes: spooled.bytes, free_bytes: room.freeBytes },
  };
}

function laneView(lane: ClosedLane | undefined): LaneView {
  if (lane === undefined) return { state: "open" };
  return {
    state: lane.state,
    until: new Date(lane.until).toISOString(),
    reason: lane.failure.message,
    ...(lane.failure.hint === undefined ? {} : { hint: lane.failure.hint }),
  };
}

async function closedLanes(queue: Queue): Promise<Map<string, ClosedLane>> {
  return new Map((await queue.lanes.closed()).map((lane) => [lane.step, lane]));
}

/**
 * Photos with a delivery in this state (to this destination), the newest first.
 */
export async function photoIdsIn(
  queue: Queue,
  wanted: {
    state: DeliveryState | undefined;
    destination: DestinationName | undefined;
    before: number;
    limit: number;
  },
): Promise<number[]> {
  const { state, destination } = wanted;
  const page = { beforePhotoId: wanted.before, limit: wanted.limit };
  const closed = new Set((await closedLanes(queue)).keys());
  const steps = destination === undefined ? [...DESTINATIONS] : [destination];
  if (state === "parked") {
    return queue.photoIds({
      steps: steps.filter((step) => closed.has(step)),
      states: ["queued", "waiting"],
      ...page,
    });
  }
  if (state === "queued" || state === "waiting") {
    return queue.photoIds({ steps: steps.filter((step) => !closed.has(step)), states: [state], ...page });
  }
  return queue.photoIds({ steps, ...(state === undefined ? {} : { states: [state] }), ...page });
}
