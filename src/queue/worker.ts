/** Claims jobs and runs their steps, each lane on its own, until told to stop. */
import { messageOf, PhotologError, type Retry } from "../errors.ts";
import { backoffMs, isSpent } from "./backoff.ts";
import type { ClaimedJob, JobFailure } from "./job.ts";
import { type ClosedState, PROBE_MS } from "./lanes.ts";
import { LEASE_MS, type Outcome, type Queue } from "./queue.ts";
import { openScales } from "./scales.ts";

/** What is done to a photo at one place of its way. Safe to run twice. */
export interface Step {
  readonly name: string;
  /** Jobs of this step that may run at the same time. */
  readonly concurrency: number;
  /** Rejects with a `PhotologError` whose `retry` says what the failure means. */
  run(job: ClaimedJob, signal: AbortSignal): Promise<"done" | { readonly unsupported: string }>;
}

/** What happened, for the log. */
export interface WorkerEvent {
  readonly event:
    | "completed"
    | "unsupported"
    | "retried"
    | "snoozed"
    | "discarded"
    | "lost"
    | "rescued"
    | "lane closed"
    | "fault";
  readonly step?: string;
  readonly photoId?: number;
  readonly attempt?: number;
  readonly class?: string;
  readonly code?: string;
  readonly error?: string;
  readonly hint?: string;
  readonly milliseconds?: number;
  readonly count?: number;
}

export interface WorkerOptions {
  readonly queue: Queue;
  readonly steps: readonly Step[];
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly tell: (event: WorkerEvent) => void;
  /** How often an idle lane looks for work that another process made due. */
  readonly pollMs?: number;
}

export interface Worker {
  /** There may be new work. */
  wake(): void;
  /** Claims no more, lets what runs come to its end for so long, then gives it back. */
  stop(graceMs: number): Promise<void>;
}

const TRY_AGAIN = "Run `photolog jobs retry` with the photo's key to try it for another day.";

class LeaseLost extends Error {}
class Stopping extends Error {}

