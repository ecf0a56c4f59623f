/** What services answer in trouble, and what else goes wrong on the way to them: an example or more of each row of the failure table. */
import { createServer } from "node:https";
import tls from "node:tls";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import type { S3FailureId } from "../../src/storage/s3-failures.ts";
import type { S3Options } from "../../src/storage/s3.ts";
import { makeCertificate } from "./certificate.ts";
import { startS3Server, type FaultAnswer, type S3Operation, type S3Server } from "./s3-server.ts";

/** The same service, with nothing wrong about it, and behind certificates that nobody should accept. */
export interface TroubledS3 {
  readonly server: S3Server;
  /** Has the certificate of another host. */
  readonly wrongName: S3Server;
  /** Has a certificate that nobody vouches for. */
  readonly untrusted: S3Server;
  close(): Promise<void>;
}

/** What makes a failure happen: an answer of the service to `on`, or whatever else `settings` and `operation` lead to. */
export interface S3Trouble {
  readonly answer?: FaultAnswer;
  /** `PutObject` unless it is another one. */
  readonly on?: S3Operation;
  readonly settings?: (at: TroubledS3) => Partial<S3Options>;
  /** A put unless it is another one. */
  readonly operation?: (store: BlobStore) => Promise<unknown>;
}

export async function startTroubledS3(): Promise<TroubledS3> {
  const trustedBefore = tls.getCACertificates("default");
  const [right, other] = await Promise.all([makeCertificate("IP:127.0.0.1"), makeCertificate("DNS:elsewhere.invalid")]);
  const server = await startS3Server();
  const untrusted = await startS3Server({ listen: (listener) => createServer(right, listener) });
  const wrongName = await startS3Server({ listen: (listener) => createServer(other, listener) });
  tls.setDefaultCACertificates([...trustedBefore, other.cert]);
  return {
    server,
    wrongName,
    untrusted,
    async close() {
      tls.setDefaultCACertificates(trustedBefore);
      await Promise.all([server.close(), untrusted.close(), wrongName.close()]);
    },
  };
}

