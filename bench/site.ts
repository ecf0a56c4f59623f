/**
 * All pages and data of a gallery of very many photos, made in one process and thrown away: time, memory, and the sizes that a visitor
 * feels. Limits: 120 s, 400 MB, pages of 120 kB, data of 80 kB packed.
 *
 *   node bench/site.ts [--full] [--photos N] [--json]
 *
 * 100,000 photos, with `--full` a million.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { siteFiles } from "../src/gallery/site.ts";
import type { Cost } from "./cost.ts";
import { madeUpTimeline } from "./made-up-timeline.ts";
import { show } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    full: { type: "boolean" },
    rounds: { type: "string" },
    json: { type: "boolean" },
  },
});
const COUNT = Number(values.photos ?? (values.full === true ? 1_000_000 : 100_000));
/** Of what is packed, to know the largest, the largest as they are. */
const PACKED = 20;

interface Made {
  readonly cost: Cost;
  /** But for pictures. */
  readonly files: number;
  readonly largest: readonly (readonly [path: string, bytes: number, packed: number])[];
}

if (process.send) process.send(await make());
else {
  // A process of its own, so that the memory is only that of the site.
  const child = fork(import.meta.filename, process.argv.slice(2));
  const [made] = (await once(child, "message")) as [Made];
  const sizes = made.largest.map(
    ([path, bytes, packed]) => `${path} ${Math.round(bytes / 1000)} kB, packed ${Math.round(packed / 1000)} kB`,
  );
  show({
    title: "Gallery: all pages and data, made and thrown away",
    cases: [
      { work: "site", unit: "photo", count: COUNT, entries: [{ name: "photolog", role: "ours", cost: made.cost }] },
    ],
    absent: [],
    remarks: [
      `${made.files.toLocaleString("en")} files besides the pictures; the largest page, piece of data and directory: ${sizes.join("; ")}.`,
      `One process on ${availableParallelism()} cores.`,
    ],
  });
}

async function make(): Promise<Made> {
  const began = performance.now();
  let files = 0;
  const kinds = new Map<string, { path: string; text: string }[]>();
  const look = {
    title: "Photos",
    public: false,
    services: ["flickr", "gphotos"],
    archive: "s3://bucket",
    originals: "named",
  } as const;
  for await (const { path, kind, body } of siteFiles({
    timeline: madeUpTimeline(COUNT),
    galleryKey: "0".repeat(64),
    look,
  })) {
    if (!("text" in body)) continue;
    files++;
    const largest = kinds.get(kind) ?? [];
    kinds.set(kind, largest);
    largest.push({ path, text: body.text });
    if (largest.length > PACKED * 2) {
      largest.sort((a, b) => b.text.length - a.text.length);
      largest.length = PACKED;
    }
  }
  const { user, system } = process.cpuUsage();
  const cost = {
    wall: (performance.now() - began) / 1000,
    cpu: (user + system) / 1e6,
    peak: process.resourceUsage().maxRSS * 1024,
  };
  const largest = ["page", "data", "directory"].map((kind) => {
    const sized = (kinds.get(kind) ?? []).map(
      ({ path, text }) => [path, Buffer.byteLength(text), gzipSync(text).length] as const,
    );
    return sized.reduce((most, one) => ((kind === "page" ? one[1] > most[1] : one[2] > most[2]) ? one : most));
  });
  return { cost, files, largest };
}
