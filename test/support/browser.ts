/** A real Chromium for the tests of a file, and visitors in it. */
import { after } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";

let opening: Promise<Browser | undefined> | undefined;

/** Undefined where this machine can run none; closed when the test file has ended. */
export function openBrowser(): Promise<Browser | undefined> {
  return (opening ??= launch());
}

async function launch(): Promise<Browser | undefined> {
  const browser = await launchChromium();
  if (browser !== undefined) after(() => browser.close());
  return browser;
}

export interface Visit {
  readonly page: Page;
  /** Everything the page asked for. */
  readonly requests: readonly string[];
  /** What the browser complained of: refused by the policy, failed, thrown. */
  readonly complaints: readonly string[];
}

/** A new visitor, without a past. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // The visitor has gone on to another page.
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  after(() => context.close());
  return { page, requests, complaints };
}

/** How far things have moved by themselves, not after a key or a click, as Chromium counts it (https://web.dev/articles/cls). */
export async function layoutShiftOf(page: Page): Promise<number> {
  return await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            const { value, hadRecentInput } = entry as unknown as { value: number; hadRecentInput: boolean };
            if (!hadRecentInput) sum += value;
          }
        }).observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
}
