/** How a blob gets into a bucket, and what it takes for `put` to call it kept. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import { blobOf, sha256Of, withCode } from "../conformance/blob-store.ts";
import { startFlippingProxy } from "../support/flipping-proxy.ts";
import {
  optionsFor,
  startS3Server,
  type FaultAnswer,
  type S3Operation,
  type S3Server,
  type S3ServerOptions,
} from "../support/s3-server.ts";

const MIB = 1024 * 1024;

describe("a blob on its way into S3", { timeout: 120_000 }, () => {
  let server: S3Server;
  let store: BlobStore;
  let folder: string;

  async function start(options: S3ServerOptions, settings: Partial<S3Options> = {}): Promise<void> {
    await server?.close();
    server = await startS3Server(options);
    store = openS3(optionsFor(server, settings));
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "photolog-s3-"));
    await start({});
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  function operations(): S3Operation[] {
    return server.requests.map(({ operation }) => operation);
  }

  function faultOn(operation: S3Operation, answer: FaultAnswer, times = 1): void {
    server.fault({ when: (request) => request.operation === operation, answer, times });
  }

  it("that is there already is not sent again", async () => {
    for (const size of [MIB + 1, 9 * MIB]) {
      const blob = blobOf(`again/${size}`, randomBytes(size));
      await store.put(blob);
      server.requests.length = 0;
      await store.put(blob);
      assert.deepEqual(operations(), ["HeadObject"]);
    }
  });

  it("that is there with other bytes of the same size is replaced", async () => {
    await store.put(blobOf("other", randomBytes(2 * MIB)));
    const blob = blobOf("other", randomBytes(2 * MIB));
    await store.put(blob);
    assert.equal(sha256Of(server.objects.get("other")?.bytes ?? Buffer.alloc(0)), blob.sha256);
  });

  for (const [operation, size] of [
    ["PutObject", 1000],
    ["CreateMultipartUpload", 9 * MIB],
    ["UploadPart", 9 * MIB],
    ["HeadObject", 1000],
  ] as const) {
    it(`is not taken for kept when a sign-in page answers ${operation}`, async () => {
      faultOn(operation, "html-200", 5);
      await assert.rejects(store.put(blobOf("portal", randomBytes(size))), withCode("OUTCOME_UNKNOWN"));
      assert.equal(server.pendingUploads, 0);
    });
  }

  it("is not taken for kept when a sign-in page answers CompleteMultipartUpload", async () => {
    faultOn("CompleteMultipartUpload", "html-200");
    await assert.rejects(store.put(blobOf("portal", randomBytes(9 * MIB))), withCode("NOT_PROVEN"));
  });

  for (const [operation, size] of [
    ["PutObject", 1000],
    ["UploadPart", 9 * MIB],
  ] as const) {
    it(`is not proven where ${operation} stored one flipped bit`, async () => {
      faultOn(operation, "corrupt");
      await assert.rejects(store.put(blobOf("flipped", randomBytes(size))), withCode("NOT_PROVEN"));
      assert.ok(operations().includes("GetObject"), "the ETag was not doubted");
    });
  }

  it("is not proven where half of it was stored, by a service whose ETags tell nothing", async () => {
    await start({ etags: "opaque" });
    faultOn("PutObject", "truncate");
    await assert.rejects(store.put(blobOf("half", randomBytes(1000))), withCode("NOT_PROVEN"));
    server.fault({
      when: ({ operation, query }) => operation === "UploadPart" && query.get("partNumber") === "2",
      answer: "truncate",
    });
    await assert.rejects(store.put(blobOf("half", randomBytes(9 * MIB))), withCode("NOT_PROVEN"));
    assert.equal(server.objects.get("half")?.bytes.length, 8.5 * MIB);
  });

  it("that was damaged when it was stored is sent again, whatever the service says of it", async () => {
    for (const [operation, size] of [
      ["PutObject", 2 * MIB],
      ["UploadPart", 20 * MIB],
    ] as const) {
      faultOn(operation, "corrupt");
      const blob = blobOf("damaged", randomBytes(size));
      await assert.rejects(store.put(blob), withCode("NOT_PROVEN"));
      await store.put(blob);
      assert.equal(sha256Of(server.objects.get("damaged")?.bytes ?? Buffer.alloc(0)), blob.sha256);
    }
  });

  it("is not proven where the service took it and forgot it", async () => {
    for (const [operation, size] of [
      ["PutObject", 1000],
      ["CompleteMultipartUpload", 9 * MIB],
    ] as const) {
      faultOn(operation, "forget");
      await assert.rejects(store.put(blobOf("forgotten", randomBytes(size))), withCode("NOT_PROVEN"));
    }
  });

  it("is read back only where an ETag looks like an MD5 and is not the one we expect", async () => {
    for (const [options, settings, readings] of [
      [{ etags: "md5" }, {}, 0],
      [{ etags: "opaque" }, {}, 0],
      [{ etags: "lookalike" }, {}, 1],
      [{ etags: "md5" }, { sse: "aws:kms" }, 0],
    ] as const) {
      for (const size of [1000, 9 * MIB]) {
        await start(options, settings);
        const bytes = randomBytes(size);
        const { md5 } = await store.put(blobOf("a", bytes));
        const isCompared = size === 1000 && options.etags === "md5" && !("sse" in settings);
        assert.equal(md5, isCompared ? createHash("md5").update(bytes).digest("hex") : undefined);
        const found = operations().filter((operation) => operation === "GetObject").length;
        assert.equal(found, readings, JSON.stringify({ options, settings, size }));
      }
    }
  });

  it("is proven by the SHA-256 that the service tells, whatever its ETags look like, where checksums are wanted", async () => {
    await start({ etags: "lookalike" }, { checksums: "on" });
    for (const size of [1000, 2 * MIB]) {
      const blob = blobOf(`told/${size}`, randomBytes(size));
      await store.put(blob);
      await store.put(blob);
      assert.equal(sha256Of(server.objects.get(blob.key)?.bytes ?? Buffer.alloc(0)), blob.sha256);
    }
    const sent = operations();
    assert.equal(sent.includes("GetObject"), false);
    assert.equal(
      sent.filter((operation) => operation === "PutObject").length,
      4,
      "the small one three times, of which once with a wrong signature; the large one was found to be there",
    );
  });

  it("is read back where the service tells another SHA-256, and not called proven", async () => {
    await start({}, { checksums: "on" });
    const blob = blobOf("other", randomBytes(2 * MIB));
    await store.put(blob);
    const stored = server.objects.get("other") ?? assert.fail();
    const bytes = randomBytes(2 * MIB);
    const checksums = { "x-amz-checksum-sha256": Buffer.from(sha256Of(bytes), "hex").toString("base64") };
    server.objects.set("other", { ...stored, bytes, checksums, etag: '"0123456789abcdef0123456789abcdef"' });
    server.requests.length = 0;
    await store.put(blob);
    assert.deepEqual(operations(), ["HeadObject", "PutObject", "HeadObject"], "sent again");
  });

  it("has its own bytes, however many are sent, at once and after failures", async () => {
    await start({ trustsBodies: true });
    await meet();
    for (let round = 0; round < 3; round++) {
      const blobs = Array.from({ length: 12 }, (_, index) =>
        blobOf(`own/${round}-${index}`, randomBytes(1 + ((index * 997_331) % (7 * MIB)))),
      );
      faultOn("PutObject", "corrupt", 3);
      const outcomes = await Promise.allSettled(blobs.map((blob) => store.put(blob)));
      assert.equal(outcomes.filter(({ status }) => status === "rejected").length, 3);
      for (const [index, blob] of blobs.entries()) {
        const isRight = sha256Of(server.objects.get(blob.key)?.bytes ?? Buffer.alloc(0)) === blob.sha256;
        assert.equal(isRight, outcomes[index]?.status === "fulfilled");
      }
    }
  });

  /** Puts two small blobs, of which the second one is used to see whether the service looks. */
  async function meet(): Promise<void> {
    await store.put(blobOf("first", Buffer.from("first")));
    await store.put(blobOf("second", Buffer.from("second")));
    const [first, ...more] = server.requests.map(({ operation, status }) => `${operation} ${status}`);
    const looked = server.requests.length === 5 ? more[1] : assert.fail(more.join());
    assert.deepEqual(
      [first, ...more],
      ["PutObject 200", "HeadObject 200", looked, "PutObject 200", "HeadObject 200"],
      "one trial, after one blob was kept",
    );
    assert.equal(server.objects.get("second")?.bytes.toString(), "second");
    server.requests.length = 0;
  }

  it("is hashed by the service alone, once that has refused other bytes", async () => {
    await meet();
    const bytes = randomBytes(300_000);
    const { md5 } = await store.put(blobOf("third", bytes));
    assert.deepEqual(operations(), ["PutObject", "HeadObject"], "no second trial");
    assert.equal(md5, createHash("md5").update(bytes).digest("hex"), "as the ETag has it");
  });

  it("is not taken by a service that looks at it where the file has changed since, whatever the answer says", async () => {
    await meet();
    const path = join(folder, "changed");
    const blob = { ...blobOf("changed", randomBytes(1000)), source: { path } };
    await writeFile(path, randomBytes(1000));
    await assert.rejects(store.put(blob), withCode("ORIGINAL_CHANGED"));
    assert.deepEqual(
      server.requests.map(({ status }) => status),
      [400],
    );
    faultOn("PutObject", { status: 403, code: "SignatureDoesNotMatch" });
    await assert.rejects(store.put(blob), withCode("ORIGINAL_CHANGED"));
    assert.equal(server.objects.has("changed"), false);
    await writeFile(path, randomBytes(999));
    await assert.rejects(store.put(blob), withCode("ORIGINAL_CHANGED"));
  });

  it("is hashed here and compared with its ETag, where the service does not look at what it takes", async () => {
    await start({ trustsBodies: true });
    await meet();
    const path = join(folder, "changed");
    await writeFile(path, randomBytes(1000));
    const changed = { ...blobOf("changed", randomBytes(1000)), source: { path } };
    await assert.rejects(store.put(changed), withCode("ORIGINAL_CHANGED"));
    assert.deepEqual(operations(), [], "nothing of it was sent");
    faultOn("PutObject", "corrupt");
    await assert.rejects(store.put(blobOf("flipped", randomBytes(1000))), withCode("NOT_PROVEN"));
    const bytes = randomBytes(1000);
    const { md5 } = await store.put(blobOf("good", bytes));
    assert.equal(md5, createHash("md5").update(bytes).digest("hex"));
  });

  it("is hashed here and compared with its ETag, where it could not be found out whether the service looks", async () => {
    await store.put(blobOf("first", Buffer.from("first")));
    faultOn("PutObject", { status: 501, code: "NotImplemented" });
    await store.put(blobOf("second", Buffer.from("second")));
    faultOn("PutObject", "corrupt");
    await assert.rejects(store.put(blobOf("flipped", randomBytes(1000))), withCode("NOT_PROVEN"));
  });

  it("is let go of while the service is tried", async () => {
    await store.put(blobOf("first", Buffer.from("first")));
    faultOn("PutObject", "hang");
    const stop = new AbortController();
    const reason = new Error("enough");
    const arrived = server.arrival(({ key }) => key === "second");
    const put = store.put(blobOf("second", Buffer.from("second")), stop.signal);
    await arrived;
    stop.abort(reason);
    await assert.rejects(put, reason);
    assert.equal(server.objects.has("second"), false);
  });

  it("is not read back, and has no MD5, where the service looks at it and its ETags only look like one", async () => {
    await start({ etags: "lookalike" });
    await store.put(blobOf("first", Buffer.from("first")));
    await store.put(blobOf("second", Buffer.from("second")));
    server.requests.length = 0;
    assert.deepEqual(await store.put(blobOf("third", randomBytes(1000))), {});
    assert.deepEqual(operations(), ["PutObject", "HeadObject"]);
  });

  it("with a bit flipped on the way is refused by a service that looks, and nothing is said against the file", async () => {
    const proxy = await startFlippingProxy(server.endpoint);
    store = openS3({ ...optionsFor(server), endpoint: proxy.endpoint });
    await meet();
    await assert.rejects(store.put(blobOf("flipped", randomBytes(100_000))), withCode("NOT_PROVEN"));
    assert.equal(server.objects.has("flipped"), false);
    await proxy.close();
  });

  it("with a bit flipped on the way is refused", async () => {
    const proxy = await startFlippingProxy(server.endpoint);
    store = openS3({ ...optionsFor(server), endpoint: proxy.endpoint });
    for (const size of [100_000, 9 * MIB]) {
      await assert.rejects(store.put(blobOf("flipped", randomBytes(size))), withCode("NOT_PROVEN"));
    }
    assert.equal(server.objects.size, 0);
    assert.equal(server.pendingUploads, 0);
    await proxy.close();
  });

  for (const [operation, size] of [
    ["PutObject", 1000],
    ["UploadPart", 9 * MIB],
    ["CompleteMultipartUpload", 9 * MIB],
  ] as const) {
    it(`survives the loss of the answer to ${operation}`, async () => {
      faultOn(operation, "reset-after-commit");
      const blob = blobOf("lost", randomBytes(size));
      await store.put(blob);
      assert.equal((await store.stat("lost"))?.sha256, blob.sha256);
      assert.equal(
        operations().filter((each) => each === "CreateMultipartUpload").length,
        size > MIB ? 1 : 0,
        "sent twice",
      );
      assert.equal(server.pendingUploads, 0);
    });
  }

  it("counts as kept where all answers to the last request are lost, if the service then says that it holds it", async () => {
    faultOn("CompleteMultipartUpload", "reset-after-commit");
    faultOn("CompleteMultipartUpload", "reset", 10);
    await store.put(blobOf("lost", randomBytes(9 * MIB)));
    assert.ok(server.objects.has("lost"));
  });

  it("counts as kept where it is locked and the same already", async () => {
    const blob = blobOf("locked", randomBytes(1000));
    await store.put(blob);
    faultOn("PutObject", { status: 403, code: "AccessDenied", message: "Object is WORM protected" }, 3);
    await store.put(blob);
    await assert.rejects(store.put(blobOf("locked", randomBytes(1000))), withCode("PHOTO_REFUSED"));
  });

  it("is sent without asking first, and not called proven, by a key that may write but not read", async () => {
    faultOn("HeadObject", { status: 403 }, 2);
    await assert.rejects(store.put(blobOf("blind", randomBytes(2 * MIB))), withCode("SERVICE_MISCONFIGURED"));
    assert.deepEqual(operations(), ["HeadObject", "PutObject", "HeadObject"]);
    faultOn("HeadObject", { status: 403 });
    assert.equal(await store.stat("blind"), undefined);
  });

  it("tells the reason of a refusal, though a HEAD that is refused first cannot", async () => {
    await start({}, { region: "us-east-1" });
    await assert.rejects(store.put(blobOf("a", randomBytes(2 * MIB))), (error) => {
      return withCode("SERVICE_MISCONFIGURED")(error) && /AuthorizationHeaderMalformed/.test(String(error));
    });
  });

  it("whose part is refused leaves nothing visible and no parts, and keeps the reason", async () => {
    await start({}, { maxAttempts: 1 });
    server.fault({
      when: ({ operation, query }) => operation === "UploadPart" && query.get("partNumber") === "2",
      answer: { status: 500, code: "InternalError" },
    });
    faultOn("AbortMultipartUpload", { status: 403, code: "AccessDenied" });
    await assert.rejects(store.put(blobOf("parts", randomBytes(20 * MIB))), withCode("SERVICE_BUSY"));
    assert.equal(server.objects.size, 0);
    await assert.rejects(async () => {
      faultOn("UploadPart", { status: 500, code: "InternalError" });
      await store.put(blobOf("parts", randomBytes(20 * MIB)));
    }, withCode("SERVICE_BUSY"));
    assert.equal(server.pendingUploads, 1, "the first, which the service would not abort");
  });

  it("leaves nothing behind if it is let go of while it is begun", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    void server.arrival(({ operation }) => operation === "CreateMultipartUpload").then(() => stop.abort(reason));
    await assert.rejects(store.put(blobOf("a", randomBytes(20 * MIB)), stop.signal), (error) => error === reason);
    assert.ok(operations().includes("AbortMultipartUpload"));
    assert.equal(server.pendingUploads, 0);
  });

  for (const [operation, size] of [
    ["PutObject", 1000],
    ["CreateMultipartUpload", 20 * MIB],
    ["UploadPart", 20 * MIB],
    ["CompleteMultipartUpload", 20 * MIB],
    ["HeadObject", 20 * MIB],
  ] as const) {
    it(`is let go of during ${operation}: nothing visible, no parts, no request still under way`, async () => {
      faultOn(operation, "hang");
      const stop = new AbortController();
      const reason = new Error("enough");
      const met = server.arrival((request) => request.operation === operation);
      const path = join(folder, "photo.jpg");
      const bytes = randomBytes(size);
      await writeFile(path, bytes);
      const putting = store.put({ ...blobOf("a", bytes), source: { path } }, stop.signal);
      void met.then(() => stop.abort(reason));
      await assert.rejects(putting, (error) => error === reason);
      const settled = server.requests.length;
      assert.equal(server.objects.size, 0);
      assert.equal(server.pendingUploads, 0);
      await store.put(blobOf("b", Buffer.from("b")));
      assert.deepEqual(operations().slice(settled), ["PutObject", "HeadObject"]);
    });
  }
});
