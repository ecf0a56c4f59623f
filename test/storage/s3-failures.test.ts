import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:https";
import { after, before, describe, it } from "node:test";
import tls from "node:tls";
import { inspect, promisify } from "node:util";
import { ERRORS, PhotologError, type Retry } from "../../src/errors.ts";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import { S3_FAILURES, type S3FailureId } from "../../src/storage/s3-failures.ts";
import { blobOf } from "../conformance/blob-store.ts";
import { makeCertificate } from "../support/certificate.ts";
import { optionsFor, startS3Server, type FaultAnswer, type S3Operation, type S3Server } from "../support/s3-server.ts";

/** What makes a failure happen: an answer of the service to `on`, or whatever else `settings` and `operation` lead to. */
interface Case {
  readonly answer?: FaultAnswer;
  readonly on?: S3Operation;
  readonly settings?: () => Partial<S3Options>;
  readonly operation?: (store: ReturnType<typeof openS3>) => Promise<unknown>;
}

let server: S3Server;
let wrongName: S3Server;
let untrusted: S3Server;

/** Each code of each row, and the words that services really use. */
const CASES: Readonly<Record<Exclude<S3FailureId, "this machine's limits">, readonly Case[]>> = {
  "certificate for another host": [{ settings: () => ({ endpoint: wrongName.endpoint }) }],
  "certificate refused": [{ settings: () => ({ endpoint: untrusted.endpoint }) }],
  "no TLS there": [{ settings: () => ({ endpoint: server.endpoint.replace("http:", "https:") }) }],
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

/** Makes it happen once, through the real thing. */
async function failureOf({ answer, on = "PutObject", settings, operation }: Case): Promise<PhotologError> {
  const store = openS3(optionsFor(server, { checksums: "off", maxAttempts: 1, ...settings?.() }));
  if (answer !== undefined) server.fault({ when: (request) => request.operation === on, answer });
  const failing = operation?.(store) ?? store.put(blobOf("a.jpg", Buffer.from("a picture")));
  const failure: unknown = await failing.then(
    () => "nothing failed",
    (error: unknown) => error,
  );
  assert.ok(failure instanceof PhotologError, `not translated: ${String(failure)}`);
  return failure;
}

describe("the table of S3 failures", { timeout: 120_000 }, () => {
  const trustedBefore = tls.getCACertificates("default");
  before(async () => {
    const [right, other] = await Promise.all([
      makeCertificate("IP:127.0.0.1"),
      makeCertificate("DNS:elsewhere.invalid"),
    ]);
    server = await startS3Server();
    untrusted = await startS3Server({ listen: (listener) => createServer(right, listener) });
    wrongName = await startS3Server({ listen: (listener) => createServer(other, listener) });
    tls.setDefaultCACertificates([...trustedBefore, other.cert]);
  });
  after(async () => {
    tls.setDefaultCACertificates(trustedBefore);
    await Promise.all([server.close(), untrusted.close(), wrongName.close()]);
  });

  for (const row of S3_FAILURES) {
    if (row.id === "this machine's limits") continue;
    const retry: Retry = "retry" in row ? row.retry : ERRORS[row.code].retry;
    it(`tells "${row.id}" by what services really answer: ${row.code}, ${retry.class}`, async () => {
      const cases = CASES[row.id];
      assert.ok(cases?.length, "a row without a case");
      for (const each of cases) {
        const failure = await failureOf(each);
        assert.equal(failure.code, row.code, failure.message);
        assert.ok(failure.message.includes(`failed: ${row.means} (`), failure.message);
        assert.deepEqual(failure.retry, retry);
        if ("escalation" in row) {
          const { sign = "", ...escalation } = failure.escalation ?? {};
          assert.deepEqual(escalation, row.escalation);
          assert.ok(sign.startsWith(row.id));
        }
        assert.equal(failure.hint, "hint" in row ? row.hint : undefined);
      }
    });
  }

  it("has a case for each code that a row lists, apart from the network's", () => {
    const tried = Object.values(CASES).flatMap((cases) =>
      cases.map(({ answer }) => (typeof answer === "object" ? answer.code : undefined)),
    );
    const natural = [
      "AuthorizationHeaderMalformed",
      "NoSuchBucket",
      "NoSuchKey",
      "InvalidAccessKeyId",
      "SignatureDoesNotMatch",
    ];
    const settings = ["KeyTooLongError", "InvalidStorageClass", "InvalidEncryptionAlgorithmError"];
    const listed = S3_FAILURES.flatMap(({ match }): readonly string[] => ("codes" in match ? match.codes : []));
    const network = /^(E[A-Z_]+|CERT_.*|.*_CERT|UNABLE_.*|SELF_SIGNED_.*|.*_LOCALLY|DEPTH_.*|TimeoutError)$/;
    const forgotten = listed.filter(
      (code) => !network.test(code) && ![...tried, ...natural, ...settings].includes(code) && !code.startsWith("ERR_"),
    );
    assert.deepEqual(forgotten, []);
  });

  it("names the blob, the bucket, the status and the service's own words", async () => {
    const { message } = await failureOf({ answer: { status: 403, code: "AccessDenied", message: "No \u0007way" } });
    assert.equal(
      message,
      `Putting a.jpg (s3://${server.bucket}) failed: the access key may not do this (403 AccessDenied No  way).`,
    );
  });

  it("never repeats a secret or a signature, however deep one looks", async () => {
    const { accessKeyId, secretAccessKey } = server;
    const quoted = `<Message>Wrong: ${secretAccessKey} of ${accessKeyId}</Message><SignatureProvided>c0ffee</SignatureProvided>`;
    const body = `<Error><Code>SignatureDoesNotMatch</Code>${quoted}<StringToSign>AWS4-HMAC-SHA256 c0ffee</StringToSign></Error>`;
    const failure = await failureOf({ answer: { status: 403, body } });
    assert.match(failure.message, /Wrong: … of …/);
    assert.doesNotMatch(inspect(failure, { depth: 20, showHidden: true }), /not-a-real-secret|c0ffee|AWS4-HMAC/);
    const cut = await failureOf({ answer: "reset" });
    assert.doesNotMatch(inspect(cut, { depth: 20, showHidden: true }), /not-a-real-secret|Signature=|AWS4-HMAC/);
  });

  it("waits as long as the service asks, but no longer than a quarter of an hour", async () => {
    for (const [asked, afterMs] of [
      ["7", 7000],
      ["86400", 900_000],
    ] as const) {
      const failure = await failureOf({ answer: { status: 503, code: "SlowDown", headers: { "retry-after": asked } } });
      assert.deepEqual(failure.retry, { class: "retry", afterMs });
    }
  });

  it("takes two refusals that nobody knows for the same only if they say the same", async () => {
    const signs: (string | undefined)[] = [];
    for (const code of ["SomethingNew", "SomethingElse"]) {
      signs.push((await failureOf({ answer: { status: 400, code } })).escalation?.sign);
    }
    assert.deepEqual(signs, ["refused 400 SomethingNew", "refused 400 SomethingElse"]);
  });

  it("names the region where the service tells it", async () => {
    const headers = { "x-amz-bucket-region": "eu-west-3" };
    const failure = await failureOf({ answer: { status: 301, code: "PermanentRedirect", headers } });
    assert.match(failure.hint ?? "", /S3_REGION.* It is in eu-west-3\.$/);
  });

  it('tells "this machine\'s limits" when no more connections can be opened', async () => {
    // In a process of its own, which may have few files open.
    const script = `
      import { openSync } from "node:fs";
      import { openS3 } from ${JSON.stringify(import.meta.resolve("../../src/storage/s3.ts"))};
      import { blobOf } from ${JSON.stringify(import.meta.resolve("../conformance/blob-store.ts"))};
      const store = openS3(JSON.parse(process.argv[1]));
      await store.put(blobOf("warm", Buffer.from("up")));
      try { for (;;) openSync("/dev/null"); } catch {}
      const puts = ["a", "b", "c"].map((key) => store.put(blobOf(key, Buffer.from(key))));
      console.log(JSON.stringify((await Promise.allSettled(puts)).map(({ reason }) => reason?.code ?? "kept")));
      process.exit();`;
    const argv = [
      "-c",
      'ulimit -n 64; exec "$@"',
      "sh",
      process.execPath,
      "--input-type=module",
      "-e",
      script,
      JSON.stringify(optionsFor(server, { maxAttempts: 1 })),
    ];
    const { stdout } = await promisify(execFile)("sh", argv);
    const outcomes = JSON.parse(stdout) as string[];
    assert.deepEqual([...new Set(outcomes)].sort(), ["LOCAL_FAULT", "kept"], "one connection was open already");
  });
});
