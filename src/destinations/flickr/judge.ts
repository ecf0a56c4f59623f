/** Turns an answer of Flickr's into the error that says what it means. */
import { ERRORS, PhotologError } from "../../errors.ts";
import { askedToWait, foreignAnswer, statusFailure } from "../transport-failures.ts";
import type { FlickrAnswer } from "./answer.ts";
import { FLICKR_ROWS, UNLISTED, UNLISTED_STATUS } from "./failures.ts";
import type { FlickrRow } from "./failures.ts";

const CLOCK_TOLERANCE = 5 * 60_000;

/** Carries Flickr's answer, without any secret, as the cause of a `PhotologError`. */
export class FlickrRefusal extends Error {
  override readonly name = "FlickrRefusal";
  readonly answer: FlickrAnswer;

  constructor(answer: FlickrAnswer) {
    super(detailOf(answer));
    this.answer = answer;
  }
}

/** Flickr's answer behind this error, if there was one. */
export function answerOf(error: unknown): FlickrAnswer | undefined {
  return error instanceof PhotologError && error.cause instanceof FlickrRefusal ? error.cause.answer : undefined;
}

/** What an answer that is no success means. Knows nothing of earlier attempts: how often it may come is for the queue to count. */
export function judge(answer: FlickrAnswer): PhotologError {
  const cause = new FlickrRefusal(answer);
  const ofTheNetwork = statusFailure(answer.httpStatus, "Flickr", cause);
  if (ofTheNetwork) return ofTheNetwork;
  const rows: readonly FlickrRow[] = FLICKR_ROWS;
  const row = rows.find((candidate) => matches(candidate, answer)) ?? unlisted(answer);
  if (!row) return foreignAnswer("Flickr", answer.httpStatus, cause);
  return new PhotologError(row.becomes, `${row.says} (${detailOf(answer)}).`, {
    cause,
    retry: askedToWait(row.retry ?? ERRORS[row.becomes].retry, answer.waitMs),
    ...(row.escalation && { escalation: { sign: signOf(row, answer), ...row.escalation } }),
    ...(row.hint !== undefined && { hint: row.hint }),
  });
}

function matches(row: FlickrRow, { call, httpStatus, code, problem, clockSkewMs = 0 }: FlickrAnswer): boolean {
  if (row.calls && !row.calls.includes(call)) return false;
  if (row.clock === "wrong" && Math.abs(clockSkewMs) <= CLOCK_TOLERANCE) return false;
  if (code !== undefined && row.codes?.includes(code)) return true;
  if (problem !== undefined && row.problems?.includes(problem)) return true;
  return row.statuses?.includes(httpStatus) ?? false;
}

function unlisted({ call, stat, problem, httpStatus }: FlickrAnswer): FlickrRow | undefined {
  if (stat === "fail" || problem !== undefined) return UNLISTED;
  if (httpStatus < 400 || httpStatus >= 500) return undefined;
  return call === "upload" ? UNLISTED : UNLISTED_STATUS;
}

/** Two answers that nobody knows are the same only if they say the same. */
function signOf({ name, escalation }: FlickrRow, { code, problem, httpStatus }: FlickrAnswer): string {
  return escalation?.needsOthers ? [name, code ?? problem ?? httpStatus].join(" ") : name;
}

function detailOf({ httpStatus, code, message, problem }: FlickrAnswer): string {
  if (code !== undefined) return message ? `code ${code}: ${message}` : `code ${code}`;
  return problem ?? `HTTP ${httpStatus}`;
}
