/** A durable queue in SQLite. It knows photo ids and step names, not what the steps do. Each method is one transaction. */
import { randomUUID } from "node:crypto";
import type { Database, Sql } from "../database.ts";
import {
  type ClaimedJob,
  type Job,
  type JobFailure,
  type JobState,
  type NewJob,
  type Streak,
  SETTLED,
  statesOf,
  type TransitionName,
  TRANSITIONS,
} from "./job.ts";
import { Lanes } from "./lanes.ts";

/** A claim not renewed for this long is taken for dead. */
export const LEASE_MS = 60_000;

/** Longer than anybody asks to wait: a time further ahead was worked out by a clock that has been put right since. */
const FURTHEST_AHEAD_MS = 2 * 24 * 60 * 60_000;

/** Of a photo's last step: all its other jobs are settled. */
const REST_IS_SETTLED = `NOT EXISTS (
  SELECT 1 FROM jobs other WHERE other.photo_id = jobs.photo_id AND other.is_last = 0
  AND other.state NOT IN (${statesOf(SETTLED)}))`;

/** A last step that was at work when another job was revived may be due before that job is settled: it has to wait all the same. */
const MAY_RUN = `(is_last = 0 OR ${REST_IS_SETTLED})`;

/** Whether it is known how a run ended. After an unknown one the next claim is in doubt. */
export type Outcome = "known" | "unknown";

export interface JobFilter {
  readonly steps?: readonly string[];
  readonly photoIds?: readonly number[];
  readonly states?: readonly JobState[];
}

/** Inserts the jobs of a new photo inside the caller's transaction, so that photo and jobs come into being together. */
export function insertJobs(sql: Sql, photoId: number, jobs: readonly NewJob[], now: number): void {
  for (const { step, state } of jobs) {
    sql.run(
      "INSERT INTO jobs (photo_id, step, state, is_last, changed_at) VALUES (?, ?, ?, ?, ?)",
      photoId,
      step,
      state,
      state === "blocked" ? 1 : 0,
      now,
    );
  }
}

/** Makes jobs due again, whatever became of them, inside the caller's transaction; their photo's last step waits for them. */
export function reviveJobs(
  sql: Sql,
  filter: JobFilter & { readonly states: readonly JobState[] },
  now: number,
): number {
  const from = filter.states.filter((state) => (TRANSITIONS.revive.from as readonly JobState[]).includes(state));
  if (from.length === 0) return 0;
  const { where, values } = conditions({ ...filter, states: from });
  const revived = sql.all<{ photo_id: number }>(
    `UPDATE jobs SET state = 'queued', attempts = 0, began_at = iif(in_doubt, began_at, NULL), error_code = NULL, error = NULL, hint = NULL, sign = NULL, changed_at = ?
     WHERE is_last = 0 AND ${where} RETURNING photo_id`,
    now,
    ...values,
  );
  for (const photoId of new Set(revived.map((row) => row.photo_id))) blockLast(sql, photoId, now);
  return revived.length;
}

/**
 * The photo's last step has to run again, after whatever is still open. Inside the caller's transaction. One that is at work
 * now is left alone, and runs once more when it has come to its end.
 */
export function blockLast(sql: Sql, photoId: number, now: number): void {
  sql.run("UPDATE jobs SET again = 1 WHERE photo_id = ? AND is_last = 1 AND state = 'running'", photoId);
  sql.run(
    `UPDATE jobs SET state = 'blocked', attempts = 0, began_at = NULL, changed_at = ?
     WHERE photo_id = ? AND is_last = 1 AND state IN (${statesOf(TRANSITIONS.block.from)})`,
    now,
    photoId,
  );
  unblockLast(sql, photoId, now);
}

/** Whether every job of the photo but the last is settled. Inside the caller's transaction. */
export function isRestSettled(sql: Sql, photoId: number): boolean {
  const open = `SELECT 1 FROM jobs WHERE photo_id = ? AND is_last = 0 AND state NOT IN (${statesOf(SETTLED)})`;
  return sql.get(open, photoId) === undefined;
}

