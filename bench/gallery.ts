/**
 * The gallery: published first, unchanged, and with one photo more, of a made-up catalog; and of some photos, smaller pictures
 * included, against fgallery and thumbsup.
 *
 *   npm run build && node bench/gallery.ts [--full] [--rounds N] [--json]
 *
 * A thousand and ten thousand photos, with `--full` a hundred thousand as well.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compete, type Contender, type Cost, costOf, installed } from "./cost.ts";
import { makePhotos } from "./inputs.ts";
import { addPhotos, settingsOf, startCatalog } from "./made-up-catalog.ts";
import { type Case, show } from "./outcome.ts";
import { type Home, makeHome, PHOTOLOG } from "./serving.ts";

const { values } = parseArgs({
  options: { full: { type: "boolean" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const SIZES = values.full === true ? [1000, 10_000, 100_000] : [1000, 10_000];
const FEW = 20;

const cases: Case[] = [];
for (const size of SIZES) {
  const home = await makeHome();
  try {
    await startCatalog(home);
    await addPhotos(home, size);
    const site = join(home.folder, "site");
    const ours = (name: string, prepare: () => Promise<void> | void): Contender => ({
      name,
      role: "ours",
      async run() {
        await prepare();
        return await publish(home, site);
      },
    });
    const entries = await compete(
      [
        ours("first", () => rmSync(site, { recursive: true, force: true })),
        ours("unchanged", () => undefined),
        ours("one photo more", () => addPhotos(home, 1)),
      ],
      Number(values.rounds),
    );
    cases.push({ work: "published", unit: "photo", count: size, entries });
  } finally {
    home.remove();
  }
}

const { folder, paths } = await makePhotos({ width: 4752, height: 3168, count: FEW });
const home = await makeHome();
const out = join(home.folder, "out");
try {
  await startCatalog(home);
  await addPhotos(home, FEW);
  const { present, absent } = await installed([
    {
      name: "photolog, renditions and pages",
      role: "ours",
      run: async () =>
        sumOf(
          await costOf([process.execPath, "bench/render-all.ts", emptied(out), ...paths]),
          await publish(home, join(out, "site")),
        ),
    },
    {
      name: "fgallery",
      role: "peer",
      needs: "fgallery",
      run: () => costOf(["fgallery", "-j", "1", folder, join(emptied(out), "fgallery")]),
    },
    {
      name: "thumbsup",
      role: "peer",
      needs: "thumbsup",
      run: () => costOf(["thumbsup", "--input", folder, "--output", emptied(out)]),
    },
  ]);
  cases.push({
    work: "photos of 15 megapixels, from nothing",
    unit: "photo",
    count: FEW,
    entries: await compete(present, 1),
  });
  show({
    title: "Gallery",
    cases,
    absent,
    remarks: ["What limits it: reading the catalog and hashing each page; first, writing two pictures a photo."],
  });
} finally {
  home.remove();
}

function publish(at: Home, site: string): Promise<Cost> {
  return costOf(
    [...PHOTOLOG, "gallery", "publish", "--to", site, "--settings", settingsOf(at), "--json"],
    at.environment,
  );
}

function emptied(path: string): string {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
}

function sumOf(one: Cost, other: Cost): Cost {
  return { wall: one.wall + other.wall, cpu: one.cpu + other.cpu, peak: Math.max(one.peak, other.peak) };
}
