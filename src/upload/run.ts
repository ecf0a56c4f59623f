/** What all parts of one upload share, and what an error means for it. */
import { PhotologError, type ErrorCode } from "../errors.ts";
import type { Checksum, ServiceName } from "../photo.ts";
import type { Known } from "./answers.ts";
import type { Client } from "./client.ts";
import { isLost, type Connection, type ConnectionOptions } from "./connection.ts";
import type { Found } from "./entry.ts";
import type { Clearing } from "./done.ts";
import type { Chooser } from "./globs.ts";
import type { Journal } from "./journal.ts";
import type { KeptFolders } from "./kept-folders.ts";
import type { Labels } from "./labels.ts";
import type { Pace } from "./pace.ts";
import type { Reporter } from "./reporter.ts";
import type { Outcome, SoFar, Tally } from "./tally.ts";

export interface UploadOptions {
  /** Files and folders, relative to `cwd` or absolute. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly chooser: Chooser;
  /** Tags and albums of a file. */
  readonly labelsOf: (file: Found) => Labels;
  readonly skip: readonly ServiceName[];
  /** Photos that the server keeps from a service which `skip` does not name are sent there now. */
  readonly sendsSkipped: boolean;
  /** `YYYY-MM-DD`. */
  readonly targetDate?: string;
  /** How many photos are sent at the same time, at most. */
  readonly concurrency: number;
  /** Do everything but send. */
  readonly isDryRun: boolean;
  /** Return only when every photo is everywhere. */
  readonly waits: boolean;
  /** What becomes of files that are safe in the archive; absent: they stay as they are. */
  readonly clearing?: Clearing;
  /** Files for which this is false are left for another time, as if they were not there. */
  readonly isReady?: (file: Found) => boolean;
}

export interface UploadParts extends Pick<ConnectionOptions, "pause" | "random" | "delays" | "isPatient"> {
  readonly client: Client;
  readonly journal: Journal;
  readonly reporter: Reporter;
  /** Puts it to a person that the server is lost; absent where there is none, or none who wants to be asked. */
  readonly ask?: (error: PhotologError, soFar: SoFar, signal: AbortSignal) => Promise<"resume" | "cancel">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the run, with exit code 130. */
  readonly signal: AbortSignal;
}

export interface Arrived {
  readonly file: Found;
  readonly sha256: Checksum;
}

export interface Run extends Omit<UploadParts, "ask"> {
  readonly options: UploadOptions;
  readonly tally: Tally;
  readonly kept: KeptFolders;
  readonly connection: Connection;
  readonly pace: Pace;
  /** Ends the run for all its parts; its signal is part of `signal`. */
  readonly stop: AbortController;
  /** Photos under way or just arrived, by checksum: the same bytes are not sent twice. */
  readonly underWay: Map<Checksum, Promise<Outcome>>;
  /** Files whose bytes the server has; only where they are cleared away. */
  readonly arrivals: Arrived[];
  /** How many photos the server has taken. */
  readonly progress: { taken: number };
}

/** What the server knows of these. */
export async function knownToServer(checksums: readonly Checksum[], run: Run): Promise<ReadonlyMap<Checksum, Known>> {
  const heard = (session: string): void => run.kept.heard(session);
  return run.connection.through(() => run.client.check(checksums, run.signal, { heard }));
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