function unblockLast(sql: Sql, photoId: number, now: number): void {
  sql.run(
    `UPDATE jobs SET state = 'queued', changed_at = ?
     WHERE photo_id = ? AND is_last = 1 AND state = 'blocked' AND ${REST_IS_SETTLED}`,
    now,
    photoId,
  );
}

/** First in, first out, the tried and the untried alike. */
function longestDue(sql: Sql, step: string, now: number): number | undefined {
  const queued = sql.get<{ id: number }>(
    `SELECT id FROM jobs WHERE state = 'queued' AND step = ? AND ${MAY_RUN} ORDER BY id LIMIT 1`,
    step,
  );
  const due = sql.get<{ id: number }>(
    `SELECT id FROM jobs WHERE state = 'waiting' AND step = ? AND due_at <= ? AND ${MAY_RUN} ORDER BY due_at, id LIMIT 1`,
    step,
    now,
  );
  const id = Math.min(queued?.id ?? Infinity, due?.id ?? Infinity);
  return id === Infinity ? undefined : id;
}

/**
 * Who tries whether a closed lane works again: rather a job that has met no failure, then the one tried longest ago. Should
 * one photo alone bring the trouble about, the others pass it by.
 */
function leastBlamed(sql: Sql, step: string, now: number): number | undefined {
  return sql.get<{ id: number }>(
    `SELECT id FROM jobs WHERE step = ? AND (state = 'queued' OR (state = 'waiting' AND due_at <= ?)) AND ${MAY_RUN}
     ORDER BY error_code IS NOT NULL, changed_at, id LIMIT 1`,
    step,
    now,
  )?.id;
}

