/**
 * Pictures of the gallery's main pages, light and dark, on a phone and on a desktop, of photos that were painted here:
 *
 *   npm run screenshots [-- DIR]     writes them into DIR (.screenshots if not given)
 *   npm run screenshots -- --docs    and those of the README into docs/
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { launchChromium } from "../test/support/chromium.ts";
import { framed } from "./screenshots/framed.ts";
import { makeGallery } from "./screenshots/made-gallery.ts";
import { shootPages } from "./screenshots/shoot.ts";

const { values, positionals } = parseArgs({ options: { docs: { type: "boolean" } }, allowPositionals: true });
const into = resolve(positionals[0] ?? ".screenshots");

const work = await mkdtemp(join(tmpdir(), "photolog-screenshots-"));
const browser = await launchChromium();
if (browser === undefined) throw new Error("No Chromium runs on this machine.");
try {
  await mkdir(into, { recursive: true });
  await shootPages(browser, await makeGallery(work), into);
  if (values.docs === true) {
    const shot = (name: string): string => join(into, `${name}.png`);
    const pictures = {
      gallery: { desktop: shot("index-desktop-light"), phone: shot("day-phone-dark") },
      viewer: { desktop: shot("viewer-desktop-dark") },
      timeline: { desktop: shot("timeline-desktop-dark"), phone: shot("search-phone-light") },
    };
    for (const [name, shots] of Object.entries(pictures)) {
      await writeFile(join("docs", `${name}.webp`), await framed(shots));
    }
  }
} finally {
  await browser.close();
  await rm(work, { recursive: true, force: true });
}
