/** Waits until photos are everywhere they shall be. */
import { VERIFY_LIMIT, type DeliveryState, type PhotoView } from "../api.ts";
import { DESTINATIONS, type Checksum, type DestinationName, type PhotoKey } from "../photo.ts";
import type { Client } from "./client.ts";
import type { Connection } from "./connection.ts";
import type { Reporter } from "./reporter.ts";
import type { Trouble } from "./tally.ts";

/** A photo that the server has. */
export interface Kept {
  readonly path: string;
  readonly key: PhotoKey;
  readonly sha256: Checksum;
}

interface Watch {
  readonly client: Client;
  readonly connection: Connection;
  readonly reporter: Reporter;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** Photos that are looked at one by one in a round. The server works in order of arrival: the oldest tell enough. */
const CLOSER_LOOKS = 20;

/** Resolves when no delivery of any of them is going on any more; answers those that did not get everywhere. */
export async function untilDelivered(photos: readonly Kept[], watch: Watch): Promise<readonly Trouble[]> {
  const { pause, reporter, signal } = watch;
  const troubles: Trouble[] = [];
  let open = photos;
  let wait = SHORTEST_PAUSE;
  while (open.length > 0) {
    const { settled, waiting } = await lookAt(open.slice(0, VERIFY_LIMIT), { watch, troubles });
    reporter.delivering({
      photos: photos.length,
      settled: photos.length - open.length + settled.size,
      waiting,
    });
    open = open.filter((photo) => !settled.has(photo));
    if (settled.size > 0) wait = SHORTEST_PAUSE;
    else {
      await pause(wait, signal);
      wait = Math.min(LONGEST_PAUSE, wait * 1.5);
    }
  }
  return troubles;
}

async function lookAt(
  photos: readonly Kept[],
  { watch, troubles }: { readonly watch: Watch; readonly troubles: Trouble[] },
): Promise<{ readonly settled: ReadonlySet<Kept>; readonly waiting: ReadonlyMap<DestinationName, number> }> {
  const { client, connection, signal } = watch;
  const checksums = photos.map(({ sha256 }) => sha256);
  const known = await connection.through(() => client.check(checksums, signal));
  const settled = new Set<Kept>();
  const failed: Kept[] = [];
  const queued: Kept[] = [];
  const waiting = new Map<DestinationName, number>();
  for (const photo of photos) {
    const state = known.get(photo.sha256)?.state;
    if (state === "queued") queued.push(photo);
    else if (state === "failed") failed.push(photo);
    else settled.add(photo);
    if (state === undefined) troubles.push({ path: photo.path, reason: "the server no longer knows it" });
  }
  for (const photo of [...failed, ...queued].slice(0, CLOSER_LOOKS)) {
    const destinations = await connection.through(() => client.view(photo, signal));
    const verdict = verdictOn(destinations);
    if (verdict === "open") {
      for (const name of openIn(destinations)) waiting.set(name, (waiting.get(name) ?? 0) + 1);
      continue;
    }
    settled.add(photo);
    if (verdict !== "delivered") troubles.push({ path: photo.path, reason: verdict.trouble });
  }
  return { settled, waiting };
}

function openIn(destinations: PhotoView["destinations"]): DestinationName[] {
  return DESTINATIONS.filter((name) => OPEN.has(destinations[name]?.state ?? "done"));
}

const OPEN: ReadonlySet<DeliveryState> = new Set(["queued", "running", "waiting"]);

function verdictOn(destinations: PhotoView["destinations"]): "open" | "delivered" | { readonly trouble: string } {
  const deliveries = Object.entries(destinations);
  if (deliveries.some(([, { state }]) => OPEN.has(state))) return "open";
  const troubles = deliveries.flatMap(([name, { state, error }]) =>
    state === "failed" || state === "parked" ? [`${name} ${state}${error === undefined ? "" : `: ${error}`}`] : [],
  );
  return troubles.length === 0 ? "delivered" : { trouble: troubles.join(", ") };
}
