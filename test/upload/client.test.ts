import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { PhotologError, type ErrorCode } from "../../src/errors.ts";
import { openClient, type Client, type ClientOptions, type Parcel } from "../../src/upload/client.ts";
import { isLost } from "../../src/upload/connection.ts";
import { PhotologServer, SECRET, type Misbehaviour } from "../support/photolog-server.ts";
import { photoTree } from "../support/photo-tree.ts";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { makeCertificate } from "../support/certificate.ts";
import { openForwardProxy } from "../support/forward-proxy.ts";

async function start(
  t: TestContext,
  options: Partial<ClientOptions> = {},
): Promise<{ server: PhotologServer; client: Client }> {
  const server = await new PhotologServer().open();
  const client = openClient({ host: server.url, secret: SECRET, connections: 4, ...options });
  t.after(() => Promise.all([client.close(), server.close()]));
  return { server, client };
}

async function parcel(bytes: Buffer, rest: Partial<Parcel> = {}): Promise<Parcel> {
  const path = join(await photoTree({ "IMG_1.jpg": bytes }), "IMG_1.jpg");
  return {
    path,
    filename: basename(path),
    bytes: bytes.length,
    modified: statSync(path).mtimeMs,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sidecars: [],
    tags: [],
    albums: [],
    related: [],
    skip: [],
    ...rest,
  };
}

const never = new AbortController().signal;
const watch = { signal: never, moved: (): void => undefined };

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  const error = await promise.then(
    () => assert.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PhotologError)) throw error;
  assert.ok(!error.message.includes(SECRET));
  return error.code;
}

test("a photo arrives with its bytes, its fields and its sidecars", async (t) => {
  const { server, client } = await start(t);
  const folder = await photoTree({ "IMG_1.xmp": "<x/>", "IMG_1.jpg.xmp": "<y/>" });
  const sidecars = ["IMG_1.xmp", "IMG_1.jpg.xmp"].map((filename) => ({ filename, path: join(folder, filename) }));
  const photo = await parcel(randomBytes(3_000_000), {
    sidecars,
    tags: ["Zürich", "travel"],
    skip: ["gphotos", "flickr"],
    targetDate: "1999-12-31",
  });
  const moves: number[] = [];
  const answer = await client.send(photo, { signal: never, moved: (bytes) => moves.push(bytes) });
  assert.deepEqual(answer, { key: photo.sha256.slice(0, 12), sha256: photo.sha256, queued: true });
  const received = server.photos.get(photo.sha256);
  assert.equal(received?.bytes, 3_000_000);
  assert.equal(received.filename, "IMG_1.jpg");
  assert.deepEqual(Object.fromEntries(received.fields), {
    sha256: photo.sha256,
    modified: String(Math.trunc(photo.modified)),
    tags: "Zürich,travel",
    skip: "gphotos,flickr",
    target_date: "1999-12-31",
  });
  assert.deepEqual(received.sidecars, [
    { filename: "IMG_1.xmp", text: "<x/>" },
    { filename: "IMG_1.jpg.xmp", text: "<y/>" },
  ]);
  assert.equal(moves.at(-1), 3_000_000);
  assert.ok(moves.every((bytes, at) => at === 0 || bytes > (moves[at - 1] ?? 0)));
});

test("the same bytes a second time are a duplicate, and known when asked for", async (t) => {
  const { client } = await start(t);
  const photo = await parcel(Buffer.from("bytes"));
  await client.send(photo, watch);
  const { key, sha256 } =
    photo.sha256 === "" ? assert.fail() : { key: photo.sha256.slice(0, 12), sha256: photo.sha256 };
  assert.deepEqual(await client.send(photo, watch), { key, sha256, queued: false, reason: "duplicate" });
  const known = await client.check(["0".repeat(64), sha256], never);
  assert.deepEqual([...known], [[sha256, { key, state: "done" }]]);
  assert.deepEqual(await client.view({ key, sha256 }, never), { archive: { state: "done", attempts: 1 } });
});

