/**
 * One row of a failure table after the other, played from the first refusal to the last copy: a service in trouble, and
 * everything of photolog that has to live with it. What is expected is written down once more, by hand, beside each table.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ErrorCode, RetryClass } from "../../src/errors.ts";
import type { DestinationName, Photo } from "../../src/photo.ts";
import type { ClosedLane, ClosedState } from "../../src/queue/lanes.ts";
import type { stoppedClock } from "../support/clock.ts";
import { type Begin, openRig, type Rig } from "./rig.ts";

/** The service whose lane is in trouble. */
export interface Bench {
  readonly clock: ReturnType<typeof stoppedClock>;
  readonly lane: DestinationName;
  /** A lane that has nothing to do with the service. */
  readonly otherLane: DestinationName;
  readonly begin: Begin;
  /** From now on the service works, whatever was wrong. */
  heal(): void;
  /** How many copies of these bytes the service has. */
  copies(sha256: string): number;
  /** Whether it was asked for a copy of these bytes, where it can be asked. */
  looked?(sha256: string): boolean;
  /** What no message may show. */
  secrets(): readonly string[];
}

export interface Expected {
  readonly class: RetryClass;
  readonly code: ErrorCode;
  /** Milliseconds; without it the queue's own back-off, or an hour where a person is waited for. */
  readonly forMs?: number;
  /** Of a pause: only the photo's. */
  readonly of?: "photo";
  readonly says: RegExp;
  /** The order that is given. Where a person is needed there must be one. */
  readonly hint?: RegExp;
  /** What becomes of it when it has come `after` times and comes once more. */
  readonly thereafter?: Thereafter;
}

export interface Thereafter {
  readonly after: number;
  readonly state: "failed" | ClosedState;
  readonly code: ErrorCode;
  readonly forMs?: number;
  readonly hint?: RegExp;
}

