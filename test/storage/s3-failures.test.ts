import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { inspect, promisify } from "node:util";
import { ERRORS, PhotologError, type Retry } from "../../src/errors.ts";
import { openS3 } from "../../src/storage/s3.ts";
import { S3_FAILURES } from "../../src/storage/s3-failures.ts";
import { blobOf } from "../conformance/blob-store.ts";
import { S3_TROUBLES, startTroubledS3, type S3Trouble, type TroubledS3 } from "../support/s3-answers.ts";
import { optionsFor, type S3Server } from "../support/s3-server.ts";

let at: TroubledS3;
let server: S3Server;

/** Makes it happen once, through the real thing. */
async function failureOf({ answer, on = "PutObject", settings, operation }: S3Trouble): Promise<PhotologError> {
  const store = openS3(optionsFor(server, { checksums: "off", maxAttempts: 1, ...settings?.(at) }));
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
  before(async () => {
    at = await startTroubledS3();
    server = at.server;
  });
  after(() => at.close());

  for (const row of S3_FAILURES) {
    if (row.id === "this machine's limits") continue;
    const retry: Retry = "retry" in row ? row.retry : ERRORS[row.code].retry;
    it(`tells "${row.id}" by what services really answer: ${row.code}, ${retry.class}`, async () => {
      const cases = S3_TROUBLES[row.id];
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
    const tried = Object.values(S3_TROUBLES).flatMap((cases) =>
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
