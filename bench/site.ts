/**
 * All pages and data of a gallery of very many photos, made in one process and thrown away: time, memory, and the sizes that a visitor
 * feels. Limits: 120 s, 400 MB, pages of 120 kB, data of 80 kB packed, 10,000 files.
 *
 *   node bench/site.ts [--photos N] [--json]
 *
 * A million photos.
 */
import { parseArgs } from "node:util";
import { madeSite } from "./made-site.ts";
import { show } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string", default: "1000000" },
    rounds: { type: "string" },
    json: { type: "boolean" },
  },
});
const count = Number(values.photos);

const { cost, files, largest } = await madeSite(count);
const sizes = Object.values(largest).map(
  ({ path, bytes, packed }) => `${path} ${Math.round(bytes / 1000)} kB, packed ${Math.round(packed / 1000)} kB`,
);
show({
  title: "Gallery: all pages and data, made and thrown away",
  cases: [{ work: "site", unit: "photo", count, entries: [{ name: "photolog", role: "ours", cost }] }],
  absent: [],
  remarks: [
    `${files.toLocaleString("en")} files besides the pictures; the largest page, piece of data and directory: ${sizes.join("; ")}.`,
    "One process on one core.",
  ],
});
