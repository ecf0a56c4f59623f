import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import type { PublishReport } from "../../src/gallery/publish.ts";
import { openTestGallery, taken } from "../support/gallery.ts";

const DAY = 24 * 60 * 60_000;
const FIRST = Date.UTC(2026, 0, 1);

/** Twelve photos of one day that stay, and one of another day that goes. */
async function openWithOneGone() {
  const gallery = await openTestGallery();
  const stay = Array.from({ length: 12 }, (_, index) => taken(`2024-05-17T10:00:${String(index).padStart(2, "0")}`));
  const [goes] = await gallery.addPictures([taken("2023-01-01"), ...stay]);
  assert.ok(goes);
  await gallery.publish({ time: () => FIRST });
  const pictures = await pathsOf(gallery.site, "a");
  const renditions = await gallery.catalog.renditions(goes.id);
  return {
    ...gallery,
    pictures,
    /** Its pictures are part of the site no more; then they are again. */
    async hide() {
      await gallery.catalog.recordRenditions(goes.id, []);
    },
    forgetIt: () => gallery.forget(goes),
    async show() {
      await gallery.catalog.recordRenditions(goes.id, renditions);
    },
    publishAt: (time: number, more: { dryRun?: boolean } = {}): Promise<PublishReport> =>
      gallery.publish({ time: () => time, ...more }),
  };
}

async function pathsOf(site: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(site, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(join(site, folder), join(parentPath, name))).sort();
}

test("what no page refers to any more stays for a week, and is deleted by the first publish after it", async () => {
  const gallery = await openWithOneGone();
  await gallery.hide();
  const { deleted, waiting } = await gallery.publishAt(FIRST + DAY);
  assert.equal(deleted, 0);
  assert.ok(waiting >= 2, "two pictures, and pieces that have another name now");
  assert.deepEqual(await pathsOf(gallery.site, "a"), gallery.pictures);
  const still = await gallery.publishAt(FIRST + 8 * DAY - 1000);
  assert.deepEqual([still.put, still.deleted, still.waiting], [0, 0, waiting]);
  const dry = await gallery.publishAt(FIRST + 8 * DAY, { dryRun: true });
  assert.deepEqual([dry.deleted, dry.waiting], [waiting, 0]);
  const swept = await gallery.publishAt(FIRST + 8 * DAY);
  assert.deepEqual([swept.put, swept.deleted, swept.waiting], [0, waiting, 0]);
  assert.equal((await pathsOf(gallery.site, "a")).length, gallery.pictures.length - 2);
});

test("what comes back within the week is not put again", async () => {
  const gallery = await openWithOneGone();
  await gallery.hide();
  await gallery.publishAt(FIRST + DAY);
  await gallery.show();
  const put: string[] = [];
  await gallery.publish({
    time: () => FIRST + 2 * DAY,
    to: {
      ...gallery.target,
      async put(blob, signal) {
        put.push(blob.key);
        return await gallery.target.put(blob, signal);
      },
    },
  });
  assert.deepEqual(
    put.filter((key) => key.startsWith("a/")),
    [],
  );
  const { deleted } = await gallery.publishAt(FIRST + 20 * DAY);
  assert.ok(deleted > 0, "the pieces that told of its absence");
  assert.deepEqual(await pathsOf(gallery.site, "a"), gallery.pictures);
});

test("with --now nothing is left that has its name or tells of it", async () => {
  const gallery = await openWithOneGone();
  const before = new Set(gallery.pictures);
  await gallery.forgetIt();
  const { waiting } = await gallery.publish({ sweepNow: true, force: true });
  assert.equal(waiting, 0);
  const after = new Set(await pathsOf(gallery.site, "a"));
  const gone = [...before].find((path) => !after.has(path));
  const id = /([\w-]+)-[gv]\.webp$/.exec(gone ?? "")?.[1];
  assert.ok(id);
  for (const path of await pathsOf(gallery.site, ".")) {
    assert.ok(!path.includes(id), path);
    assert.ok(!(await readFile(join(gallery.site, path))).includes(id), path);
  }
});

test("a page that is gone goes at once, its pictures a week later, and no page names what is gone", async () => {
  const gallery = await openTestGallery();
  const stay = Array.from({ length: 12 }, (_, index) => taken(`2024-05-17T10:00:${String(index).padStart(2, "0")}`));
  const [goes] = await gallery.addPictures([taken("2022-02-02", { tags: ["rome"] }), ...stay]);
  assert.ok(goes);
  await gallery.publish({ time: () => FIRST });
  const pages = ["tags/rome/index.html", "2022/02/02/index.html", "2022/02/index.html", "2022/index.html"];
  for (const page of pages) assert.ok(existsSync(join(gallery.site, page)), page);
  const pictures = await pathsOf(gallery.site, "a");
  await gallery.forget(goes);
  const { deleted } = await gallery.publish({ time: () => FIRST + DAY, force: true });
  assert.ok(deleted >= pages.length);
  for (const page of pages) assert.ok(!existsSync(join(gallery.site, page)), page);
  assert.deepEqual(await pathsOf(gallery.site, "a"), pictures);
  for (const path of (await pathsOf(gallery.site, ".")).filter((name) => name.endsWith(".html"))) {
    assert.doesNotMatch(await readFile(join(gallery.site, path), "utf8"), /rome|2022/, path);
  }
  await gallery.publish({ time: () => FIRST + 8 * DAY });
  assert.equal((await pathsOf(gallery.site, "a")).length, pictures.length - 2);
});

test("a clock that was ahead when a file went does not keep it until then", async () => {
  const gallery = await openWithOneGone();
  await gallery.hide();
  const { waiting } = await gallery.publishAt(FIRST + 400 * DAY);
  assert.ok(waiting > 0);
  assert.equal((await gallery.publishAt(FIRST + DAY)).deleted, 0);
  assert.equal((await gallery.publishAt(FIRST + 8 * DAY)).deleted, waiting);
});
