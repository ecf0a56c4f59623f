/** Weighs a failure by how often it has come: a photo or a lane that fails the same way again and again means something else. */
import type { ErrorCode, Escalation, PhotologError, Retry } from "../errors.ts";
import type { ClaimedJob, JobFailure, Streak } from "./job.ts";
import type { Queue } from "./queue.ts";

export interface Weighed {
  /** What is to be done now. */
  readonly retry: Retry;
  /** What to tell people. */
  readonly failure: JobFailure;
  /** To be kept with the job. */
  readonly streak: Streak;
}

export interface Scales {
  weigh(job: ClaimedJob, error: PhotologError): Promise<Weighed>;
  /** The lane has closed: what is still under way in it runs into the same wall. */
  noteClosing(step: string): void;
  noteSuccess(step: string): void;
}

/** The failure that a lane met last, how often in a row, and when that closed the lane. */
interface Strike {
  readonly sign: string;
  readonly times: number;
  readonly closedAt?: number;
}

/** How often a failure has come in a row, this time included: to the photo, and to its lane. */
interface Times {
  readonly streak: Streak;
  readonly lane: number;
}

/** So many photos in a row that fail in a way that nobody knows: it is not the photos. */
const NOT_THE_PHOTOS = 3;

/** A photo's streak is kept in the queue; a lane's begins anew with each start. */
export function openScales(queue: Queue, now: () => number): Scales {
  const strikes = new Map<string, Strike>();

  function strike({ step, claimedAt }: ClaimedJob, sign: string): number {
    const last = strikes.get(step);
    const before: Strike = last?.sign === sign ? last : { sign, times: 0 };
    if (before.closedAt !== undefined && claimedAt <= before.closedAt) return before.times;
    strikes.set(step, { ...before, times: before.times + 1 });
    return before.times + 1;
  }

  async function isTooOften(job: ClaimedJob, { of, after, means, streak, lane }: Escalation & Times): Promise<boolean> {
    if ((of === "photo" ? streak.times : lane) > after) return true;
    // The lane is only trying whether it works again, and it does not.
    return of === "lane" && means.class === "pause" && queue.lanes.isClosed(job.step);
  }

  /** Whether it is us whom the service does not like, and not this photo. */
  async function isOurs(job: ClaimedJob, { tooOften, streak, lane }: Times & { tooOften: boolean }): Promise<boolean> {
    return tooOften ? !(await queue.hasCompleted(job.step, streak.since)) : lane >= NOT_THE_PHOTOS;
  }

  return {
    async weigh(job, error) {
      const { escalation, retry } = error;
      const sign = escalation?.sign ?? error.code;
      const before: Streak = job.streak?.sign === sign ? job.streak : { sign, times: 0, since: now() };
      const streak = { ...before, times: before.times + 1 };
      const times = { streak, lane: strike(job, sign) };
      if (escalation === undefined) return { retry, streak, failure: failureOf(error) };

      const { means, becomes: code, hint, needsOthers } = escalation;
      const tooOften = await isTooOften(job, { ...escalation, ...times });
      if (needsOthers && (await isOurs(job, { ...times, tooOften }))) {
        return { retry: { class: "config" }, streak, failure: failureOf(error, { code: "SERVICE_MISCONFIGURED" }) };
      }
      if (!tooOften) return { retry, streak, failure: failureOf(error) };
      // A photo that is to blame says nothing about the others.
      if (needsOthers) strikes.delete(job.step);
      const failure = failureOf(error, { ...(code && { code }), ...(hint !== undefined && { hint }) });
      return { retry: means, streak, failure };
    },
    noteClosing(step) {
      const last = strikes.get(step);
      if (last !== undefined) strikes.set(step, { ...last, closedAt: now() });
    },
    noteSuccess(step) {
      strikes.delete(step);
    },
  };
}

function failureOf(
  error: PhotologError,
  { code = error.code, hint = error.hint }: { readonly code?: ErrorCode; readonly hint?: string } = {},
): JobFailure {
  return { code, message: error.message, ...(hint === undefined ? {} : { hint }) };
}
