/** What a run tells whoever watches it. */
import type { PhotologError } from "../errors.ts";
import type { DestinationName } from "../photo.ts";
import type { Found, Passed } from "./entry.ts";
import type { Outcome, SoFar, Summary } from "./tally.ts";

export interface DeliveryProgress {
  /** Photos of this run, and those of them that are everywhere, or come no further. */
  readonly photos: number;
  readonly settled: number;
  /** What the photos that were looked at more closely wait for, by destination. */
  readonly waiting: ReadonlyMap<DestinationName, number>;
}

export interface Reporter {
  /** The checksum and key of every file are wanted, also of those that the server had before. */
  readonly tellsChecksums?: true;
  /** More has been found, or, at the end, all. */
  surveyed(soFar: SoFar): void;
  /** Its checksum is being taken. */
  reading(file: Found): void;
  /** So many of its bytes are on their way; back to fewer when it is sent again. */
  moved(file: Found, bytes: number): void;
  /** Comes once for every file. */
  ended(file: Found | Passed, outcome: Outcome): void;
  /** The server is lost; it is tried again in so many milliseconds. */
  waiting(error: PhotologError, ms: number): void;
  /** A wait is over, or a person wants to go on. */
  resumed(): void;
  /** With `--wait`: how far the deliveries of this run are. */
  delivering(progress: DeliveryProgress): void;
  /** With `--move-done` or `--delete-done`: so many photos are not in the archive yet. */
  clearing(progress: { readonly waiting: number }): void;
  finished(summary: Summary): Promise<void>;
}
