/** Places: how they are named, the pages and what the map is drawn from. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { ShownPhoto } from "../../src/catalog.ts";
import { textAt } from "../../src/gallery/day-facts.ts";
import { openGazetteer } from "../../src/gallery/gazetteer.ts";
import type { SiteLook } from "../../src/gallery/layout.ts";
import {
  LAST_LEVEL,
  leastOf,
  type MapManifest,
  type MapPiece,
  project,
  squareOf,
  squaresBetween,
  WORLD,
} from "../../src/gallery/map-pieces.ts";
import { readLine, writeLine } from "../../src/gallery/outline-letters.ts";
import { siteFiles } from "../../src/gallery/site.ts";
import { MAP, MAP_STYLE, OUTLINES } from "../../src/gallery/script.ts";
import { townSlug } from "../../src/gallery/town-slug.ts";
import { crawl } from "../support/crawl.ts";
import { dayFactsOf } from "../support/facts.ts";
import { LOOK, openTestGallery, shown, taken, timelineOf } from "../support/gallery.ts";

const gazetteer = openGazetteer();
const WITH_PLACES: SiteLook = { ...LOOK, places: gazetteer };

/** A photo an hour, the first one the newest. */
function at(latitude: number, longitude: number, index: number): ShownPhoto {
  const local = new Date(Date.UTC(2024, 4, 17, 12) - index * 3_600_000).toISOString().slice(0, 19);
  return shown(index, { facts: { taken: { local, source: "exif" }, place: { latitude, longitude } } });
}

async function textsOf(photos: readonly ShownPhoto[], look = WITH_PLACES): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { path, body } of siteFiles({ timeline: timelineOf(photos), galleryKey: "ab".repeat(32), look })) {
    assert.ok(!texts.has(path), `${path} comes twice`);
    texts.set(path, "text" in body ? body.text : "");
  }
  return texts;
}

/** What a script of the site hands over. */
function handed<T>(text: string | undefined): T {
  let value: unknown;
  runInNewContext(text ?? "", { photologPiece: (_name: string, given: unknown) => (value = given) });
  return JSON.parse(JSON.stringify(value)) as T;
}

function piecesOf(texts: ReadonlyMap<string, string>): { manifest: MapManifest; pieces: MapPiece[] } {
  const manifest = handed<MapManifest>(texts.get("data/map.js"));
  const rest = manifest.squares.map(([square, code]) => handed<MapPiece>(texts.get(`data/g/${square}.${code}.js`)));
  return { manifest, pieces: [manifest, ...rest] };
}

test("coordinates are named after the town they are in or near, and its country", () => {
  const named = (latitude: number, longitude: number): string => {
    const { id, name, country } = gazetteer.spotOf({ latitude, longitude });
    return `${id}: ${name}, ${country.name}`;
  };
  assert.equal(named(48.8584, 2.2945), "fr/paris: Paris, France");
  assert.equal(named(36.1147, -115.1728).split("/")[0], "us");
  assert.equal(named(51.5, -0.12), "gb/london: London, United Kingdom");
  assert.equal(named(-33.857, 151.215), "au/sydney: Sydney, Australia");
  assert.equal(named(22.29, 114.17).split("/")[0], "hk");
  assert.equal(named(64.14, -21.92), "is/reykjavik: Reykjavík, Iceland");
  // Across the border another town would be nearer.
  assert.match(named(47.59, 7.6), /^(ch|de)\//);
  assert.match(named(47.5576, 7.5886), /^ch\/basel: Basel, Switzerland$/);
});

test("far from any town a place is a square degree; what is nobody's is at sea", () => {
  const desert = gazetteer.spotOf({ latitude: 23.2, longitude: 5.7 });
  assert.equal(desert.id, "dz/around-2350n-550e");
  assert.equal(desert.name, "Around 23.5° N, 5.5° E");
  const sea = gazetteer.spotOf({ latitude: -40.2, longitude: -120.8 });
  assert.equal(sea.id, "sea/around-4050s-12050w");
  assert.equal(sea.country.name, "At sea");
});

test("of two towns of a country with the same name the larger has it, and the other tells where it is", () => {
  const larger = gazetteer.spotOf({ latitude: 37.21, longitude: -93.29 });
  const other = gazetteer.spotOf({ latitude: 44.046, longitude: -123.022 });
  assert.equal(larger.id, "us/springfield");
  assert.equal(other.name, "Springfield (44.05° N, 123.02° W)");
  assert.equal(other.id, "us/springfield-4405n-12302w");
});

test("every coordinate has one place, whose address is harmless, also at the poles and the date line", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      (latitude, longitude) => {
        const spot = gazetteer.spotOf({ latitude, longitude });
        assert.match(spot.id, /^([a-z]{2}|sea)\/[a-z][a-z0-9-]*$/);
        assert.ok(Math.abs(spot.latitude) <= 90 && Math.abs(spot.longitude) <= 180);
        assert.equal(gazetteer.spotOf({ latitude, longitude }), spot);
      },
    ),
  );
  for (const [latitude, longitude] of [
    [90, 180],
    [-90, -180],
    [-18.1416, 178.4419],
    [65, 180],
    [65, -180],
  ] as const) {
    assert.ok(gazetteer.spotOf({ latitude, longitude }).name !== "");
  }
});

