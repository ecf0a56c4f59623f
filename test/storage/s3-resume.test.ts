/** Large blobs whose way into S3 is cut off, and how the next put of each goes on. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase, type Database } from "../../src/database.ts";
import type { Blob, BlobStore } from "../../src/storage/blob-store.ts";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import { blobOf, withCode } from "../conformance/blob-store.ts";
import { stoppedClock } from "../support/clock.ts";
import {
  optionsFor,
  startS3Server,
  type FaultAnswer,
  type S3Operation,
  type S3Server,
  type S3ServerOptions,
} from "../support/s3-server.ts";
import type { PendingUpload } from "../support/s3-uploads.ts";
import { temporaryFolder } from "../support/temporary.ts";

const MIB = 1024 * 1024;
const DAY = 24 * 60 * 60_000;
/** Two parts, and a third of seven bytes. */
const SIZE = 16 * MIB + 7;
const PARTS = 3;
/** Where a put is cut off there: when the last part is sent, those before have arrived. */
const HELD = 2;
const KEY = "originals/2026/11/25/film.mp4";
const BYTES = randomBytes(SIZE);

describe("a large blob on its way into S3", { timeout: 120_000 }, () => {
  const clock = stoppedClock();
  let folder: string;
  let film: Blob & { source: { path: string } };
  let server: S3Server;
  let database: Database;
  let settings: Partial<S3Options>;
  let store: BlobStore;

  before(async () => {
    folder = await temporaryFolder();
    const path = join(folder, "film.mp4");
    await writeFile(path, BYTES);
    film = { ...blobOf(KEY, BYTES), contentType: "video/mp4", source: { path } };
  });

  beforeEach(() => start({ mostKeys: 1 }));
  afterEach(async () => {
    database.close();
    await server.close();
    await rm(databaseFile());
  });

  const databaseFile = (): string => join(folder, "photolog.db");

  async function start(options: S3ServerOptions, more: Partial<S3Options> = {}): Promise<void> {
    await server?.close();
    server = await startS3Server(options);
    settings = { maxAttempts: 1, ...more };
    reopen();
  }

  /** As after a crash: nothing is known but what is in the database's file. */
  function reopen(): void {
    database?.close();
    database = openDatabase(databaseFile());
    store = openS3(optionsFor(server, settings), { notes: notes(), now: clock.now, from: 8 * MIB });
  }

  const notes = () => new Catalog(database, clock.now).notes("archive");
  const noted = async (): Promise<number> => (await notes().list()).size;

  function faultOn(operation: S3Operation, answer: FaultAnswer, part?: number): void {
    const isMet = (query: URLSearchParams): boolean => part === undefined || query.get("partNumber") === String(part);
    server.fault({ when: (request) => request.operation === operation && isMet(request.query), answer });
  }

  /** How often each operation was asked for since the last time. */
  function asked(): Partial<Record<S3Operation, number>> {
    const counts: Partial<Record<S3Operation, number>> = {};
    for (const { operation } of server.requests.splice(0)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  function pending(): PendingUpload {
    const [upload] = server.uploads.values();
    return upload ?? assert.fail("There is no unfinished upload.");
  }

  /** Cuts a put off at the last part. */
  async function cutOff(blob: Blob = film): Promise<void> {
    faultOn("UploadPart", "reset", PARTS);
    await assert.rejects(store.put(blob), withCode("SERVICE_UNREACHABLE"));
    assert.equal(pending().parts.size, HELD);
    asked();
    reopen();
  }

  /** The service has the blob and nothing else, and nobody remembers how it came there. */
  async function isKept(bytes = BYTES, { sha256 }: Blob = film): Promise<void> {
    assert.deepEqual([...server.objects.keys()], [KEY]);
    const kept = server.objects.get(KEY);
    assert.ok(kept?.bytes.equals(bytes), "other bytes");
    assert.equal(kept?.headers["x-amz-meta-sha256"], sha256);
    assert.equal(server.pendingUploads, 0);
    assert.equal(await noted(), 0);
  }

  const missing = (count: number) => ({ ...(count > 0 && { UploadPart: count }), CompleteMultipartUpload: 1 });
  const anew = { CreateMultipartUpload: 1, ...missing(PARTS) };
  /** What `asked` tells of sending, whatever was asked on the way. */
  function sent(): Partial<Record<S3Operation, number>> {
    const { HeadObject: _, ListParts: __, AbortMultipartUpload: ___, ...sending } = asked();
    return sending;
  }

  it("is noted before its first part leaves, and asked for no more when it is there", async () => {
    const first = server.arrival(({ operation }) => operation === "UploadPart").then(noted);
    await store.put(film);
    assert.equal(await first, 1);
    assert.deepEqual(asked(), {
      HeadObject: 2,
      CreateMultipartUpload: 1,
      UploadPart: PARTS,
      CompleteMultipartUpload: 1,
    });
    await isKept();
    await store.put(film);
    assert.deepEqual(asked(), { HeadObject: 1 });
  });

  it("that was cut off goes on after a crash: only what is missing is sent, and the whole is proven", async () => {
    await cutOff();
    const [id] = server.uploads.keys();
    await store.put(film);
    const { ListParts: pages, ...rest } = asked();
    assert.deepEqual(rest, { HeadObject: 2, ...missing(PARTS - HELD) });
    assert.equal(pages, 2, "the service tells one part at a time");
    assert.notEqual(id, undefined);
    await isKept();
  });

  it("that comes from memory goes on as well", async () => {
    const blob = { ...film, source: { bytes: BYTES } };
    await cutOff(blob);
    await store.put(blob);
    assert.deepEqual(sent(), missing(PARTS - HELD));
    await isKept();
  });

  it("keeps its parts when photolog is told to stop, and no request is under way any more", async () => {
    const met = [2, 3].map((part) => {
      faultOn("UploadPart", "hang", part);
      return server.arrival(({ query }) => query.get("partNumber") === String(part));
    });
    const stop = new AbortController();
    const reason = new Error("enough");
    const putting = store.put(film, stop.signal);
    void Promise.all(met).then(() => stop.abort(reason));
    await assert.rejects(putting, (error) => error === reason);
    const requests = server.requests.length;
    await store.put(blobOf("small", Buffer.from("small")));
    assert.deepEqual(
      server.requests.slice(requests).map(({ operation }) => operation),
      ["PutObject", "HeadObject"],
    );
    assert.equal(pending().parts.size, 1);
    await store.delete("small");
    asked();
    reopen();
    await store.put(film);
    assert.deepEqual(sent(), missing(PARTS - 1));
    await isKept();
  });

  it("is noted even if photolog is told to stop while it is begun", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    void server.arrival(({ operation }) => operation === "CreateMultipartUpload").then(() => stop.abort(reason));
    await assert.rejects(store.put(film, stop.signal), (error) => error === reason);
    assert.deepEqual([server.pendingUploads, await noted()], [1, 1]);
    asked();
    reopen();
    await store.put(film);
    assert.deepEqual(sent(), missing(PARTS));
    await isKept();
  });

  it("sends no part twice whose answer was lost", async () => {
    faultOn("UploadPart", "reset-after-commit", PARTS);
    await assert.rejects(store.put(film), withCode("SERVICE_UNREACHABLE"));
    assert.equal(pending().parts.size, PARTS);
    asked();
    reopen();
    await store.put(film);
    assert.deepEqual(sent(), missing(0));
    await isKept();
  });

  it("is there although the last answer was lost, and what is completed is not aborted", async () => {
    faultOn("CompleteMultipartUpload", "reset-after-commit");
    await store.put(film);
    assert.deepEqual(asked(), { HeadObject: 2, ListParts: 1, ...anew });
    await isKept();
  });

  it("is there although the last answer was lost and photolog died of it", async () => {
    settings = { maxAttempts: 2 };
    reopen();
    faultOn("CompleteMultipartUpload", "reset-after-commit");
    // The second try is answered that there is no such upload; then nobody may look.
    server.fault({
      when: ({ operation }) => operation === "HeadObject" && server.objects.size > 0,
      answer: "reset",
      times: 9,
    });
    await assert.rejects(store.put(film), withCode("OUTCOME_UNKNOWN"));
    server.clearFaults();
    asked();
    reopen();
    await store.put(film);
    assert.deepEqual(asked(), { HeadObject: 1 });
    await isKept();
  });

  it("is completed by the next put where a sign-in page answered to the last request", async () => {
    faultOn("CompleteMultipartUpload", "html-200");
    await assert.rejects(store.put(film), withCode("NOT_PROVEN"));
    asked();
    reopen();
    faultOn("ListParts", "html-200");
    await assert.rejects(store.put(film), withCode("OUTCOME_UNKNOWN"));
    await store.put(film);
    assert.deepEqual(sent(), missing(0));
    await isKept();
  });

  it("is sent again where the service lost parts or holds others", async () => {
    await cutOff();
    const { parts } = pending();
    parts.delete(1);
    const second = parts.get(2) ?? assert.fail();
    parts.set(2, { ...second, bytes: Buffer.alloc(8 * MIB), etag: `"${"0".repeat(32)}"` });
    await cutOff();
    const again = pending().parts.get(1) ?? assert.fail();
    pending().parts.set(1, { ...again, bytes: again.bytes.subarray(1) });
    await store.put(film);
    assert.deepEqual(sent(), missing(PARTS - HELD + 1));
    await isKept();
  });

  it("begins anew where the service has forgotten the upload", async () => {
    await cutOff();
    server.uploads.clear();
    await store.put(film);
    assert.deepEqual(sent(), anew);
    await isKept();
  });

  for (const status of [403, 405]) {
    it(`begins anew where the service does not list parts (${status}), and gives the old ones back`, async () => {
      await cutOff();
      server.fault({ when: ({ operation }) => operation === "ListParts", answer: { status }, times: 9 });
      await store.put(film);
      assert.deepEqual(sent(), anew);
      await isKept();
    });
  }

  it("begins anew where the notes are gone", async () => {
    await cutOff();
    for (const name of (await notes().list()).keys()) await notes().delete(name);
    await store.put(film);
    assert.deepEqual(sent(), anew);
    assert.ok(server.objects.get(KEY)?.bytes.equals(BYTES));
    assert.equal(server.pendingUploads, 1, "nobody knows of the first one any more");
  });

  it("begins anew where it is to be kept otherwise than it was begun, and gives the old parts back", async () => {
    await cutOff();
    settings = { ...settings, storageClass: "STANDARD_IA" };
    reopen();
    await store.put(film);
    assert.deepEqual(sent(), anew);
    assert.equal(server.objects.get(KEY)?.headers["x-amz-storage-class"], "STANDARD_IA");
    await isKept();
  });

  it("begins anew where its parts do not come together", async () => {
    for (const code of ["InvalidPart", "EntityTooSmall"]) {
      await cutOff();
      faultOn("CompleteMultipartUpload", { status: 400, code });
      await assert.rejects(store.put(film));
      assert.equal(server.pendingUploads, 0);
      assert.equal(await noted(), 0);
    }
  });

  it("that is another file by now is refused, and its parts are given back", async () => {
    await cutOff();
    const path = join(folder, "changed.mp4");
    await writeFile(path, BYTES);
    const file = await open(path, "r+");
    await file.write(Buffer.from([(BYTES[0] ?? 0) ^ 1]), 0, 1, 0);
    await file.close();
    for (const blob of [
      { ...film, source: { path } },
      { ...film, source: { path: join(folder, "gone.mp4") } },
    ]) {
      const code = blob.source.path === path ? "ORIGINAL_CHANGED" : "ORIGINAL_MISSING";
      await assert.rejects(store.put(blob), withCode(code));
      assert.equal(server.objects.size, 0);
      assert.equal(server.pendingUploads, 0);
      assert.equal(await noted(), 0);
      if (code === "ORIGINAL_CHANGED") await cutOff();
    }
  });

  it("that the service will never take gives its parts back", async () => {
    faultOn("UploadPart", { status: 400, code: "EntityTooLarge" }, 2);
    await assert.rejects(store.put(film), withCode("PHOTO_REFUSED"));
    assert.equal(server.pendingUploads, 0);
    assert.equal(await noted(), 0);
  });

  for (const [service, options, more] of [
    ["whose ETags are its own", { etags: "opaque" }, {}],
    ["that encrypts with KMS", {}, { sse: "aws:kms" }],
  ] as const) {
    it(`goes on at a service ${service}, and is read back because nothing else vouches for what was held`, async () => {
      await start(options, { maxAttempts: 1, ...more });
      await cutOff();
      const { parts } = pending();
      const second = parts.get(2) ?? assert.fail();
      parts.set(2, { ...second, bytes: Buffer.alloc(8 * MIB) });
      await assert.rejects(store.put(film), withCode("NOT_PROVEN"));
      assert.deepEqual(sent(), { ...missing(PARTS - HELD), GetObject: 1 });
      server.objects.clear();
      await cutOff();
      await store.put(film);
      assert.deepEqual(sent(), { ...missing(PARTS - HELD), GetObject: 1 });
      await isKept();
    });
  }

  it("goes on by the SDK's own checksums of parts, where they are wanted", async () => {
    await start({ etags: "opaque" }, { checksums: "on" });
    await cutOff();
    const { parts } = pending();
    const second = parts.get(2) ?? assert.fail();
    parts.set(2, { ...second, bytes: Buffer.alloc(8 * MIB), checksum: "AAAAAA==" });
    await store.put(film);
    for (const { operation, headers } of server.requests) {
      assert.equal(headers["transfer-encoding"], undefined);
      assert.equal(headers["x-amz-checksum-crc32"] !== undefined, operation === "UploadPart");
    }
    assert.deepEqual(sent(), missing(PARTS - HELD + 1));
    await isKept();
  });

  it("that is put twice at once is sent once", async () => {
    await Promise.all([store.put(film), store.put(film)]);
    assert.deepEqual(sent(), anew);
    await isKept();
  });

  it("of two that are put under one key at once, the last one wins whole, and one that is no longer wanted does not wait", async () => {
    const others = Buffer.from(BYTES).fill(0, 0, 100);
    const other = { ...blobOf(KEY, others), contentType: "video/mp4" };
    const stop = new AbortController();
    const reason = new Error("enough");
    const puts = [store.put(film), store.put(film, stop.signal), store.put(other)];
    stop.abort(reason);
    const unwanted = assert.rejects(puts[1] ?? assert.fail(), (error) => error === reason);
    await Promise.all([puts[0], unwanted, puts[2]]);
    await isKept(others, other);
  });

  it("that was left behind is given back a week after the last try, by whatever is put next", async () => {
    await cutOff();
    clock.advance(6 * DAY);
    await cutOff();
    clock.advance(7 * DAY - 1);
    await store.put(blobOf("one", Buffer.from("1")));
    assert.equal(server.pendingUploads, 1);
    clock.advance(60 * 60_000);
    faultOn("AbortMultipartUpload", { status: 500 });
    await store.put(blobOf("two", Buffer.from("2")));
    assert.deepEqual([server.pendingUploads, await noted()], [1, 1], "the service would not");
    await store.put(blobOf("three", Buffer.from("3")));
    assert.equal(server.pendingUploads, 1, "it is not asked with every put");
    clock.advance(60 * 60_000);
    await store.put(blobOf("four", Buffer.from("4")));
    assert.deepEqual([server.pendingUploads, await noted()], [0, 0]);
  });

  it("that was left behind in another bucket is forgotten after a month", async () => {
    await cutOff();
    settings = { ...settings, bucket: "another" };
    for (const [days, left] of [
      [30, 1],
      [1, 0],
    ] as const) {
      clock.advance(days * DAY);
      reopen();
      await assert.rejects(store.put(blobOf("one", Buffer.from("1"))), withCode("SERVICE_MISCONFIGURED"));
      assert.equal(await noted(), left);
    }
    assert.equal(server.pendingUploads, 1);
  });

  it("is not given back while it is on its way, however long that takes", async () => {
    const met = server.arrival(({ query }) => query.get("partNumber") === "2");
    faultOn("UploadPart", "hang", 2);
    const stop = new AbortController();
    const putting = store.put(film, stop.signal).catch(() => undefined);
    await met;
    clock.advance(8 * DAY);
    await store.put(blobOf("one", Buffer.from("1")));
    assert.equal(server.pendingUploads, 1);
    stop.abort();
    await putting;
  });
});
