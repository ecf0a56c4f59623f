/**
 * Judges what comes back over the wire. Only an answer that is in every respect one of `photolog serve` counts as one: a
 * hotel's sign-in page says 200 too, and photos must not be taken for sent because of it.
 */
import {
  DELIVERY_STATES,
  type DeliveryView,
  type PhotoState,
  type PhotoView,
  type UploadAnswer,
  type VerifyAnswer,
} from "../api.ts";
import { PhotologError, type ErrorCode } from "../errors.ts";
import { DESTINATIONS, SERVICES, type Checksum, type PhotoKey, type ServiceName } from "../photo.ts";
import { oneLine } from "./text.ts";

export interface Answer {
  readonly status: number;
  /** Empty where there is none. */
  readonly contentType: string;
  readonly retryAfter?: string | undefined;
  readonly location?: string | undefined;
  /** `Upload-Offset` of a resumable upload. */
  readonly offset?: string | undefined;
  /** `Photolog-Session`. */
  readonly session?: string | undefined;
  /** Of the answer that ends one. */
  readonly resumed?: { readonly key: string; readonly queued: string } | undefined;
  readonly text: string;
}

/** What a photo that the server has is known by. */
export interface Known {
  readonly key: PhotoKey;
  readonly state: PhotoState;
  /** Checksums of its sidecars. */
  readonly sidecars?: readonly Checksum[];
  /** Services that it was kept from. */
  readonly skipped?: readonly ServiceName[];
  /** Where that was asked: the archive said just now that it holds the original. */
  readonly archived?: boolean;
}

const PHOTO_STATES: ReadonlySet<unknown> = new Set<PhotoState>(["queued", "failed", "done"]);

/** Refusals that name their reason by a code of ours; any other code is not taken over from the wire. */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>([
  "NO_FILE",
  "BAD_FIELD",
  "BODY_CUT_SHORT",
  "TOO_LARGE",
  "UNSUPPORTED_MEDIA",
  "CHECKSUM_MISMATCH",
  "CONFLICT",
]);

/** The answer to `POST /photos/`: the server keeps the photo of this checksum, or this throws. */
export function toSending(answer: Answer, { host, sha256 }: { host: string; sha256: Checksum }): UploadAnswer {
  if (answer.status !== 200 && answer.status !== 202) throw refusal(answer, host);
  const body = json(answer);
  const isOurs =
    isRecord(body) &&
    isText(body["key"]) &&
    body["sha256"] === sha256 &&
    (answer.status === 202 ? body["queued"] === true : body["queued"] === false && body["reason"] === "duplicate");
  if (!isOurs) throw unclear(answer, host);
  const key = body["key"] as PhotoKey;
  return answer.status === 202 ? { key, sha256, queued: true } : { key, sha256, queued: false, reason: "duplicate" };
}

/** The answer to `POST /photos/verify/`: those of the checksums asked for that the server has. */
export function toChecking(
  answer: Answer,
  { host, checksums }: { host: string; checksums: readonly Checksum[] },
): Map<Checksum, Known> {
  const body = answer.status === 200 ? json(answer) : undefined;
  if (!isRecord(body) || !isRecord(body["known"])) throw asLost(answer, host);
  const answered = body["known"] as VerifyAnswer["known"];
  const known = new Map<Checksum, Known>();
  for (const sha256 of checksums) {
    const one: unknown = answered[sha256];
    if (one === undefined) continue;
    if (!isKnown(one)) throw unclear(answer, host);
    known.set(sha256, knownOf(one));
  }
  return known;
}

/** Of most there is no more to tell than the key; a run over many asks of each of them. */
function knownOf(one: KnownOnWire): Known {
  const { key, state, sidecars, skipped, archived } = one;
  if (sidecars === undefined && skipped === undefined && archived === undefined) return { key, state };
  return {
    key,
    state,
    ...(Array.isArray(sidecars) ? { sidecars: sidecars.filter(isText) } : {}),
    ...(Array.isArray(skipped) ? { skipped: SERVICES.filter((name) => skipped.includes(name)) } : {}),
    ...(typeof archived === "boolean" ? { archived } : {}),
  };
}

type KnownOnWire = Record<string, unknown> & Pick<Known, "key" | "state">;

function isKnown(one: unknown): one is KnownOnWire {
  return isRecord(one) && isText(one["key"]) && PHOTO_STATES.has(one["state"]);
}

/** The answer to `POST /photos/amend/`: those of the photos to which something was new. */
export function toAmending(
  answer: Answer,
  { host, checksums }: { host: string; checksums: readonly Checksum[] },
): Set<Checksum> {
  const body = answer.status === 200 ? json(answer) : undefined;
  if (!isRecord(body) || !isRecord(body["photos"])) throw asLost(answer, host);
  const { photos } = body;
  return new Set(checksums.filter((sha256) => isRecord(photos[sha256]) && photos[sha256]["changed"] === true));
}

/** The answer to `POST /photos/<key>/sidecars`. */
export function toAttaching(answer: Answer, { host, key }: { host: string; key: PhotoKey }): void {
  if (answer.status !== 200) throw refusal(answer, host);
  const body = json(answer);
  if (!isRecord(body) || body["key"] !== key || typeof body["added"] !== "number") throw unclear(answer, host);
}

