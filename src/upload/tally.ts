/** The account of a run: what became of every file. It adds up because each file is booked once, and counted by that alone. */
import type { PhotologError } from "../errors.ts";
import type { Checksum, PhotoKey, ServiceName } from "../photo.ts";
import type { Cleared } from "./done.ts";
import type { Found, Passed } from "./entry.ts";
import { pathOf } from "./entry.ts";

/** What became of one file. `uploaded` and `duplicate` mean that the server keeps its bytes. */
export interface Outcome {
  readonly outcome: "uploaded" | "duplicate" | "skipped" | "failed";
  readonly sha256?: Checksum;
  /** Given where the file turned out to have another size than when it was found. */
  readonly bytes?: number;
  readonly key?: PhotoKey;
  /** For people, without the file's name. */
  readonly reason?: string;
  /** The server has the photo, and has heard all that this run has to say of it. */
  readonly isTold?: true;
  /** The run ended before this file had its turn. */
  readonly isUnreached?: true;
  /** Skipped only because this is a try. */
  readonly isPlanned?: true;
}

export interface Summary {
  /** `uploaded + duplicate + skipped + failed`. */
  readonly found: number;
  readonly uploaded: number;
  readonly duplicate: number;
  readonly skipped: number;
  readonly failed: number;
  /** Those of the failed that never had their turn. */
  readonly unreached: number;
  /** Of the uploaded ones. */
  readonly bytes: number;
  readonly seconds: number;
  /** What would have been sent, where this was only a try; counted among the skipped. */
  readonly wouldUpload?: { readonly photos: number; readonly bytes: number };
  /** False: the run ended before all folders had been looked through. */
  readonly isWhole: boolean;
  /** Photos that the server had and was told more of, and sidecars that it got for such. */
  readonly amended: number;
  readonly attached: number;
  /** Photos that the server keeps from these services because they were sent so once, and nobody asked for it this time. */
  readonly keptBack: ReadonlyMap<ServiceName, number>;
  /** Failed files in the order in which they failed, without the unreached. */
  readonly failures: readonly FailedFile[];
  /** How many files were skipped for each reason, those apart that would be uploaded. */
  readonly skips: ReadonlyMap<string, number>;
  /** With `--wait`: photos that the server has but that did not get everywhere. */
  readonly undelivered: readonly Trouble[];
  /** With `--move-done` or `--delete-done`. */
  readonly cleared?: Cleared;
  /** Why the run ended before all was done. */
  readonly ended?: PhotologError;
}

export interface Trouble {
  readonly path: string;
  readonly reason: string;
}

export interface FailedFile extends Trouble {
  /** Absolute. */
  readonly file: string;
}

/** How far a run has come. */
export interface SoFar {
  readonly ended: number;
  readonly found: number;
  readonly endedBytes: number;
  readonly foundBytes: number;
  /** All folders have been looked through. */
  readonly isWhole: boolean;
}

export class Tally {
  readonly #booked: (file: Found | Passed, outcome: Outcome) => void;
  readonly #open = new Set<Found>();
  readonly #counts = { uploaded: 0, duplicate: 0, skipped: 0, failed: 0 };
  readonly #failures: FailedFile[] = [];
  readonly #skips = new Map<string, number>();
  #unreached = 0;
  #bytes = 0;
  #would = { photos: 0, bytes: 0 };
  #isWhole = false;
  #amended = 0;
  #attached = 0;
  #endedFiles = 0;
  #endedBytes = 0;
  #openBytes = 0;
  readonly #keptBack = new Map<ServiceName, number>();

  constructor(booked: (file: Found | Passed, outcome: Outcome) => void) {
    this.#booked = booked;
  }

  /** Is not sent; booked at once. */
  pass(entry: Passed): void {
    this.#book(entry, { outcome: entry.outcome, reason: entry.reason });
  }

  /** Expects its outcome. */
  add(file: Found): void {
    this.#open.add(file);
    this.#openBytes += file.bytes;
  }

  /** There is no more to be found. */
  isWhole(): void {
    this.#isWhole = true;
  }

  /** A file that has its outcome keeps it. */
  end(file: Found, outcome: Outcome): void {
    if (!this.#open.delete(file)) return;
    this.#openBytes -= file.bytes;
    this.#endedBytes += file.bytes;
    this.#endedFiles++;
    this.#book(file, outcome);
  }

  amended(photos: number): void {
    this.#amended += photos;
  }

  attached(sidecars: number): void {
    this.#attached += sidecars;
  }

  keptBack(services: readonly ServiceName[]): void {
    for (const name of services) this.#keptBack.set(name, (this.#keptBack.get(name) ?? 0) + 1);
  }

  /** Of the files to send. */
  soFar(): SoFar {
    return {
      ended: this.#endedFiles,
      found: this.#endedFiles + this.#open.size,
      endedBytes: this.#endedBytes,
      foundBytes: this.#endedBytes + this.#openBytes,
      isWhole: this.#isWhole,
    };
  }

  /** Books every file that has no outcome yet, in order. */
  endAll(reason: string): void {
    for (const file of this.#open) this.end(file, { outcome: "failed", reason, isUnreached: true });
  }

  summary(
    rest: Pick<Summary, "seconds" | "undelivered"> & {
      readonly cleared: Cleared | undefined;
      readonly ended: PhotologError | undefined;
    },
  ): Summary {
    const { ended, seconds, undelivered, cleared } = rest;
    return {
      found: Object.values(this.#counts).reduce((sum, count) => sum + count, this.#open.size),
      ...this.#counts,
      unreached: this.#unreached,
      isWhole: this.#isWhole,
      amended: this.#amended,
      attached: this.#attached,
      keptBack: this.#keptBack,
      bytes: this.#bytes,
      seconds,
      failures: this.#failures,
      skips: this.#skips,
      undelivered,
      ...(this.#would.photos > 0 ? { wouldUpload: this.#would } : {}),
      ...(cleared === undefined ? {} : { cleared }),
      ...(ended === undefined ? {} : { ended }),
    };
  }

  #book(file: Found | Passed, outcome: Outcome): void {
    const { reason = "" } = outcome;
    const bytes = outcome.bytes ?? file.bytes ?? 0;
    this.#counts[outcome.outcome]++;
    if (outcome.outcome === "uploaded") this.#bytes += bytes;
    if (outcome.isUnreached === true) this.#unreached++;
    else if (outcome.outcome === "failed") this.#failures.push({ path: file.path, reason, file: pathOf(file) });
    if (outcome.isPlanned === true) this.#would = { photos: this.#would.photos + 1, bytes: this.#would.bytes + bytes };
    else if (outcome.outcome === "skipped") this.#skips.set(reason, (this.#skips.get(reason) ?? 0) + 1);
    this.#booked(file, outcome);
  }
}
