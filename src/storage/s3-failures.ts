/** What the failures of S3 services mean: one ordered table. Read it from the top: the first row that fits, counts. */
import type { ErrorCode, Escalates, Retry } from "../errors.ts";

/** What can be told of a failed request. */
export interface Symptom {
  /** HTTP status of the answer; absent where none came. */
  readonly status?: number;
  /** The service's own code (`NoSuchBucket`), Node's (`ECONNRESET`), or the name of an error of the SDK (`TimeoutError`). */
  readonly code?: string;
  readonly message: string;
}

export interface FailureRow {
  readonly id: string;
  /** One of the codes or statuses, or a status of the class (5 is 500 to 599); and the message, where one is given. */
  readonly match: {
    readonly codes?: readonly string[];
    readonly statuses?: readonly number[];
    readonly class?: number;
    readonly message?: RegExp;
  };
  /** Completes "Putting … failed: ". */
  readonly means: string;
  readonly code: ErrorCode;
  /** Where the code's own meaning does not fit. */
  readonly retry?: Retry;
  readonly escalation?: Escalates;
  readonly hint?: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const CHECK_ENDPOINT = "Check S3_ENDPOINT, S3_PATH_STYLE and S3_BUCKET, then run `photolog doctor`.";
const OPTIONS_OFF = "Set S3_CHECKSUMS: off and remove S3_STORAGE_CLASS and S3_SSE, then run `photolog doctor`.";

/** One photo may be odd; but only if others get through meanwhile. */
const ODD_ONE = {
  of: "photo",
  after: 1,
  means: { class: "item" },
  becomes: "PHOTO_REFUSED",
  needsOthers: true,
} as const;

export const S3_FAILURES = [
  // No answer.
  {
    id: "certificate for another host",
    match: { codes: ["ERR_TLS_CERT_ALTNAME_INVALID"] },
    means: "the server's certificate is for another name",
    code: "SERVICE_MISCONFIGURED",
    retry: { class: "pause", forMs: HOUR },
    hint: "Set S3_PATH_STYLE: true if S3_BUCKET has a dot or S3_ENDPOINT is not AWS; else check S3_ENDPOINT.",
  },
  {
    id: "certificate refused",
    match: {
      codes: [
        "CERT_HAS_EXPIRED",
        "CERT_NOT_YET_VALID",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "SELF_SIGNED_CERT_IN_CHAIN",
      ],
    },
    means: "the server's certificate is not trusted",
    code: "SERVICE_MISCONFIGURED",
    // Often a network's sign-in page, which goes away by itself.
    retry: { class: "pause", forMs: HOUR },
    hint: "Check this machine's clock and S3_ENDPOINT, or give NODE_EXTRA_CA_CERTS your own authority.",
  },
  {
    id: "no TLS there",
    match: { codes: ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"] },
    means: "no TLS is spoken there",
    code: "SERVICE_MISCONFIGURED",
    hint: "Check http or https, and the port, in S3_ENDPOINT.",
  },
  {
    id: "name unknown",
    match: { codes: ["ENOTFOUND", "EAI_AGAIN"] },
    means: "the service's name was not found",
    code: "SERVICE_UNREACHABLE",
    hint: "Check the network and S3_ENDPOINT; set S3_PATH_STYLE: true if the service has no host names for buckets.",
  },
  {
    id: "unreachable",
    match: {
      codes: ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "TimeoutError"],
    },
    means: "the service was not reached, or went away",
    code: "SERVICE_UNREACHABLE",
    hint: "Check the network and S3_ENDPOINT.",
  },
  {
    id: "this machine's limits",
    match: { codes: ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL"] },
    means: "this machine has no more connections to give",
    code: "LOCAL_FAULT",
    hint: "Raise the limit of open files (`ulimit -n`) of the account that runs photolog.",
  },

  // An answer that is no S3 answer.
  {
    id: "answer unreadable",
    match: { class: 2 },
    means: "the answer is not that of an S3 service",
    code: "OUTCOME_UNKNOWN",
    hint: "Look for a sign-in page or a proxy between this machine and S3_ENDPOINT.",
  },
  {
    id: "sent to a web page",
    match: { statuses: [302, 303] },
    means: "something in between sends us to a web page",
    code: "OUTCOME_UNKNOWN",
    hint: "Look for a sign-in page or a proxy between this machine and S3_ENDPOINT.",
  },
  {
    id: "proxy wants a password",
    match: { statuses: [407] },
    means: "a proxy wants a password",
    code: "SERVICE_MISCONFIGURED",
    hint: "Let this machine reach S3_ENDPOINT without that proxy.",
  },
  {
    id: "network wants a sign-in",
    match: { statuses: [511] },
    means: "the network wants somebody to sign in first",
    code: "SERVICE_UNREACHABLE",
    retry: { class: "pause", forMs: 5 * MINUTE },
    hint: "Sign in to the network with a browser.",
  },

  // Where the bucket is.
  {
    id: "other region",
    match: {
      codes: [
        "PermanentRedirect",
        "TemporaryRedirect",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
      ],
      statuses: [301, 307, 308],
    },
    means: "the bucket is in another region",
    code: "SERVICE_MISCONFIGURED",
    hint: "Set S3_REGION, and S3_ENDPOINT if it names a region, to where S3_BUCKET is.",
  },
  {
    id: "no such bucket",
    match: { codes: ["NoSuchBucket", "InvalidBucketName"] },
    means: "there is no such bucket",
    code: "SERVICE_MISCONFIGURED",
    hint: "Create the bucket, or correct S3_BUCKET.",
  },
  { id: "no such blob", match: { codes: ["NoSuchKey"] }, means: "it is not there", code: "BLOB_MISSING" },

  // Who we are.
  {
    id: "clock",
    match: { codes: ["RequestTimeTooSkewed", "RequestExpired"] },
    means: "this machine's clock and the service's differ",
    code: "SERVICE_MISCONFIGURED",
    hint: "Set this machine's clock.",
  },
  {
    id: "keys refused",
    match: { codes: ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"] },
    means: "the access key or its secret is wrong",
    code: "SIGN_IN_NEEDED",
    hint: "Correct S3_ACCESS_KEY and S3_SECRET_KEY; a `photolog serve` that runs has to be started again.",
  },
  {
    id: "account",
    match: { codes: ["AllAccessDisabled", "AccountProblem", "UserSuspended", "NotSignedUp"] },
    means: "the account is not in order",
    code: "SIGN_IN_NEEDED",
    retry: { class: "pause", forMs: 6 * HOUR },
    escalation: { of: "lane", after: 1, means: { class: "auth" } },
    hint: "Ask your storage provider what is wrong with the account.",
  },

  // Room.
  {
    id: "storage full",
    match: {
      codes: [
        "QuotaExceeded",
        "InsufficientStorage",
        "StorageLimitExceeded",
        "XMinioStorageFull",
        "XMinioAdminBucketQuotaExceeded",
      ],
      statuses: [507],
    },
    means: "there is no more room",
    code: "STORAGE_FULL",
    hint: "Raise the quota of the bucket or of the account.",
  },
  {
    id: "capped",
    match: { statuses: [402, 403], message: /\bcaps?\b|quota|storage limit/i },
    means: "a limit of the account is reached",
    code: "STORAGE_FULL",
    hint: "Raise the caps of the account.",
  },

  // This one blob.
  {
    id: "locked or frozen",
    match: { codes: ["InvalidObjectState", "ObjectLocked"] },
    means: "it is locked, or frozen in an archive class",
    code: "PHOTO_REFUSED",
    hint: "Restore or unlock the object at your storage provider, then retry.",
  },
  {
    id: "locked, in words",
    match: { statuses: [400, 403], message: /object.?lock|\bworm\b|retention|legal hold/i },
    means: "it is locked against change",
    code: "PHOTO_REFUSED",
    hint: "Unlock the object at your storage provider, then retry.",
  },
  {
    id: "name refused",
    match: {
      codes: ["KeyTooLongError", "KeyTooLong", "InvalidObjectName", "InvalidURI", "MetadataTooLarge", "InvalidTag"],
    },
    means: "the service cannot keep such a name",
    code: "PHOTO_REFUSED",
    hint: "Upload the file again under a shorter, plainer name.",
  },
  {
    id: "too large",
    match: { codes: ["EntityTooLarge"], statuses: [413] },
    means: "it is too large for the service",
    code: "PHOTO_REFUSED",
  },

  // The way.
  {
    id: "cut short",
    match: { codes: ["RequestTimeout", "IncompleteBody"] },
    means: "the bytes did not all arrive",
    code: "SERVICE_UNREACHABLE",
  },
  {
    id: "try later",
    match: { statuses: [408, 425] },
    means: "the request came at a bad time",
    code: "SERVICE_UNREACHABLE",
  },
  {
    id: "damaged on the way",
    match: { codes: ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"] },
    means: "the bytes that arrived are not those we sent",
    code: "NOT_PROVEN",
    escalation: { of: "lane", after: 2, means: { class: "config" }, becomes: "SERVICE_MISCONFIGURED" },
    hint: "If this never ends, set S3_CHECKSUMS: off; if that does not help, look for a proxy that changes uploads.",
  },
  {
    id: "parts apart",
    match: { codes: ["EntityTooSmall", "InvalidPartOrder", "MalformedXML"] },
    means: "its parts did not come together",
    code: "NOT_PROVEN",
  },
  {
    id: "upload gone",
    match: { codes: ["InvalidPart", "NoSuchUpload"] },
    means: "the upload in parts is gone or over",
    code: "OUTCOME_UNKNOWN",
  },

  // What the service does not do.
  {
    id: "storage class",
    match: { codes: ["InvalidStorageClass"] },
    means: "the service has no such storage class",
    code: "SERVICE_MISCONFIGURED",
    hint: "Correct or remove S3_STORAGE_CLASS.",
  },
  {
    id: "storage class, in words",
    match: { statuses: [400, 501], message: /storage.?class/i },
    means: "the service has no such storage class",
    code: "SERVICE_MISCONFIGURED",
    hint: "Correct or remove S3_STORAGE_CLASS.",
  },
  {
    id: "encryption",
    match: { codes: ["InvalidEncryptionAlgorithmError", "KMS.NotFoundException", "KMS.DisabledException"] },
    means: "the service does not encrypt that way",
    code: "SERVICE_MISCONFIGURED",
    hint: "Correct or remove S3_SSE.",
  },
  {
    id: "encryption, in words",
    match: { statuses: [400, 403, 501], message: /encrypt|\bkms\b|\bsse\b/i },
    means: "the service does not encrypt that way",
    code: "SERVICE_MISCONFIGURED",
    hint: "Correct or remove S3_SSE.",
  },
  {
    id: "checksums, in words",
    match: { statuses: [400, 403, 501], message: /checksum|unsupported header|aws-chunked|trailer/i },
    means: "the service does not know the SDK's checksums",
    code: "SERVICE_MISCONFIGURED",
    hint: "Set S3_CHECKSUMS: off.",
  },
  {
    id: "precondition",
    match: { statuses: [412] },
    // We never send one: Google's S3 answers so to checksums of parts that it does not know.
    means: "the service applies a condition that we did not set",
    code: "SERVICE_MISCONFIGURED",
    hint: "Set S3_CHECKSUMS: off.",
  },
  {
    id: "not implemented",
    match: { codes: ["NotImplemented", "ExcessHeaderValues", "MissingContentLength"], statuses: [501] },
    means: "the service does not do what we ask",
    code: "SERVICE_MISCONFIGURED",
    hint: OPTIONS_OFF,
  },
  {
    id: "not allowed here",
    match: { statuses: [405] },
    means: "this is not what the service does there",
    code: "SERVICE_MISCONFIGURED",
    hint: CHECK_ENDPOINT,
  },

  // May be tried again.
  {
    id: "in the way of another",
    match: { statuses: [409] },
    means: "another request was in the way",
    code: "SERVICE_BUSY",
  },
  {
    id: "slow down",
    match: { codes: ["SlowDown", "TooManyRequests", "ServiceUnavailable", "Busy"], statuses: [429, 503] },
    means: "the service asks us to slow down",
    code: "SERVICE_BUSY",
  },
  { id: "trouble there", match: { class: 5 }, means: "the service has trouble", code: "SERVICE_BUSY" },

  // What is left.
  {
    id: "denied",
    match: { statuses: [401, 403] },
    means: "the access key may not do this",
    code: "SIGN_IN_NEEDED",
    hint: "Allow s3:PutObject, s3:GetObject, s3:DeleteObject, s3:ListBucket, s3:AbortMultipartUpload and s3:ListMultipartUploadParts on S3_BUCKET to S3_ACCESS_KEY.",
  },
  {
    id: "nothing there",
    match: { statuses: [404] },
    means: "there is nothing at that address",
    code: "SERVICE_MISCONFIGURED",
    hint: CHECK_ENDPOINT,
  },
  {
    id: "argument refused",
    match: { codes: ["InvalidArgument", "InvalidRequest"] },
    means: "the service does not take the request as it is",
    code: "SERVICE_MISCONFIGURED",
    retry: { class: "retry", afterMs: MINUTE },
    escalation: ODD_ONE,
    hint: OPTIONS_OFF,
  },
  {
    id: "refused",
    match: { class: 4 },
    means: "the service refuses, in a way that photolog does not know",
    code: "SERVICE_BUSY",
    retry: { class: "retry", afterMs: HOUR },
    escalation: ODD_ONE,
    hint: "Run `photolog doctor`; if it finds nothing, update photolog or report this message.",
  },
  { id: "anything else", match: {}, means: "it went wrong in an unforeseen way", code: "INTERNAL" },
] as const satisfies readonly FailureRow[];

export type S3FailureId = (typeof S3_FAILURES)[number]["id"];

export function findS3Failure(symptom: Symptom): FailureRow {
  const rows: readonly FailureRow[] = S3_FAILURES;
  const row = rows.find((candidate) => fits(candidate.match, symptom));
  if (row === undefined) throw new Error("The last row fits everything.");
  return row;
}

function fits(match: FailureRow["match"], { status = 0, code = "", message }: Symptom): boolean {
  if (match.message !== undefined && !match.message.test(message)) return false;
  const { codes, statuses, class: statusClass } = match;
  if (codes === undefined && statuses === undefined && statusClass === undefined) return true;
  return (
    codes?.includes(code) === true || statuses?.includes(status) === true || statusClass === Math.floor(status / 100)
  );
}
