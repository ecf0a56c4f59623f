/**
 * The gallery: published first, unchanged, and with one photo more, of a made-up catalog. What it costs with the smaller pictures, and
 * beside other programs, `side-by-side.ts` tells.
 *
 *   npm run build && node bench/gallery.ts [--full] [--rounds N] [--json]
 *
 * A thousand and ten thousand photos, with `--full` a hundred thousand as well.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compete, type Contender, type Cost, costOf } from "./cost.ts";
import { addPhotos, settingsOf, startCatalog } from "./made-up-catalog.ts";
import { type Case, show } from "./outcome.ts";
import { type Home, makeHome, PHOTOLOG } from "./serving.ts";

const { values } = parseArgs({
  options: { full: { type: "boolean" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const SIZES = values.full === true ? [1000, 10_000, 100_000] : [1000, 10_000];

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

show({
  title: "Gallery",
  cases,
  absent: [],
  remarks: ["What limits it: reading the catalog and hashing each page; first, writing two pictures a photo."],
});

function publish(at: Home, site: string): Promise<Cost> {
  return costOf(
    [...PHOTOLOG, "gallery", "publish", "--to", site, "--settings", settingsOf(at), "--json"],
    at.environment,
  );
}
