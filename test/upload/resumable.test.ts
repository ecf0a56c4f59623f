import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PhotosAnswer } from "../../src/api.ts";
import { openCuttingProxy, type CuttingProxy } from "../support/cutting-proxy.ts";
import { BIN, type Home, makeHome, runPhotolog, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const LARGE = 24_000_000;

interface Desk {
  readonly home: Home;
  readonly server: Serving;
  readonly proxy: CuttingProxy;
  readonly photos: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly upload: (args?: readonly string[], more?: NodeJS.ProcessEnv) => ReturnType<typeof runPhotolog>;
}

async function desk(): Promise<Desk> {
  const home = await makeHome(await temporaryFolder());
  const data = join(home.folder, "data");
  const settings = {
    UPLOAD_FOLDER: join(data, "spool"),
    DB_FILE: join(data, "photolog.db"),
    ARCHIVE_FOLDER: join(data, "archive"),
  };
  const server = await serve(home, settings);
  const proxy = await openCuttingProxy(server.url);
  const photos = join(home.folder, "photos");
  mkdirSync(photos);
  const upload: Desk["upload"] = (args = [], more = {}) =>
    runPhotolog(home, ["upload", "photos", "--host", proxy.url, ...args], { PHOTOLOG_SECRET: SECRET, ...more });
  return { home, server, proxy, photos, settings, upload };
}

/** A picture with so many bytes after it, which no decoder minds. */
async function writeLarge(path: string, bytes: number): Promise<string> {
  const whole = Buffer.concat([await picture({ seed: bytes }), randomBytes(bytes)]);
  writeFileSync(path, whole);
  return sha256(whole);
}

const photosOf = async (server: Serving): Promise<string[]> =>
  (await server.get<PhotosAnswer>("/photos/")).photos.map((photo) => photo.sha256);

test("a large photo whose connection broke goes on where it stopped", async () => {
  const { server, proxy, photos, upload } = await desk();
  const checksum = await writeLarge(join(photos, "large.jpg"), LARGE);
  writeFileSync(join(photos, "large.xmp"), "<x:xmpmeta/>");
  proxy.cutAfter(15_000_000);
  const { code, stdout, stderr } = await upload(["--tags", "sea,sun", "--album", "Trip, 1"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /1 found = 1 uploaded/);
  assert.deepEqual(await photosOf(server), [checksum]);
  // What was on its way when the line broke is lost.
  assert.ok(proxy.sent() < LARGE + 9_000_000, `${proxy.sent()} bytes were sent`);
  const [photo] = (await server.get<PhotosAnswer>("/photos/")).photos;
  assert.deepEqual(photo?.tags, ["sea", "sun"]);
  assert.deepEqual(photo.albums, ["Trip, 1"]);
  assert.equal(photo.sidecars.length, 1);
});

test("a client that was killed goes on in its next run", async () => {
  const { home, server, proxy, photos, upload } = await desk();
  const checksum = await writeLarge(join(photos, "large.jpg"), LARGE);
  proxy.throttle(20_000_000);
  const child = spawn(process.execPath, [BIN, "upload", "photos", "--host", proxy.url], {
    cwd: home.folder,
    env: { ...home.environment, PHOTOLOG_SECRET: SECRET },
    stdio: "ignore",
  });
  await until("half of it is sent", () => proxy.sent() > LARGE / 2);
  child.kill("SIGKILL");
  await once(child, "exit");
  proxy.throttle(Infinity);
  const { code, stderr } = await upload();
  assert.equal(code, 0, stderr);
  assert.deepEqual(await photosOf(server), [checksum]);
  assert.ok(proxy.sent() < LARGE + 4_000_000, `${proxy.sent()} bytes were sent`);
});

test("a server that was killed in the middle of a body gets only the rest", async () => {
  const { home, server, proxy, photos, settings, upload } = await desk();
  const checksum = await writeLarge(join(photos, "large.jpg"), LARGE);
  proxy.throttle(20_000_000);
  const port = Number(new URL(server.url).port);
  const uploading = upload();
  await until("half of it is sent", () => proxy.sent() > LARGE / 2);
  await server.end("SIGKILL");
  const revived = await serve(home, settings, { port });
  proxy.throttle(Infinity);
  const { code, stderr } = await uploading;
  assert.equal(code, 0, stderr);
  assert.deepEqual(await photosOf(revived), [checksum]);
  assert.ok(proxy.sent() < LARGE + 6_000_000, `${proxy.sent()} bytes were sent`);
});

test("a proxy that refuses large bodies gets smaller ones", async () => {
  const { server, proxy, photos, upload } = await desk();
  const checksums = [
    await writeLarge(join(photos, "large.jpg"), LARGE),
    await writeLarge(join(photos, "less.jpg"), 9e6),
  ];
  proxy.refuseOver(5_000_000);
  const { code, stderr } = await upload();
  assert.equal(code, 0, stderr);
  assert.deepEqual((await photosOf(server)).sort(), checksums.sort());
});

test("a film that grows while it is sent is sent as what it has become, and the server keeps nothing of the rest", async () => {
  const { server, proxy, photos, settings, upload } = await desk();
  const path = join(photos, "growing.jpg");
  await writeLarge(path, LARGE);
  proxy.throttle(20_000_000);
  const uploading = upload();
  await until("a part of it is sent", () => proxy.sent() > LARGE / 4);
  appendFileSync(path, "more");
  proxy.throttle(Infinity);
  const { code, stderr } = await uploading;
  assert.equal(code, 0, stderr);
  assert.equal((await photosOf(server)).length, 1);
  await until("the spool is empty", () => readdirSync(settings["UPLOAD_FOLDER"] ?? "").length === 0);
});

test("a hotel's sign-in page does not count as success, whatever it answers to", async () => {
  const { home, server, proxy, photos } = await desk();
  await writeLarge(join(photos, "large.jpg"), LARGE);
  proxy.captivate(true);
  const impatient = fileURLToPath(new URL("../support/upload-impatiently.ts", import.meta.url));
  const { code, stdout, stderr } = await runPhotolog(
    { ...home, program: [process.execPath, impatient] },
    ["photos", "--host", proxy.url],
    { PHOTOLOG_SECRET: SECRET },
  );
  assert.equal(code, 75, stdout);
  assert.match(stderr, /not one of photolog's/);
  assert.deepEqual(await photosOf(server), []);
});