export function startWorker({ queue, steps, now, random, tell, pollMs = 1000 }: WorkerOptions): Worker {
  const running = new Map<ClaimedJob, AbortController>();
  const scales = openScales(queue, now);
  const idle = new Set<() => void>();
  let stopping = false;

  function wake(): void {
    for (const rouse of idle) rouse();
  }

  function sleep(milliseconds: number): Promise<void> {
    if (stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const rouse = (): void => {
        clearTimeout(timer);
        idle.delete(rouse);
        resolve();
      };
      const timer = setTimeout(rouse, milliseconds);
      idle.add(rouse);
    });
  }

  async function lane(step: Step): Promise<void> {
    let claimed: ClaimedJob | undefined;
    for (;;) {
      try {
        if (stopping && claimed === undefined) return;
        claimed ??= await queue.claim(step.name);
        if (claimed === undefined) await sleep(pollMs);
        else claimed = await work(step, claimed);
      } catch (error) {
        // The database itself failed: what was claimed will be rescued when its lease runs out.
        claimed = undefined;
        tell({ event: "fault", step: step.name, error: messageOf(error) });
        await sleep(Math.max(pollMs, 1000));
      }
    }
  }

  /** Runs the job, ends it and claims the next one in the same commit. */
  async function work(step: Step, job: ClaimedJob): Promise<ClaimedJob | undefined> {
    const controller = new AbortController();
    running.set(job, controller);
    const began = now();
    let end: () => Promise<boolean>;
    try {
      const result = await step.run(job, controller.signal);
      controller.signal.throwIfAborted();
      if (result === "done") scales.noteSuccess(step.name);
      end = result === "done" ? () => queue.complete(job) : () => queue.decline(job, unsupported(result.unsupported));
      report(
        job,
        result === "done" ? { event: "completed" } : { event: "unsupported", error: result.unsupported },
        began,
      );
    } catch (error) {
      const reason: unknown = controller.signal.reason;
      if (reason instanceof LeaseLost) {
        report(job, { event: "lost" }, began);
        return undefined;
      }
      end =
        reason instanceof Stopping
          ? () => queue.snooze(job, { outcome: "unknown" })
          : await afterFailure(step, { job, began, error: asPhotologError(error) });
    } finally {
      running.delete(job);
    }
    const [, next] = await Promise.all([end(), stopping ? undefined : queue.claim(step.name)]);
    return next;
  }

  async function afterFailure(
    step: Step,
    { job, began, error }: { job: ClaimedJob; began: number; error: PhotologError },
  ): Promise<() => Promise<boolean>> {
    const { retry, streak, failure } = await scales.weigh(job, error);
    // A doubt stays until somebody has looked and the job is done: what went wrong since may have been the looking.
    const outcome: Outcome = job.inDoubt || error.retry.class === "check" ? "unknown" : "known";
    const { code, message, hint } = failure;
    const trouble = { class: retry.class, code, error: message, ...(hint === undefined ? {} : { hint }) };
    const closing = closingOf(retry);
    if (closing !== undefined) {
      await queue.lanes.close(step.name, { ...closing, failure });
      scales.noteClosing(step.name);
      tell({ event: "lane closed", step: step.name, ...trouble });
      report(job, { event: "snoozed", ...trouble }, began);
      return () => queue.snooze(job, { outcome, failure });
    }
    if (retry.class === "pause") {
      report(job, { event: "retried", ...trouble }, began);
      const dueAt = now() + retry.forMs;
      return () => queue.retry(job, failure, { dueAt, outcome, streak, attemptGivenBack: 1 });
    }
    if (retry.class === "item") {
      report(job, { event: "discarded", ...trouble }, began);
      return () => queue.discard(job, failure, { outcome });
    }
    if (isSpent(job, now())) {
      const spent = { ...failure, hint: hint ?? TRY_AGAIN };
      report(job, { event: "discarded", ...trouble, hint: spent.hint }, began);
      return () => queue.discard(job, spent, { outcome });
    }
    report(job, { event: "retried", ...trouble }, began);
    const afterMs = "afterMs" in retry ? retry.afterMs : undefined;
    const dueAt = now() + (afterMs ?? backoffMs(streak.times, random()));
    return () => queue.retry(job, failure, { dueAt, outcome, streak });
  }

  function report(job: ClaimedJob, event: WorkerEvent, began: number): void {
    tell({ step: job.step, photoId: job.photoId, attempt: job.attempts, milliseconds: now() - began, ...event });
  }

  async function renewLeases(): Promise<void> {
    const held = [...running.keys()];
    if (held.length > 0) {
      const kept = new Set(await queue.renew(held));
      for (const job of held) if (!kept.has(job)) running.get(job)?.abort(new LeaseLost());
    }
    const rescued = await queue.rescue("expired");
    if (rescued > 0) {
      tell({ event: "rescued", count: rescued });
      wake();
    }
  }

  const lanes = steps.flatMap((step) => Array.from({ length: step.concurrency }, () => lane(step)));
  const heartbeat = setInterval(() => {
    renewLeases().catch((error: unknown) => tell({ event: "fault", error: messageOf(error) }));
  }, LEASE_MS / 3);

  return {
    wake,
    async stop(graceMs) {
      stopping = true;
      wake();
      const ended = Promise.all(lanes);
      const grace = setTimeout(() => {
        for (const controller of running.values()) controller.abort(new Stopping());
      }, graceMs);
      // A step that ignores its signal is left behind: its job is rescued by the next start.
      const giveUp = new Promise((resolve) => void setTimeout(resolve, graceMs + 2000).unref());
      await Promise.race([ended, giveUp]);
      clearTimeout(grace);
      clearInterval(heartbeat);
    },
  };
}

/** Whether this trouble is the lane's, and for how long. */
function closingOf(retry: Retry): { state: ClosedState; forMs: number; upToMs?: number } | undefined {
  switch (retry.class) {
    case "pause": {
      if ("of" in retry) return undefined;
      const { forMs, upToMs } = retry;
      return { state: "paused", forMs, ...(upToMs === undefined ? {} : { upToMs }) };
    }
    case "auth":
      return { state: "needs_auth", forMs: PROBE_MS };
    case "config":
      return { state: "misconfigured", forMs: PROBE_MS };
    default:
      return undefined;
  }
}

function unsupported(reason: string): JobFailure {
  return { code: "UNSUPPORTED", message: reason };
}

/** Anything unforeseen is tried again, and what it left behind is not known. */
function asPhotologError(error: unknown): PhotologError {
  if (error instanceof PhotologError) return error;
  return new PhotologError("INTERNAL", messageOf(error), { cause: error, retry: { class: "check" } });
}
