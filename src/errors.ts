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
  /** Only this photo waits; the lane goes on. Burns no attempt either. */
  | { readonly class: "pause"; readonly of: "photo"; readonly forMs: number }
  | { readonly class: "auth" | "config" | "item" };

export type RetryClass = Retry["class"];

/** What every failure of a kind means once it has come too often: "three photos in a row could not reach it: it is away". */
interface UsualEscalation {
  /** The failure's name: only the same ones in a row count together. */
  readonly sign: string;
  /** Whose failures count: those of this photo, or of all photos of the lane since one succeeded. */
  readonly of: "photo" | "lane";
  /**
   * So many are taken as `retry` says; the next one is taken as `means` says. A lane that was closed and has not worked since
   * is paused again by the first.
   */
  readonly after: number;
  readonly means: Retry;
}

/** What one failure means once it has come too often: "try again, but if Flickr says so a sixth time, the photo is at fault". */
export interface Escalation extends UsualEscalation {
  /** From then on instead of the error's own code and hint. */
  readonly becomes?: ErrorCode;
  readonly hint?: string;
  /**
   * Nobody knows what this failure means. The photo is blamed only if the service took another one since it first failed;
   * else, and where several photos in a row fail so, the lane is `config`.
   */
  readonly needsOthers?: true;
}

/** As the row of a failure table declares it; the row's name is the sign. */
export type Escalates = Omit<Escalation, "sign">;

interface Meaning {
  /** Exit code of a command that ends with this error. */
  readonly exit: number;
  /** Status of an HTTP answer that ends with this error. */
  readonly status: number;
  /** What the worker does, unless the error itself says otherwise. */
  readonly retry: Retry;
  /** Goes with `retry`: an error that means something else by itself has only what it brings. */
  readonly escalation?: UsualEscalation;
}

const FAILED = 1;
const RETRY = { class: "retry" } as const;
const ITEM = { class: "item" } as const;
const CONFIG = { class: "config" } as const;
const MINUTE = 60_000;
/** This machine is in trouble, and likely to stay so for a while. */
const HERE = { class: "pause", forMs: MINUTE, upToMs: 15 * MINUTE } as const;
/** Photos in a row fare alike: it is the service, not the photos. An outage has many faces, so they all count together. */
const OUTAGE = {
  sign: "outage",
  of: "lane",
  after: 2,
  means: { class: "pause", forMs: MINUTE, upToMs: 30 * MINUTE },
} as const;

export const ERRORS = {
  // The upload API's answers (contract of the API: these never change).
  NO_FILE: { exit: FAILED, status: 400, retry: ITEM },
  BAD_FIELD: { exit: FAILED, status: 400, retry: ITEM },
  BODY_CUT_SHORT: { exit: FAILED, status: 400, retry: ITEM },
  NOT_AUTHENTICATED: { exit: 77, status: 401, retry: ITEM },
  NOT_FOUND: { exit: FAILED, status: 404, retry: ITEM },
  CONFLICT: { exit: FAILED, status: 409, retry: ITEM },
  TOO_SLOW: { exit: FAILED, status: 408, retry: ITEM },
  TUS_VERSION: { exit: FAILED, status: 412, retry: ITEM },
  TOO_LARGE: { exit: FAILED, status: 413, retry: ITEM },
  UNSUPPORTED_MEDIA: { exit: FAILED, status: 415, retry: ITEM },
  CHECKSUM_MISMATCH: { exit: FAILED, status: 422, retry: ITEM },
  UPLOAD_LOCKED: { exit: FAILED, status: 423, retry: RETRY },
  TOO_MANY_ATTEMPTS: { exit: FAILED, status: 429, retry: ITEM },
  /** tus says which status that is: https://tus.io/protocols/resumable-upload#checksum */
  CHUNK_MISMATCH: { exit: FAILED, status: 460, retry: RETRY },
  INTERNAL: { exit: FAILED, status: 500, retry: RETRY },
  SERVER_BUSY: { exit: 69, status: 503, retry: RETRY },
  DRAINING: { exit: 69, status: 503, retry: RETRY },
  DISK_FULL: { exit: FAILED, status: 507, retry: HERE },

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
  SERVICE_UNREACHABLE: { exit: 69, status: 503, retry: RETRY, escalation: OUTAGE },
  SERVICE_BUSY: { exit: 69, status: 503, retry: RETRY, escalation: OUTAGE },
  /** The service may or may not have done what we asked. */
  OUTCOME_UNKNOWN: {
    exit: 69,
    status: 502,
    retry: { class: "check" },
    escalation: { ...OUTAGE, after: 4 },
  },
  QUOTA_REACHED: { exit: FAILED, status: 503, retry: { class: "pause", forMs: 60 * MINUTE } },
  STORAGE_FULL: { exit: FAILED, status: 507, retry: { class: "pause", forMs: 360 * MINUTE } },
  SIGN_IN_NEEDED: { exit: 77, status: 503, retry: { class: "auth" } },
  SERVICE_MISCONFIGURED: { exit: 78, status: 503, retry: CONFIG },
  PHOTO_REFUSED: { exit: FAILED, status: 422, retry: ITEM },
  /** A store answered that it holds the bytes, but what it holds differs. */
  NOT_PROVEN: { exit: FAILED, status: 502, retry: RETRY },
  BLOB_MISSING: { exit: FAILED, status: 404, retry: ITEM },
  ORIGINAL_MISSING: { exit: FAILED, status: 410, retry: ITEM },
  /** The accepted bytes are no longer the ones that were accepted: read once more, in case the disk only stumbled. */
  ORIGINAL_CHANGED: {
    exit: FAILED,
    status: 410,
    retry: RETRY,
    escalation: { sign: "original changed", of: "photo", after: 1, means: ITEM },
  },
  LOCAL_FAULT: { exit: FAILED, status: 500, retry: HERE },
  UNDECODABLE: { exit: FAILED, status: 415, retry: ITEM },
  DECODER_LOST: { exit: FAILED, status: 500, retry: RETRY },
} as const satisfies Record<string, Meaning>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** An order a person can follow: "Run `photolog auth flickr`." */
  readonly hint?: string;
  /** Overrides the code's own meaning for the worker. */
  readonly retry?: Retry;
  /** Overrides the code's own. */
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
    const usual: Meaning = ERRORS[code];
    this.retry = details.retry ?? usual.retry;
    this.escalation = details.escalation ?? (this.retry.class === usual.retry.class ? usual.escalation : undefined);
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
