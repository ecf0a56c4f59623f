/** The wire between a client and `photolog serve`: paths, headers and JSON shapes. Shared by server and upload. */
import type { DestinationName, RelationName, ServiceName } from "./photo.ts";

export const PATHS = {
  photos: "/photos/",
  verify: "/photos/verify/",
  amend: "/photos/amend/",
  /** tus 1.0. */
  uploads: "/uploads/",
  status: "/status",
  health: "/healthz",
  ready: "/readyz",
} as const;

/** Carries the hex MD5 of the API secret, as the original's form field does. */
export const SECRET_HEADER = "x-photolog-secret";

/** What the answer to the last piece of a tus upload carries. */
export const RECEIPT_HEADERS = { key: "photolog-key", queued: "photolog-queued" } as const;

/**
 * Of the answers to `POST /photos/verify/`: some text that is another one each time the server has been started. A photo that was known
 * is known as long as it is the same.
 */
export const SESSION_HEADER = "photolog-session";

/** Most checksums in one `POST /photos/verify/`. */
export const VERIFY_LIMIT = 1000;

/** Where a photo's sidecars are sent to. */
export function sidecarsPath(key: string): string {
  return `${PATHS.photos}${encodeURIComponent(key)}/sidecars`;
}

/** Names of the multipart fields of `POST /photos/`. */
export const FIELDS = {
  file: "photo_file",
  secret: "secret",
  tags: "tags",
  skip: "skip",
  targetDate: "target_date",
  sidecar: "metadata_file",
  sha256: "sha256",
  /** May come several times. */
  album: "album",
  /** `live:<sha256>` or `raw:<sha256>`; may come several times. */
  related: "related",
  /** When the file was last written to on the client's disk, milliseconds since the epoch. */
  modified: "modified",
} as const;

export interface UploadAnswer {
  readonly key: string;
  readonly sha256: string;
  /** False where the server had this photo already. */
  readonly queued: boolean;
  readonly reason?: "duplicate";
}

/** `queued`: waits for its turn · `parked`: its lane waits for a person or a quota · `waiting`: will be tried again at `retry_at`. */
export const DELIVERY_STATES = [
  "queued",
  "running",
  "waiting",
  "parked",
  "done",
  "skipped",
  "unsupported",
  "failed",
  "cancelled",
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What a photo as a whole is at: `failed` where a delivery failed, else `queued` while one is open, else `done`. */
export type PhotoState = "queued" | "failed" | "done";

export interface VerifyQuestion {
  readonly sha256: readonly string[];
  /** Ask the archive now, whether it holds the originals. */
  readonly archive?: boolean;
}

export interface VerifyAnswer {
  readonly known: Readonly<Record<string, KnownView>>;
}

export interface KnownView {
  readonly key: string;
  readonly state: PhotoState;
  /** Checksums of its sidecars. */
  readonly sidecars?: readonly string[];
  /** Services that it was kept from. */
  readonly skipped?: readonly ServiceName[];
  /** Only where it was asked for: the archive said just now that it holds these bytes. */
  readonly archived?: boolean;
}

export interface AmendQuestion {
  /** At most `VERIFY_LIMIT`. */
  readonly photos: readonly PhotoAmendment[];
}

/** Means what sending the photo again with these fields means. */
export interface PhotoAmendment {
  readonly sha256: string;
  readonly tags?: readonly string[];
  readonly albums?: readonly string[];
  /** As in `FIELDS.related`. */
  readonly related?: readonly string[];
  /** Services that it skipped and shall go to now. */
  readonly want?: readonly ServiceName[];
}

export interface AmendAnswer {
  /** By checksum; those that the server does not have are left out. */
  readonly photos: Readonly<Record<string, { readonly key: string; readonly changed: boolean }>>;
}

export interface SidecarsAnswer {
  readonly key: string;
  /** How many it did not have yet. */
  readonly added: number;
}

export interface DeliveryView {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly url?: string;
  readonly error?: string;
  /** What to do about the error. */
  readonly hint?: string;
  /** ISO 8601, UTC. */
  readonly retry_at?: string;
}

export interface PhotoView {
  readonly key: string;
  readonly filename: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mime: string;
  readonly kind: string;
  readonly state: PhotoState;
  /** ISO 8601, UTC. */
  readonly received_at: string;
  /** Local wall-clock time, with the zone's offset where the file says so. */
  readonly taken_at?: string;
  /** Where that stands: `exif`, `xmp`, `iptc`, `quicktime`, `matroska`, `riff`, `sidecar`, `file_name`. */
  readonly taken_from?: string;
  /** Of films; seconds. */
  readonly duration?: number;
  /** 1 to 5 stars; -1: rejected. */
  readonly rating?: number;
  readonly tags: readonly string[];
  readonly albums: readonly string[];
  readonly related: readonly RelatedView[];
  readonly sidecars: readonly { readonly filename: string; readonly sha256: string; readonly bytes: number }[];
  readonly archive_key?: string;
  /** Only the destinations that this server has. */
  readonly destinations: Readonly<Partial<Record<DestinationName, DeliveryView>>>;
}

/** Another photo that belongs to this one. */
export interface RelatedView {
  readonly relation: RelationName;
  readonly sha256: string;
  /** Absent while the server does not have it. */
  readonly key?: string;
}

export interface PhotosAnswer {
  readonly photos: readonly PhotoView[];
  /** Give this as `after` to go on; absent on the last page. */
  readonly next?: string;
}

export type LaneState = "open" | "paused" | "needs_auth" | "misconfigured";

export interface LaneView {
  readonly state: LaneState;
  /** ISO 8601, UTC; only while paused. */
  readonly until?: string;
  readonly reason?: string;
  readonly hint?: string;
}

export interface StatusAnswer {
  readonly photos: number;
  readonly destinations: Readonly<
    Partial<
      Record<DestinationName, { readonly lane: LaneView; readonly counts: Readonly<Record<DeliveryState, number>> }>
    >
  >;
  /** Accepted originals that are not yet everywhere. */
  readonly spool: { readonly photos: number; readonly bytes: number; readonly free_bytes: number };
}

/** RFC 9457. */
export interface ProblemAnswer {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint?: string;
}
