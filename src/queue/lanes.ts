/** A lane is the queue of one step. Trouble of a service closes its lane and burns no attempt of any job. */
import type { Database, Sql } from "../database.ts";
import type { JobFailure } from "./job.ts";

/** A lane that waits for a person is tried again now and then, in case the person forgot to say so. */
export const PROBE_MS = 60 * 60_000;

export type ClosedState = "paused" | "needs_auth" | "misconfigured";

export interface ClosedLane {
  readonly step: string;
  readonly state: ClosedState;
  /** Milliseconds since the epoch. From then on one job at a time may try, until one succeeds. */
  readonly until: number;
  readonly since: number;
  /** How often it was closed in a row, without a success in between. */
  readonly closings: number;
  readonly failure: JobFailure;
}

interface LaneRow {
  readonly step: string;
  readonly state: ClosedState;
  readonly until: number;
  readonly since: number;
  readonly closings: number;
  readonly code: string;
  readonly reason: string;
  readonly hint: string | null;
}

export class Lanes {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Closes a lane for so long; each further time in a row, without a success in between, lasts twice as long, up to `upToMs`.
   * What was under way when the lane closed and runs into the same wall may prolong a pause, but is no further time; and a
   * pause never hides that a person is needed.
   */
  close(step: string, why: { state: ClosedState; forMs: number; upToMs?: number; failure: JobFailure }): Promise<void> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const before = sql.get<LaneRow>("SELECT * FROM lanes WHERE step = ?", step);
      const inForce = before !== undefined && before.until > now;
      if (before !== undefined && before.state !== "paused" && why.state === "paused") {
        if (!inForce) sql.run("UPDATE lanes SET until = ? WHERE step = ?", now + why.forMs, step);
        return;
      }
      const goesOn = before?.state === why.state;
      if (inForce && goesOn && (why.state !== "paused" || now + why.forMs <= before.until)) return;
      const closings = (goesOn ? before.closings : 0) + (inForce && goesOn ? 0 : 1);
      const doublings = inForce ? 0 : closings - 1;
      sql.run(
        `INSERT INTO lanes (step, state, until, since, closings, code, reason, hint) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (step) DO UPDATE SET
           since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END,
           state = excluded.state, until = excluded.until, closings = excluded.closings,
           code = excluded.code, reason = excluded.reason, hint = excluded.hint`,
        step,
        why.state,
        now + Math.min(why.upToMs ?? why.forMs, why.forMs * 2 ** doublings),
        now,
        closings,
        why.failure.code,
        why.failure.message,
        why.failure.hint ?? null,
      );
    });
  }

  open(step: string): Promise<void> {
    return this.#database.write((sql) => this.openWithin(sql, step));
  }

  openWithin(sql: Sql, step: string): void {
    sql.run("DELETE FROM lanes WHERE step = ?", step);
  }

  /** A job that was claimed after the lane's time had come has succeeded: the trouble is over. */
  recoveredWithin(sql: Sql, step: string, claimedAt: number): void {
    sql.run("DELETE FROM lanes WHERE step = ? AND until <= ?", step, claimedAt);
  }

  /** Whether it has been closed and nobody has succeeded since, whether or not its time has come. */
  isClosed(step: string): Promise<boolean> {
    return this.#database.read((sql) => sql.get("SELECT 1 FROM lanes WHERE step = ?", step) !== undefined);
  }

  closed(): Promise<ClosedLane[]> {
    return this.#database.read((sql) => sql.all<LaneRow>("SELECT * FROM lanes ORDER BY step").map(fromRow));
  }

  /** Who may start now: anyone where the lane is open; one where its time has come and nobody else is trying. */
  admits(sql: Sql, step: string): "anyone" | "one" | "nobody" {
    const lane = sql.get<LaneRow>("SELECT * FROM lanes WHERE step = ?", step);
    if (lane === undefined) return "anyone";
    if (lane.until > this.#now()) return "nobody";
    const isTried = sql.get("SELECT 1 FROM jobs WHERE state = 'running' AND step = ? LIMIT 1", step) !== undefined;
    return isTried ? "nobody" : "one";
  }
}

function fromRow(row: LaneRow): ClosedLane {
  return {
    step: row.step,
    state: row.state,
    until: row.until,
    since: row.since,
    closings: row.closings,
    failure: { code: row.code, message: row.reason, ...(row.hint === null ? {} : { hint: row.hint }) },
  };
}