test("a wrong secret is told from everything else, and not repeated", async (t) => {
  const { client } = await start(t, { secret: "another-unreal-secret" });
  const photo = await parcel(randomBytes(10_000_000));
  const error = await client.send(photo, watch).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError);
  assert.equal(error.code, "NOT_AUTHENTICATED");
  assert.doesNotMatch(`${error.message} ${error.hint}`, /unreal|[0-9a-f]{32}/);
  assert.equal(await codeOf(client.check([photo.sha256], never)), "NOT_AUTHENTICATED");
});

const portal = { answer: 200, body: "<html><title>Welcome to our hotel</title></html>" } as const;
const json = { "content-type": "application/json" };
const other = JSON.stringify({ key: "k", sha256: "0".repeat(64), queued: true });
const strange: Readonly<Record<string, Misbehaviour>> = {
  "a sign-in page": portal,
  "a redirect to one": { answer: 302, headers: { location: "http://sign.in/" } },
  "an empty 200": { answer: 200, headers: json },
  "an empty 202": { answer: 202, headers: json },
  "a receipt for other bytes": { late: 202, headers: json, body: other },
  "a receipt that does not say it is JSON": { late: 202, body: other },
  "a list": { answer: 200, headers: json, body: "[]" },
  "an endless page": { answer: 200, body: "x".repeat(5_000_000) },
};

for (const [what, misbehaviour] of Object.entries(strange)) {
  test(`${what} is not taken for an answer`, async (t) => {
    const { server, client } = await start(t);
    server.behave = () => misbehaviour;
    const photo = await parcel(randomBytes(100_000));
    const asked = [
      () => client.send(photo, watch),
      () => client.check([photo.sha256], never),
      () => client.view({ key: "k", sha256: photo.sha256 }, never),
    ];
    for (const ask of asked) assert.equal(await codeOf(ask()), "SERVER_ANSWER_UNCLEAR");
  });
}

test("a 200 that does not say duplicate is not taken for one", async (t) => {
  const { server, client } = await start(t);
  const photo = await parcel(Buffer.from("x"));
  server.behave = () => ({
    late: 200,
    headers: json,
    body: JSON.stringify({ key: "k", sha256: photo.sha256, queued: true }),
  });
  assert.equal(await codeOf(client.send(photo, watch)), "SERVER_ANSWER_UNCLEAR");
});

for (const [status, code] of [
  [401, "NOT_AUTHENTICATED"],
  [413, "TOO_LARGE"],
  [507, "DISK_FULL"],
  [503, "DRAINING"],
] as const) {
  test(`an early ${status} to a large photo is heard, although the photo is not read`, async (t) => {
    const { server, client } = await start(t);
    server.behave = ({ path }) => (path === "/photos/" ? { answer: status } : undefined);
    const photo = await parcel(randomBytes(20_000_000));
    assert.equal(await codeOf(client.send(photo, watch)), code);
    // And the client is good for more.
    assert.equal((await client.check([photo.sha256], never)).size, 0);
  });
}

test("a refusal names the server's code and reason", async (t) => {
  const { server, client } = await start(t);
  const detail = "Not a photo:\u001b[31m \u202Eexe.gpj";
  const body = JSON.stringify({ code: "UNSUPPORTED_MEDIA", detail });
  server.behave = () => ({ late: 415, headers: { "content-type": "application/problem+json" }, body });
  const error = await client.send(await parcel(Buffer.from("x")), watch).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError);
  assert.equal(error.code, "UNSUPPORTED_MEDIA");
  assert.equal(error.message, "refused by the server (415): Not a photo:\uFFFD[31m \uFFFDexe.gpj");
});

test("a code that is not for the server to give is not taken over", async (t) => {
  const { server, client } = await start(t);
  const body = JSON.stringify({ code: "HALTED", detail: "No." });
  server.behave = () => ({ late: 400, headers: { "content-type": "application/problem+json" }, body });
  assert.equal(await codeOf(client.send(await parcel(Buffer.from("x")), watch)), "PHOTO_REFUSED");
});

test("a server that asks for time says how much", async (t) => {
  const { server, client } = await start(t);
  server.behave = () => ({ answer: 429, headers: { "retry-after": "7" } });
  const error = await client.check(["0".repeat(64)], never).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError && error.code === "TOO_MANY_ATTEMPTS");
  assert.deepEqual(error.retry, { class: "retry", afterMs: 7000 });
});

