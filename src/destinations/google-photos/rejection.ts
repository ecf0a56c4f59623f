/** Google's ways of saying no, read into one shape. Three dialects: OAuth, a flat one on `/v1/uploads`, and `google.rpc.Status`. */
import type { Answer } from "./send.ts";

/**
 * What was asked when Google said no: a token; an upload's start; a running upload session; a write to the library
 * (`mediaItems:batchCreate`, `albums`), or one into an album; one photo within a write that was taken as a whole.
 */
export type Place = "token" | "start" | "session" | "write" | "album" | "item";

export interface Rejection {
  readonly at: Place;
  /** HTTP status of the whole answer. */
  readonly status: number;
  /** Name of the google.rpc.Code, or OAuth's `error`. */
  readonly reason?: string;
  /** What Google wrote for people: one line, at most 500 characters, without anything that looks like a token. */
  readonly text: string;
  /** `details[].metadata.quota_limit`: tells a day's limit from a minute's. */
  readonly quotaLimit?: string;
  /** The answer is final: no byte of this upload session will be taken any more. */
  readonly final?: true;
  /** A web page instead of an API answer. */
  readonly page?: true;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto, by number. */
const RPC_CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** Reads a refusing answer. No body makes it throw. */
export function rejectionOf(at: Place, answer: Answer): Rejection {
  const body = parse(answer.text);
  const wrapped = isRecord(body?.["error"]) ? body["error"] : body;
  const quotaLimit = quotaLimitOf(wrapped);
  const page = body === undefined && /^\s*<(?:!doctype|html)/i.test(answer.text);
  const retryAfterMs = retryAfter(answer.header("retry-after"));
  const reason = reasonOf(wrapped);
  return {
    at,
    status: answer.status,
    text: forPeople(
      page ? titleOfPage(answer.text) : (messageIn(wrapped) ?? (reason === undefined ? answer.text : "")),
    ),
    ...(reason !== undefined && { reason }),
    ...(quotaLimit !== undefined && { quotaLimit }),
    ...(answer.header("x-goog-upload-status") === "final" && { final: true }),
    ...(page && { page }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** One photo's `status` in a batchCreate answer; undefined where Google said nothing about that photo. */
export function rejectionOfItem(status: unknown, httpStatus: number): Rejection {
  if (!isRecord(status)) return { at: "item", status: httpStatus, reason: "MISSING", text: "" };
  const reason = reasonOf(status) ?? "MISSING";
  return { at: "item", status: httpStatus, reason, text: forPeople(messageIn(status) ?? "") };
}

/** The text of a JSON object; undefined for everything else. */
export function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One line without what may be a secret: tokens, codes and session ids are long runs of letters and digits. */
function forPeople(text: string): string {
  return text
    .replaceAll(/[\w+=-]{32,}/g, "[…]")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 500);
}

function reasonOf(body: Record<string, unknown> | undefined): string | undefined {
  if (body === undefined) return undefined;
  const { status, code, error } = body;
  // OAuth: `{"error":"invalid_grant"}`; google.rpc.Status in HTTP: `status` is the code's name; flat and per item: its number.
  if (typeof error === "string") return error;
  if (typeof status === "string") return status;
  return typeof code === "number" ? (RPC_CODES[code] ?? String(code)) : undefined;
}

function messageIn(body: Record<string, unknown> | undefined): string | undefined {
  return [body?.["message"], body?.["error_description"]].find((value) => typeof value === "string");
}

function quotaLimitOf(body: Record<string, unknown> | undefined): string | undefined {
  const details = Array.isArray(body?.["details"]) ? body["details"].filter(isRecord) : [];
  for (const { metadata } of details) {
    if (isRecord(metadata) && typeof metadata["quota_limit"] === "string") return metadata["quota_limit"];
  }
  return undefined;
}

function titleOfPage(html: string): string {
  return /<title>([^<]*)/i.exec(html)?.[1] ?? "a web page";
}

function retryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header?.trim() || Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
