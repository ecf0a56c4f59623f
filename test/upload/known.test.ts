import assert from "node:assert/strict";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import sharp from "sharp";
import type { PhotosAnswer, PhotoView } from "../../src/api.ts";
import { type Home, makeHome, runPhotolog, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, writePicture } from "../support/pictures.ts";
import { startServices } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

let home: Home;
let server: Serving;
let photos: string;

const upload = (...args: readonly string[]): ReturnType<typeof runPhotolog> =>
  runPhotolog(home, ["upload", "photos", "--host", server.url, ...args], { PHOTOLOG_SECRET: SECRET });
const views = async (): Promise<readonly PhotoView[]> => (await server.get<PhotosAnswer>("/photos/")).photos;
const named = async (name: string): Promise<PhotoView> => {
  const found = (await views()).find(({ filename }) => filename === name);
  assert.ok(found, name);
  return found;
};

before(async () => {
  home = await makeHome(await temporaryFolder());
  const { settings } = await startServices();
  const data = join(home.folder, "data");
  server = await serve(home, {
    UPLOAD_FOLDER: join(data, "spool"),
    DB_FILE: join(data, "photolog.db"),
    ARCHIVE_FOLDER: join(data, "archive"),
    ...settings,
  });
  photos = join(home.folder, "photos");
  mkdirSync(photos);
  await writePicture(join(photos, "Rome 2019/one.jpg"), { seed: 1 });
  await writePicture(join(photos, "two.jpg"), { seed: 2 });
  const { code, stderr } = await upload("--skip", "google,flickr");
  assert.equal(code, 0, stderr);
});

test("tags and albums reach photos that the server has already, once", async () => {
  const labels = ["--tags", "sea", "--tags-from-folders", "--album-from-folders", "--skip", "google,flickr"];
  await upload(...labels, "--dry-run");
  const { stdout } = await upload(...labels);
  assert.match(stdout, /2 found = 0 uploaded \+ 2 duplicate/);
  assert.match(stdout, /2 photos on the server got tags, albums or services/);
  assert.deepEqual((await named("one.jpg")).tags, ["Rome 2019", "sea"]);
  assert.deepEqual((await named("one.jpg")).albums, ["Rome 2019"]);
  assert.deepEqual((await named("two.jpg")).tags, ["sea"]);
  assert.doesNotMatch((await upload(...labels)).stdout, /got tags/);
});

test("the tags of a file whose bytes were sent as another one reach the photo with the next run", async () => {
  const { bytes } = await writePicture(join(photos, "Oslo/twin.jpg"), { seed: 12 });
  mkdirSync(join(photos, "Rome"));
  writeFileSync(join(photos, "Rome/twin.jpg"), bytes);
  for (const path of ["Oslo/twin.jpg", "Rome/twin.jpg"]) utimesSync(join(photos, path), 1.5e9, 1.5e9 + 0.25);
  for (let time = 0; time < 2; time++) await upload("--tags-from-folders", "--skip", "google,flickr");
  const { tags } = await named("twin.jpg");
  for (const place of ["Oslo", "Rome"]) rmSync(join(photos, place), { recursive: true });
  assert.deepEqual(tags, ["Oslo", "Rome"]);
});

test("a sidecar that came later is attached", async () => {
  writeFileSync(join(photos, "two.xmp"), "<x:xmpmeta/>");
  const { stdout } = await upload("--skip", "google,flickr", "--json");
  assert.match(stdout, /"reason":"on the server already; 1 sidecar added"/);
  assert.equal((await named("two.jpg")).sidecars.length, 1);
  const again = await upload("--skip", "google,flickr", "--json");
  assert.doesNotMatch(again.stdout, /sidecar/);
});

test("what was kept from a service goes there only when a person asks for it", async () => {
  for (let time = 0; time < 2; time++) {
    const { stdout } = await upload();
    assert.match(stdout, /2 photos stay away from flickr, as when first sent; --send-skipped sends them there/);
  }
  assert.equal((await named("two.jpg")).destinations.flickr?.state, "skipped");
  const { stdout: tried } = await upload("--send-skipped", "--skip", "flickr", "--dry-run", "--json");
  assert.match(tried, /would go to gphotos now/);
  assert.equal((await named("two.jpg")).destinations.gphotos?.state, "skipped");
  await upload("--send-skipped", "--skip", "flickr", "--wait");
  assert.equal((await named("two.jpg")).destinations.gphotos?.state, "done");
  assert.equal((await named("two.jpg")).destinations.flickr?.state, "skipped");
});

test("a RAW file is sent as belonging to the picture of its name", async () => {
  const folder = join(photos, "pair");
  const { sha256 } = await writePicture(join(folder, "DSC1.JPG"), { seed: 3 });
  writeFileSync(
    join(folder, "dsc1.dng"),
    await sharp(await picture({ seed: 4 }))
      .tiff()
      .toBuffer(),
  );
  const { code, stdout, stderr } = await upload("--skip", "google,flickr");
  assert.equal(code, 0, stdout + stderr);
  const { related, key } = await named("dsc1.dng");
  assert.deepEqual(related, [{ relation: "raw", sha256, key: (await named("DSC1.JPG")).key }]);
  await until("both are archived", async () => (await views()).every(({ state }) => state === "done"));
  assert.deepEqual(
    (await named("DSC1.JPG")).related.map((one) => one.key),
    [key],
  );
});

test("a server that was started with an older catalog, at the same address, is sent what it does not know", async () => {
  const own = await makeHome(await temporaryFolder());
  const data = join(own.folder, "data");
  const places = { UPLOAD_FOLDER: join(data, "spool"), ARCHIVE_FOLDER: join(data, "archive") };
  const before = await serve(own, { ...places, DB_FILE: join(data, "new.db") });
  const send = async (): Promise<string> => {
    const args = ["upload", "photos", "--host", before.url];
    return (await runPhotolog(own, args, { PHOTOLOG_SECRET: SECRET })).stdout;
  };
  await writePicture(join(own.folder, "photos/one.jpg"), { seed: 11 });
  assert.match(await send(), /1 found = 1 uploaded \+ 0 duplicate/);
  assert.match(await send(), /1 found = 0 uploaded \+ 1 duplicate/);
  await before.end("SIGKILL");
  const port = Number(new URL(before.url).port);
  const after = await serve(own, { ...places, DB_FILE: join(data, "old.db") }, { port });
  assert.equal(after.url, before.url);
  assert.match(await send(), /1 found = 1 uploaded \+ 0 duplicate/);
});
