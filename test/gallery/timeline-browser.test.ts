/** The timeline in a real browser, from a folder as from a server: a gallery of two thousand photos, and the shapes of a million. */
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import type { ShownPhoto } from "../../src/catalog.ts";
import { runsOf } from "../../src/gallery/calendar.ts";
import { type Directory, lettersOf, type PhotoPiece } from "../../src/gallery/pieces.ts";
import { siteFiles } from "../../src/gallery/site.ts";
import { layoutShiftOf, openBrowser, visit } from "../support/browser.ts";
import { LOOK, rendered, shown, timelineOf } from "../support/gallery.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const browser = await openBrowser();
const DESKTOP = { viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" } as const;
const HOSTILE = '"><img src=x onerror=document.title=1>\u202egpj.exe';

/** Two thousand of six years, some days with one and some with a hundred. */
function manyPhotos(): ShownPhoto[] {
  const photos: ShownPhoto[] = [];
  for (let day = 0; photos.length < 2000; day++) {
    const date = new Date(Date.UTC(2024, 4, 17) - day * 11 * 86_400_000).toISOString().slice(0, 10);
    const count = Math.min(2000 - photos.length, day % 7 === 3 ? 100 : 1 + (day % 4));
    for (let index = 0; index < count; index++) {
      const local = `${date}T${String(8 + Math.floor(index / 10)).padStart(2, "0")}:${String((index % 10) * 6).padStart(2, "0")}:00`;
      const photo = shown(photos.length, { facts: { taken: { local, source: "exif" } } });
      const size = photos.length % 3 === 0 ? { width: 213, height: 320 } : { width: 480, height: 320 };
      photos.push({ ...photo, day: date, renditions: rendered(photo.photo.sha256, size) });
    }
  }
  const [first] = photos;
  if (first !== undefined) photos[0] = { ...first, photo: { ...first.photo, filename: HOSTILE }, renditions: [] };
  return photos;
}

/** What can be seen of it now. */
function seen(page: Page): Promise<{ heading: string; photos: number[]; hasLinks: boolean; left: number[] }> {
  return page.evaluate(() => {
    const reel = document.querySelector(".reel")?.getBoundingClientRect();
    const isSeen = (one: Element): boolean => {
      const { top, bottom } = one.getBoundingClientRect();
      return reel !== undefined && bottom > reel.top + 1 && top < reel.bottom - 1;
    };
    const tiles = [...document.querySelectorAll<HTMLAnchorElement>("a.tile")].filter(isSeen);
    return {
      heading: [...document.querySelectorAll(".of-day h2")].find(isSeen)?.textContent ?? "",
      photos: tiles.map((tile) => Number(tile.dataset["photo"])),
      hasLinks: tiles.length > 0 && tiles.every((tile) => tile.href !== ""),
      left: tiles.map((tile) => tile.getBoundingClientRect().left),
    };
  });
}

async function whenSeen(page: Page, isRight: (now: Awaited<ReturnType<typeof seen>>) => boolean): Promise<void> {
  for (let look = 0; look < 500; look++) {
    const now = await seen(page);
    if (now.hasLinks && isRight(now)) return;
    await page.waitForTimeout(20);
  }
  assert.fail(JSON.stringify(await seen(page)));
}

async function goTo(page: Page, day: string): Promise<void> {
  await page.getByLabel("Go to").fill(day);
}

describe(
  "the timeline in a browser",
  { skip: browser === undefined ? "no Chromium runs on this machine" : false },
  () => {
    let chromium: Browser;
    let folder: string;
    let address: string;

    before(async () => {
      assert.ok(browser);
      chromium = browser;
      folder = await temporaryFolder();
      const pixel = await sharp({ create: { width: 2, height: 2, channels: 3, background: "#7a9e87" } })
        .webp()
        .toBuffer();
      const timeline = timelineOf(manyPhotos());
      for await (const { path, body } of siteFiles({ timeline, galleryKey: "ab".repeat(32), look: LOOK })) {
        await mkdir(join(folder, dirname(path)), { recursive: true });
        await writeFile(join(folder, path), "text" in body ? body.text : pixel);
      }
      address = pathToFileURL(join(folder, "timeline/index.html")).href;
    });

    async function openTimeline(options: Parameters<typeof visit>[1] = DESKTOP, hash = "") {
      const visitor = await visit(chromium, options);
      await visitor.page.goto(address + hash);
      await whenSeen(visitor.page, () => true);
      return visitor;
    }

    it("shows the newest photos at once, and nothing is refused or asked for elsewhere", async () => {
      const { page, requests, complaints } = await openTimeline();
      const { heading, photos } = await seen(page);
      assert.equal(heading, "Fri 17 May 2024");
      assert.equal(photos[0], 0);
      assert.deepEqual(complaints, []);
      const root = pathToFileURL(folder).href;
      assert.deepEqual(
        requests.filter((url) => !url.startsWith(root)),
        [],
      );
      assert.ok(requests.filter((url) => url.includes("/data/m/")).length <= 3, "only the months near the screen");
      assert.ok((await page.locator("*").count()) < 400);
    });

    for (const screen of [
      { ...DESKTOP, colorScheme: "light" },
      { colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" },
    ] as const) {
      it(`has nothing that axe finds fault with, in ${screen.colorScheme}`, async () => {
        const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
        const { page } = await openTimeline({ ...screen, bypassCSP: true });
        await page.evaluate(axe);
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        assert.deepEqual(violations, []);
      });
    }

    it("goes to any day, or to the day before it that has photos, and the address says where it is", async () => {
      const { page } = await openTimeline();
      await goTo(page, "2022-03-01");
      await whenSeen(page, ({ heading }) => heading.includes("February 2022"));
      await page.waitForURL(/#2022-02-\d\d$/);
      await goTo(page, "2018-01-01");
      await page.waitForURL((url) => url.hash < "#2021");
      const kept = (): Promise<number> => page.evaluate(() => (history.state as { photo: number }).photo);
      const before = await kept();
      await page.locator(".reel").hover();
      await page.mouse.wheel(0, 5000);
      await whenSeen(page, ({ photos }) => photos.includes(1999));
      await until("the new place is kept", async () => (await kept()) !== before);
      await page.reload();
      await whenSeen(page, ({ photos }) => photos.includes(1999));
    });

    it("opens at the day of its address", async () => {
      const { page } = await openTimeline(DESKTOP, "#2022-03-01");
      assert.match((await seen(page)).heading, /February 2022/);
    });

    it("can be used with the keyboard alone: from the first photo along and down, to its page, and back to its place", async () => {
      const { page } = await openTimeline();
      const focused = (): Promise<number> =>
        page.evaluate(() => Number((document.activeElement as HTMLElement | null)?.dataset["photo"] ?? -1));
      for (let tab = 0; tab < 15 && (await focused()) < 0; tab++) await page.keyboard.press("Tab");
      assert.equal(await focused(), 0);
      const press = async (key: string, photo: (at: number) => boolean): Promise<void> => {
        await page.keyboard.press(key);
        for (let look = 0; look < 250 && !photo(await focused()); look++) await page.waitForTimeout(20);
        assert.ok(photo(await focused()), `${key} led to ${await focused()}`);
      };
      await press("ArrowRight", (at) => at === 1);
      await press("ArrowDown", (at) => at > 1);
      await press("End", (at) => at === 1999);
      await press("ArrowLeft", (at) => at === 1998);
      await press("ArrowUp", (at) => at < 1998);
      const at = await focused();
      await page.keyboard.press("Enter");
      await page.locator(".pswp--open").waitFor();
      await page.goBack();
      await whenSeen(page, ({ photos }) => photos.includes(at));
    });

    it("has a bar of months that keys move, and that says where it is", async () => {
      const { page } = await openTimeline();
      const bar = page.getByRole("slider", { name: "Month" });
      assert.equal(await bar.getAttribute("aria-valuetext"), "May 2024");
      await bar.focus();
      await page.keyboard.press("ArrowDown");
      await whenSeen(page, ({ heading }) => heading.includes("April 2024"));
      await page.keyboard.press("PageDown");
      assert.match((await bar.getAttribute("aria-valuetext")) ?? "", /2023$/);
      await page.keyboard.press("Home");
      await whenSeen(page, ({ photos }) => photos[0] === 0);
      const box = await bar.boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + 10, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x + 10, box.y + box.height - 1);
      await page.mouse.up();
      await whenSeen(page, ({ photos }) => photos.includes(1999));
    });

    it("keeps its place when the screen is turned, and nothing ever moves by itself", async () => {
      const { page } = await openTimeline({ ...DESKTOP, viewport: { width: 844, height: 390 } }, "#2022-03-01");
      const [first = -1] = (await seen(page)).photos;
      const shift = await layoutShiftOf(page);
      assert.ok(shift < 0.001, `${shift}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await whenSeen(page, ({ photos, left }) => photos.includes(first) && Math.max(...left) < 390);
    });

    it("asks for what is in sight before the rest, and no more for what has gone out of it", async () => {
      const { page } = await visit(chromium, DESKTOP);
      const asked: string[] = [];
      const given: (() => Promise<void>)[] = [];
      const stopped = new Set<string>();
      const pathOf = (url: string): string => new URL(url).pathname;
      await page.route(/-g\.webp$/, (route) => void given.push(() => route.continue().catch(() => undefined)));
      page.on("request", (request) => request.url().endsWith("-g.webp") && asked.push(pathOf(request.url())));
      page.on("requestfailed", (request) => stopped.add(pathOf(request.url())));
      // Pictures that are asked for before the page has loaded hold that up, for as long as they are kept waiting here.
      await page.goto(address, { waitUntil: "domcontentloaded" });
      await whenSeen(page, () => true);
      const wanted = await page.evaluate(() => {
        const reel = document.querySelector(".reel")?.getBoundingClientRect();
        return [...document.querySelectorAll<HTMLImageElement>("a.tile img")].map((one) => ({
          path: new URL(one.src).pathname,
          isInSight: one.getBoundingClientRect().top < (reel?.bottom ?? 0),
          priority: one.fetchPriority,
        }));
      });
      assert.ok(wanted.some(({ isInSight }) => !isInSight));
      for (const { isInSight, priority } of wanted) assert.equal(priority, isInSight ? "high" : "low");
      await until("pictures are asked for", () => asked.length > 3);
      await goTo(page, "2021-06-15");
      await whenSeen(page, ({ heading }) => heading.includes("2021"));
      await until("the others are stopped", () =>
        wanted.every(({ path }) => stopped.has(path) || !asked.includes(path)),
      );
      for (const give of given) await give();
    });

    it("leads to the years where no scripts run, or where its files cannot be had", async () => {
      const { page } = await visit(chromium, { javaScriptEnabled: false });
      await page.goto(address);
      await page.getByRole("link", { name: /^2022$/ }).click();
      await page.getByRole("heading", { name: "2022" }).waitFor();
      const { page: hindered } = await visit(chromium);
      await hindered.route(/data\/gallery\.js/, (route) => route.abort());
      await hindered.goto(address);
      await hindered.getByRole("link", { name: /^2022$/ }).click();
    });

    it("says so where some of its files cannot be had", async () => {
      const { page } = await visit(chromium, DESKTOP);
      await page.route(/data\/m\//, (route) => route.abort());
      await page.goto(address);
      await page.getByRole("link", { name: "load it again" }).waitFor();
    });

    it("shows a hostile file name as what it is", async () => {
      const { page } = await openTimeline();
      assert.equal(await page.locator("img[src=x]").count(), 0);
      assert.doesNotMatch(await page.title(), /^1$/);
    });

    it("reaches the last of a million photos, and any date between, with few elements and no empty screen", async () => {
      const million = await temporaryFolder();
      for (const part of ["timeline", "_"]) await cp(join(folder, part), join(million, part), { recursive: true });
      const days = Array.from({ length: 5000 }, (_, index) =>
        new Date(Date.UTC(2025, 0, 1) - index * 2 * 86_400_000).toISOString().slice(0, 10),
      );
      const months = runsOf(days.toReversed(), (day) => day.slice(0, 7));
      const directory: Directory = {
        part: 150,
        piece: 1000,
        months: months.map(([month, of]) => [
          month,
          of.length * 200,
          Array<string>(Math.ceil(of.length / 5)).fill("00000000"),
        ]),
        years: runsOf(days, (day) => day.slice(0, 4)).map(([year, of]) => [
          year,
          {
            days: of.map((day) => `${day.slice(5).replace("-", "")}:200`).join(" "),
            ratios: lettersOf(Array.from({ length: of.length * 200 }, (_, index) => 25 + ((index * 7919) % 50))),
          },
        ]),
        words: [],
        recent: { words: [], photos: [] },
      };
      await mkdir(join(million, "data/m"), { recursive: true });
      const told = (name: string, value: unknown): string =>
        `photologPiece(${JSON.stringify(name)},${JSON.stringify(value)})\n`;
      await writeFile(join(million, "data/gallery.js"), told("gallery", directory));
      for (const [number, [month, of]] of months.entries()) {
        for (let piece = 0; piece * 1000 < of.length * 200; piece++) {
          const photos: PhotoPiece = {
            days: [],
            ids: Array.from({ length: 1000 }, (_, index) => `${number}-${piece}-${index}`.padStart(22, "x")).join(""),
            ratios: "",
            times: "1200".repeat(1000),
            tones: "8ab".repeat(1000),
            marks: Object.fromEntries(
              Array.from({ length: 1000 }, (_, index) => [index, { label: "JPG", filename: `${index}` }]),
            ),
          };
          await writeFile(join(million, `data/m/${month}.${piece}.00000000.js`), told(`m/${month}.${piece}`, photos));
        }
      }
      const { page, complaints } = await visit(chromium, DESKTOP);
      await page.goto(pathToFileURL(join(million, "timeline/index.html")).href);
      await whenSeen(page, ({ photos }) => photos[0] === 0);
      for (const day of ["2019-06-15", "1998-01-01", "2011-11-11", "2024-12-30"]) {
        await goTo(page, day);
        const year = day.slice(0, 4);
        await whenSeen(
          page,
          ({ heading, photos }) => photos.length > 10 && heading.includes(day === "1998-01-01" ? "199" : year),
        );
        assert.ok((await page.locator("*").count()) < 450);
      }
      await page.locator(".reel").click({ position: { x: 2, y: 2 } });
      await page.getByRole("slider").focus();
      for (let month = 0; month < 12; month++) {
        await page.keyboard.press("ArrowUp");
        await whenSeen(page, ({ photos }) => photos.length > 10);
      }
      await page.keyboard.press("End");
      await page.locator(".reel").hover();
      for (let turn = 0; turn < 40; turn++) await page.mouse.wheel(0, 4000);
      await whenSeen(page, ({ photos }) => photos.includes(999_999));
      assert.deepEqual(complaints, []);
      const shift = await layoutShiftOf(page);
      assert.ok(shift < 0.001, `${shift}`);
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("HeapProfiler.collectGarbage");
      const { usedSize } = await devtools.send("Runtime.getHeapUsage");
      assert.ok(usedSize <= 60e6, `${usedSize} bytes`);
    });
  },
);
