import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { buffer } from "node:stream/consumers";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import { blobOf, collect, describeBlobStore, withCode } from "../conformance/blob-store.ts";
import {
  optionsFor,
  startS3Server,
  type FaultAnswer,
  type S3Operation,
  type S3Server,
  type S3ServerOptions,
} from "../support/s3-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const MIB = 1024 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

describeBlobStore("a bucket", async () => {
  const server = await startS3Server({ mostKeys: 3 });
  return { store: openS3(optionsFor(server, { prefix: "x/" })), close: () => server.close() };
});

describeBlobStore("a bucket, with notes of what is under way", async () => {
  const server = await startS3Server({ mostKeys: 3 });
  const database = openDatabase(join(await temporaryFolder(), "photolog.db"));
  const notes = new Catalog(database, Date.now).notes("archive");
  return {
    store: openS3(optionsFor(server, { prefix: "x/" }), { notes, now: Date.now, from: 8 * MIB }),
    async close() {
      assert.equal(server.pendingUploads, 0);
      assert.equal((await notes.list()).size, 0);
      database.close();
      await server.close();
    },
  };
});

describe("a blob in S3", { timeout: 120_000 }, () => {
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

  function faultOn(operation: S3Operation, answer: FaultAnswer, times = 1): void {
    server.fault({ when: (request) => request.operation === operation, answer, times });
  }

  it("is described by type, cache control, encoding and checksum, whichever way it is sent", async () => {
    for (const size of [1000, 9 * MIB]) {
      const more = {
        contentType: "text/html; charset=utf-8",
        cacheControl: "no-cache",
        contentEncoding: "gzip",
      } as const;
      await store.put(blobOf(`described/${size}`, randomBytes(size), more));
      const headers = server.objects.get(`described/${size}`)?.headers;
      assert.equal(headers?.["content-type"], more.contentType);
      assert.equal(headers["cache-control"], "no-cache");
      assert.equal(headers["content-encoding"], "gzip");
      assert.match(headers["x-amz-meta-sha256"] ?? "", SHA256);
    }
  });

  for (const checksums of ["auto", "on", "off"] as const) {
    it(`travels with its SHA-256 signed, in one piece, without an ACL or a wait for 100 Continue (S3_CHECKSUMS: ${checksums})`, async () => {
      await start({}, { checksums });
      for (const size of [1000, 3 * MIB, 9 * MIB]) await store.put(blobOf(`signed/${size}`, randomBytes(size)));
      await collect(store.list("signed/"));
      await buffer(await store.get("signed/1000"));
      await store.delete("signed/1000");
      for (const { headers, operation } of server.requests) {
        assert.match(String(headers["x-amz-content-sha256"]), SHA256, operation);
        assert.equal(headers.expect, undefined);
        assert.equal(headers["transfer-encoding"], undefined, "nobody has to know of chunks");
        assert.deepEqual(
          Object.keys(headers).filter((name) => /^x-amz-(acl|grant)/.test(name)),
          [],
        );
      }
    });
  }

  it("has the SDK's own checksums at AWS only, unless the settings say otherwise", async () => {
    const { endpoint: _, ...options } = optionsFor(server);
    const atAws = { endpoint: "https://s3.eu-west-1.amazonaws.com" };
    const elsewhere = { endpoint: "https://s3.example.org" };
    for (const [where, checksums, wanted] of [
      [{}, "auto", true],
      [atAws, "auto", true],
      [elsewhere, "auto", false],
      [elsewhere, "on", true],
      [{}, "off", false],
      [atAws, "off", false],
    ] as const) {
      // A link tells whether checksums are asked for, and nobody has to be there for it.
      const link = await openS3({ ...options, ...where, checksums }).url("a.jpg", 60);
      assert.equal(link?.includes("x-amz-checksum-mode=ENABLED"), wanted, JSON.stringify({ where, checksums }));
    }
  });

  it("goes below the prefix, and is named without it", async () => {
    await start({}, { prefix: "deep/down/" });
    await store.put(blobOf("a.jpg", Buffer.from("a")));
    assert.deepEqual([...server.objects.keys()], ["deep/down/a.jpg"]);
    assert.deepEqual(await collect(store.list("")), [{ key: "a.jpg", size: 1 }]);
    assert.equal(store.address, `s3://${server.bucket}/deep/down`);
  });

  it("gets the storage class and the encryption of the settings, and no checksum headers unless they are wanted", async () => {
    for (const size of [1000, 9 * MIB]) {
      await start({}, { storageClass: "STANDARD_IA", sse: "AES256" });
      await store.put(blobOf("a", randomBytes(size)));
      assert.equal(server.objects.get("a")?.headers["x-amz-storage-class"], "STANDARD_IA");
      assert.equal(server.objects.get("a")?.headers["x-amz-server-side-encryption"], "AES256");
      const checksums = server.requests.flatMap(({ headers }) =>
        Object.keys(headers).filter((name) => name.includes("checksum")),
      );
      assert.deepEqual(checksums, []);
    }
    for (const size of [1000, 9 * MIB]) {
      await start({}, { checksums: "on" });
      await store.put(blobOf("a", randomBytes(size)));
      const sent = server.requests.filter(({ operation }) => operation === "PutObject" || operation === "UploadPart");
      const checksum = size === 1000 ? "x-amz-checksum-sha256" : "x-amz-checksum-crc32";
      assert.ok(sent.length > 0 && sent.every(({ headers }) => headers[checksum] !== undefined));
      assert.equal((await buffer(await store.get("a"))).length, size);
    }
  });

  it("is neither read from a sign-in page nor missed in its listing", async () => {
    await store.put(blobOf("a", Buffer.from("a")));
    faultOn("GetObject", "html-200");
    await assert.rejects(store.get("a"), withCode("OUTCOME_UNKNOWN"));
    faultOn("HeadObject", "html-200");
    await assert.rejects(store.stat("a"), withCode("OUTCOME_UNKNOWN"));
    faultOn("ListObjectsV2", "html-200");
    await assert.rejects(collect(store.list("")), withCode("OUTCOME_UNKNOWN"));
  });

  it("that is cut off while it is read says so", async () => {
    await store.put(blobOf("a", randomBytes(MIB)));
    faultOn("GetObject", "cut");
    const stream = await store.get("a");
    await assert.rejects(buffer(stream), withCode("SERVICE_UNREACHABLE"));
  });

  it("is not confused with the folder markers of other programs", async () => {
    await store.put(blobOf("photos/a", Buffer.from("a")));
    const [stored] = [...server.objects.values()];
    assert.ok(stored);
    for (const key of ["photos/", "photos//b", "photos/../c"]) server.objects.set(key, stored);
    assert.deepEqual(await collect(store.list("photos/")), [{ key: "photos/a", size: 1 }]);
  });

  it("without our checksum has none to tell", async () => {
    await store.put(blobOf("a", Buffer.from("a")));
    const stored = server.objects.get("a");
    assert.ok(stored);
    for (const sha256 of [undefined, "not hex"]) {
      server.objects.set("a", {
        ...stored,
        headers: { "content-type": "image/png", ...(sha256 && { "x-amz-meta-sha256": sha256 }) },
      });
      assert.deepEqual(await store.stat("a"), { key: "a", size: 1, contentType: "image/png" });
    }
  });

  it("is never sent anywhere by what the environment or ~/.aws says", async (t) => {
    const config = join(folder, "config");
    await writeFile(
      config,
      "[default]\nregion = mars-1\nendpoint_url = http://127.0.0.1:2\nretry_mode = adaptive\nmax_attempts = 9\n",
    );
    const env = {
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: config,
      AWS_PROFILE: "default",
      AWS_ENDPOINT_URL: "http://127.0.0.1:2",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:2",
      AWS_REGION: "mars-1",
      AWS_ACCESS_KEY_ID: "somebody-else",
      AWS_SECRET_ACCESS_KEY: "not-a-real-secret-either",
      AWS_SESSION_TOKEN: "not-a-real-token",
      AWS_REQUEST_CHECKSUM_CALCULATION: "WHEN_SUPPORTED",
      AWS_MAX_ATTEMPTS: "9",
      AWS_USE_DUALSTACK_ENDPOINT: "true",
      AWS_USE_FIPS_ENDPOINT: "true",
      AWS_SDK_UA_APP_ID: "somebody",
    };
    const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
    t.after(() => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    Object.assign(process.env, env);
    for (const size of [1000, 9 * MIB]) await openS3(optionsFor(server)).put(blobOf(`env/${size}`, randomBytes(size)));
    assert.equal(server.objects.size, 2);
    assert.ok(server.requests.every(({ headers }) => headers["x-amz-checksum-crc32"] === undefined));
    assert.ok(server.requests.every(({ headers }) => !String(headers["user-agent"]).includes("somebody")));
    const onAws = openS3({ ...withoutEndpoint(optionsFor(server)), region: "eu-west-1" });
    assert.match(
      (await onAws.url("a.jpg", 60)) ?? "",
      /^https:\/\/photolog-test\.s3\.eu-west-1\.amazonaws\.com\/a\.jpg\?/,
    );
  });

  it("is found in the host name at AWS and in the path elsewhere, unless the settings say otherwise", async () => {
    const options = withoutEndpoint(optionsFor(server, { region: "eu-west-1" }));
    for (const [more, address] of [
      [{}, "https://photolog-test.s3.eu-west-1.amazonaws.com/a.jpg"],
      [{ pathStyle: true }, "https://s3.eu-west-1.amazonaws.com/photolog-test/a.jpg"],
      [{ endpoint: "https://s3.eu-west-1.amazonaws.com" }, "https://photolog-test.s3.eu-west-1.amazonaws.com/a.jpg"],
      [{ endpoint: "https://s3.example.org" }, "https://s3.example.org/photolog-test/a.jpg"],
      [{ endpoint: "https://amazonaws.com.example.org" }, "https://amazonaws.com.example.org/photolog-test/a.jpg"],
      [{ endpoint: "https://s3.example.org", pathStyle: false }, "https://photolog-test.s3.example.org/a.jpg"],
    ] as const) {
      assert.equal((await openS3({ ...options, ...more }).url("a.jpg", 60))?.split("?")[0], address);
    }
  });

  it("is linked to for as long as asked, at most a week", async () => {
    assert.match((await store.url("a.jpg", 60)) ?? "", /X-Amz-Expires=60(&|$)/);
    assert.match((await store.url("a.jpg", 1e9)) ?? "", /X-Amz-Expires=604800(&|$)/);
  });
});

function withoutEndpoint(options: S3Options): S3Options {
  const { bucket, prefix, accessKeyId, secretAccessKey, region, pathStyle, checksums } = options;
  return { bucket, prefix, accessKeyId, secretAccessKey, region, pathStyle, checksums };
}
