/** Galleries at the edges, in a real browser: nothing in them, one thing, and pictures of shapes that nobody expects. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { renderRenditions } from "../../src/media/renditions.ts";
import type { Rendition } from "../../src/photo.ts";
import { openBrowser, visit } from "../support/browser.ts";
import { crawl } from "../support/crawl.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { temporaryFolder } from "../support/temporary.ts";

type Gallery = Awaited<ReturnType<typeof openTestGallery>>;

/** How each is filled, how many photos it then has, and the page that shows them. */
const GALLERIES: Readonly<
  Record<
    string,
    { readonly fill: (gallery: Gallery) => Promise<unknown>; readonly photos: number; readonly day?: string }
  >
> = {
  "nothing in it": { fill: async () => undefined, photos: 0 },
  "one photo": {
    fill: (gallery) => gallery.addPictures([taken("2024-05-17T10:02:13")]),
    photos: 1,
    day: "2024/05/17",
  },
  "one film": {
    fill: (gallery) =>
      gallery.addPictures([taken("2024-05-17T10:02:13", { kind: "video", extension: "mov", mime: "video/quicktime" })]),
    photos: 1,
    day: "2024/05/17",
  },
  "one film without a picture": {
    fill: (gallery) => gallery.add([taken("2024-05-17T10:02:13", { kind: "video", extension: "mov" })]),
    photos: 1,
    day: "2024/05/17",
  },
  "one photo of a day that nobody knows": {
    fill: (gallery) => gallery.addPictures([{ filename: "scan.jpg", receivedAt: Date.UTC(2024, 4, 17, 12) }]),
    photos: 1,
    day: "2024/05/17",
  },
  "panoramas of one pixel by 20,000, both ways": {
    fill: async (gallery) => {
      await gallery.add([
        { ...taken("2024-05-17T10:00:00"), renditions: await shapeOf(gallery, 20_000, 1) },
        { ...taken("2024-05-17T11:00:00"), renditions: await shapeOf(gallery, 1, 20_000) },
        { ...taken("2024-05-17T12:00:00"), renditions: await shapeOf(gallery, 20_000, 900) },
      ]);
    },
    photos: 3,
    day: "2024/05/17",
  },
};

/** As the pipeline makes them. */
async function shapeOf({ archive }: Gallery, width: number, height: number): Promise<Rendition[]> {
  const folder = await temporaryFolder();
  const original = join(folder, "original.png");
  await sharp({ create: { width, height, channels: 3, background: "#a64" } })
    .png()
    .toFile(original);
  const { files } = await renderRenditions(original, { mime: "image/png", kind: "image" }, folder);
  return await Promise.all(
    files.map(async ({ path, ...file }): Promise<Rendition> => {
      const blobKey = `renditions/${width}x${height}/${file.name}.webp`;
      const { bytes: size, sha256, mime: contentType } = file;
      await archive.put({ key: blobKey, source: { path }, size, sha256, contentType });
      return { ...file, blobKey };
    }),
  );
}

const browser = await openBrowser();

describe("a gallery with", { skip: browser === undefined ? "no Chromium runs on this machine" : false }, () => {
  let chromium: Browser;

  before(() => {
    assert.ok(browser);
    chromium = browser;
  });

  for (const [name, { fill, photos, day }] of Object.entries(GALLERIES)) {
    it(`${name} is whole: every page fits, every photo opens, and nothing is complained of`, async () => {
      const gallery = await openTestGallery();
      await fill(gallery);
      await gallery.publish();
      const site = await crawl((path) => readFile(join(gallery.site, path), "utf8").catch(() => undefined));
      assert.deepEqual(site.broken, []);
      assert.equal(site.photos.size, photos);
      const at = (path: string): string => pathToFileURL(join(gallery.site, path)).href;
      for (const viewport of [
        { width: 390, height: 844 },
        { width: 1280, height: 800 },
      ]) {
        const { page, complaints } = await visit(chromium, { viewport, reducedMotion: "reduce" });
        for (const path of site.pages) {
          await page.goto(at(path));
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.equal(tooWide, 0, `${path} at ${viewport.width}`);
        }
        if (day !== undefined) {
          await page.goto(at(`${day}/index.html`));
          const tiles = page.locator(".grid > li > a");
          assert.equal(await tiles.count(), photos);
          for (const tile of await tiles.all()) {
            const box = await tile.boundingBox();
            assert.ok(box !== null && box.width >= 40 && box.height >= 40, JSON.stringify(box));
            await tile.click();
            await page.locator(".pswp--open").waitFor();
            await page.keyboard.press("Escape");
            await page.locator(".pswp--open").waitFor({ state: "detached" });
          }
          await page.goto(at("timeline/index.html"));
          await page.locator("a.tile[href]").first().waitFor();
          assert.equal(await page.locator("a.tile[href]").count(), photos);
        }
        assert.deepEqual(complaints, [], `at ${viewport.width}`);
      }
    });
  }
});