test("no two towns share an address", async () => {
  const lines = (await readFile(new URL("../../dist/places/towns.txt", import.meta.url), "utf8")).split("\n");
  const seen = new Set<string>();
  let country = "";
  for (const line of lines) {
    if (line.startsWith("@")) country = line;
    else if (line !== "" && !line.endsWith("~")) {
      const slug = `${country} ${townSlug(line.split("\t")[0] ?? "")}`;
      assert.ok(!seen.has(slug), slug);
      seen.add(slug);
    }
  }
  assert.ok(seen.size > 40_000);
});

test("a town's address is letters, digits and dashes, whatever its name", () => {
  assert.equal(townSlug("São Paulo"), "sao-paulo");
  assert.equal(townSlug("東京"), "town");
  assert.equal(townSlug("2"), "town-2");
  assert.equal(townSlug("Con"), "town-con");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => assert.match(townSlug(name), /^[a-z0-9][a-z0-9-]*$/)));
});

test("countries and their places are listed with counts, and every photo can be reached through them", async () => {
  const photos = [
    ...Array.from({ length: 230 }, (_, index) => at(48.8566, 2.3522, index)),
    at(43.2965, 5.3698, 300),
    at(35.68, 139.69, 301),
    at(-40.2, -120.8, 302),
    shown(400),
  ];
  const texts = await textsOf(photos);
  const page = texts.get("places/index.html") ?? "";
  assert.match(page, /4 places in 2 countries/);
  assert.match(page, /France<\/bdi><\/a> <small>231 photos/);
  assert.match(page, /href="\.\.\/places\/fr\/paris\/index\.html"><bdi>Paris<\/bdi> <small>230</);
  assert.ok(page.indexOf("Japan") < page.indexOf("At sea"));
  const { broken, photos: reached, foreign } = await crawl((path) => texts.get(path), "places/index.html");
  assert.deepEqual(broken, []);
  assert.deepEqual([...foreign.loads], []);
  assert.equal(reached.size, photos.length);
  assert.match(texts.get("places/fr/paris/index.html") ?? "", /230 photos/);
  assert.ok(texts.has("places/fr/paris/1/index.html"));
  const day = texts.get("2024/05/17/index.html") ?? "";
  const { places } = dayFactsOf(day);
  assert.deepEqual([textAt(places.names, 0), textAt(places.paths, 0)], ["Paris, France", "places/fr/paris/index.html"]);
});

