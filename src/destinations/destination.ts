/** A service that keeps a copy of a photo. A destination never retries, logs or reads settings: the pipeline does. */
import type { Original, Photo, Receipt, ServiceName } from "../photo.ts";

export interface Destination {
  readonly name: ServiceName;
  /** For people: "Flickr", "Google Photos". */
  readonly title: string;
  /** Deliveries that may be under way at the same time. */
  readonly concurrency: number;
  /** Undefined, or the reason why this service can never take this photo ("Flickr takes videos up to 1 GB."). */
  refuses(photo: Photo): string | undefined;
  /**
   * Looks for a copy that an earlier attempt may have left, whose answer never arrived.
   * `since` is when the first attempt began (milliseconds since the epoch).
   */
  find(photo: Photo, since: number, signal: AbortSignal): Promise<Receipt | undefined>;
  /** Rejects with a `PhotologError` whose `retry` says what the failure means; an unknown outcome is `OUTCOME_UNKNOWN`. */
  deliver(photo: Photo, original: Original, signal: AbortSignal): Promise<Receipt>;
  /**
   * Puts the copy that this receipt is for into the albums of these titles, making those that do not exist; one that is in there
   * already is fine. Rejects as `deliver` does.
   */
  putInAlbums(receipt: Receipt, albums: readonly string[], signal: AbortSignal): Promise<void>;
  /** Asks the service who we are; rejects as `deliver` does. Costs one request. */
  check(signal: AbortSignal): Promise<Account>;
}

export interface Account {
  /** What a person calls it: a user name, an e-mail address. */
  readonly name: string;
  /** Anything worth a warning, each a sentence. */
  readonly warnings: readonly string[];
}

/** Small durable notes of a destination (an album's id), kept in the database. */
export interface Notes {
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
}

/** A photo's title for people: its file name without the extension. */
export function titleOf(photo: Pick<Photo, "filename">): string {
  return photo.filename.replace(/\.[^.]{1,5}$/, "");
}
