/** The account of a run: what became of every file. It adds up because each file is booked once, and counted by that alone. */
import type { PhotologError } from "../errors.ts";
import type { Checksum, PhotoKey } from "../photo.ts";
import { isFound, type Entry, type Found, type Passed } from "./entry.ts";

/** What became of one file. `uploaded` and `duplicate` mean that the server keeps its bytes. */
export interface Outcome {
  readonly outcome: "uploaded" | "duplicate" | "skipped" | "failed";
  readonly sha256?: Checksum;
  /** Given where the file turned out to have another size than when it was found. */
  readonly bytes?: number;
  readonly key?: PhotoKey;
  /** For people, without the file's name. */
  readonly reason?: string;
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
  /** Failed files in the order in which they failed, without the unreached. */
  readonly failures: readonly Trouble[];
  /** How many files were skipped for each reason, those apart that would be uploaded. */
  readonly skips: ReadonlyMap<string, number>;
  /** With `--wait`: photos that the server has but that did not get everywhere. */
  readonly undelivered: readonly Trouble[];
  /** Why the run ended before all was done. */
  readonly ended?: PhotologError;
}

export interface Trouble {
  readonly path: string;
  readonly reason: string;
}

export class Tally {
  readonly #booked: (file: Found | Passed, outcome: Outcome) => void;
  readonly #open = new Set<Found>();
  readonly #counts = { uploaded: 0, duplicate: 0, skipped: 0, failed: 0 };
  readonly #failures: Trouble[] = [];
  readonly #skips = new Map<string, number>();
  #unreached = 0;
  #bytes = 0;
  #would = { photos: 0, bytes: 0 };

  constructor(booked: (file: Found | Passed, outcome: Outcome) => void) {
    this.#booked = booked;
  }

  /** Books what is not sent at once; answers what is to be sent, and expects its outcome. */
  add(entries: readonly Entry[]): readonly Found[] {
    const found = entries.filter(isFound);
    for (const file of found) this.#open.add(file);
    for (const entry of entries) {
      if (!isFound(entry)) this.#book(entry, { outcome: entry.outcome, reason: entry.reason });
    }
    return found;
  }

  /** A file that has its outcome keeps it. */
  end(file: Found, outcome: Outcome): void {
    if (this.#open.delete(file)) this.#book(file, outcome);
  }

  /** Books every file that has no outcome yet, in order. */
  endAll(reason: string): void {
    for (const file of this.#open) this.end(file, { outcome: "failed", reason, isUnreached: true });
  }

  summary(rest: Pick<Summary, "seconds" | "undelivered"> & { readonly ended?: PhotologError | undefined }): Summary {
    const { ended, seconds, undelivered } = rest;
    return {
      found: Object.values(this.#counts).reduce((sum, count) => sum + count, this.#open.size),
      ...this.#counts,
      unreached: this.#unreached,
      bytes: this.#bytes,
      seconds,
      failures: this.#failures,
      skips: this.#skips,
      undelivered,
      ...(this.#would.photos > 0 ? { wouldUpload: this.#would } : {}),
      ...(ended === undefined ? {} : { ended }),
    };
  }

  #book(file: Found | Passed, outcome: Outcome): void {
    const { reason = "" } = outcome;
    const bytes = outcome.bytes ?? file.bytes ?? 0;
    this.#counts[outcome.outcome]++;
    if (outcome.outcome === "uploaded") this.#bytes += bytes;
    if (outcome.isUnreached === true) this.#unreached++;
    else if (outcome.outcome === "failed") this.#failures.push({ path: file.path, reason });
    if (outcome.isPlanned === true) this.#would = { photos: this.#would.photos + 1, bytes: this.#would.bytes + bytes };
    else if (outcome.outcome === "skipped") this.#skips.set(reason, (this.#skips.get(reason) ?? 0) + 1);
    this.#booked(file, outcome);
  }
}