test("many places of a country are on a page of their own", async () => {
  const photos = Array.from({ length: 60 }, (_, index) =>
    at(43 + (index % 10) * 0.6, 0 + Math.floor(index / 10) * 0.7, index),
  );
  const texts = await textsOf(photos);
  const named = (path: string): number => (texts.get(path) ?? "").split("places/fr/").length;
  assert.ok(named("places/fr/index.html") > named("places/index.html"));
  assert.match(texts.get("places/index.html") ?? "", /places\/fr\/index\.html">All \d\d places/);
});

test("very many places of a country are on several pages, which lead to each other", async () => {
  const texts = await textsOf(scattered());
  const pages = [...texts.keys()].filter((path) => /^places\/sea\/(\d+\/)?index\.html$/.test(path));
  assert.ok(pages.length > 1, "many are at sea");
  for (const path of pages) {
    const text = texts.get(path) ?? "";
    assert.ok(Buffer.byteLength(text) <= 120_000 && (text.match(/<[a-z]/g)?.length ?? 0) <= 1500, path);
  }
  const { broken, photos } = await crawl((path) => texts.get(path), "places/sea/index.html");
  assert.deepEqual(broken, []);
  assert.ok(photos.size >= scattered().length, "and all photos");
});

test("a public gallery tells no place, unless its owner asks: then only about where", async () => {
  const gallery = await openTestGallery();
  const place = { latitude: 48.858123, longitude: 2.294567 };
  await gallery.addPictures([taken("2024-05-17", { facts: { place } })]);
  const read = async (): Promise<Map<string, string>> => {
    const texts = new Map<string, string>();
    for await (const { key } of gallery.target.list("")) {
      if (/\.(html|js)$/.test(key)) texts.set(key, await readFile(`${gallery.site}/${key}`, "utf8"));
    }
    return texts;
  };
  await gallery.publish({ public: true, sweepNow: true, force: true });
  for (const [path, text] of await read()) {
    assert.doesNotMatch(path, /^(places|map|data\/map|data\/g\/)/);
    if (path.startsWith("_/")) continue;
    assert.doesNotMatch(text, /Paris|48\.8|2\.29|places\/|>Map</, path);
  }
  await gallery.publish({ public: true, places: true, sweepNow: true, force: true });
  const open = await read();
  assert.match(open.get("2024/05/17/index.html") ?? "", /48\.86° N, 2\.29° E/);
  assert.match(open.get("data/gallery.js") ?? "", /"paris"/, "found by the place");
  for (const text of open.values()) assert.doesNotMatch(text, /48\.858|2\.294/);
  await gallery.publish({ sweepNow: true, force: true });
  assert.match((await read()).get("2024/05/17/index.html") ?? "", /48\.85812° N, 2\.29457° E/);
  await gallery.publish({ places: false, sweepNow: true, force: true });
  for (const [path, text] of await read()) {
    assert.doesNotMatch(path, /^(places|map|data\/map|data\/g\/)/);
    if (!path.startsWith("_/")) assert.doesNotMatch(text, /Paris|48\.8/, path);
  }
});

test("a gallery whose photos tell no place says so", async () => {
  const texts = await textsOf([shown(1)]);
  assert.match(texts.get("places/index.html") ?? "", /No photo tells where it was taken/);
  assert.match(texts.get("map/index.html") ?? "", /No photo tells where it was taken/);
  assert.deepEqual(piecesOf(texts).manifest.ids, []);
});

test("one photo more of a known place changes the page of that place and the page of all", async () => {
  const photos = Array.from({ length: 31 }, (_, index) => at(48.8566, 2.3522, index + 10));
  const others = [at(43.2965, 5.3698, 100), at(35.68, 139.69, 101)];
  const before = await textsOf([...photos, ...others]);
  const after = await textsOf([at(48.8566, 2.3522, 1), ...photos, ...others]);
  const changed = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path);
  assert.deepEqual(
    changed.filter((path) => /^(places|map|data\/(map|g\/))/.test(path)),
    ["places/fr/paris/index.html", "places/index.html"],
  );
});

test("the same photos give the same map, in whatever order they were taken", async () => {
  const towns = [
    [48.86, 2.35],
    [43.3, 5.37],
    [35.68, 139.69],
    [40.71, -74],
  ] as const;
  const one = await textsOf(towns.map(([latitude, longitude], index) => at(latitude, longitude, index)));
  const other = await textsOf(towns.toReversed().map(([latitude, longitude], index) => at(latitude, longitude, index)));
  assert.equal(one.get("data/map.js"), other.get("data/map.js"));
});

/** As unlike as real ones: a thousand and more places on land and sea, some with many photos. */
function scattered(): ShownPhoto[] {
  let state = 7;
  const chance = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return Array.from({ length: 3000 }, (_, index) =>
    index % 3 === 0
      ? at(45 + chance() * 8, chance() * 15, index)
      : at(chance() * 130 - 60, chance() * 360 - 180, index),
  );
}

