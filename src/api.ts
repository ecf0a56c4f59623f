/** The wire between a client and `photolog serve`: paths, headers and JSON shapes. Shared by server and upload. */
import type { DestinationName } from "./photo.ts";

export const PATHS = {
  photos: "/photos/",
  verify: "/photos/verify/",
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

/** Most checksums in one `POST /photos/verify/`. */
export const VERIFY_LIMIT = 1000;

/** Names of the multipart fields of `POST /photos/`. */
export const FIELDS = {
  file: "photo_file",
  secret: "secret",
  tags: "tags",
  skip: "skip",
  targetDate: "target_date",
  sidecar: "metadata_file",
  sha256: "sha256",
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

export interface VerifyAnswer {
  readonly known: Readonly<Record<string, { readonly key: string; readonly state: PhotoState }>>;
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
  readonly tags: readonly string[];
  readonly archive_key?: string;
  /** Only the destinations that this server has. */
  readonly destinations: Readonly<Partial<Record<DestinationName, DeliveryView>>>;
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