export interface Case extends Expected {
  readonly name: string;
  /** From now on the service answers so. */
  readonly trouble: () => Promise<void> | void;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** `random` is a half, and the first limit five seconds. */
const FIRST_BACKOFF = 2500;
export const START = Date.UTC(2026, 0, 2, 3, 4, 5);

/** After three failures in a row, whoever's they are. */
export const OUTAGE: Thereafter = { after: 2, state: "paused", code: "SERVICE_BUSY", forMs: MINUTE };
export const UNREACHABLE: Thereafter = { ...OUTAGE, code: "SERVICE_UNREACHABLE" };
/** After five answers in a row that tell nothing. */
export const NO_ANSWERS: Thereafter = { ...OUTAGE, after: 4, code: "OUTCOME_UNKNOWN" };
export const refusedAfter = (after: number): Thereafter => ({ after, state: "failed", code: "PHOTO_REFUSED" });

/** A test of this row. */
export function play(bench: Bench, row: Case): void {
  it(`${row.name}: ${inWords(row)}, and in the end there is one copy`, async () => {
    bench.clock.set(START);
    bench.heal();
    await row.trouble();
    const rig = await openRig(bench.clock, bench.begin);
    try {
      const photo = await rig.add();
      await rig.quiet();
      await meets(rig, bench, { photo, expected: row });
      if (row.thereafter !== undefined) await becomes(rig, bench, { photo, row, thereafter: row.thereafter });
      const lane = await rig.closedLane(bench.lane);
      const second = lane === undefined ? undefined : await waitsBehind(rig, bench, lane);

      await rig.restart(() => bench.heal());
      assert.deepEqual(await rig.closedLane(bench.lane), lane, "the next run knows what the last one knew");
      await goOn(rig, bench, photo);
      for (const each of second === undefined ? [photo] : [photo, second]) await isDelivered(rig, bench, each);
      assert.equal(await rig.closedLane(bench.lane), undefined);
      const looked = bench.looked?.(photo.sha256);
      if (looked !== undefined)
        assert.equal(looked, row.class === "check", "who does not know looks first, and nobody else");
      const told = JSON.stringify(rig.events);
      for (const secret of bench.secrets()) assert.ok(!told.includes(secret), `a secret shows: ${told}`);
    } finally {
      await rig.close();
    }
  });
}

/** The first time: what is told, who waits for how long, and what it costs. */
async function meets(
  rig: Rig,
  { lane, otherLane }: Bench,
  { photo, expected }: { readonly photo: Photo; readonly expected: Expected },
): Promise<void> {
  const job = await rig.job(photo, lane);
  const closed = await rig.closedLane(lane);
  const { failure } = job;
  assert.equal(failure?.code, expected.code, failure?.message);
  assert.match(failure.message, expected.says);
  assert.doesNotMatch(failure.message, /undefined|\[object|\{/);
  if (expected.hint) assert.match(failure.hint ?? "", expected.hint);
  const now = rig.clock.now();
  switch (expected.class) {
    case "retry":
    case "check":
      assert.deepEqual([job.state, job.attempts, closed], ["waiting", 1, undefined]);
      assert.equal(job.dueAt - now, expected.forMs ?? FIRST_BACKOFF);
      break;
    case "item":
      assert.deepEqual([job.state, job.attempts, closed], ["failed", 1, undefined]);
      break;
    case "pause":
      if (expected.of === "photo") {
        assert.deepEqual([job.state, job.attempts, closed], ["waiting", 0, undefined]);
        assert.equal(job.dueAt - now, expected.forMs);
        break;
      }
      assert.deepEqual([job.state, job.attempts], ["queued", 0]);
      isClosed(closed, { state: "paused", forMs: expected.forMs ?? 0, code: expected.code, now });
      break;
    case "auth":
    case "config":
      assert.deepEqual([job.state, job.attempts], ["queued", 0]);
      isClosed(closed, {
        state: expected.class === "auth" ? "needs_auth" : "misconfigured",
        forMs: HOUR,
        code: expected.code,
        now,
      });
      assert.ok(expected.hint, "a person has to be told what to do");
      assert.equal(closed?.failure.hint, failure.hint);
  }
  assert.equal((await rig.job(photo, otherLane)).state, "done", "the other lanes go on");
}

/** The same again and again, until it means something else. */
async function becomes(
  rig: Rig,
  { lane }: Bench,
  { photo, row, thereafter }: { readonly photo: Photo; readonly row: Case; readonly thereafter: Thereafter },
): Promise<void> {
  const { after, state, code, forMs = HOUR } = thereafter;
  for (let times = 1; times <= after; times++) {
    const before = await rig.job(photo, lane);
    assert.notEqual(before.state, "failed", `${row.name} has come ${times} times`);
    if (times > 1) assert.equal(before.failure?.code, row.code);
    await rig.advance(await untilTried(rig, lane, photo));
  }
  const job = await rig.job(photo, lane);
  assert.equal(job.failure?.code, code, job.failure?.message);
  assert.match(job.failure.message, row.says);
  const hint = thereafter.hint ?? row.hint;
  if (hint) assert.match(job.failure.hint ?? "", hint);
  const closed = await rig.closedLane(lane);
  if (state === "failed") assert.deepEqual([job.state, closed], ["failed", undefined]);
  else isClosed(closed, { state, forMs, code, now: rig.clock.now() });
}

function isClosed(
  lane: ClosedLane | undefined,
  expected: { readonly state: ClosedState; readonly forMs: number; readonly code: ErrorCode; readonly now: number },
): void {
  assert.deepEqual(
    { state: lane?.state, forMs: (lane?.until ?? 0) - expected.now, code: lane?.failure.code },
    { state: expected.state, forMs: expected.forMs, code: expected.code },
  );
}

/** A photo that comes while the lane is closed waits there, at no cost, and is done everywhere else. */
async function waitsBehind(rig: Rig, { lane, otherLane }: Bench, { until }: ClosedLane): Promise<Photo> {
  const second = await rig.add();
  await rig.advance(until - rig.clock.now() - 1);
  assert.equal(await rig.queue().claim(lane), undefined, "nobody tries before the time has come");
  const { state, attempts } = await rig.job(second, lane);
  assert.deepEqual([state, attempts], ["queued", 0]);
  assert.equal((await rig.job(second, otherLane)).state, "done");
  return second;
}

/** What a person or the time does about it, now that the service works. */
async function goOn(rig: Rig, { lane }: Bench, photo: Photo): Promise<void> {
  const { state } = await rig.job(photo, lane);
  const closed = await rig.closedLane(lane);
  if (state === "failed") await rig.queue().revive({ photoIds: [photo.id], steps: [lane] });
  if (closed?.state === "needs_auth") await rig.queue().lanes.open(lane);
  else if (state !== "failed") return rig.advance(await untilTried(rig, lane, photo));
  await rig.quiet();
}

/** Milliseconds. */
async function untilTried(rig: Rig, lane: DestinationName, photo: Photo): Promise<number> {
  const { dueAt } = await rig.job(photo, lane);
  const until = (await rig.closedLane(lane))?.until ?? 0;
  return Math.max(dueAt, until) - rig.clock.now();
}

async function isDelivered(rig: Rig, bench: Bench, photo: Photo): Promise<void> {
  const { state, failure } = await rig.job(photo, bench.lane);
  assert.equal(state, "done", failure?.message);
  assert.equal(bench.copies(photo.sha256), 1);
  assert.equal((await rig.job(photo, "release")).state, "done");
  assert.equal((await rig.catalog().findById(photo.id))?.spoolName, undefined, "the local file was let go at last");
}

function inWords({ class: first, forMs, of, thereafter }: Case): string {
  const wait = forMs === undefined ? "" : ` of ${forMs / SECOND} s`;
  const then = thereafter === undefined ? "" : `, after ${thereafter.after} times ${thereafter.state}`;
  return `${first}${of === "photo" ? " of the photo" : ""}${wait}${then}`;
}