export class Queue {
  readonly lanes: Lanes;
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.lanes = new Lanes(database, now);
  }

  /** Takes the oldest due job of this step, with a lease of `LEASE_MS`. Undefined where none is due or the lane is closed. */
  claim(step: string): Promise<ClaimedJob | undefined> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const admitted = this.lanes.admits(sql, step);
      if (admitted === "nobody") return undefined;
      const id = admitted === "one" ? leastBlamed(sql, step, now) : longestDue(sql, step, now);
      if (id === undefined) return undefined;
      const before = sql.get<{ in_doubt: number }>("SELECT in_doubt FROM jobs WHERE id = ?", id);
      const row = sql.get<JobRow>(
        `UPDATE jobs SET state = 'running', attempts = attempts + 1, began_at = coalesce(began_at, ?), in_doubt = 1, again = 0,
           lease = ?, lease_until = ?, changed_at = ?
         WHERE id = ? AND state IN (${statesOf(TRANSITIONS.claim.from)}) RETURNING *`,
        now,
        randomUUID(),
        now + LEASE_MS,
        now,
        id,
      );
      if (row === undefined || row.lease === null) return undefined;
      return { ...fromRow(row), lease: row.lease, claimedAt: now, inDoubt: before?.in_doubt === 1 };
    });
  }

  /** Prolongs the leases of these jobs. Answers those that are still held; the others were rescued and must be let go. */
  renew(jobs: readonly ClaimedJob[]): Promise<ClaimedJob[]> {
    return this.#database.write((sql) =>
      jobs.filter(
        (job) =>
          sql.run(
            "UPDATE jobs SET lease_until = ? WHERE id = ? AND state = 'running' AND lease = ?",
            this.#now() + LEASE_MS,
            job.id,
            job.lease,
          ).changes === 1,
      ),
    );
  }

  complete(job: ClaimedJob): Promise<boolean> {
    return this.#end(job, "complete", { outcome: "known" });
  }

  decline(job: ClaimedJob, failure: JobFailure): Promise<boolean> {
    return this.#end(job, "decline", { failure, outcome: "known" });
  }

  discard(job: ClaimedJob, failure: JobFailure, last: { outcome: Outcome }): Promise<boolean> {
    return this.#end(job, "discard", { failure, outcome: last.outcome });
  }

  /** Comes back when it is due. With `attemptGivenBack`, as if it had not been tried. */
  retry(
    job: ClaimedJob,
    failure: JobFailure,
    next: { dueAt: number; outcome: Outcome; streak?: Streak; attemptGivenBack?: 1 },
  ): Promise<boolean> {
    return this.#end(job, "retry", { failure, ...next });
  }

  /** Gives the job back unharmed: the attempt does not count. */
  snooze(job: ClaimedJob, last: { outcome: Outcome; failure?: JobFailure }): Promise<boolean> {
    return this.#end(job, "snooze", { ...last, attemptGivenBack: 1 });
  }

  /** False where the lease is no longer ours: somebody else has the job, and nothing was changed. */
  #end(
    job: ClaimedJob,
    name: TransitionName,
    ending: { failure?: JobFailure; dueAt?: number; outcome: Outcome; attemptGivenBack?: 1; streak?: Streak },
  ): Promise<boolean> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const { from, to } = TRANSITIONS[name];
      // The lane's trouble is not the job's: what the job has met before still counts.
      const streak = ending.streak ?? (name === "snooze" ? job.streak : undefined);
      const ended = sql.get<{ again: number }>(
        `UPDATE jobs SET state = '${to}', lease = NULL, lease_until = NULL, due_at = ?, in_doubt = ?, attempts = attempts - ?,
           error_code = ?, error = ?, hint = ?, sign = ?, sign_times = ?, sign_since = ?, changed_at = ?
         WHERE id = ? AND lease = ? AND state IN (${statesOf(from)}) RETURNING again`,
        ending.dueAt ?? 0,
        ending.outcome === "known" ? 0 : 1,
        ending.attemptGivenBack ?? 0,
        ending.failure?.code ?? null,
        ending.failure?.message ?? null,
        ending.failure?.hint ?? null,
        streak?.sign ?? null,
        streak?.times ?? null,
        streak?.since ?? null,
        now,
        job.id,
        job.lease,
      );
      if (ended === undefined) return false;
      if (name === "complete") this.lanes.recoveredWithin(sql, job.step, job.claimedAt);
      if (name === "complete" && ended.again === 1) blockLast(sql, job.photoId, now);
      if ((SETTLED as readonly string[]).includes(to)) unblockLast(sql, job.photoId, now);
      return true;
    });
  }

  /**
   * Takes back jobs whose lease ran out; with `everything`, all running ones (nobody else can be at work). What was to wait for
   * a time that a wrong clock made up waits no longer.
   */
  rescue(which: "expired" | "everything"): Promise<number> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const furthest = now + FURTHEST_AHEAD_MS;
      sql.run("UPDATE jobs SET due_at = ? WHERE state = 'waiting' AND due_at > ?", now, furthest);
      sql.run("UPDATE lanes SET until = ? WHERE state = 'paused' AND until > ?", now, furthest);
      return sql.run(
        `UPDATE jobs SET state = 'queued', lease = NULL, lease_until = NULL, changed_at = ?
         WHERE state = 'running' AND (lease_until < ? OR lease_until > ?)`,
        now,
        which === "everything" ? Number.MAX_SAFE_INTEGER : now,
        furthest,
      ).changes;
    });
  }

  /** Failed, cancelled or waiting jobs (or those in the states named) are due again now, and their lanes open. */
  revive(filter: JobFilter): Promise<number> {
    return this.#database.write((sql) => {
      for (const step of filter.steps ?? []) this.lanes.openWithin(sql, step);
      return reviveJobs(sql, { states: ["waiting", "failed", "cancelled"], ...filter }, this.#now());
    });
  }

  /** Gives deliveries up. Running ones are not touched. */
  cancel(filter: JobFilter): Promise<number> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const { where, values } = conditions({ states: TRANSITIONS.cancel.from, ...filter });
      const rows = sql.all<{ photo_id: number }>(
        `UPDATE jobs SET state = 'cancelled', changed_at = ? WHERE is_last = 0 AND ${where} RETURNING photo_id`,
        now,
        ...values,
      );
      for (const row of rows) unblockLast(sql, row.photo_id, now);
      return rows.length;
    });
  }

  list(filter: JobFilter & { readonly afterPhotoId?: number; readonly limit?: number }): Promise<Job[]> {
    const { where, values } = conditions(filter);
    return this.#database.read((sql) =>
      sql
        .all<JobRow>(
          `SELECT * FROM jobs WHERE ${where} AND photo_id > ? ORDER BY photo_id, id LIMIT ?`,
          ...values,
          filter.afterPhotoId ?? 0,
          filter.limit ?? -1,
        )
        .map(fromRow),
    );
  }

  /** Photos that have such a job, the newest first. */
  photoIds(filter: JobFilter & { readonly beforePhotoId: number; readonly limit: number }): Promise<number[]> {
    const { where, values } = conditions(filter);
    return this.#database.read((sql) =>
      sql
        .all<{ photo_id: number }>(
          `SELECT DISTINCT photo_id FROM jobs WHERE ${where} AND photo_id < ? ORDER BY photo_id DESC LIMIT ?`,
          ...values,
          filter.beforePhotoId,
          filter.limit,
        )
        .map((row) => row.photo_id),
    );
  }

  /** Since when the oldest job of each step that is not done has been waiting, milliseconds since the epoch. */
  oldest(): Promise<{ readonly step: string; readonly openSince: number }[]> {
    return this.#database.read((sql) =>
      sql.all(
        `SELECT step, min(coalesce(began_at, changed_at)) AS openSince FROM jobs
         WHERE id IN (SELECT min(id) FROM jobs WHERE state IN ('queued', 'waiting', 'running') GROUP BY step) GROUP BY step`,
      ),
    );
  }

  /** Whether any job of this step was completed after that time (milliseconds since the epoch). */
  hasCompleted(step: string, since: number): Promise<boolean> {
    return this.#database.read(
      (sql) =>
        sql.get("SELECT 1 FROM jobs WHERE step = ? AND state = 'done' AND changed_at > ? LIMIT 1", step, since) !==
        undefined,
    );
  }

  /** How many jobs there are of each step and state. */
  counts(): Promise<{ readonly step: string; readonly state: JobState; readonly count: number }[]> {
    return this.#database.read((sql) =>
      sql.all("SELECT step, state, count(*) AS count FROM jobs GROUP BY step, state ORDER BY step, state"),
    );
  }
}

