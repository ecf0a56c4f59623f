/** From a refusal to the error that the queue can act on. Pure: time and chance are passed in. */
import { ERRORS, PhotologError } from "../../errors.ts";
import type { Retry } from "../../errors.ts";
import { askedToWait } from "../transport-failures.ts";
import { failureOf } from "./failures.ts";
import type { FailureRow, Wait } from "./failures.ts";
import { nextCaliforniaMidnight } from "./next-california-midnight.ts";
import type { Rejection } from "./rejection.ts";
import { SERVICE } from "./send.ts";

export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** In [0, 1). */
  readonly chance: number;
  /** When a person last signed in. */
  readonly signedInAt?: number | undefined;
}

/** What Google answered, for logs: the cause of the `PhotologError`. Holds no secret. */
class GoogleRefusal extends Error {
  override readonly name = "GoogleRefusal";
  readonly rejection: Rejection;

  constructor(rejection: Rejection) {
    super(`${rejection.at}: ${quote(rejection)}`);
    this.rejection = rejection;
  }
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** An app in Testing loses each sign-in after a week; a day's grace for a refusal that is met late. */
const TESTING_LIFE_MS = [6.5 * DAY, 8 * DAY] as const;
const TESTING_HINT =
  'Google ends a sign-in after seven days while the app\'s publishing status is "Testing": press "Publish app" (https://console.cloud.google.com/auth/audience), then run `photolog auth google` and `photolog jobs retry --destination gphotos`.';

/** Knows nothing of earlier attempts: how often an answer may come is for the queue to count. */
export function judge(rejection: Rejection, circumstances: Circumstances): PhotologError {
  const row = failureOf(rejection);
  const usual: Retry = row.wait === undefined ? ERRORS[row.becomes].retry : workedOut(row.wait, circumstances);
  const hint = row.name === "sign-in over" && isTestingLife(circumstances) ? TESTING_HINT : row.hint;
  return new PhotologError(row.becomes, `${SERVICE} ${row.says} (${quote(rejection)}).`, {
    cause: new GoogleRefusal(rejection),
    retry: askedToWait(usual, rejection.retryAfterMs),
    ...(hint !== undefined && { hint }),
    ...(row.escalation && { escalation: { sign: signOf(row, rejection), ...row.escalation } }),
  });
}

function workedOut(wait: Wait, { now, chance }: Circumstances): Retry {
  if ("until" in wait) {
    return { class: "pause", forMs: nextCaliforniaMidnight(now) - now + between([5 * MINUTE, 15 * MINUTE], chance) };
  }
  if (!("betweenMs" in wait)) return wait;
  const ms = between(wait.betweenMs, chance);
  return wait.class === "pause" ? { class: "pause", forMs: ms } : { class: "retry", afterMs: ms };
}

/** Two answers that nobody knows are the same only if they say the same. */
function signOf({ name, escalation }: FailureRow, { at, status, reason }: Rejection): string {
  return escalation?.needsOthers ? [name, at, status, reason].join(" ") : name;
}

function between([from, to]: readonly [number, number], chance: number): number {
  return Math.round(from + (to - from) * chance);
}

function isTestingLife({ now, signedInAt }: Circumstances): boolean {
  const age = now - (signedInAt ?? now);
  return age >= TESTING_LIFE_MS[0] && age <= TESTING_LIFE_MS[1];
}

function quote({ status, reason, text }: Rejection): string {
  const said = text === "" ? reason : `"${text}"`;
  return said === undefined ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
}
