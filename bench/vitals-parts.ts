/** What a visitor does in each part of the gallery, and what he waits for. */
import type { Browser, Page } from "playwright-core";
import { SHOWN } from "./pictured-gallery.ts";
import { openVisitor, type Profile, scroll, type Visitor, type Waits } from "./visitor.ts";

export interface Part extends Partial<Waits> {
  /** Until what was asked for is on the screen; milliseconds. */
  readonly result?: number;
  /** 95 of 100 frames of scrolling took no longer; milliseconds. */
  readonly scroll?: number;
  /** Over the line, until nothing more comes. Of the viewer: only what opening a photo brings. */
  readonly kilobytes: number;
  readonly requests: number;
  readonly elements: number;
}

export const PARTS = ["index", "year", "month", "day", "timeline", "viewer", "search"] as const;
type PartName = (typeof PARTS)[number];

const PATHS: Readonly<Record<PartName, string>> = {
  index: "index.html",
  ...SHOWN,
  timeline: "timeline/index.html",
  viewer: SHOWN.day,
  search: "search/index.html",
};
const LARGE = ".pswp__item[aria-hidden=false] .pswp__img:not(.pswp__img--placeholder)";

export async function visitPart(
  browser: Browser,
  { name, site, profile }: { readonly name: PartName; readonly site: string; readonly profile: Profile },
): Promise<Part> {
  const visitor = await openVisitor(browser, profile);
  try {
    await visitor.page.goto(`${site}/${PATHS[name]}`);
    await visitor.quiet();
    const { fcp, lcp, cls, tbt } = await visitor.waits();
    const { bytes, requests } = visitor.traffic();
    const elements = await visitor.page.locator("*").count();
    const came = { kilobytes: bytes / 1000, requests, elements };
    if (name === "viewer") return await openViewer(visitor);
    const result = await ACTS[name](visitor);
    await visitor.quiet();
    const { inp } = await visitor.waits();
    const frames = await scroll(visitor.page, name === "timeline" ? ".reel" : undefined);
    const part = { fcp, lcp, cls: Math.max(cls, (await visitor.waits()).cls), tbt, inp, scroll: p95(frames), ...came };
    return result === undefined ? part : { ...part, result };
  } finally {
    await visitor.leave();
  }
}

const ACTS: Readonly<Record<Exclude<PartName, "viewer">, (visitor: Visitor) => Promise<number | undefined>>> = {
  index: press,
  year: press,
  month: press,
  day: press,
  timeline: async ({ page }) => {
    for (const key of ["d", "m", "y"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(300);
    }
    const begun = performance.now();
    await page.getByLabel("Go to").fill("2025-03-01");
    await until(page, timelineIsAt, "2025-0");
    return performance.now() - begun;
  },
  search: async ({ page }) => {
    await page.locator("#q").focus();
    await page.keyboard.type("travel", { delay: 80 });
    const begun = performance.now();
    await until(page, hasFound);
    return performance.now() - begun;
  },
};

async function press({ page }: Visitor): Promise<undefined> {
  for (let time = 0; time < 3; time++) {
    await page.keyboard.press("Tab");
    await page.waitForTimeout(100);
  }
  return undefined;
}

async function openViewer(visitor: Visitor): Promise<Part> {
  const { page } = visitor;
  const before = { traffic: visitor.traffic(), waits: await visitor.waits() };
  const begun = performance.now();
  await page.locator(".grid > li > a").first().click();
  await page.locator(LARGE).waitFor();
  await until(page, isDecoded, LARGE);
  const result = performance.now() - begun;
  await visitor.quiet();
  const { bytes, requests } = visitor.traffic();
  const elements = await page.locator("*").count();
  for (let time = 0; time < 3; time++) {
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(500);
  }
  await visitor.quiet();
  const after = await visitor.waits();
  return {
    cls: after.cls - before.waits.cls,
    tbt: after.tbt - before.waits.tbt,
    inp: after.inp,
    result,
    kilobytes: (bytes - before.traffic.bytes) / 1000,
    requests: requests - before.traffic.requests,
    elements,
  };
}

/** The page's own policy forbids what `waitForFunction` does. */
async function until<T>(page: Page, isSo: (given: T) => boolean, given?: T): Promise<void> {
  for (let look = 0; look < 1500; look++) {
    if (await page.evaluate(isSo as (given: unknown) => boolean, given)) return;
    await page.waitForTimeout(20);
  }
  throw new Error(`${page.url()} does not show what was asked for.`);
}

function isDecoded(selector: string): boolean {
  const picture = document.querySelector<HTMLImageElement>(selector);
  return picture !== null && picture.complete && picture.naturalWidth > 0;
}

function timelineIsAt(day: string): boolean {
  const reel = document.querySelector(".reel")?.getBoundingClientRect();
  if (reel === undefined) return false;
  const isSeen = (one: Element): boolean => {
    const { top, bottom } = one.getBoundingClientRect();
    return bottom > reel.top + 1 && top < reel.bottom - 1;
  };
  const headings = [...document.querySelectorAll(".of-day h2 time, .of-day h2")].filter(isSeen);
  const tiles = [...document.querySelectorAll("a.tile")].filter(isSeen);
  const isThere = location.hash.slice(1).startsWith(day.slice(0, 5)) && headings.length > 0;
  return (
    isThere &&
    tiles.length > 0 &&
    tiles.every((tile) => {
      const picture = tile.querySelector("img");
      return picture !== null && picture.complete && picture.naturalWidth > 0;
    })
  );
}

function hasFound(): boolean {
  const pictures = [...document.querySelectorAll<HTMLImageElement>(".found .grid img")];
  const seen = pictures.filter((one) => one.getBoundingClientRect().top < innerHeight);
  return seen.length > 0 && seen.every((one) => one.complete && one.naturalWidth > 0);
}

function p95(frames: readonly number[]): number {
  return frames.toSorted((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? 0;
}
