/** The published gallery in a real browser, opened from a folder as a person would do by double click. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { siteFiles } from "../../src/gallery/site.ts";
import { layoutShiftOf, openBrowser, visit } from "../support/browser.ts";
import type { GivenPhoto } from "../support/catalog.ts";
import { LOOK, openTestGallery, rendered, shown, taken, timelineOf } from "../support/gallery.ts";
import { temporaryFolder } from "../support/temporary.ts";

const HOSTILE = '"><img src=x onerror=document.title=1>\u202egpj.exe';

const PHOTOS: readonly GivenPhoto[] = [
  ...Array.from({ length: 7 }, (_, index) => taken(`2024-05-17T1${index}:02:13`, { tags: ["vegas", "Las Vegas"] })),
  taken("2024-05-16", { tags: [HOSTILE], filename: HOSTILE }),
  taken("2024-04-01"),
  taken("2019-01-01"),
].map((photo) => ({
  ...photo,
  facts: {
    ...photo.facts,
    camera: { make: "SONY", model: "ILCE-7M4" },
    lens: "FE 24-105mm F4 G OSS",
    exposure: { time: 1 / 250, fNumber: 4, iso: 200, focalLength: 35 },
    place: { latitude: 36.1, longitude: -115.2 },
  },
  receipts: { flickr: { id: "1", url: "https://www.flickr.com/photos/ana/1" } },
}));

const PAGES = [
  "index.html",
  "2024/index.html",
  "2024/05/index.html",
  "2024/05/17/index.html",
  "timeline/index.html",
  "tags/index.html",
  "tags/vegas/index.html",
  "cameras/index.html",
  "places/index.html",
  "places/us/spring-valley/index.html",
  "map/index.html",
  "search/index.html",
  "status/index.html",
  "about/index.html",
  "404.html",
];

const browser = await openBrowser();

describe(
  "the gallery in a browser",
  { skip: browser === undefined ? "no Chromium runs on this machine" : false },
  () => {
    let chromium: Browser;
    let at: (path: string) => string;

    before(async () => {
      assert.ok(browser);
      chromium = browser;
      const gallery = await openTestGallery();
      await gallery.addPictures(PHOTOS);
      await gallery.add([
        { filename: "MVI_0042.MOV", kind: "video", extension: "mov", receivedAt: Date.UTC(2024, 4, 16) },
        taken("2024-05-17T09:00:00", { filename: "IMG_4711.HEIC", extension: "heic" }),
      ]);
      await gallery.publish({ title: "Ana’s photolog", services: ["flickr", "gphotos"] });
      at = (path) => pathToFileURL(join(gallery.site, path.split("#")[0] ?? "")).href + (/#.*/.exec(path)?.[0] ?? "");
    });

    async function photoPaths(page: Page): Promise<string[]> {
      await page.goto(at("2024/05/17/index.html"));
      return await page
        .locator(".grid > li")
        .evaluateAll((tiles) => tiles.map((tile) => `2024/05/17/index.html#${tile.id}`));
    }

    const screens = [
      { colorScheme: "light", viewport: { width: 1280, height: 800 } },
      { colorScheme: "dark", viewport: { width: 390, height: 844 } },
    ] as const;
    for (const screen of screens) {
      it(`has nothing that axe finds fault with, on any kind of page and with a photo open, in ${screen.colorScheme}`, async () => {
        const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
        const { page } = await visit(chromium, { ...screen, reducedMotion: "reduce", bypassCSP: true });
        const [bare = "", first = ""] = await photoPaths(page);
        for (const path of [...PAGES, first, bare]) {
          await page.goto(at(path));
          if (path.includes("#")) await page.locator(".pswp--open").waitFor();
          if (path === "search/index.html") {
            await page.getByRole("searchbox").fill("vegas");
            await page.getByText("7 photos", { exact: true }).waitFor();
          }
          await page.evaluate(axe);
          const violations = await page.evaluate(async () => {
            const { axe } = globalThis as unknown as {
              axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
            };
            return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
          });
          assert.deepEqual(violations, [], path);
        }
      });
    }

    it("loads nothing from anywhere else, and nothing is refused by its own policy", async () => {
      const { page, requests, complaints } = await visit(chromium);
      const [, first = ""] = await photoPaths(page);
      for (const path of [...PAGES, first]) await page.goto(at(path));
      await page.locator(".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)").waitFor();
      const root = at("");
      assert.deepEqual(
        requests.filter((url) => !url.startsWith(root)),
        [],
      );
      assert.ok(
        requests.some((url) => url.endsWith("-v.webp")),
        "the large picture of the open photo",
      );
      assert.deepEqual(complaints, []);
      assert.equal(await page.locator(".grid").evaluate((grid) => getComputedStyle(grid).display), "flex");
    });

    it("needs no JavaScript: from the index to a photo on its day, to the large picture, and back", async () => {
      const { page } = await visit(chromium, { javaScriptEnabled: false });
      await page.goto(at("index.html"));
      await page.getByRole("link", { name: "Photo, 17 May 2024, 11:02" }).click();
      await page.getByRole("heading", { name: "Friday, 17 May 2024" }).waitFor();
      assert.ok(await page.getByText("Google Photos 0 of 8").isVisible());
      await page.locator(".grid > li:target > a").click();
      await page.waitForURL(/-v\.webp$/);
      const size = await page
        .locator("img")
        .evaluate((picture: HTMLImageElement) =>
          picture.decode().then(() => [picture.naturalWidth, picture.naturalHeight]),
        );
      assert.deepEqual(size, [960, 640]);
      await page.goBack();
      await page.getByRole("heading", { name: "Friday, 17 May 2024" }).waitFor();
    });

    it("can be used with the keyboard alone and without scripts", async () => {
      const { page } = await visit(chromium, { javaScriptEnabled: false });
      await photoPaths(page);
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), "Skip to the photos");
      await page.keyboard.press("Enter");
      await tabUntil(page, (name) => name === "Photo, 17 May 2024, 11:02");
      await page.keyboard.press("Enter");
      await page.waitForURL(/-v\.webp$/);
    });

    it("opens photos in a viewer: arrows and letters, facts, focus and address, and Back", async () => {
      const { page, complaints } = await visit(chromium, {
        viewport: { width: 1280, height: 800 },
        reducedMotion: "reduce",
      });
      const [bare = "", first = "", second = ""] = await photoPaths(page);
      const hash = (path: string): string => path.slice(path.indexOf("#"));
      const isAt = (path: string) => page.waitForURL((url) => url.hash === hash(path));
      await tabUntil(page, (name) => name === "Photo, 17 May 2024, 11:02" || name.includes("IMG_4711.HEIC"));
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const viewer = page.locator(".pswp--open");
      await viewer.waitFor();
      const opened = new URL(page.url()).hash;
      assert.ok([hash(first), hash(second)].includes(opened));
      const facts = page.getByRole("complementary", { name: "About this photo" });
      assert.ok(await facts.getByText("1/250 s · f/4 · ISO 200 · 35 mm").isVisible());
      assert.equal(
        await facts.getByRole("link", { name: "Flickr" }).getAttribute("href"),
        "https://www.flickr.com/photos/ana/1",
      );
      await page.keyboard.press("Home");
      await isAt(bare);
      assert.match((await page.locator(".pswp-said").textContent()) ?? "", /^Photo 1 of 8: /);
      assert.ok(await page.locator(".pswp-bare").first().isVisible());
      await page.keyboard.press("ArrowRight");
      await isAt(first);
      await page.keyboard.press("j");
      await isAt(second);
      await page.keyboard.press("k");
      await isAt(first);
      await page.keyboard.press("i");
      assert.equal(await facts.isVisible(), false);
      await page.keyboard.press("i");
      await page.keyboard.press("Escape");
      await viewer.waitFor({ state: "detached" });
      assert.equal(new URL(page.url()).hash, "");
      assert.match(await focused(page), /^Photo, 17 May 2024, 10:02$/);
      await page.keyboard.press("Enter");
      await viewer.waitFor();
      await page.goBack();
      await viewer.waitFor({ state: "detached" });
      assert.deepEqual(complaints, []);
    });

    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      it(`lays the viewer over the whole page, the photo beside its facts, at ${viewport.width} × ${viewport.height}`, async () => {
        const { page } = await visit(chromium, { viewport, reducedMotion: "reduce" });
        const [, first = ""] = await photoPaths(page);
        await page.goto("about:blank");
        await page.goto(at(first));
        const picture = page.locator(".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)");
        await picture.waitFor();
        if (viewport.width < 900) await page.keyboard.press("i");
        const box = async (selector: string) => (await page.locator(selector).boundingBox()) ?? assert.fail(selector);
        assert.deepEqual(await box(".pswp--open"), { x: 0, y: 0, ...viewport });
        const facts = await box(".pswp-facts");
        const shown = (await picture.boundingBox()) ?? assert.fail("the picture");
        assert.ok(shown.width > 300 && shown.x >= 0 && shown.y >= 0, JSON.stringify(shown));
        assert.ok(facts.x + facts.width <= viewport.width && facts.y + facts.height <= viewport.height);
        const isBeside = shown.x + shown.width <= facts.x + 1 || shown.y + shown.height <= facts.y + 1;
        assert.ok(isBeside, JSON.stringify({ shown, facts }));
      });
    }

    it("shows a photo by its address in the viewer, and the picture itself where the viewer cannot be had", async () => {
      const { page } = await visit(chromium, { reducedMotion: "reduce" });
      const [, first = ""] = await photoPaths(page);
      await page.goto("about:blank");
      await page.goto(at(first));
      await page.locator(".pswp--open").waitFor();
      const { page: hindered } = await visit(chromium);
      await hindered.route(/viewer\./, (route) => route.abort());
      await hindered.goto(at(first));
      await hindered.waitForURL(/-v\.webp$/);
    });

    it("brings each photo into view by its own address, without scripts", async () => {
      const { page } = await visit(chromium, { javaScriptEnabled: false, viewport: { width: 390, height: 400 } });
      for (const path of (await photoPaths(page)).slice(-3)) {
        await page.goto("about:blank");
        await page.goto(at(path));
        const { y = -1, height = 0 } = (await page.locator(".grid > li:target").boundingBox()) ?? {};
        assert.ok(y >= 0 && y + height <= 400, `${y} ${height}`);
      }
    });

    it("tells all that is known of a photo, a hostile name and tag as what they are", async () => {
      const { page, complaints } = await visit(chromium, { viewport: { width: 1280, height: 800 } });
      await page.goto(at("2024/05/16/index.html"));
      await page.getByRole("link", { name: "Photo, 16 May 2024, 12:00" }).click();
      const facts = page.getByRole("complementary", { name: "About this photo" });
      await facts.getByRole("heading", { name: "16 May 2024, 12:00:00" }).waitFor();
      const shownName = HOSTILE.replace("\u202e", "\ufffd");
      assert.equal(await facts.getByText(shownName, { exact: true }).count(), 2, "the file and the tag");
      for (const text of [
        "SONY ILCE-7M4",
        "FE 24-105mm F4 G OSS",
        "1/250 s · f/4 · ISO 200 · 35 mm",
        "36.10000° N, 115.20000° W",
        "Not on Google Photos",
      ]) {
        assert.ok(await facts.getByText(text).isVisible(), text);
      }
      assert.match((await facts.locator("dd code").textContent()) ?? "", /^[0-9a-f]{64}$/);
      assert.match((await facts.locator(".copies code").textContent()) ?? "", /^originals\/2024\/05\/16\//);
      assert.equal(
        await facts.getByRole("link", { name: "Spring Valley" }).getAttribute("href"),
        "../../../places/us/spring-valley/index.html",
      );
      await facts.getByRole("link", { name: shownName }).click();
      await page.getByRole("heading", { name: shownName }).waitFor();
      assert.deepEqual(complaints, []);
    });

    it("plays a film where originals are offered, and offers them", async () => {
      const folder = await temporaryFolder();
      const film = shown(1, { kind: "video", extension: "mov", mime: "video/quicktime" });
      const photos = [{ ...film, renditions: rendered(film.photo.sha256, { width: 480, height: 320 }) }];
      const look = { ...LOOK, originals: "linked" } as const;
      for await (const { path, body } of siteFiles({
        timeline: timelineOf(photos),
        galleryKey: "ab".repeat(32),
        look,
      })) {
        await mkdir(join(folder, dirname(path)), { recursive: true });
        await writeFile(join(folder, path), "text" in body ? body.text : "");
      }
      const { page } = await visit(chromium, { viewport: { width: 1280, height: 800 } });
      await page.goto(pathToFileURL(join(folder, "2024/05/17/index.html")).href);
      await page.locator(".grid a").click();
      const video = page.locator(".pswp-film video[controls]");
      await video.waitFor();
      const original = `../../../originals/${film.photo.key}`;
      assert.equal(await video.getAttribute("src"), original);
      assert.match((await video.getAttribute("poster")) ?? "", /-v\.webp$/);
      assert.equal(await video.getAttribute("aria-label"), "Video, 17 May 2024");
      const link = page.getByRole("link", { name: "Original" });
      assert.deepEqual(
        [await link.getAttribute("href"), await link.getAttribute("download")],
        [original, "DSC00001.JPG"],
      );
    });

    it("fits on the narrowest screens: nothing needs scrolling sideways, and every target is large enough", async () => {
      for (const width of [320, 768]) {
        const { page } = await visit(chromium, {
          javaScriptEnabled: false,
          viewport: { width, height: 640 },
          hasTouch: true,
        });
        const [first = "", second = ""] = await photoPaths(page);
        for (const path of [...PAGES, "2024/05/16/index.html", first, second]) {
          await page.goto(at(path));
          const found = await page.evaluate(() => {
            const small = [...document.querySelectorAll("a")].filter((link) => {
              const inText = link.closest(".title p:not(.trail)") !== null;
              const { width, height } = link.getBoundingClientRect();
              return link.checkVisibility() && !inText && (width < 24 || height < 43.5);
            });
            return {
              overflow: document.documentElement.scrollWidth - innerWidth,
              wide: [...document.querySelectorAll("main *")].filter(
                (one) => one.getBoundingClientRect().right > innerWidth + 1 && one.closest(".years, .off") === null,
              ).length,
              small: small.map((link) => link.outerHTML.slice(0, 120)),
            };
          });
          assert.deepEqual(found, { overflow: 0, wide: 0, small: [] }, `${path} at ${width}`);
        }
      }
    });

    it("does not move when the pictures come", async () => {
      const { page } = await visit(chromium, { viewport: { width: 390, height: 844 } });
      await page.goto(at("index.html"));
      await page
        .locator("img")
        .evaluateAll((images) => Promise.all(images.map((img) => (img as HTMLImageElement).decode())));
      const shift = await layoutShiftOf(page);
      assert.equal(shift, 0);
    });

    it("makes rows of one height that end where the page ends", async () => {
      const { page } = await visit(chromium, { viewport: { width: 1000, height: 800 } });
      await page.goto(at("2024/05/17/index.html"));
      const boxes = await page
        .locator(".grid > li")
        .evaluateAll((tiles) => tiles.map((tile) => tile.getBoundingClientRect().toJSON() as DOMRect));
      const first = boxes.filter(({ top }) => top === boxes[0]?.top);
      assert.ok(first.length > 2 && first.length < boxes.length);
      assert.ok(first.every(({ height }) => Math.abs(height - (first[0]?.height ?? 0)) < 2));
      const grid = await page.locator(".grid").boundingBox();
      assert.ok(Math.abs((first.at(-1)?.right ?? 0) - ((grid?.x ?? 0) + (grid?.width ?? 0))) < 1);
    });

    it("finds photos by the beginnings of words, from a folder, and leads to each on its day", async () => {
      const { page, complaints } = await visit(chromium);
      await page.goto(at("search/index.html"));
      await page.getByRole("searchbox").fill("las SONY may");
      await page.getByText("7 photos", { exact: true }).waitFor();
      assert.match(page.url(), /\?q=las%20SONY%20may$/);
      assert.equal(await page.locator(".found .grid > li").count(), 7);
      await page.getByRole("searchbox").fill("onerror");
      await page.getByText("1 photo", { exact: true }).waitFor();
      assert.equal(await page.locator("img[src=x]").count(), 0);
      await page.locator(".found .grid a").click();
      await page.locator(".pswp--open").waitFor();
      assert.match(page.url(), /2024\/05\/16\/index\.html#p-/);
      assert.deepEqual(complaints, []);
    });

    it("runs nothing that a file name or a tag smuggles in", async () => {
      const { page, complaints } = await visit(chromium);
      for (const path of ["index.html", "2024/05/16/index.html", "tags/index.html", "status/index.html"]) {
        await page.goto(at(path));
        assert.match(await page.title(), /Ana’s photolog$/);
        assert.equal(
          await page.locator("img[src=x], script:not([src*='_/app.'], [type='application/json'])").count(),
          0,
        );
      }
      assert.deepEqual(complaints, []);
    });
  },
);

async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const { activeElement: element } = document;
    return (element?.textContent?.trim() || element?.querySelector("img")?.alt) ?? "";
  });
}

async function tabUntil(page: Page, isThere: (name: string) => boolean): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 30) {
    await page.keyboard.press("Tab");
    passed.push(await focused(page));
    if (isThere(passed.at(-1) ?? "")) return;
  }
  assert.fail(passed.join(" | "));
}
