import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { PhotologError } from "../../src/errors.ts";
import { checkPrivacy } from "../../src/gallery/privacy.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { openMemory } from "../support/memory-store.ts";

const signal = new AbortController().signal;

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function indexOfGallery(): Promise<string> {
  const gallery = await openTestGallery();
  await gallery.add([taken("2024-05-17")]);
  const target = openMemory();
  await gallery.publish({ to: target });
  return target.blobs.get("index.html")?.bytes.toString() ?? "";
}

/** A bucket whose links need their signature, or do not. */
function bucketAt(origin: string) {
  return {
    ...openMemory(),
    address: "s3://bucket",
    url: async (key: string) => `${origin}/bucket/${key}?X-Amz-Signature=not-a-real-signature`,
  };
}

test("a gallery that a stranger can read is told loudly, with its address and what to do", async () => {
  const index = gzipSync(await indexOfGallery());
  const asked: string[] = [];
  const origin = await listen((request, response) => {
    asked.push(`${request.url} ${request.headers.cookie ?? ""}${request.headers.authorization ?? ""}`);
    response.writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" }).end(index);
  });
  const check = { target: bucketAt(origin), prefix: "gallery/", url: `${origin}/photos`, fetch, signal };
  await assert.rejects(checkPrivacy({ ...check, public: false }), (error: PhotologError) => {
    assert.equal(error.code, "GALLERY_PUBLIC");
    assert.equal(error.exit, 1);
    assert.ok(error.message.includes(`${origin}/photos/index.html`));
    assert.ok(error.message.includes(`${origin}/bucket/gallery/index.html`));
    assert.doesNotMatch(error.message, /signature/i);
    assert.match(error.hint ?? "", /GALLERY_PUBLIC/);
    return true;
  });
  assert.deepEqual(asked, ["/photos/index.html ", "/bucket/gallery/index.html "]);
  assert.equal((await checkPrivacy({ ...check, public: true })).length, 2);
});

test("a gallery that asks who is there is private, whether with 403 or with a page to sign in", async () => {
  const closed = await listen((_request, response) => response.writeHead(403).end("<Error/>"));
  const asking = await listen((_request, response) => response.end("<h1>Sign in</h1>"));
  const check = { target: bucketAt(closed), prefix: "gallery/", url: `${asking}/`, public: false, fetch, signal };
  assert.deepEqual(await checkPrivacy(check), []);
});

test("a gallery nobody answers for is not called public, and one in a folder has no address to ask", async () => {
  const check = { prefix: "", public: false, fetch, signal };
  assert.deepEqual(await checkPrivacy({ ...check, target: bucketAt("http://127.0.0.1:9") }), []);
  assert.deepEqual(await checkPrivacy({ ...check, target: openMemory() }), []);
});

test("a check that is stopped says so", async () => {
  const stop = new AbortController();
  const origin = await listen(() => stop.abort(new Error("stopped")));
  await assert.rejects(
    checkPrivacy({ target: bucketAt(origin), prefix: "", public: false, fetch, signal: stop.signal }),
    /stopped/,
  );
});
