/** The search of a large gallery, in a real browser and from a real server: what it asks for, and how soon it answers. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { emptyGathered, gatherDay } from "../../src/gallery/gathered.ts";
import { addDay, emptyOutline } from "../../src/gallery/outline.ts";
import { leadingPages, scriptedFiles } from "../../src/gallery/site.ts";
import { SCRIPTS } from "../../src/gallery/script.ts";
import { SEARCH } from "../../src/gallery/site-paths.ts";
import { FIND_STYLE } from "../../src/gallery/find-style.ts";
import { ICON, STYLE } from "../../src/gallery/style.ts";
import { layoutShiftOf, openBrowser, visit } from "../support/browser.ts";
import { LOOK, shown } from "../support/gallery.ts";
import { until } from "../support/until.ts";

const PHOTOS = 200_000;
const OF_A_DAY = 40;
const TAGS = ["vegas", "family", "garden", "snow"];
/** One in so many photos has this tag. */
const RARE = { tag: "zanzibar", every: 5000 };
/** What a search may bring, packed. How long it takes is measured by `npm run bench`. */
const MOST_BYTES = 60_000;

const browser = await openBrowser();

/** By path, what the page to search on asks for; packed. */
function searchFiles(): ReadonlyMap<string, { readonly type: string; readonly bytes: Buffer }> {
  const outline = emptyOutline();
  const gathered = emptyGathered();
  for (let from = 0; from < PHOTOS; from += OF_A_DAY) {
    const date = new Date(Date.UTC(2026, 4, 17) - (from / OF_A_DAY) * 86_400_000).toISOString().slice(0, 10);
    const photos = Array.from({ length: OF_A_DAY }, (_, index) => {
      const number = from + index;
      const local = `${date}T${String(8 + Math.floor(index / 4)).padStart(2, "0")}:00:00`;
      const tags = [TAGS[number % TAGS.length] ?? "", ...(number % RARE.every === 0 ? [RARE.tag] : [])];
      return { ...shown(number, { tags, facts: { taken: { local, source: "exif" } } }), day: date };
    });
    const of = { day: date, photos };
    const day = addDay(outline, of, ({ photo }) => photo.sha256.slice(0, 22));
    gatherDay(gathered, { tiles: outline.tiles, day }, photos);
  }
  const files = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  for (const { path, text, contentType } of [STYLE, FIND_STYLE, ICON, ...SCRIPTS])
    files.set(path, { type: contentType, bytes: gzipSync(text) });
  for (const { path, contentType, body } of scriptedFiles(outline, gathered)) {
    if ("text" in body) files.set(path, { type: contentType, bytes: gzipSync(body.text) });
  }
  for (const { path, render } of leadingPages(LOOK, outline, gathered)) {
    if (path === SEARCH) files.set(path, { type: "text/html; charset=utf-8", bytes: gzipSync(render()) });
  }
  return files;
}

describe(
  `the search among ${PHOTOS} photos`,
  { skip: browser === undefined && "no Chromium runs on this machine" },
  () => {
    let chromium: Browser;
    let address: string;
    const server = createServer();

    before(async () => {
      assert.ok(browser);
      chromium = browser;
      const files = searchFiles();
      server.on("request", (request, response) => {
        const file = files.get(new URL(request.url ?? "/", "http://site").pathname.slice(1));
        if (file === undefined) {
          response.writeHead(404).end();
          return;
        }
        response.writeHead(200, { "content-type": file.type, "content-encoding": "gzip" }).end(file.bytes);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${SEARCH}`;
    });

    after(() => {
      server.close();
      server.closeAllConnections();
    });

    for (const [word, count] of [
      [RARE.tag, PHOTOS / RARE.every],
      [TAGS[0] ?? "", PHOTOS / TAGS.length],
    ] as const) {
      it(`finds the ${count} tagged ${word} with ${MOST_BYTES / 1000} kB`, async () => {
        const { page } = await visit(chromium);
        await page.goto(address, { waitUntil: "networkidle" });
        const answer = await page.evaluate(answerTo, word);
        assert.equal(answer.text, `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} photos`);
        assert.ok(answer.bytes > 0 && answer.bytes <= MOST_BYTES, `${answer.bytes} bytes`);
      });
    }

    it("shows all that is found, newest day first, each once, as one comes to it", async () => {
      const { page, complaints } = await visit(chromium, { viewport: { width: 390, height: 600 } });
      const shownDays = (): Promise<string[]> =>
        page
          .locator(".found .grid > li > a")
          .evaluateAll((links) => links.map((link) => link.getAttribute("href")?.slice(3, 13) ?? ""));
      await page.goto(`${address}?q=${RARE.tag}`);
      await page.getByText("40 photos", { exact: true }).waitFor();
      const first = await shownDays();
      assert.ok(first.length > 0 && first.length < 40, `${first.length} at first`);
      await page.evaluate(beBusy);
      await until("all are shown", async () => {
        await page.mouse.wheel(0, 2000);
        return (await shownDays()).length === 40;
      });
      const days = await shownDays();
      assert.deepEqual(days, days.toSorted().toReversed());
      assert.equal(new Set(days).size, 40);
      assert.equal(await page.getByRole("button", { name: "Show more" }).isVisible(), false);

      await page.getByRole("searchbox").fill(TAGS[1] ?? "");
      await page.getByText("50,000 photos", { exact: true }).waitFor();
      const more = page.getByRole("button", { name: "Show more" });
      await until("sixty are shown", async () => {
        await page.mouse.wheel(0, 2000);
        return await more.isVisible();
      });
      assert.equal((await shownDays()).length, 60);
      await more.click();
      await until("more are shown", async () => {
        await page.mouse.wheel(0, 2000);
        return (await shownDays()).length === 120;
      });
      const headings = await page.locator(".found h2").allTextContents();
      assert.equal(new Set(headings).size, headings.length, "each day has one heading");
      const links = await page
        .locator(".found .grid > li > a")
        .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
      assert.equal(new Set(links).size, 120);
      assert.deepEqual(complaints, []);
    });

    it("moves nothing when what was found comes late", async () => {
      const { page } = await visit(chromium, { viewport: { width: 1280, height: 800 } });
      await page.route(/data\/[ms]\//, async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 700));
        await route.continue();
      });
      await page.goto(address, { waitUntil: "networkidle" });
      await page.getByRole("searchbox").pressSequentially(RARE.tag);
      await page.getByText("40 photos", { exact: true }).waitFor();
      await until("the screen is filled", async () => (await page.locator(".found .grid > li").count()) > 8);
      const shift = await layoutShiftOf(page);
      assert.ok(shift < 0.001, `${shift}`);
    });
  },
);

/** As a slow phone is: what observers have to tell comes late, and together. */
function beBusy(): void {
  setInterval(() => {
    const until = performance.now() + 120;
    while (performance.now() < until);
  }, 130);
}

/** Types a word in the page. What had come over the line when it was answered. */
function answerTo(word: string): Promise<{ readonly text: string; readonly bytes: number }> {
  return new Promise((resolve) => {
    const status = document.querySelector(".search p");
    const watch = new MutationObserver(() => {
      const text = status?.textContent ?? "";
      if (!/\d photos$/.test(text)) return;
      const came = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      const pieces = came.filter(({ name }) => name.includes("/data/"));
      resolve({
        text,
        bytes: pieces.reduce((sum, { transferSize }) => sum + transferSize, 0),
      });
    });
    if (status) watch.observe(status, { childList: true, characterData: true, subtree: true });
    const field = document.querySelector<HTMLInputElement>("#q");
    if (field === null) return;
    field.value = word;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });
}
