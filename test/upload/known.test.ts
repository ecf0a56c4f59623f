import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
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
  const { stdout } = await upload(...labels);
  assert.match(stdout, /2 found = 0 uploaded \+ 2 duplicate/);
  assert.match(stdout, /2 photos on the server got tags, albums or services/);
  assert.deepEqual((await named("one.jpg")).tags, ["Rome 2019", "sea"]);
  assert.deepEqual((await named("one.jpg")).albums, ["Rome 2019"]);
  assert.deepEqual((await named("two.jpg")).tags, ["sea"]);
  assert.doesNotMatch((await upload(...labels)).stdout, /got tags/);
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
  const { stdout } = await upload();
  assert.match(stdout, /2 photos stay away from flickr, as when first sent; --send-skipped sends them there/);
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
