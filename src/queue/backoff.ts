/** How long a job waits before it is tried again. */

const BASE_MS = 5_000;
const CAP_MS = 60 * 60_000;
const PATIENCE_MS = 24 * 60 * 60_000;
const FEWEST_ATTEMPTS = 10;

/**
 * Full jitter: anywhere between nothing and an exponentially growing limit, so that many failed jobs do not come back
 * together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `random` is in [0, 1).
 * `times`: how often the same failure came in a row. What a killed server interrupted is no failure of the job.
 */
export function backoffMs(times: number, random: number): number {
  return Math.ceil(Math.min(CAP_MS, BASE_MS * 2 ** (times - 1)) * random);
}

/** A job has had its chance when it was tried often and for long: both, so that a day's outage alone ends nothing. */
export function isSpent(job: { readonly attempts: number; readonly beganAt?: number }, now: number): boolean {
  return job.attempts >= FEWEST_ATTEMPTS && now - (job.beganAt ?? now) >= PATIENCE_MS;
}
