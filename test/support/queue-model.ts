/** What a queue has to be, in memory: slow, and simple enough to be right. */
import assert from "node:assert/strict";
import type { ClaimedJob, JobState, NewJob } from "../../src/queue/job.ts";
import type { ClosedLane, ClosedState } from "../../src/queue/lanes.ts";
import { LEASE_MS } from "../../src/queue/queue.ts";

export interface ModelJob {
  readonly id: number;
  readonly photoId: number;
  readonly step: string;
  readonly isLast: boolean;
  state: JobState;
  attempts: number;
  dueAt: number;
  inDoubt: boolean;
  /** Asked for once more while it was at work. */
  again: boolean;
  holder?: { readonly lease: string; until: number };
}

interface ModelLane {
  readonly until: number;
  readonly needsPerson: boolean;
}

export type Ending = "complete" | "decline" | "retry" | "snooze" | "discard";

const DAY_MS = 24 * 60 * 60_000;
const NEED_NOBODY: ReadonlySet<JobState> = new Set(["done", "unsupported", "skipped", "cancelled"]);
const ENDS_AS = {
  complete: "done",
  decline: "unsupported",
  retry: "waiting",
  snooze: "queued",
  discard: "failed",
} as const satisfies Record<Ending, JobState>;

export class QueueModel {
  readonly jobs: ModelJob[] = [];
  readonly lanes = new Map<string, ModelLane>();
  readonly #leases = new Set<string>();

  add(photoId: number, jobs: readonly NewJob[]): void {
    for (const { step, state } of jobs) {
      const id = this.jobs.length + 1;
      this.jobs.push({
        id,
        photoId,
        step,
        isLast: state === "blocked",
        state,
        attempts: 0,
        dueAt: 0,
        inDoubt: false,
        again: false,
      });
    }
  }

  /** Judges what the queue gave, or that it gave nothing, and takes it over. */
  claim(step: string, given: ClaimedJob | undefined, now: number): void {
    const due = this.jobs.filter((job) => job.step === step && this.#isDue(job, now));
    const lane = this.lanes.get(step);
    const isTried = this.jobs.some((job) => job.step === step && job.state === "running");
    const admitted = lane === undefined || (lane.until <= now && !isTried);
    if (given === undefined) return assert.ok(!admitted || due.length === 0, `a job of ${step} was due`);
    assert.ok(admitted, `the lane of ${step} is closed`);
    const job = due.find(({ id }) => id === given.id);
    assert.ok(job, `job ${given.id} was not due`);
    const before = due.filter(({ id, state }) => state === "queued" && id < job.id);
    if (lane === undefined) assert.deepEqual(before, [], "first in, first out");
    assert.equal(given.inDoubt, job.inDoubt);
    assert.ok(!this.#leases.has(given.lease), "a lease is given once");
    this.#leases.add(given.lease);
    job.state = "running";
    job.attempts += 1;
    job.inDoubt = true;
    job.again = false;
    job.holder = { lease: given.lease, until: now + LEASE_MS };
    assert.equal(given.attempts, job.attempts);
  }

  /** Whether the one who claimed it so may still end it. */
  isHeld(claimed: ClaimedJob): boolean {
    return this.#held(claimed) !== undefined;
  }

  end(claimed: ClaimedJob, how: Ending, last: { now: number; dueAt: number; isKnown: boolean }): void {
    const job = this.#held(claimed);
    if (job === undefined) return;
    delete job.holder;
    job.state = ENDS_AS[how];
    job.dueAt = how === "retry" ? last.dueAt : 0;
    job.inDoubt = !last.isKnown;
    if (how === "snooze") job.attempts -= 1;
    const lane = this.lanes.get(job.step);
    if (how === "complete" && lane !== undefined && lane.until <= claimed.claimedAt) this.lanes.delete(job.step);
    if (how === "complete" && job.again) this.#block(job);
    this.#unblock(job.photoId);
  }

  renew(claimed: ClaimedJob, now: number): void {
    const job = this.#held(claimed);
    if (job?.holder !== undefined) job.holder.until = now + LEASE_MS;
  }

  /** Also puts right what a clock that was far ahead has left. */
  rescue(which: "expired" | "everything", now: number): number {
    const furthest = now + 2 * DAY_MS;
    for (const job of this.jobs) if (job.state === "waiting" && job.dueAt > furthest) job.dueAt = now;
    for (const [step, lane] of this.lanes) {
      if (!lane.needsPerson && lane.until > furthest) this.lanes.set(step, { ...lane, until: now });
    }
    const lost = this.jobs.filter(
      ({ holder }) => holder && (which === "everything" || holder.until < now || holder.until > furthest),
    );
    for (const job of lost) {
      job.state = "queued";
      delete job.holder;
    }
    return lost.length;
  }

  revive(wanted: readonly ModelJob[]): void {
    for (const job of wanted) {
      job.state = "queued";
      job.attempts = 0;
      const last = this.jobs.find(({ isLast, photoId }) => isLast && photoId === job.photoId);
      if (last?.state === "running") last.again = true;
      else if (last !== undefined) this.#block(last);
    }
  }

  cancel(wanted: readonly ModelJob[]): void {
    for (const job of wanted) {
      job.state = "cancelled";
      this.#unblock(job.photoId);
    }
  }

  /** For how long is the lane's own affair; that it is closed, and that a person stays needed, is not. */
  close(
    step: string,
    lane: ClosedLane | undefined,
    asked: { readonly state: ClosedState; readonly now: number },
  ): void {
    const before = this.lanes.get(step);
    assert.ok(lane && lane.until > asked.now, `the lane of ${step} is closed`);
    const needsPerson = asked.state !== "paused" || (before?.needsPerson ?? false);
    assert.equal(lane.state !== "paused", needsPerson);
    this.lanes.set(step, { until: lane.until, needsPerson });
  }

  /** Every other job of its photo has come to an end that needs nobody. */
  mayRun(job: ModelJob): boolean {
    if (!job.isLast) return true;
    return this.jobs.every((other) => other === job || other.photoId !== job.photoId || NEED_NOBODY.has(other.state));
  }

  #isDue(job: ModelJob, now: number): boolean {
    return this.mayRun(job) && (job.state === "queued" || (job.state === "waiting" && job.dueAt <= now));
  }

  #held(claimed: ClaimedJob): ModelJob | undefined {
    return this.jobs.find(({ holder }) => holder?.lease === claimed.lease);
  }

  #block(last: ModelJob): void {
    last.state = "blocked";
    last.attempts = 0;
  }

  #unblock(photoId: number): void {
    const last = this.jobs.find((job) => job.isLast && job.photoId === photoId);
    if (last?.state === "blocked" && this.mayRun(last)) last.state = "queued";
  }
}
