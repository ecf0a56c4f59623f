/** One job is one step of one photo. Its states, and the only ways from one to another. */

export const JOB_STATES = [
  "blocked", // the last step, until every other one of its photo is settled
  "queued",
  "waiting", // will be tried again
  "running",
  "done",
  "unsupported",
  "skipped",
  "failed",
  "cancelled",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A photo's last step may run when all its other jobs are in one of these. A failed one is not: a person decides. */
export const SETTLED: readonly JobState[] = ["done", "unsupported", "skipped", "cancelled"];

interface Transition {
  readonly from: readonly JobState[];
  readonly to: JobState;
}

export const TRANSITIONS = {
  claim: { from: ["queued", "waiting"], to: "running" },
  complete: { from: ["running"], to: "done" },
  /** The destination cannot take this kind of photo, ever. */
  decline: { from: ["running"], to: "unsupported" },
  retry: { from: ["running"], to: "waiting" },
  /** The lane is in trouble, not the job: it goes back as if it had not been claimed. */
  snooze: { from: ["running"], to: "queued" },
  discard: { from: ["running"], to: "failed" },
  /** Its process died or froze. */
  rescue: { from: ["running"], to: "queued" },
  revive: { from: ["waiting", "done", "unsupported", "skipped", "failed", "cancelled"], to: "queued" },
  cancel: { from: ["queued", "waiting", "failed"], to: "cancelled" },
  block: { from: ["queued", "waiting", "done", "failed", "cancelled"], to: "blocked" },
  unblock: { from: ["blocked"], to: "queued" },
} as const satisfies Record<string, Transition>;
export type TransitionName = keyof typeof TRANSITIONS;

export interface Job {
  readonly id: number;
  readonly photoId: number;
  readonly step: string;
  readonly state: JobState;
  /** Claims so far that were not given back, this one included. */
  readonly attempts: number;
  /** Milliseconds since the epoch; not before, for state `waiting`. */
  readonly dueAt: number;
  /** Milliseconds since the epoch of the first claim. */
  readonly beganAt?: number;
  readonly failure?: JobFailure;
  readonly streak?: Streak;
}

/** The same failure, so often in a row. */
export interface Streak {
  readonly sign: string;
  readonly times: number;
  /** Milliseconds since the epoch of the first one. */
  readonly since: number;
}

export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** A job in somebody's hands. Only who holds the lease may end it. */
export interface ClaimedJob extends Job {
  readonly lease: string;
  /** Milliseconds since the epoch. */
  readonly claimedAt: number;
  /** An earlier run may have done the work without being able to say so: look before doing it again. */
  readonly inDoubt: boolean;
}

export interface NewJob {
  readonly step: string;
  /** `done`: somebody else has done it before the photo came. */
  readonly state: Extract<JobState, "queued" | "skipped" | "blocked" | "done">;
}

/** The SQL list of a transition's states: fixed words of this file, never a caller's. */
export function statesOf(states: readonly JobState[]): string {
  return states.map((state) => `'${state}'`).join(", ");
}
