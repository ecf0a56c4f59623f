/**
 * What a request that got no usable answer means: name look-up, connection, TLS, proxy, and the local file that was being sent.
 * The same for every service; what a service's own answers mean is told in its own `failures.ts`.
 */
import { PhotologError, systemCodeOf } from "../errors.ts";
import type { ErrorCode, Retry } from "../errors.ts";

/**
 * How much of the request had left when it failed. `whole` only for a request that changes something at the service
 * (its answer may be lost although the work was done); a question is always `not-sent`: it may be asked again.
 */
export type Sent = "not-sent" | "partly" | "whole";

export interface Exchange {
  /** For people: "Flickr". */
  readonly service: string;
  readonly sent: Sent;
  /** The signal the request was given: once it is aborted, its reason is thrown whatever the error looks like. */
  readonly signal?: AbortSignal;
}

export interface TransportRow {
  readonly name: string;
  /** `code` of the Node.js or undici error. */
  readonly codes: readonly string[];
  readonly becomes: ErrorCode;
  /** Instead of `becomes`, where the whole request had been sent. */
  readonly whole?: ErrorCode;
  readonly says: string;
  readonly hint?: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/**
 * `{service}` and `{code}` are filled in. Order does not matter: no code stands in two rows. What becomes of a failure that
 * comes again and again is told by its code.
 */
export const TRANSPORT_ROWS = [
  {
    name: "unreachable",
    codes: [
      "ENOTFOUND",
      "EAI_AGAIN",
      "EAI_FAIL",
      "EAI_NODATA",
      "EAI_NONAME",
      "ECONNREFUSED",
      "EHOSTUNREACH",
      "EHOSTDOWN",
      "ENETUNREACH",
      "ENETDOWN",
      "EADDRNOTAVAIL",
      "UND_ERR_CONNECT_TIMEOUT",
    ],
    becomes: "SERVICE_UNREACHABLE",
    says: "{service} cannot be reached ({code}).",
  },
  {
    name: "connection broke",
    codes: [
      "ECONNRESET",
      "ECONNABORTED",
      "EPIPE",
      "ETIMEDOUT",
      "EPROTO",
      "ERR_STREAM_PREMATURE_CLOSE",
      "ERR_TLS_HANDSHAKE_TIMEOUT",
      "UND_ERR_SOCKET",
      "UND_ERR_BODY_TIMEOUT",
      "UND_ERR_HEADERS_TIMEOUT",
      "UND_ERR_HEADERS_OVERFLOW",
      "UND_ERR_RESPONSE_STATUS_CODE",
      "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
      "UND_ERR_RES_EXCEEDED_MAX_SIZE",
      "UND_ERR_CLOSED",
      "UND_ERR_DESTROYED",
      "UND_ERR_INFO",
      "UND_ERR_ABORTED",
    ],
    becomes: "SERVICE_UNREACHABLE",
    whole: "OUTCOME_UNKNOWN",
    says: "The connection to {service} broke ({code}).",
  },
  {
    name: "certificate refused",
    codes: [
      "CERT_HAS_EXPIRED",
      "CERT_NOT_YET_VALID",
      "CERT_REVOKED",
      "CERT_UNTRUSTED",
      "CERT_REJECTED",
      "CERT_SIGNATURE_FAILURE",
      "CERT_CHAIN_TOO_LONG",
      "INVALID_CA",
      "INVALID_PURPOSE",
      "HOSTNAME_MISMATCH",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    becomes: "SERVICE_MISCONFIGURED",
    says: "{service} cannot prove who it is: its certificate was refused ({code}).",
    hint: "Check this machine's clock and its network (a portal or proxy may answer instead of the service), then run `photolog doctor`.",
  },
  {
    name: "original unreadable",
    codes: ["ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"],
    becomes: "ORIGINAL_MISSING",
    says: "The original cannot be read ({code}), so {service} was not given it.",
    hint: "Check the upload folder's disk and permissions, then upload the photo again.",
  },
  {
    name: "original changed",
    codes: ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"],
    becomes: "ORIGINAL_CHANGED",
    says: "The original changed while it was being sent to {service}.",
    hint: "Check the upload folder's disk, then upload the photo again.",
  },
  {
    name: "this machine in trouble",
    codes: ["EIO", "EMFILE", "ENFILE", "ENOSPC", "ENOMEM", "ENOBUFS", "EROFS", "EDQUOT"],
    becomes: "LOCAL_FAULT",
    says: "This machine cannot send to {service}: {code}.",
    hint: "Run `photolog doctor`: disk, memory or open files have run out, or the disk is failing.",
  },
] as const satisfies readonly TransportRow[];

export interface StatusRow {
  readonly name: string;
  readonly status: number;
  readonly becomes: ErrorCode;
  readonly retry?: Retry;
  readonly says: string;
  readonly hint?: string;
}

/** Answers that come from something between us and the service, whatever their body says. */
export const STATUS_ROWS = [
  {
    name: "proxy wants a password",
    status: 407,
    becomes: "SERVICE_MISCONFIGURED",
    says: "A proxy between this machine and {service} asks for a password (HTTP 407).",
    hint: "Give this machine a way to {service} without that proxy, then run `photolog doctor`.",
  },
  {
    name: "request too slow",
    status: 408,
    becomes: "SERVICE_UNREACHABLE",
    says: "{service} gave up waiting for our request (HTTP 408).",
  },
  { name: "too early", status: 425, becomes: "SERVICE_BUSY", says: "{service} asks to try again (HTTP 425)." },
  {
    name: "network wants a sign-in",
    status: 511,
    becomes: "SERVICE_UNREACHABLE",
    retry: { class: "pause", forMs: 5 * MINUTE },
    says: "This network asks to sign in before it lets us reach {service} (HTTP 511).",
    hint: "Open a browser on this network and sign in to it.",
  },
] as const satisfies readonly StatusRow[];

export type TransportFailureName = (typeof TRANSPORT_ROWS | typeof STATUS_ROWS)[number]["name"];

/**
 * What this failed request means; undefined where the error is none of the network's, the proxy's or the file's.
 * An abort is not a failure: it is thrown on exactly as it came. A `PhotologError` is returned as it is.
 */
export function transportFailure(error: unknown, exchange: Exchange): PhotologError | undefined {
  exchange.signal?.throwIfAborted();
  if (error instanceof Error && error.name === "AbortError") throw error;
  if (error instanceof PhotologError) return error;
  const status = statusOf(error);
  const answered = status === undefined ? undefined : statusFailure(status, exchange.service, error);
  if (answered) return answered;
  const code = systemCodeOf(error);
  if (code === undefined) return undefined;
  const row = rowOf(code) ?? (isOfTheConversation(code) ? rowOf("ECONNRESET") : undefined);
  if (!row) return undefined;
  return worded(row, {
    becomes: exchange.sent === "whole" ? (row.whole ?? row.becomes) : row.becomes,
    service: exchange.service,
    code,
    cause: error,
  });
}

/** What an answer with this HTTP status means, if it is one that a proxy or the network gave. */
export function statusFailure(status: number, service: string, cause?: unknown): PhotologError | undefined {
  const rows: readonly StatusRow[] = STATUS_ROWS;
  const row = rows.find((candidate) => candidate.status === status);
  return row && worded(row, { becomes: row.becomes, service, code: `HTTP ${status}`, cause });
}

/** An answer that is not in the service's own format: a portal or proxy spoke. Never a success, whatever its status. */
export function foreignAnswer(service: string, status: number, cause?: unknown): PhotologError {
  return new PhotologError("OUTCOME_UNKNOWN", `Something that is not ${service} answered for it (HTTP ${status}).`, {
    cause,
    hint: "If this goes on, look for a proxy or a sign-in page on this network.",
  });
}

/**
 * The service's own word on how long to wait, between a second and a day, beats the table's; only where the table lets one
 * photo wait, it cannot be hurried.
 */
export function askedToWait(retry: Retry, askedMs: number | undefined): Retry {
  if (askedMs === undefined) return retry;
  const ms = Math.min(Math.max(askedMs, SECOND), DAY);
  switch (retry.class) {
    case "pause":
      return "of" in retry ? { ...retry, forMs: ms } : { class: "pause", forMs: ms };
    case "retry":
    case "check":
      return { class: retry.class, afterMs: Math.max(ms, retry.afterMs ?? 0) };
    default:
      return retry;
  }
}

function rowOf(code: string): TransportRow | undefined {
  const rows: readonly TransportRow[] = TRANSPORT_ROWS;
  return rows.find(({ codes }) => codes.includes(code));
}

/** HTTP parser, undici and TLS codes are too many to list; each means that the conversation broke. */
function isOfTheConversation(code: string): boolean {
  return /^(?:HPE_|UND_ERR_|ERR_SSL_|ERR_TLS_|ERR_HTTP2_)/.test(code);
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  return [status, statusCode].find((value) => typeof value === "number");
}

function worded(
  row: TransportRow | StatusRow,
  { becomes, service, code, cause }: { becomes: ErrorCode; service: string; code: string; cause: unknown },
): PhotologError {
  const fill = (text: string): string => text.replaceAll("{service}", service).replaceAll("{code}", code);
  return new PhotologError(becomes, fill(row.says), {
    cause,
    ...(row.hint !== undefined && { hint: fill(row.hint) }),
    ...("retry" in row && row.retry && { retry: row.retry }),
  });
}
