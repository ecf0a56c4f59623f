/** What a run tells whoever watches it. */
import type { PhotologError } from "../errors.ts";
import type { Found, Passed } from "./entry.ts";
import type { Outcome, Summary } from "./tally.ts";

export interface Reporter {
  /** So many photos found by now. */
  surveying(photos: number): void;
  /** All that there is to send, before anything is sent. */
  surveyed(all: { readonly photos: number; readonly bytes: number }): void;
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
  /** With `--wait`: so many photos are not yet everywhere. */
  delivering(photos: number): void;
  finished(summary: Summary): Promise<void>;
}
