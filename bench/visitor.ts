/** A visitor with an empty cache, on a phone with a slow line or on a desktop, and what the browser makes him wait for. */
import type { Browser, BrowserContextOptions, CDPSession, Page } from "playwright-core";

export interface Profile {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly line?: { readonly roundTripMs: number; readonly bitsPerSecond: number };
  /** So many times slower than this machine's processor. */
  readonly slower: number;
}

/** All in milliseconds, but for CLS, which has no unit. */
export interface Waits {
  readonly fcp: number;
  readonly lcp: number;
  readonly cls: number;
  /** The parts of tasks above 50 ms. */
  readonly tbt: number;
  /** From a key or a click to the next picture on the screen: the longest. What takes less than 16 ms is told as 16. */
  readonly inp: number;
}

export interface Visitor {
  readonly page: Page;
  /** When nothing has been asked for or has come for so long. */
  quiet(): Promise<void>;
  waits(): Promise<Waits>;
  /** What has come over the line: bytes with their headers, packed as they came. */
  traffic(): { readonly bytes: number; readonly requests: number };
  leave(): Promise<void>;
}

interface Kept {
  fcp: number;
  lcp: number;
  cls: number;
  tbt: number;
  inp: number;
}

const QUIET_MS = 500;
const PATIENCE_MS = 60_000;
const LEAST_INP = 16;

export async function openVisitor(browser: Browser, { options, line, slower }: Profile): Promise<Visitor> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  const traffic = await count(devtools);
  if (line !== undefined) {
    const throughput = line.bitsPerSecond / 8;
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: line.roundTripMs,
      downloadThroughput: throughput,
      uploadThroughput: throughput,
    });
  }
  if (slower > 1) await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await page.addInitScript(watch);
  return {
    page,
    quiet: async () => {
      const deadline = performance.now() + PATIENCE_MS;
      while (traffic.open.size > 0 || performance.now() - traffic.last < QUIET_MS) {
        if (performance.now() > deadline) throw new Error(`${page.url()} does not come to rest.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    waits: async () => {
      const kept = await page.evaluate(() => (globalThis as unknown as { waits: Kept }).waits);
      return { ...kept, inp: Math.max(kept.inp, LEAST_INP) };
    },
    traffic: () => ({ bytes: traffic.bytes, requests: traffic.requests }),
    leave: () => context.close(),
  };
}

async function count(devtools: CDPSession) {
  const traffic = { bytes: 0, requests: 0, open: new Set<string>(), last: performance.now() };
  await devtools.send("Network.enable");
  devtools.on("Network.requestWillBeSent", ({ requestId }) => {
    traffic.requests++;
    traffic.open.add(requestId);
    traffic.last = performance.now();
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    traffic.bytes += encodedDataLength;
    traffic.open.delete(requestId);
    traffic.last = performance.now();
  });
  devtools.on("Network.loadingFailed", ({ requestId }) => {
    traffic.open.delete(requestId);
    traffic.last = performance.now();
  });
  return traffic;
}

/** Runs in the page, before anything of its own. */
function watch(): void {
  const waits: Kept = { fcp: 0, lcp: 0, cls: 0, tbt: 0, inp: 0 };
  (globalThis as unknown as { waits: Kept }).waits = waits;
  const observe = (type: string, take: (entry: PerformanceEntry) => void, more: object = {}): void => {
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  };
  observe("paint", (entry) => {
    if (entry.name === "first-contentful-paint") waits.fcp = entry.startTime;
  });
  observe("largest-contentful-paint", (entry) => (waits.lcp = entry.startTime));
  observe("layout-shift", (entry) => {
    const { value, hadRecentInput } = entry as unknown as { value: number; hadRecentInput: boolean };
    if (!hadRecentInput) waits.cls += value;
  });
  observe("longtask", (entry) => (waits.tbt += entry.duration - 50));
  observe(
    "event",
    (entry) => {
      const { interactionId } = entry as unknown as { interactionId: number };
      if (interactionId > 0) waits.inp = Math.max(waits.inp, entry.duration);
    },
    { durationThreshold: 16 },
  );
}

/** Scrolls down, so many points a frame. Resolves with the length of each frame in milliseconds. */
export function scroll(page: Page, selector?: string): Promise<readonly number[]> {
  return page.evaluate(
    (selector) =>
      new Promise<number[]>((resolve) => {
        const FRAMES = 150;
        const POINTS = 24;
        const scrolled =
          (selector === undefined ? null : document.querySelector(selector)) ?? document.scrollingElement;
        const frames: number[] = [];
        let before: number | undefined;
        const next = (now: number): void => {
          if (before !== undefined) frames.push(now - before);
          before = now;
          scrolled?.scrollBy(0, POINTS);
          if (frames.length < FRAMES) requestAnimationFrame(next);
          else resolve(frames);
        };
        requestAnimationFrame(next);
      }),
    selector,
  );
}