for (const status of [502, 503, 504, 511, 522]) {
  test(`${status} means that the server is lost, not that the photo is refused`, async (t) => {
    const { server, client } = await start(t);
    server.behave = () => ({ late: status });
    const error = await client.send(await parcel(Buffer.from("x")), watch).catch((reason: unknown) => reason);
    assert.ok(isLost(error));
  });
}

test("a 500 is about the photo that was sent, but a server that cannot answer a question is lost", async (t) => {
  const { server, client } = await start(t);
  server.behave = () => ({ late: 500 });
  assert.equal(await codeOf(client.send(await parcel(Buffer.from("x")), watch)), "INTERNAL");
  assert.equal(await codeOf(client.check(["0".repeat(64)], never)), "SERVER_ANSWER_UNCLEAR");
});

for (const [what, misbehaviour] of [
  ["broken before it is read", { cut: "before" }],
  ["broken in the middle of the photo", { cut: 300_000 }],
  ["broken before the answer", { cut: "after" }],
  ["on which nothing moves", "stall"],
] as const) {
  test(`a connection ${what} means that the server is lost`, async (t) => {
    const { server, client } = await start(t, { patience: 300 });
    server.behave = ({ path }) => (path === "/photos/" ? misbehaviour : undefined);
    const photo = await parcel(randomBytes(20_000_000));
    assert.equal(await codeOf(client.send(photo, watch)), "SERVER_UNREACHABLE");
    assert.equal(
      (await client.check([photo.sha256], never)).size,
      misbehaviour !== "stall" && misbehaviour.cut === "after" ? 1 : 0,
    );
  });
}

test("a server that is not there is named, with the reason", async (t) => {
  const { server, client } = await start(t);
  await server.close();
  const error = await client.check(["0".repeat(64)], never).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError && error.code === "SERVER_UNREACHABLE");
  assert.equal(error.message, `Cannot reach ${server.url}: connection refused.`);
});

test("a photo that is no longer what it was is not sent as if it were", async (t) => {
  const { server, client } = await start(t);
  const changes: ((photo: Parcel) => void)[] = [
    ({ path }) => appendFileSync(path, "more"),
    ({ path }) => truncateSync(path, 10),
  ];
  for (const change of changes) {
    const before = await parcel(randomBytes(2_000_000));
    change(before);
    assert.equal(await codeOf(client.send(before, watch)), "FILE_CHANGED");
    const meanwhile = await parcel(randomBytes(2_000_000));
    let changed = false;
    const moved = (): void => {
      if (!changed) change(meanwhile);
      changed = true;
    };
    assert.equal(await codeOf(client.send(meanwhile, { signal: never, moved })), "FILE_CHANGED");
  }
  assert.equal(server.photos.size, 0);
});

test("a photo or sidecar that cannot be read fails by itself, not as a lost server", async (t) => {
  const { client } = await start(t);
  const photo = await parcel(Buffer.from("x"), { sidecars: [{ filename: "1.xmp", path: "/nowhere/1.xmp" }] });
  const error = await client.send(photo, watch).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError && error.code === "FILE_UNREADABLE");
  assert.equal(error.message, "its sidecar 1.xmp: no such file or folder (ENOENT)");
  rmSync(photo.path);
  assert.equal(await codeOf(client.send({ ...photo, sidecars: [] }, watch)), "FILE_UNREADABLE");
});

test("sending ends when it is told to, with the reason it was given", async (t) => {
  const { server, client } = await start(t);
  server.behave = () => "stall";
  const controller = new AbortController();
  const sending = client.send(await parcel(randomBytes(20_000_000)), {
    signal: controller.signal,
    moved: () => controller.abort(new Error("enough")),
  });
  await assert.rejects(sending, /enough/);
});

