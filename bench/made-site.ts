/** All pages and data of a gallery of made-up photos, made and thrown away: a process of its own, so that its memory is the site's. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { openGazetteer } from "../src/gallery/gazetteer.ts";
import { siteFiles } from "../src/gallery/site.ts";
import type { Cost } from "./cost.ts";
import { madeUpTimeline } from "./made-up-timeline.ts";

export interface MadeSite {
  readonly cost: Cost;
  /** But for pictures. */
  readonly files: number;
  /** Of each kind the largest: of pages by their bytes, of all else packed. */
  readonly largest: Readonly<Record<"page" | "data" | "directory", Sized>>;
}

export interface Sized {
  readonly path: string;
  readonly bytes: number;
  readonly packed: number;
}

/** Of what is packed, to know the largest, the largest as they are. */
const PACKED = 20;

/** In a process of its own. Rejects where that ends without having made it. */
export async function madeSite(photos: number): Promise<MadeSite> {
  const child = fork(import.meta.filename, [String(photos)]);
  const failed = once(child, "exit").then(() => Promise.reject(new Error("The site was not made.")));
  const [made] = (await Promise.race([once(child, "message"), failed])) as [MadeSite];
  failed.catch(() => undefined);
  return made;
}

async function makeSite(photos: number): Promise<MadeSite> {
  const began = performance.now();
  let files = 0;
  const kinds = { page: new Largest(), data: new Largest(), directory: new Largest() };
  const look = {
    title: "Photos",
    public: false,
    services: ["flickr", "gphotos"],
    archive: "s3://bucket",
    originals: "named",
    places: openGazetteer(),
  } as const;
  const site = { timeline: madeUpTimeline(photos), galleryKey: "0".repeat(64), look };
  for await (const { path, kind, body } of siteFiles(site)) {
    if (!("text" in body)) continue;
    files++;
    if (kind === "page" || kind === "data" || kind === "directory") kinds[kind].add(path, body.text);
  }
  const { user, system } = process.cpuUsage();
  return {
    cost: {
      wall: (performance.now() - began) / 1000,
      cpu: (user + system) / 1e6,
      peak: process.resourceUsage().maxRSS * 1024,
    },
    files,
    largest: {
      page: kinds.page.most(({ bytes }) => bytes),
      data: kinds.data.most(({ packed }) => packed),
      directory: kinds.directory.most(({ packed }) => packed),
    },
  };
}

class Largest {
  #texts: { readonly path: string; readonly text: string }[] = [];

  add(path: string, text: string): void {
    this.#texts.push({ path, text });
    if (this.#texts.length < PACKED * 2) return;
    this.#texts.sort((a, b) => b.text.length - a.text.length);
    this.#texts.length = PACKED;
  }

  most(measure: (sized: Sized) => number): Sized {
    const sized = this.#texts.map(({ path, text }) => ({
      path,
      bytes: Buffer.byteLength(text),
      packed: gzipSync(text).length,
    }));
    return sized.reduce((most, one) => (measure(one) > measure(most) ? one : most));
  }
}

if (process.send && process.argv[1] === import.meta.filename) process.send(await makeSite(Number(process.argv[2])));
