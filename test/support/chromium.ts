/** A real Chromium: the one of the system, else the one that comes with `@sparticuz/chromium`. */
import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Undefined where this machine can run none. Whoever has it closes it. */
export async function launchChromium(): Promise<Browser | undefined> {
  const { chromium } = await import("playwright-core");
  for (const find of [systemChromium, packagedChromium]) {
    try {
      const executablePath = await find();
      if (executablePath === undefined) continue;
      return await chromium.launch({ executablePath, args: ARGUMENTS });
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
