/** The map in a real browser, opened from a folder: three hundred photos of a dozen towns, and thousands of places. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { ShownPhoto } from "../../src/catalog.ts";
import { type Gazetteer, openGazetteer } from "../../src/gallery/gazetteer.ts";
import { siteFiles } from "../../src/gallery/site.ts";
import { openBrowser, visit } from "../support/browser.ts";
import { LOOK, shown, timelineOf } from "../support/gallery.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const browser = await openBrowser();
const DESKTOP = { viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" } as const;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, reducedMotion: "reduce" } as const;
const HOSTILE = "\"><img src=x onerror=document.title='hit'>\u202e</script>";

const TOWNS = [
  [48.8566, 2.3522, 120],
  [48.8, 2.13, 12],
  [45.76, 4.84, 60],
  [43.3, 5.37, 30],
  [51.5, -0.12, 40],
  [35.68, 139.69, 9],
  [-33.87, 151.2, 1],
] as const;

function photoAt(latitude: number, longitude: number, index: number): ShownPhoto {
  const local = new Date(Date.UTC(2024, 4, 17, 12) - index * 3_600_000).toISOString().slice(0, 19);
  return shown(index, { facts: { taken: { local, source: "exif" }, place: { latitude, longitude } } });
}

async function write(photos: readonly ShownPhoto[], places: Gazetteer): Promise<string> {
  const folder = await temporaryFolder();
  const look = { ...LOOK, places };
  for await (const { path, body } of siteFiles({ timeline: timelineOf(photos), galleryKey: "ab".repeat(32), look })) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), "text" in body ? body.text : "");
  }
  return pathToFileURL(folder).href;
}

const mark = (page: Page, name: string) => page.locator(".spot", { hasText: name });

describe("the map in a browser", { skip: browser === undefined ? "no Chromium runs on this machine" : false }, () => {
  let chromium: Browser;
  let root: string;

  before(async () => {
    assert.ok(browser);
    chromium = browser;
    let index = 0;
    const photos = TOWNS.flatMap(([latitude, longitude, count]) =>
      Array.from({ length: count }, () => photoAt(latitude, longitude, index++)),
    );
    root = await write(photos, openGazetteer());
  });

  async function openMap(options: Parameters<typeof visit>[1] = DESKTOP, hash = "") {
    const visitor = await visit(chromium, options);
    await visitor.page.goto(`${root}/map/index.html${hash}`);
    await visitor.page.locator(".spot").first().waitFor();
    return visitor;
  }

  it("shows where photos were taken, and asks nobody else", async () => {
    const { page, requests, complaints } = await openMap();
    await mark(page, "Tokyo").waitFor();
    await page.getByRole("link", { name: "1 photo, Sydney", exact: true }).waitFor();
    await page
      .getByRole("button", { name: "200+ photos, Paris +4 other places, show them apart", exact: true })
      .waitFor();
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(root)),
      [],
    );
    const drawn = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".map canvas");
      const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const colours = new Set<string>();
      for (let at = 0; at < pixels.length; at += 4000) colours.add(pixels.slice(at, at + 4).join(","));
      return colours.size;
    });
    assert.ok(drawn >= 2, "sea and land");
  });

  for (const screen of [
    { ...DESKTOP, colorScheme: "light" },
    { ...PHONE, colorScheme: "dark" },
  ] as const) {
    it(`has nothing that axe finds fault with, in ${screen.colorScheme}`, async () => {
      const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      const { page, complaints } = await openMap(screen);
      for (const path of [
        "map/index.html",
        "places/index.html",
        "places/fr/index.html",
        "places/fr/paris/index.html",
      ]) {
        await page.goto(`${root}/${path}`);
        if (path.startsWith("map")) await page.locator(".spot").first().waitFor();
        await page.evaluate(axe);
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          return (await axe.run({ preload: false })).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        assert.deepEqual(violations, [], path);
        const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(isWide, false, path);
      }
      assert.deepEqual(complaints, []);
    });
  }

  it("can be used with the keyboard alone: places part, the map moves, and a place leads to its photos", async () => {
    const { page, complaints } = await openMap();
    await page.locator(".map").focus();
    await page.keyboard.press("Tab");
    assert.match((await page.locator(":focus").textContent()) ?? "", /Paris \+\d/);
    const hashes = new Set([""]);
    await until("the address tells what is seen", async () => (await page.evaluate(() => location.hash)) !== "");
    hashes.add(await page.evaluate(() => location.hash));
    for (let press = 0; press < 12; press++) {
      const isLink = await page.evaluate(() => document.activeElement instanceof HTMLAnchorElement);
      if (isLink) break;
      await page.keyboard.press("Enter");
      await until("the map is larger", async () => !hashes.has(await page.evaluate(() => location.hash)));
      hashes.add(await page.evaluate(() => location.hash));
    }
    assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).dataset["place"]), "fr/paris");
    const left = async (): Promise<number> => (await mark(page, "Paris").first().boundingBox())?.x ?? NaN;
    const from = await left();
    await page.keyboard.press("ArrowRight");
    await until("the map has moved", async () => (await left()) < from - 50);
    await page.keyboard.press("-");
    await page.keyboard.press("0");
    await mark(page, "Tokyo").waitFor();
    assert.equal(await page.evaluate(() => document.querySelector(".map")?.contains(document.activeElement)), true);
    await mark(page, "Sydney").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/places\/au\/sydney\/index\.html$/);
    await page.goBack();
    await mark(page, "Sydney").waitFor();
    assert.deepEqual(complaints, []);
  });

  it("is dragged and made larger by the mouse, a drag opens nothing, and scrolling past is not held up", async () => {
    const { page } = await openMap();
    const hash = (): Promise<string> => page.evaluate(() => location.hash);
    await until("the address tells what is seen", async () => (await hash()) !== "");
    const whole = await hash();
    const map = await page.locator(".map").boundingBox();
    assert.ok(map);
    await page.mouse.move(map.x + 500, map.y + 300);
    await page.mouse.wheel(0, 200);
    await until("the page has scrolled", async () => (await page.evaluate(() => scrollY)) > 0);
    await page.evaluate(() => scrollTo(0, 0));
    assert.equal(await hash(), whole);
    await page.getByRole("button", { name: "Larger" }).click();
    await until("it is larger", async () => parseFloat((await hash()).slice(1)) > parseFloat(whole.slice(1)) + 0.9);
    await page.getByRole("button", { name: "All places" }).click();
    await until("all is there again", async () => (await hash()) === whole);
    await page.evaluate(() => (location.hash = "#5.00/48.00/2.00"));
    await mark(page, "Paris").waitFor();
    const paris = await mark(page, "Paris").boundingBox();
    assert.ok(paris);
    await page.mouse.move(paris.x + 10, paris.y + 10);
    await page.mouse.down();
    await page.mouse.move(paris.x + 110, paris.y + 40, { steps: 5 });
    await page.mouse.up();
    await until("it has been dragged", async () => {
      const now = await mark(page, "Paris").boundingBox();
      return now !== null && Math.abs(now.x - paris.x - 100) < 12;
    });
    assert.match(page.url(), /map\/index\.html/);
    const zoom = parseFloat((await hash()).slice(1));
    await page.mouse.move(map.x + 500, map.y + 300);
    await page.mouse.wheel(0, -300);
    await until(
      "the wheel makes it larger once it is in use",
      async () => parseFloat((await hash()).slice(1)) > zoom + 0.9,
    );
  });

  it("keeps its place in the address", async () => {
    const { page } = await openMap(DESKTOP, "#6.50/45.76/4.84");
    await mark(page, "Lyon").waitFor();
    const spot = await mark(page, "Lyon").boundingBox();
    const map = await page.locator(".map").boundingBox();
    assert.ok(spot && map);
    assert.ok(Math.abs(spot.x + spot.width / 2 - map.x - map.width / 2) < 5);
    assert.equal(await page.evaluate(() => location.hash), "#6.50/45.76/4.84");
  });

  it("without scripts is a list of the same places", async () => {
    const { page } = await visit(chromium, { ...DESKTOP, javaScriptEnabled: false });
    await page.goto(`${root}/map/index.html`);
    assert.equal(await page.locator(".map").isVisible(), false);
    await page.getByRole("link", { name: "Sydney" }).click();
    await page.waitForURL(/places\/au\/sydney\/index\.html$/);
  });

  it("shows thousands of places, getting those of one region when it is looked at, and names that attack as text", async () => {
    const many = Array.from({ length: 2500 }, (_, index) => photoAt(index, 0, index));
    const gallery = await write(many, {
      spotOf: ({ latitude: index }) => ({
        id: `xx/town-${index}`,
        name: index === 0 ? HOSTILE : `Town ${index}`,
        country: COUNTRY,
        latitude: Math.round((44 + (index % 50) * 0.2) * 100) / 100,
        longitude: Math.round((0 + Math.floor(index / 50) * 0.25) * 100) / 100,
      }),
    });
    const { page, requests, complaints } = await visit(chromium, DESKTOP);
    await page.goto(`${gallery}/map/index.html`);
    await page.locator(".spot").first().waitFor();
    const pieces = (): number => requests.filter((url) => url.includes("/data/g/")).length;
    await page.goto(`${gallery}/map/index.html#10.5/44/0`);
    await page.reload();
    await mark(page, "onerror").waitFor();
    assert.ok(pieces() >= 1);
    assert.match(
      (await mark(page, "onerror").textContent()) ?? "",
      /^1 photo, "><img src=x onerror=document\.title='hit'>\ufffd<\/script>$/,
    );
    assert.equal(await page.title(), "Map · Photolog");
    await page.getByRole("button", { name: "All places" }).click();
    await until("all are counted", async () =>
      /2,500 places/.test((await page.locator("[role=status]").textContent()) ?? ""),
    );
    assert.ok((await page.locator(".map *").count()) < 400);
    assert.deepEqual(complaints, []);
  });
});

const COUNTRY = { code: "xx", name: HOSTILE };