test("at every level no two places cover each other, and all photos and places are counted", async () => {
  const texts = await textsOf(scattered());
  const { manifest, pieces } = piecesOf(texts);
  assert.ok(pieces.length > 3 && manifest.ids.length < 500);
  const markers = pieces.flatMap(({ ids, latitudes, longitudes, levels, stands }) =>
    ids.map((id, index) => {
      const [latitude = 0, longitude = 0] = [latitudes[index], longitudes[index]];
      return {
        id,
        ...project(latitude / 100, longitude / 100),
        level: levels[index] ?? 0,
        stands: stands[index] ?? [],
      };
    }),
  );
  assert.equal(new Set(markers.map(({ id }) => id)).size, markers.length);
  assert.ok(markers.length > 1000);
  for (let level = 0; level <= LAST_LEVEL; level++) {
    const seen = markers.filter((marker) => marker.level <= level);
    const stands = seen.map((one) => one.stands[Math.min(level - one.level, one.stands.length - 1)] ?? [0, 0]);
    assert.equal(
      stands.reduce((sum, [, others]) => sum + 1 + others, 0),
      markers.length,
    );
    const photos = stands.reduce((sum, [least]) => sum + least, 0);
    assert.ok(photos <= 3000 && photos >= 3000 * 0.6, `${photos} at ${level}`);
    if (level === LAST_LEVEL) continue;
    const size = WORLD * 2 ** level;
    for (const [index, one] of seen.entries()) {
      for (const other of seen.slice(index + 1)) {
        assert.ok(Math.hypot(one.x - other.x, one.y - other.y) * size > 59.9, `${one.id} and ${other.id} at ${level}`);
      }
    }
  }
});

test("pieces of the map lie where the script looks for them", async () => {
  const { manifest, pieces } = piecesOf(await textsOf(scattered()));
  for (const [index, [square]] of manifest.squares.entries()) {
    const piece = pieces[index + 1];
    for (const [at, latitude] of (piece?.latitudes ?? []).entries()) {
      const { x, y } = project(latitude / 100, (piece?.longitudes[at] ?? 0) / 100);
      assert.equal(squareOf(x, y), square);
      assert.ok(squaresBetween({ x: x - 0.1, y: y - 0.03 }, { x: x + 0.01, y: y + 0.01 }).includes(square));
    }
  }
});

test("counts are told as what they are at least, exactly below ten", () => {
  assert.deepEqual(
    [0, 1, 9, 10, 14, 15, 29, 99, 100, 149, 1000, 999_999].map(leastOf),
    [0, 1, 9, 10, 10, 15, 20, 70, 100, 100, 1000, 700_000],
  );
  fc.assert(
    fc.property(fc.nat(10_000_000), (count) => {
      const least = leastOf(count);
      assert.ok(least <= count && least * (5 / 3) >= count && leastOf(least) === least, `${count}: ${least}`);
    }),
  );
});

test("outlines are read back as they were written, to a tenth of a degree", () => {
  const point = fc.tuple(
    fc.double({ min: -180, max: 190, noNaN: true }),
    fc.double({ min: -90, max: 90, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(point, { minLength: 1 }), (line) => {
      const read = readLine(writeLine(line));
      let last = 0;
      for (const [longitude, latitude] of line) {
        // Points that fall on the one before are left out.
        const isHere = (one: readonly number[] | undefined): boolean =>
          Math.abs((one?.[0] ?? NaN) - longitude) < 0.0501 && Math.abs((one?.[1] ?? NaN) - latitude) < 0.0501;
        if (!isHere(read[last])) last++;
        assert.ok(isHere(read[last]), `${longitude}, ${latitude}`);
      }
      assert.equal(last, read.length - 1);
    }),
  );
});

test("the map stays within its budgets", () => {
  const packed = ({ text }: { readonly text: string }): number => gzipSync(text).length;
  assert.ok(packed(MAP) <= 8000, `${packed(MAP)}`);
  assert.ok(packed(OUTLINES) <= 21_000, `${packed(OUTLINES)}`);
  assert.ok(packed(MAP_STYLE) <= 2000);
});