/** Each code of each row, and the words that services really use. */
export const S3_TROUBLES: Readonly<Record<Exclude<S3FailureId, "this machine's limits">, readonly S3Trouble[]>> = {
  "certificate for another host": [{ settings: ({ wrongName }) => ({ endpoint: wrongName.endpoint }) }],
  "certificate refused": [{ settings: ({ untrusted }) => ({ endpoint: untrusted.endpoint }) }],
  "no TLS there": [{ settings: ({ server }) => ({ endpoint: server.endpoint.replace("http:", "https:") }) }],
  "name unknown": [{ settings: () => ({ endpoint: "http://photolog.invalid" }) }],
  unreachable: [{ answer: "reset" }, { settings: () => ({ endpoint: "http://127.0.0.1:1" }) }],
  "answer unreadable": [
    {
      on: "ListObjectsV2",
      answer: { status: 200, body: "Welcome << to Hotel WiFi" },
      operation: (store) => store.list("")[Symbol.asyncIterator]().next(),
    },
  ],
  "sent to a web page": [{ answer: { status: 302, headers: { location: "http://portal.invalid/" } } }],
  "proxy wants a password": [{ answer: { status: 407 } }],
  "network wants a sign-in": [{ answer: { status: 511 } }],
  "other region": [
    { settings: () => ({ region: "us-east-1" }) },
    ...["PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"].map((code) => ({
      answer: { status: code.startsWith("P") ? 301 : 400, code },
    })),
    { answer: { status: 307 } },
  ],
  "no such bucket": [
    { settings: () => ({ bucket: "no-such-bucket" }) },
    { answer: { status: 400, code: "InvalidBucketName" } },
  ],
  "no such blob": [{ operation: (store) => store.get("nothing/here") }],
  clock: [
    { answer: { status: 403, code: "RequestTimeTooSkewed" } },
    { answer: { status: 403, code: "RequestExpired" } },
  ],
  "keys refused": [
    { settings: () => ({ secretAccessKey: "not-the-secret" }) },
    { settings: () => ({ accessKeyId: "nobody" }) },
    { answer: { status: 400, code: "ExpiredToken" } },
    { answer: { status: 400, code: "InvalidToken" } },
  ],
  account: ["AllAccessDisabled", "AccountProblem", "UserSuspended", "NotSignedUp"].map((code) => ({
    answer: { status: 403, code },
  })),
  "storage full": [
    { answer: { status: 403, code: "QuotaExceeded" } },
    { answer: { status: 507, code: "XMinioStorageFull" } },
    { answer: { status: 400, code: "XMinioAdminBucketQuotaExceeded" } },
    { answer: { status: 403, code: "StorageLimitExceeded" } },
    { answer: { status: 400, code: "InsufficientStorage" } },
    { answer: { status: 507 } },
  ],
  capped: [
    {
      answer: {
        status: 403,
        code: "AccessDenied",
        message: "Cannot upload files, storage cap exceeded. See the Caps & Alerts page",
      },
    },
    { answer: { status: 403, code: "AccessDenied", message: "Bucket quota exceeded" } },
  ],
  "locked or frozen": [
    { on: "GetObject", answer: { status: 403, code: "InvalidObjectState" }, operation: (store) => store.get("frozen") },
    { answer: { status: 400, code: "ObjectLocked" } },
  ],
  "locked, in words": [
    { answer: { status: 403, code: "AccessDenied", message: "Object is WORM protected and cannot be overwritten" } },
    { answer: { status: 400, code: "InvalidRequest", message: "Object is under a legal hold" } },
  ],
  "name refused": [
    { settings: () => ({ prefix: "long/".repeat(250) }) },
    ...["KeyTooLong", "InvalidObjectName", "InvalidURI", "MetadataTooLarge", "InvalidTag"].map((code) => ({
      answer: { status: 400, code },
    })),
  ],
  "too large": [{ answer: { status: 400, code: "EntityTooLarge" } }, { answer: { status: 413 } }],
  "cut short": ["RequestTimeout", "IncompleteBody"].map((code) => ({ answer: { status: 400, code } })),
  "try later": [{ answer: { status: 408 } }, { answer: { status: 425 } }],
  "damaged on the way": ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"].map(
    (code) => ({
      answer: { status: 400, code, message: "The checksum did not match." },
    }),
  ),
  "parts apart": ["EntityTooSmall", "InvalidPartOrder", "MalformedXML"].map((code) => ({
    answer: { status: 400, code },
  })),
  "upload gone": [{ answer: { status: 400, code: "InvalidPart" } }, { answer: { status: 404, code: "NoSuchUpload" } }],
  "storage class": [{ settings: () => ({ storageClass: "ATTIC" }) }],
  "storage class, in words": [{ answer: { status: 400, code: "InvalidArgument", message: "Unknown storage class" } }],
  encryption: [
    { settings: () => ({ sse: "rot13" }) },
    { answer: { status: 400, code: "KMS.NotFoundException" } },
    { answer: { status: 400, code: "KMS.DisabledException" } },
  ],
  "encryption, in words": [
    {
      answer: {
        status: 501,
        code: "NotImplemented",
        message: "Server side encryption specified but KMS is not configured",
      },
    },
    { answer: { status: 403, code: "AccessDenied", message: "not authorized to perform: kms:GenerateDataKey" } },
  ],
  "checksums, in words": [
    {
      answer: {
        status: 400,
        code: "InvalidArgument",
        message: "Unsupported header 'x-amz-sdk-checksum-algorithm' received for this API call.",
      },
    },
    {
      answer: {
        status: 501,
        code: "NotImplemented",
        message: "Header 'x-amz-checksum-crc32' with value 'x' not implemented",
      },
    },
    { answer: { status: 501, code: "NotImplemented", message: "Transfer encoding aws-chunked is not supported" } },
  ],
  precondition: [{ answer: { status: 412, code: "PreconditionFailed" } }],
  "not implemented": [
    { answer: { status: 501, code: "NotImplemented" } },
    { answer: { status: 400, code: "ExcessHeaderValues" } },
    { answer: { status: 411, code: "MissingContentLength" } },
    { answer: { status: 501 } },
  ],
  "not allowed here": [{ answer: { status: 405, code: "MethodNotAllowed" } }],
  "in the way of another": [
    { answer: { status: 409, code: "OperationAborted" } },
    { answer: { status: 409, code: "ConditionalRequestConflict" } },
  ],
  "slow down": [
    { answer: { status: 503, code: "SlowDown" } },
    { answer: { status: 429, code: "TooManyRequests" } },
    { answer: { status: 503, code: "ServiceUnavailable" } },
    { answer: { status: 500, code: "Busy" } },
    { answer: { status: 429 } },
    { answer: { status: 503 } },
  ],
  "trouble there": [
    { answer: { status: 500, code: "InternalError" } },
    { answer: { status: 502 } },
    { answer: { status: 504 } },
  ],
  denied: [{ answer: { status: 403, code: "AccessDenied", message: "Access Denied" } }, { answer: { status: 401 } }],
  "nothing there": [{ answer: { status: 404 } }],
  "argument refused": [
    { answer: { status: 400, code: "InvalidArgument" } },
    { answer: { status: 400, code: "InvalidRequest", message: "Something about it" } },
  ],
  refused: [
    { answer: { status: 400, code: "SomethingNew", message: "Never seen before" } },
    { answer: { status: 418 } },
  ],
  "anything else": [{ settings: () => ({ region: "" }) }],
};