/** The last answer to a resumable upload, which has headers only: the server keeps the photo of this checksum. */
export function toResuming(answer: Answer, { host, sha256 }: { host: string; sha256: Checksum }): UploadAnswer {
  const { key, queued } = answer.resumed ?? {};
  // The key is the beginning of the checksum: whoever made it up does not know it.
  if (key === undefined || !sha256.startsWith(key) || key.length < 12) throw unclear(answer, host);
  return queued === "true" ? { key, sha256, queued: true } : { key, sha256, queued: false, reason: "duplicate" };
}

/** What the server keeps of a resumable upload, in bytes; undefined where it knows it no more. */
export function toOffset(answer: Answer, { host }: { host: string }): number | undefined {
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (answer.status < 200 || answer.status >= 300) throw refusal(answer, host);
  if (answer.offset === undefined || !/^\d{1,15}$/.test(answer.offset)) throw unclear(answer, host);
  return Number(answer.offset);
}

/** An error that says what an answer means which is no success. */
export function refusalOf(answer: Answer, host: string): PhotologError {
  return refusal(answer, host);
}

/** The answer to `GET /photos/<key>`: how far the photo's deliveries are. */
export function toViewing(
  answer: Answer,
  { host, sha256 }: { host: string; sha256: Checksum },
): PhotoView["destinations"] {
  const body = answer.status === 200 ? json(answer) : undefined;
  if (!isRecord(body) || body["sha256"] !== sha256 || !isRecord(body["destinations"])) throw asLost(answer, host);
  const given = body["destinations"];
  const destinations: Record<string, DeliveryView> = {};
  for (const name of DESTINATIONS) {
    const one = given[name];
    if (one === undefined) continue;
    const state = isRecord(one) ? DELIVERY_STATES.find((known) => known === one["state"]) : undefined;
    if (state === undefined || !isRecord(one)) throw unclear(answer, host);
    const error = isText(one["error"]) ? { error: oneLine(one["error"]) } : {};
    destinations[name] = { state, attempts: Number(one["attempts"]) || 0, ...error };
  }
  return destinations;
}

/** An error whose code says what it means for the run; see `isLost` in `connection.ts`. */
function refusal(answer: Answer, host: string): PhotologError {
  const { status } = answer;
  const problem = problemOf(answer);
  const because = problem === undefined ? "" : `: ${problem.detail}`;
  const retry = { retry: { class: "retry", ...afterMs(answer) } } as const;
  if (status === 401) {
    return new PhotologError("NOT_AUTHENTICATED", `${host} does not accept this secret.`, {
      hint: "Set `secret` in ~/.photolog (or PHOTOLOG_SECRET) to the API_SECRET of that server.",
    });
  }
  if (status === 429) return new PhotologError("TOO_MANY_ATTEMPTS", `${host} asks us to wait.`, retry);
  if (status === 507) return new PhotologError("DISK_FULL", `The disk of ${host} is full.`, retry);
  if (status === 408) return new PhotologError("BODY_CUT_SHORT", `${host} waited in vain for the rest.`);
  if (status === 503) return new PhotologError("DRAINING", `${host} takes nothing now (503)${because}`, retry);
  if (status === 413) {
    return new PhotologError("TOO_LARGE", `refused by the server (413)${because || ": too large at one time"}`);
  }
  if (status === 407) return new PhotologError("SERVER_UNREACHABLE", "The proxy asks to sign in (407).", retry);
  if (status >= 400 && status < 500) {
    const code = problem !== undefined && REFUSALS.has(problem.code) ? (problem.code as ErrorCode) : "PHOTO_REFUSED";
    return new PhotologError(code, `refused by the server (${status})${because}`);
  }
  if (status === 500 || status === 501) {
    return new PhotologError("INTERNAL", `the server failed on it (${status})${because}`);
  }
  if (status > 501) return new PhotologError("SERVER_UNREACHABLE", `${host} cannot be reached (${status}).`, retry);
  return unclear(answer, host);
}

/** For questions that any server of ours can answer: whoever cannot is not one, or not in its right mind. */
function asLost(answer: Answer, host: string): PhotologError {
  const error = refusal(answer, host);
  const isAboutTheFile = error.code === "INTERNAL" || (answer.status >= 400 && answer.status < 500);
  const meansWhatItSays = error.code === "NOT_AUTHENTICATED" || error.code === "TOO_MANY_ATTEMPTS";
  return isAboutTheFile && !meansWhatItSays ? unclear(answer, host) : error;
}

function unclear(answer: Answer, host: string): PhotologError {
  const what =
    answer.location === undefined
      ? `status ${answer.status}, ${answer.contentType.split(";")[0] || "no content type"}`
      : `status ${answer.status}, leads to ${oneLine(answer.location)}`;
  return new PhotologError("SERVER_ANSWER_UNCLEAR", `The answer of ${host} is not one of photolog's (${what}).`, {
    hint: "Check `host`, and whether this network asks you to sign in first.",
  });
}

function problemOf(answer: Answer): { readonly code: string; readonly detail: string } | undefined {
  const body = json(answer);
  if (!isRecord(body) || !isText(body["code"])) return undefined;
  return { code: body["code"], detail: isText(body["detail"]) ? oneLine(body["detail"]) : oneLine(body["code"]) };
}

/** Undefined where it is none, or does not say that it is. */
function json(answer: Answer): unknown {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(answer.contentType)) return undefined;
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds; a date is as good as none, the usual back-off will do. */
function afterMs({ retryAfter }: Answer): { readonly afterMs?: number } {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? { afterMs: Number(retryAfter) * 1000 } : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