interface JobRow {
  readonly id: number;
  readonly photo_id: number;
  readonly step: string;
  readonly state: JobState;
  readonly attempts: number;
  readonly due_at: number;
  readonly began_at: number | null;
  readonly lease: string | null;
  readonly error_code: string | null;
  readonly error: string | null;
  readonly hint: string | null;
  readonly sign: string | null;
  readonly sign_times: number | null;
  readonly sign_since: number | null;
}

function fromRow(row: JobRow): Job {
  return {
    id: row.id,
    photoId: row.photo_id,
    step: row.step,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.due_at,
    ...(row.began_at === null ? {} : { beganAt: row.began_at }),
    ...(row.error_code === null || row.error === null
      ? {}
      : { failure: { code: row.error_code, message: row.error, ...(row.hint === null ? {} : { hint: row.hint }) } }),
    ...(row.sign === null || row.sign_times === null || row.sign_since === null
      ? {}
      : { streak: { sign: row.sign, times: row.sign_times, since: row.sign_since } }),
  };
}

function conditions(filter: JobFilter): { readonly where: string; readonly values: readonly unknown[] } {
  const parts: string[] = ["1"];
  const values: unknown[] = [];
  const among = (column: string, wanted: readonly unknown[] | undefined): void => {
    if (wanted === undefined) return;
    parts.push(`${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(wanted));
  };
  among("step", filter.steps);
  among("photo_id", filter.photoIds);
  among("state", filter.states);
  return { where: parts.join(" AND "), values };
}
