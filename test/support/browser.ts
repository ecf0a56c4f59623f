/** A real Chromium: the one of the system, else the one that comes with `@sparticuz/chromium`. */
import { existsSync } from "node:fs";
import { after } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

let opening: Promise<Browser | undefined> | undefined;

/** Undefined where this machine can run none; closed when the test file has ended. */
export function openBrowser(): Promise<Browser | undefined> {
  return (opening ??= launch());
}

async function launch(): Promise<Browser | undefined> {
  const { chromium } = await import("playwright-core");
  for (const find of [systemChromium, packagedChromium]) {
    try {
      const executablePath = await find();
      if (executablePath === undefined) continue;
      const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
      after(() => browser.close());
      return browser;
    } catch {
      // The next one may run here.
    }
  }
  return undefined;
}

async function systemChromium(): Promise<string | undefined> {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
}

/** Made for a machine without the libraries of a desktop: it brings its own, if told that it is on such a one. */
async function packagedChromium(): Promise<string | undefined> {
  // eslint-disable-next-line node/no-process-env -- the package has no other way to be told
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs22.x";
  const { default: packaged } = await import("@sparticuz/chromium");
  return await packaged.executablePath();
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
