import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openS3 } from "../../src/storage/s3.ts";
import { crawl } from "../support/crawl.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { makeHome, runPhotolog, SECRET } from "../support/photolog.ts";
import { optionsFor } from "../support/s3-server.ts";
import { startBucket } from "../support/services.ts";

const PHOTOS = Array.from({ length: 60 }, (_, index) =>
  taken(`20${10 + (index % 12)}-05-${10 + (index % 15)}T10:00:${String(index).padStart(2, "0")}`),
);

/** A catalog of sixty photos with a home of its own, the renditions in a folder. */
async function open(more: Readonly<Record<string, string>> = {}) {
  const gallery = await openTestGallery();
  await gallery.addPictures(PHOTOS);
  const home = await makeHome(gallery.folder);
  const settings = {
    API_SECRET: SECRET,
    DB_FILE: join(gallery.folder, "photolog.db"),
    UPLOAD_FOLDER: join(gallery.folder, "spool"),
    ARCHIVE_FOLDER: join(gallery.folder, "archive"),
    ...more,
  };
  const file = join(gallery.folder, "settings.json");
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  return { ...gallery, home: { ...home, environment: { ...home.environment, SETTINGS: file } } };
}

test("two processes that publish at once into a folder: whatever each says is so, and the site is whole", async () => {
  const gallery = await open();
  const args = ["gallery", "publish", "--to", gallery.site, "--json"];
  const runs = await Promise.all([runPhotolog(gallery.home, args), runPhotolog(gallery.home, args)]);
  for (const { code, stdout, stderr } of runs) {
    if (code === 0) continue;
    assert.equal(code, 1, stderr);
    assert.match(stdout + stderr, /Another `gallery publish` is at work/);
  }
  assert.ok(
    runs.some(({ code }) => code === 0),
    JSON.stringify(runs),
  );
  await assertWhole(gallery.site);
  const last = await runPhotolog(gallery.home, args);
  assert.equal(JSON.parse(last.stdout).put, 0);
});

test("two processes that publish at once into a bucket: one wins, and nothing is lost", async () => {
  const { s3, settings } = await startBucket();
  const gallery = await open();
  const bucket = openS3(optionsFor(s3));
  // The renditions go to the bucket first: it is the archive, too.
  for await (const { key } of gallery.archive.list("")) {
    const chunks: Buffer[] = [];
    for await (const chunk of await gallery.archive.get(key)) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const { sha256 = "", contentType = "" } = (await gallery.archive.stat(key)) ?? {};
    await bucket.put({ key, source: { bytes }, size: bytes.length, sha256, contentType });
  }
  const file = join(gallery.folder, "bucket.json");
  const own = {
    API_SECRET: SECRET,
    DB_FILE: join(gallery.folder, "photolog.db"),
    UPLOAD_FOLDER: join(gallery.folder, "spool"),
  };
  await writeFile(file, JSON.stringify({ ...own, ...settings }), { mode: 0o600 });
  const more = { SETTINGS: file };
  const args = ["gallery", "publish", "--json"];
  const runs = await Promise.all([
    runPhotolog(gallery.home, args, more),
    runPhotolog(gallery.home, args, more),
    runPhotolog(gallery.home, args, more),
  ]);
  for (const { code, stdout, stderr } of runs) {
    if (code !== 0) assert.match(stdout + stderr, /Another `gallery publish` is at work/);
  }
  assert.ok(
    runs.some(({ code }) => code === 0),
    JSON.stringify(runs),
  );
  const { photos, broken } = await crawl((path) => {
    const object = s3.objects.get(`gallery/${path}`);
    if (object === undefined) return undefined;
    return path.endsWith(".html") ? gunzipSync(object.bytes).toString() : "";
  });
  assert.deepEqual(broken, []);
  assert.equal(photos.size, PHOTOS.length);
  const last = await runPhotolog(gallery.home, args, more);
  assert.equal(JSON.parse(last.stdout).put, 0);
});

async function assertWhole(site: string): Promise<void> {
  const { photos, broken, assets } = await crawl(async (path) => {
    const file = join(site, path);
    if (!existsSync(file)) return undefined;
    return path.endsWith(".html") ? await readFile(file, "utf8") : "";
  });
  assert.deepEqual(broken, []);
  assert.deepEqual(
    [...assets].filter((path) => !existsSync(join(site, path))),
    [],
  );
  assert.equal(photos.size, PHOTOS.length);
}
