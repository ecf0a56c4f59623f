/** Turns whatever a request to an S3 service threw into our own error, by the table in `s3-failures.ts`. */
import { PhotologError, systemCodeOf, type ErrorCode, type Retry } from "../errors.ts";
import { findS3Failure, type FailureRow, type Symptom } from "./s3-failures.ts";

/** However long a service asks us to wait. */
const LONGEST_WAIT_MS = 15 * 60_000;

export interface Attempt {
  /** For people: "Putting originals/… into s3://photos". */
  readonly what: string;
  /** Never shown, whatever a service quotes back at us. */
  readonly secrets: readonly string[];
}

/** Anything that a request threw, as our own error. A `PhotologError` stays what it is. */
export function s3Failure(error: unknown, attempt: Attempt): PhotologError {
  if (error instanceof PhotologError) return error;
  const symptom = symptomOf(error);
  const row = findS3Failure(symptom);
  const words = [symptom.status, symptom.code, symptom.message].filter((part) => part !== undefined && part !== "");
  const quoted = conceal(words.join(" "), attempt.secrets);
  const retry = row.retry ?? askedToWait(row.code, error);
  return new PhotologError(row.code, `${attempt.what} failed: ${row.means} (${quoted}).`, {
    ...(row.hint !== undefined && { hint: row.hint + regionHint(row, error) }),
    ...(retry !== undefined && { retry }),
    ...(row.escalation && { escalation: { sign: signOf(row, symptom), ...row.escalation } }),
    // An error of the service carries what was signed, and with what; only the network's own errors are kept whole.
    ...(symptom.status === undefined && { cause: error }),
  });
}

/** What the failure of a request means that may have been carried out although its answer got lost. */
export function outcomeUnknown(failure: unknown): unknown {
  if (!(failure instanceof PhotologError) || failure.retry.class !== "retry") return failure;
  const { message, hint } = failure;
  return new PhotologError("OUTCOME_UNKNOWN", message, { cause: failure, ...(hint !== undefined && { hint }) });
}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** Two answers that nobody knows are the same only if they say the same. */
function signOf({ id, escalation }: FailureRow, { status, code }: Symptom): string {
  return escalation?.needsOthers ? [id, status, code].join(" ") : id;
}

/** Names that the SDK gives where the answer has no code. */
const NAMELESS = ["Error", "Unknown", "UnknownError"];

function symptomOf(error: unknown): Symptom {
  const { name = "Error", message = String(error), $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const code = systemCodeOf(error) ?? (NAMELESS.includes(name) ? undefined : name);
  return {
    message: message === "UnknownError" ? "" : message.replace(/\s*Deserialization error: .*$/s, ""),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
  };
}

function conceal(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) if (secret !== "") shown = shown.replaceAll(secret, "…");
  // eslint-disable-next-line no-control-regex -- a service's words may hold anything
  return shown.replace(/[\u0000-\u001f\u007f]+/g, " ").slice(0, 300);
}

/** How long the service asks us to wait, at most a quarter of an hour. */
function askedToWait(code: ErrorCode, error: unknown): Retry | undefined {
  const asked = (error as SdkError).$response?.headers?.["retry-after"];
  if (code !== "SERVICE_BUSY" || asked === undefined) return undefined;
  const seconds = Number(asked);
  return Number.isFinite(seconds) ? { class: "retry", afterMs: Math.min(seconds * 1000, LONGEST_WAIT_MS) } : undefined;
}

function regionHint(row: FailureRow, error: unknown): string {
  const region = (error as SdkError).$response?.headers?.["x-amz-bucket-region"];
  const named = region !== undefined && /^[a-z0-9-]{1,40}$/.test(region) && row.hint?.includes("S3_REGION") === true;
  return named ? ` It is in ${region}.` : "";
}
