/** What all parts of one upload share, and what an error means for it. */
import { PhotologError, type ErrorCode } from "../errors.ts";
import type { Checksum, PhotoKey, ServiceName } from "../photo.ts";
import type { Client } from "./client.ts";
import { isLost, type Connection, type ConnectionOptions } from "./connection.ts";
import type { Journal } from "./journal.ts";
import type { Reporter } from "./reporter.ts";
import type { Outcome, Tally } from "./tally.ts";

export interface UploadOptions {
  /** Files and folders, relative to `cwd` or absolute. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly tags: readonly string[];
  readonly skip: readonly ServiceName[];
  /** `YYYY-MM-DD`. */
  readonly targetDate?: string;
  /** How many photos are sent at the same time. */
  readonly concurrency: number;
  /** Do everything but send. */
  readonly isDryRun: boolean;
  /** Return only when every photo is everywhere. */
  readonly waits: boolean;
}

export interface UploadParts extends Pick<ConnectionOptions, "ask" | "pause" | "random" | "delays"> {
  readonly client: Client;
  readonly journal: Journal;
  readonly reporter: Reporter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the run, with exit code 130. */
  readonly signal: AbortSignal;
}

export interface Run extends UploadParts {
  readonly options: UploadOptions;
  readonly tally: Tally;
  readonly connection: Connection;
  /** Ends the run for all its parts; its signal is part of `signal`. */
  readonly stop: AbortController;
  /** Photos under way or just arrived, by checksum: the same bytes are not sent twice. */
  readonly underWay: Map<Checksum, Promise<Outcome>>;
  /** How many photos the server has taken. */
  readonly progress: { taken: number };
}

/** Keys of those that the server has. */
export async function keysOnServer(checksums: readonly Checksum[], run: Run): Promise<ReadonlyMap<Checksum, PhotoKey>> {
  const known = await run.connection.through(() => run.client.check(checksums, run.signal));
  return new Map([...known].map(([sha256, { key }]) => [sha256, key]));
}

/** The outcome of a file that has only itself to blame; throws on what is not for one file to decide. */
export function failure(error: unknown, sha256?: Checksum): Outcome {
  if (!(error instanceof PhotologError) || endsRun(error)) throw error;
  return { outcome: "failed", reason: error.message, ...(sha256 === undefined ? {} : { sha256 }) };
}

function endsRun(error: PhotologError): boolean {
  return isLost(error) || isOf(error, "HALTED", "NOT_AUTHENTICATED");
}

export function isOf(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof PhotologError && codes.includes(error.code);
}
