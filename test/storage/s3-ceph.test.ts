/** The same promises against a real service: Ceph's object gateway, as `test/support/ceph-gateway.sh` starts it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CreateBucketCommand, DeleteBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import type { Resuming } from "../../src/storage/s3-unfinished.ts";
import { blobOf, collect, describeBlobStore, withCode, type OpenedBlobStore } from "../conformance/blob-store.ts";
import { startFlippingProxy } from "../support/flipping-proxy.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";

const MIB = 1024 * 1024;

const {
  PHOTOLOG_TEST_S3_ENDPOINT: endpoint,
  PHOTOLOG_TEST_S3_ACCESS_KEY: accessKeyId,
  PHOTOLOG_TEST_S3_SECRET_KEY: secretAccessKey,
} = process.env;

interface CephBucket extends OpenedBlobStore {
  readonly options: S3Options;
  readonly client: S3Client;
}

type At = Pick<S3Options, "accessKeyId" | "secretAccessKey"> & { readonly endpoint: string };

/** A bucket of its own, removed at the end; which the service refuses while something is left in it. */
async function openBucket(at: At, resuming?: Resuming): Promise<CephBucket> {
  const bucket = `photolog-${randomBytes(6).toString("hex")}`;
  const region = "us-east-1";
  const client = new S3Client({ region, endpoint: at.endpoint, forcePathStyle: true, credentials: at });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const options: S3Options = { ...at, bucket, prefix: "x/", region, pathStyle: "auto", checksums: "auto", pageSize: 3 };
  const store = openS3(options, resuming);
  return {
    options,
    client,
    store,
    async close() {
      try {
        for (const { key } of await collect(store.list(""))) await store.delete(key);
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
        assert.deepEqual(Uploads, []);
        await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      } finally {
        client.destroy();
      }
    },
  };
}

async function openNotes(): Promise<Resuming["notes"]> {
  const database = openDatabase(join(await temporaryFolder(), "photolog.db"));
  whenDone(async () => database.close());
  return new Catalog(database, Date.now).notes("archive");
}

/** Sees every part that this process sends and whose answer it gets, while `work` goes on. */
async function watchParts(
  work: () => Promise<unknown>,
  onAnswer: (answered: number) => unknown = () => undefined,
): Promise<number> {
  let answered = 0;
  const see = (message: unknown): void => {
    if ((message as { request: ClientRequest }).request.path.includes("partNumber=")) onAnswer(++answered);
  };
  subscribe("http.client.response.finish", see);
  try {
    await work();
    return answered;
  } finally {
    unsubscribe("http.client.response.finish", see);
  }
}

if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
  it(
    "real Ceph gateway",
    { skip: "PHOTOLOG_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY are not set" },
    () => undefined,
  );
} else {
  const at = { endpoint, accessKeyId, secretAccessKey };
  describeBlobStore("a bucket of a real Ceph gateway", () => openBucket(at));
  describeBlobStore("a bucket of a real Ceph gateway, with notes of what is under way", async () => {
    const notes = await openNotes();
    const opened = await openBucket(at, { notes, now: Date.now, from: 8 * MIB });
    return {
      store: opened.store,
      async close() {
        await opened.close();
        assert.equal((await notes.list()).size, 0);
      },
    };
  });

  describe("a real Ceph gateway", () => {
    it("refuses a blob with a bit flipped on the way, whole or in parts", async () => {
      const ceph = await openBucket(at);
      const proxy = await startFlippingProxy(endpoint);
      const badLine = openS3({ ...ceph.options, endpoint: proxy.endpoint });
      for (const size of [100_000, 9 * 1024 * 1024]) {
        await assert.rejects(badLine.put(blobOf("flipped", randomBytes(size))), withCode("NOT_PROVEN"));
      }
      assert.equal(await ceph.store.stat("flipped"), undefined);
      await proxy.close();
      await ceph.close();
    });

    it("is found to look at what it takes, and refuses a file that has changed", async () => {
      const ceph = await openBucket(at);
      for (const name of ["first", "second"]) await ceph.store.put(blobOf(name, randomBytes(1000)));
      const path = join(await temporaryFolder(), "changed");
      await writeFile(path, randomBytes(2_000_000));
      const statuses: unknown[] = [];
      const listen = (message: unknown): void => {
        const { request, response } = message as { request: ClientRequest; response: { statusCode: number } };
        statuses.push(`${request.method} ${response.statusCode}`);
      };
      subscribe("http.client.response.finish", listen);
      const changed = { ...blobOf("changed", randomBytes(2_000_000)), source: { path } };
      await assert.rejects(ceph.store.put(changed), withCode("ORIGINAL_CHANGED"));
      unsubscribe("http.client.response.finish", listen);
      assert.deepEqual(statuses, ["HEAD 404", "PUT 400"]);
      assert.equal(await ceph.store.stat("changed"), undefined);
      await ceph.close();
    });

    it("holds the parts of a large blob that was cut off until the next put goes on, or a week has gone by", async () => {
      const notes = await openNotes();
      const ceph = await openBucket(at);
      const bytes = randomBytes(64 * MIB + 7);
      const parts = 9;
      const cutOff = async (key: string): Promise<number> => {
        const stop = new AbortController();
        const putting = openS3(ceph.options, { notes, now: Date.now }).put(blobOf(key, bytes), stop.signal);
        return watchParts(
          () => assert.rejects(putting, (error) => error === stop.signal.reason),
          (answered) => answered === 3 && stop.abort(new Error("enough")),
        );
      };
      const answered = await cutOff("film");
      const store = openS3(ceph.options, { notes, now: Date.now });
      const sent = await watchParts(() => store.put(blobOf("film", bytes)));
      // What the gateway got and could not answer any more is not sent again either.
      assert.ok(answered >= 3 && sent <= parts - answered && sent >= parts - answered - 1, `${answered}, then ${sent}`);
      assert.equal((await store.stat("film"))?.sha256, blobOf("film", bytes).sha256);
      assert.equal((await notes.list()).size, 0);

      await cutOff("left behind");
      assert.equal((await notes.list()).size, 1);
      const later = openS3(ceph.options, { notes, now: () => Date.now() + 8 * 24 * 60 * 60_000 });
      await later.put(blobOf("small", Buffer.from("small")));
      assert.equal((await notes.list()).size, 0);
      await ceph.close();
    });

    it("is understood when it refuses our keys, our bucket, our storage class and our encryption", async () => {
      const ceph = await openBucket(at);
      for (const [settings, code] of [
        [{ secretAccessKey: "not-the-secret" }, "SIGN_IN_NEEDED"],
        [{ accessKeyId: "nobody" }, "SIGN_IN_NEEDED"],
        [{ bucket: "photolog-no-such-bucket" }, "SERVICE_MISCONFIGURED"],
        [{ storageClass: "ATTIC" }, "SERVICE_MISCONFIGURED"],
        [{ sse: "aws:kms" }, "SERVICE_MISCONFIGURED"],
        [{ prefix: "long/".repeat(204) }, "PHOTO_REFUSED"],
      ] as const) {
        for (const size of [1000, 9 * 1024 * 1024]) {
          await assert.rejects(
            openS3({ ...ceph.options, ...settings }).put(blobOf("a.jpg", randomBytes(size))),
            withCode(code),
          );
        }
      }
      await ceph.close();
    });
  });
}
