/** Pictures of a gallery's main pages, light and dark, on a phone and on a desktop. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const SCREENS = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const satisfies Record<string, BrowserContextOptions>;
const DAY = "2026/05/17/index.html";
const PATIENCE_MS = 20_000;

type Open = (page: Page, at: (path: string) => string) => Promise<unknown>;

const PAGES: Readonly<Record<string, Open>> = {
  index: (page, at) => page.goto(at("index.html")),
  year: (page, at) => page.goto(at("2026/index.html")),
  month: (page, at) => page.goto(at("2026/05/index.html")),
  day: (page, at) => page.goto(at(DAY)),
  timeline: async (page, at) => {
    await page.goto(at("timeline/index.html"));
    await page.locator("a.tile img").first().waitFor();
  },
  viewer: async (page, at) => {
    await page.goto(at(DAY));
    await page.locator(".grid > li > a").nth(7).click();
    await page.locator(".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)").waitFor();
  },
  search: async (page, at) => {
    await page.goto(at("search/index.html"));
    await page.getByRole("searchbox").fill("walks");
    await page.locator(".found .grid img").first().waitFor();
  },
  places: (page, at) => page.goto(at("places/index.html")),
  map: async (page, at) => {
    await page.goto(at("map/index.html"));
    await page.locator("canvas").first().waitFor();
  },
  tags: (page, at) => page.goto(at("tags/index.html")),
  status: (page, at) => page.goto(at("status/index.html")),
};

/** Writes `index-desktop-light.png` and so on, at two pixels a point. */
export async function shootPages(browser: Browser, site: string, into: string): Promise<void> {
  for (const [screen, options] of Object.entries(SCREENS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const [name, open] of Object.entries(PAGES)) {
        const context = await browser.newContext({
          ...options,
          colorScheme,
          deviceScaleFactor: 2,
          reducedMotion: "reduce",
        });
        context.setDefaultTimeout(PATIENCE_MS);
        const page = await context.newPage();
        await open(page, (path) => pathToFileURL(join(site, path)).href);
        await page.evaluate(picturesInSight);
        await page.screenshot({ path: join(into, `${name}-${screen}-${colorScheme}.png`) });
        await context.close();
      }
    }
  }
}

async function picturesInSight(): Promise<void> {
  const seen = [...document.images].filter(
    (one) => one.checkVisibility() && one.getBoundingClientRect().top < innerHeight,
  );
  await Promise.all(seen.map((one) => one.decode().catch(() => undefined)));
}
