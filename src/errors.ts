/** One error class and the table of every code. Three readers: the worker (`retry`), the shell (`exit`), HTTP (`status`). */

/**
 * What an error means for the job that met it and for its lane (the queue of one destination).
 *
 * - `retry`: this job again, after a back-off (or `afterMs`).
 * - `check`: the outcome is unknown; ask the service before doing it again.
 * - `pause`: nothing of this lane until then; burns no attempt.
 * - `auth`: the lane waits for a person to sign in; burns no attempt.
 * - `config`: the lane waits for a person to mend the settings; burns no attempt.
 * - `item`: this photo will never be taken by this destination.
 */
export type Retry =
  | { readonly class: "retry" | "check"; readonly afterMs?: number }
  /** With `upToMs`, each further pause in a row lasts twice as long, up to that. */
  | { readonly class: "pause"; readonly forMs: number; readonly upToMs?: number }
  | { readonly class: "auth" | "config" | "item" };

export type RetryClass = Retry["class"];

/** What a failure means once it has come too often: "try again, but if Flickr says so a sixth time, the photo is at fault." */
export interface Escalation {
  /** The failure's name: only the same ones in a row count together. */
  readonly sign: string;
  /** Whose failures count: those of this photo, or of all photos of the lane since one succeeded. */
  readonly of: "photo" | "lane";
  /** So many are taken as `retry` says; the next one as `then` says. */
  readonly after: number;
  readonly then: Retry;
  /** A photo is blamed only if the service took another one since it first failed; otherwise the lane is `config`. */
  readonly needsOthers?: true;
}

interface Meaning {
  /** Exit code of a command that ends with this error. */
  readonly exit: number;
  /** Status of an HTTP answer that ends with this error. */
  readonly status: number;
  /** What the worker does, unless the error itself says otherwise. */
  readonly retry: Retry;
}

const FAILED = 1;
const RETRY = { class: "retry" } as const;
const ITEM = { class: "item" } as const;
const CONFIG = { class: "config" } as const;
const MINUTE = 60_000;

export const ERRORS = {
  // The upload API's answers (contract of the API: these never change).
  NO_FILE: { exit: FAILED, status: 400, retry: ITEM },
  BAD_FIELD: { exit: FAILED, status: 400, retry: ITEM },
  BODY_CUT_SHORT: { exit: FAILED, status: 400, retry: ITEM },
  NOT_AUTHENTICATED: { exit: 77, status: 401, retry: ITEM },
  NOT_FOUND: { exit: FAILED, status: 404, retry: ITEM },
  CONFLICT: { exit: FAILED, status: 409, retry: ITEM },
  TOO_SLOW: { exit: FAILED, status: 408, retry: ITEM },
  TOO_LARGE: { exit: FAILED, status: 413, retry: ITEM },
  UNSUPPORTED_MEDIA: { exit: FAILED, status: 415, retry: ITEM },
  CHECKSUM_MISMATCH: { exit: FAILED, status: 422, retry: ITEM },
  TOO_MANY_ATTEMPTS: { exit: FAILED, status: 429, retry: ITEM },
  INTERNAL: { exit: FAILED, status: 500, retry: RETRY },
  SERVER_BUSY: { exit: 69, status: 503, retry: RETRY },
  DRAINING: { exit: 69, status: 503, retry: RETRY },
  DISK_FULL: { exit: FAILED, status: 507, retry: { class: "pause", forMs: MINUTE } },

  // Commands.
  USAGE: { exit: 2, status: 400, retry: ITEM },
  SERVER_UNREACHABLE: { exit: 69, status: 503, retry: RETRY },
  SERVER_ANSWER_UNCLEAR: { exit: 69, status: 502, retry: RETRY },
  FILE_CHANGED: { exit: FAILED, status: 409, retry: ITEM },
  FILE_UNREADABLE: { exit: FAILED, status: 500, retry: ITEM },
  HALTED: { exit: 75, status: 503, retry: RETRY },
  SETTINGS_WRONG: { exit: 78, status: 500, retry: CONFIG },
  ALREADY_RUNNING: { exit: FAILED, status: 500, retry: CONFIG },
  INTERRUPTED: { exit: 130, status: 503, retry: RETRY },
  GALLERY_PUBLIC: { exit: FAILED, status: 500, retry: CONFIG },
  TOO_MANY_DELETIONS: { exit: FAILED, status: 500, retry: CONFIG },

  // Destinations and the archive.
  SERVICE_UNREACHABLE: { exit: 69, status: 503, retry: RETRY },
  SERVICE_BUSY: { exit: 69, status: 503, retry: RETRY },
  /** The service may or may not have done what we asked. */
  OUTCOME_UNKNOWN: { exit: 69, status: 502, retry: { class: "check" } },
  QUOTA_REACHED: { exit: FAILED, status: 503, retry: { class: "pause", forMs: 60 * MINUTE } },
  STORAGE_FULL: { exit: FAILED, status: 507, retry: { class: "pause", forMs: 360 * MINUTE } },
  SIGN_IN_NEEDED: { exit: 77, status: 503, retry: { class: "auth" } },
  SERVICE_MISCONFIGURED: { exit: 78, status: 503, retry: CONFIG },
  PHOTO_REFUSED: { exit: FAILED, status: 422, retry: ITEM },
  /** A store answered that it holds the bytes, but what it holds differs. */
  NOT_PROVEN: { exit: FAILED, status: 502, retry: RETRY },
  BLOB_MISSING: { exit: FAILED, status: 404, retry: ITEM },
  ORIGINAL_MISSING: { exit: FAILED, status: 410, retry: ITEM },
  /** The accepted bytes are no longer the ones that were accepted. */
  ORIGINAL_CHANGED: { exit: FAILED, status: 410, retry: RETRY },
  LOCAL_FAULT: { exit: FAILED, status: 500, retry: { class: "pause", forMs: MINUTE } },
  UNDECODABLE: { exit: FAILED, status: 415, retry: ITEM },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** An order a person can follow: "Run `photolog auth flickr`." */
  readonly hint?: string;
  /** Overrides the code's own meaning for the worker. */
  readonly retry?: Retry;
  readonly escalation?: Escalation;
}

export class PhotologError extends Error {
  override readonly name = "PhotologError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retry: Retry;
  readonly escalation: Escalation | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = details.hint;
    this.retry = details.retry ?? ERRORS[code].retry;
    this.escalation = details.escalation;
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js or undici error (`ECONNRESET`, `UND_ERR_SOCKET`, …), looking through causes and aggregates. */
export function systemCodeOf(error: unknown): string | undefined {
  for (let seen = 0, at = error; at instanceof Error && seen < 5; seen++) {
    if ("code" in at && typeof at.code === "string" && !(at instanceof PhotologError)) return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}