test("a proxy that the environment names is used, but for the hosts that it excepts", async (t) => {
  const proxy = await openForwardProxy();
  const { client } = await start(t, { proxies: { httpProxy: proxy.url } });
  assert.equal((await client.check(["0".repeat(64)], never)).size, 0);
  const photo = await parcel(randomBytes(300_000));
  assert.equal((await client.send(photo, watch)).queued, true);
  assert.ok(proxy.asked.length > 0);
  const before = proxy.asked.length;
  const { client: straight } = await start(t, { proxies: { httpProxy: proxy.url, noProxy: "127.0.0.1" } });
  await straight.check(["0".repeat(64)], never);
  assert.equal(proxy.asked.length, before);
});

for (const way of ["straight", "through a proxy"]) {
  test(`photos that go ${way} at the same time arrive each with its own bytes`, async (t) => {
    const { server, client } = await start(
      t,
      way === "straight" ? {} : { proxies: { httpProxy: (await openForwardProxy()).url } },
    );
    for (let round = 0; round < 3; round++) {
      const photos = await Promise.all(
        [1, 300_000, 2_000_000, 9_000_000].map((bytes) => parcel(randomBytes(bytes + round))),
      );
      const answers = await Promise.all(photos.map((photo) => client.send(photo, watch)));
      for (const { queued } of answers) assert.equal(queued, true);
      for (const { sha256, bytes } of photos) assert.equal(server.photos.get(sha256)?.bytes, bytes);
    }
  });
}

test("a server may have an address of IPv6", async (t) => {
  const server = createHttpServer((_request, response) => {
    response.setHeader("content-type", "application/json").end('{"known":{}}');
  });
  server.listen(0, "::1");
  const isListening = await once(server, "listening").catch(() => undefined);
  if (isListening === undefined) return t.skip("there is no IPv6 here");
  const { port } = server.address() as AddressInfo;
  const client = openClient({ host: `http://[::1]:${port}`, secret: SECRET, connections: 1 });
  t.after(async () => {
    await client.close();
    server.close();
  });
  assert.equal((await client.check(["0".repeat(64)], never)).size, 0);
});

test("a connection is used again, but not kept for long when there is nothing to ask", async (t) => {
  const server = createHttpServer({ keepAliveTimeout: 0 }, (_request, response) => {
    response.setHeader("content-type", "application/json").end('{"known":{}}');
  });
  let opened = 0;
  const closed = new Promise((resolve) => {
    server.on("connection", (socket) => {
      opened++;
      socket.once("close", resolve);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = openClient({ host: `http://127.0.0.1:${port}`, secret: SECRET, connections: 4 });
  t.after(async () => {
    await client.close();
    server.close();
  });
  for (let number = 0; number < 3; number++) await client.check(["0".repeat(64)], never);
  assert.equal(opened, 1);
  await closed;
  await client.check(["0".repeat(64)], never);
  assert.equal(opened, 2);
});

test("a server that takes the call and then says nothing, not even how to encrypt, is given up", async (t) => {
  const server = createTcpServer((socket) => t.after(() => socket.destroy())).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const host = `https://127.0.0.1:${port}`;
  const client = openClient({ host, secret: SECRET, connections: 1, patience: 200 });
  t.after(() => client.close());
  const error = await client.check(["0".repeat(64)], never).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError && error.code === "SERVER_UNREACHABLE");
  assert.equal(error.message, `Cannot reach ${host}: no answer in time.`);
});

test("a server whose certificate nobody knows is no server, and the message says what to do", async (t) => {
  const { key, cert } = await makeCertificate("IP:127.0.0.1");
  const server = createHttpsServer({ key, cert }, (_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = openClient({ host: `https://127.0.0.1:${port}`, secret: SECRET, connections: 1 });
  t.after(() => client.close());
  const error = await client.check(["0".repeat(64)], never).catch((reason: unknown) => reason);
  assert.ok(error instanceof PhotologError);
  assert.equal(error.code, "SERVER_UNREACHABLE");
  assert.match(error.message, /its certificate is signed by itself/);
  assert.match(error.hint ?? "", /NODE_EXTRA_CA_CERTS/);
});

test("a name that cannot be looked up is a lost server", async (t) => {
  const client = openClient({ host: "http://photolog.invalid", secret: SECRET, connections: 1 });
  t.after(() => client.close());
  assert.equal(await codeOf(client.check(["0".repeat(64)], never)), "SERVER_UNREACHABLE");
});
