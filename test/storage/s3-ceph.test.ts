/** The same promises against a real service: Ceph's object gateway, as `test/support/ceph-gateway.sh` starts it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { CreateBucketCommand, DeleteBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import { blobOf, collect, describeBlobStore, withCode, type OpenedBlobStore } from "../conformance/blob-store.ts";
import { startFlippingProxy } from "../support/flipping-proxy.ts";

const {
  PHOTOLOG_TEST_S3_ENDPOINT: endpoint,
  PHOTOLOG_TEST_S3_ACCESS_KEY: accessKeyId,
  PHOTOLOG_TEST_S3_SECRET_KEY: secretAccessKey,
} = process.env;

interface CephBucket extends OpenedBlobStore {
  readonly options: S3Options;
  readonly client: S3Client;
}

/** A bucket of its own, removed at the end; which the service refuses while something is left in it. */
async function openBucket(
  at: Pick<S3Options, "accessKeyId" | "secretAccessKey"> & { endpoint: string },
): Promise<CephBucket> {
  const bucket = `photolog-${randomBytes(6).toString("hex")}`;
  const region = "us-east-1";
  const client = new S3Client({ region, endpoint: at.endpoint, forcePathStyle: true, credentials: at });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const options: S3Options = { ...at, bucket, prefix: "x/", region, pathStyle: "auto", checksums: "auto", pageSize: 3 };
  const store = openS3(options);
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

if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
  it(
    "real Ceph gateway",
    { skip: "PHOTOLOG_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY are not set" },
    () => undefined,
  );
} else {
  const at = { endpoint, accessKeyId, secretAccessKey };
  describeBlobStore("a bucket of a real Ceph gateway", () => openBucket(at));

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
