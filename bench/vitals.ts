/**
 * What a visitor of the gallery waits for, in a real Chromium: the Core Web Vitals of each kind of page, on a phone with a slow
 * line and on a desktop, each time with an empty cache, beside what is aimed at.
 *
 *   npm run build && node bench/vitals.ts [--photos N] [--rounds N] [--json]
 *
 * Three hundred photos where no other number is given.
 */
import { parseArgs } from "node:util";
import { launchChromium } from "../test/support/chromium.ts";
import { show } from "./outcome.ts";
import { makePicturedGallery } from "./pictured-gallery.ts";
import { serveSite } from "./site-server.ts";
import { PARTS, type Part, visitPart } from "./vitals-parts.ts";
import type { Profile } from "./visitor.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string", default: "300" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean" },
  },
});

interface Aimed {
  readonly profile: Profile;
  readonly aims: Readonly<Partial<Record<keyof Part, number>>>;
}

const AIMS = { cls: 0, tbt: 100, inp: 100, scroll: 17 } as const;
const PROFILES: readonly Aimed[] = [
  {
    profile: {
      name: "phone",
      options: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
      line: { roundTripMs: 150, bitsPerSecond: 1_600_000 },
      slower: 4,
    },
    aims: { ...AIMS, lcp: 1500 },
  },
  {
    profile: { name: "desktop", options: { viewport: { width: 1280, height: 800 } }, slower: 1 },
    aims: { ...AIMS, lcp: 600 },
  },
];
const COLUMNS: readonly (readonly [of: keyof Part, title: string, digits: number])[] = [
  ["fcp", "FCP ms", 0],
  ["lcp", "LCP ms", 0],
  ["cls", "CLS", 3],
  ["tbt", "TBT ms", 0],
  ["inp", "INP ms", 0],
  ["result", "result ms", 0],
  ["scroll", "frame p95 ms", 1],
  ["kilobytes", "kB", 0],
  ["requests", "requests", 0],
  ["elements", "elements", 0],
];
/** To which the clock of frames is true. */
const FRAME_SLACK_MS = 0.5;

const title = "Web Vitals of the gallery";
const browser = await launchChromium();
if (browser === undefined) show({ title, cases: [], absent: ["chromium"] });
else {
  const site = await serveSite(await makePicturedGallery(Number(values.photos)));
  try {
    const rows: string[][] = [];
    for (const { profile, aims } of PROFILES) {
      const runs = new Map<string, Part[]>(PARTS.map((name) => [name, []]));
      for (let round = 0; round < Number(values.rounds); round++) {
        for (const name of PARTS) runs.get(name)?.push(await visitPart(browser, { name, site: site.url, profile }));
      }
      rows.push([
        `${profile.name}: aimed at`,
        ...COLUMNS.map(([of]) => (aims[of] === undefined ? "" : `≤ ${aims[of]}`)),
      ]);
      for (const [name, parts] of runs) {
        const median = (of: keyof Part): number | undefined => middle(parts.flatMap((part) => part[of] ?? []));
        const missed = COLUMNS.filter(([of]) => (median(of) ?? 0) > (aims[of] ?? Infinity) + slackOf(of));
        rows.push([
          `  ${name}`,
          ...COLUMNS.map(([of, , digits]) => median(of)?.toFixed(digits) ?? ""),
          missed.map(([, title]) => title.replace(/ ms$/, "")).join(", "),
        ]);
      }
    }
    const table = { columns: ["", ...COLUMNS.map(([, title]) => title), "missed"], rows };
    show({
      title,
      cases: [],
      table,
      absent: [],
      remarks: [
        `${values.photos} photos, Chromium ${browser.version()} without a graphics card, medians of ${values.rounds} visits with an empty cache. Phone: 390 × 844 at 2 pixels a point, 150 ms a round trip, 1.6 Mbit/s, processor 4 times slower.`,
        "INP: three keys on pages; in the viewer a click that opens it and three arrows; in the timeline d, m and y; in the search a word typed. Result: until the large picture, the photos of a chosen date, or what was found is on the screen.",
      ],
    });
  } finally {
    site.close();
    await browser.close();
  }
}

function slackOf(of: keyof Part): number {
  return of === "scroll" ? FRAME_SLACK_MS : of === "cls" ? 0.0005 : 0;
}

function middle(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
