/** Names for coordinates, from what comes with the program: nothing is asked of anybody. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { feature } from "@rapideditor/country-coder";
import type { Place } from "../photo.ts";
import { townSlug } from "./town-slug.ts";
import { degrees } from "./wording.ts";

/** Where photos were taken that are shown together: a town, or a square degree that is far from any. */
export interface Spot {
  /** `fr/lyon`: of its address. */
  readonly id: string;
  /** `Lyon`, `Around 45.5° N, 4.5° E`. */
  readonly name: string;
  readonly country: Country;
  /** Degrees, to hundredths: of the town, not of any photo. */
  readonly latitude: number;
  readonly longitude: number;
}

export interface Country {
  /** `fr`; `sea` for what is nobody's. */
  readonly code: string;
  readonly name: string;
}

export interface Gazetteer {
  /** The same spot, as an object too, for all photos of it. */
  spotOf(place: Pick<Place, "latitude" | "longitude">): Spot;
}

interface Town {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Kilometres from its middle to where it ends. */
  readonly reach: number;
  /** A larger town of the country has the same address. */
  readonly isSecond: boolean;
}

/** So far from where it ends, a photo is still of a town; kilometres. */
const NEAR = 25;
/** Hundredths of a degree that are remembered at a time; photos come in trips, so few are asked for twice after these. */
const REMEMBERED = 20_000;
const KM_PER_DEGREE = 111.2;
const SEA: Country = { code: "sea", name: "At sea" };

/** Reads all towns; about a megabyte. */
export function openGazetteer(): Gazetteer {
  const texts = new Map(
    readTowns()
      .split("@")
      .map((text) => [text.slice(0, 2), text.slice(3)]),
  );
  const countries = new Map<string, ReadonlyMap<string, readonly Town[]>>();
  const known = new Map<string, Country>();
  const spots = new Map<string, Spot>();
  const remembered = new Map<number, Spot>();

  return {
    spotOf({ latitude, longitude }) {
      const cell = Math.round(latitude * 100) * 36_001 + Math.round(longitude * 100);
      let spot = remembered.get(cell);
      if (spot === undefined) {
        // Of the cell, not of the photo: its neighbours shall be told the same.
        const at = { latitude: Math.round(latitude * 100) / 100, longitude: Math.round(longitude * 100) / 100 };
        const found = find(at);
        spot = spots.get(found.id) ?? found;
        spots.set(spot.id, spot);
        if (remembered.size >= REMEMBERED) remembered.clear();
        remembered.set(cell, spot);
      }
      return spot;
    },
  };

  function find(at: At): Spot {
    const country = countryAt(at);
    const town = nearest(at, townsOf(country.code.toUpperCase()));
    if (town === undefined) return lonely(at, country);
    const { name, latitude, longitude } = town;
    const where = `${degrees(latitude, "N", "S", 2)}, ${degrees(longitude, "E", "W", 2)}`;
    return {
      id: `${country.code}/${townSlug(town.isSecond ? `${name} ${slugged(latitude, "n", "s")} ${slugged(longitude, "e", "w")}` : name)}`,
      name: town.isSecond ? `${name} (${where})` : name,
      country,
      latitude,
      longitude,
    };
  }

  function countryAt({ latitude, longitude }: At): Country {
    const at: [number, number] = [longitude, latitude];
    // England has no code of its own, Hong Kong has.
    const found = [feature(at, { level: "territory" }), feature(at, { level: "country" })]
      .map((one) => one?.properties)
      .find((one) => one?.iso1A2 !== undefined && one.iso1A2 !== null);
    const code = found?.iso1A2?.toLowerCase();
    if (code === undefined) return SEA;
    const country = known.get(code) ?? { code, name: found?.nameEn ?? code.toUpperCase() };
    known.set(code, country);
    return country;
  }

  /** By the square degree that they lie in. */
  function townsOf(country: string): ReadonlyMap<string, readonly Town[]> {
    let towns = countries.get(country);
    if (towns === undefined) {
      const lines = (texts.get(country) ?? "").split("\n").filter((line) => line !== "");
      towns = Map.groupBy(lines.map(townOf), ({ latitude, longitude }) => degreeOf(latitude, longitude));
      countries.set(country, towns);
    }
    return towns;
  }
}

interface At {
  readonly latitude: number;
  readonly longitude: number;
}

function townOf(line: string): Town {
  const [name = "", latitude, longitude, reach, second] = line.split("\t");
  return {
    name,
    latitude: Number(latitude) / 100,
    longitude: Number(longitude) / 100,
    reach: Number(reach) / 10,
    isSecond: second !== undefined,
  };
}

/** The town whose end is nearest, or that it lies deepest in. */
function nearest(at: At, towns: ReadonlyMap<string, readonly Town[]>): Town | undefined {
  // Of the largest the middle can be so far away.
  const far = (NEAR + 27) / KM_PER_DEGREE;
  const shrink = Math.max(0.05, Math.cos((at.latitude * Math.PI) / 180));
  let best: { readonly town: Town; readonly distance: number } | undefined;
  for (let south = Math.floor(at.latitude - far); south <= at.latitude + far; south++) {
    for (let west = Math.floor(at.longitude - far / shrink); west <= at.longitude + far / shrink; west++) {
      for (const town of towns.get(degreeOf(south, west)) ?? []) {
        const wide = Math.abs(town.longitude - at.longitude);
        const east = Math.min(wide, 360 - wide) * shrink;
        const distance = Math.hypot(town.latitude - at.latitude, east) * KM_PER_DEGREE - town.reach;
        if (distance <= NEAR && (best === undefined || distance < best.distance)) best = { town, distance };
      }
    }
  }
  return best?.town;
}

/** The square degree, named alike on both sides of the date line. */
function degreeOf(latitude: number, longitude: number): string {
  return `${Math.floor(latitude)},${(((Math.floor(longitude) + 180) % 360) + 360) % 360}`;
}

function lonely({ latitude, longitude }: At, country: Country): Spot {
  const middle = { latitude: Math.floor(latitude) + 0.5, longitude: Math.floor(longitude) + 0.5 };
  const [north, east] = [Math.min(89.5, middle.latitude), Math.min(179.5, middle.longitude)];
  return {
    id: `${country.code}/around-${slugged(north, "n", "s")}-${slugged(east, "e", "w")}`,
    name: `Around ${degrees(north, "N", "S", 1)}, ${degrees(east, "E", "W", 1)}`,
    country,
    latitude: north,
    longitude: east,
  };
}

/** `4850n`: hundredths of a degree, as part of an address. */
function slugged(value: number, positive: string, negative: string): string {
  return `${Math.round(Math.abs(value) * 100)}${value < 0 ? negative : positive}`;
}

/** In `dist/places`, of the built program as of the source. */
function readTowns(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = ["places/towns.txt", "dist/places/towns.txt"]
      .map((name) => join(folder, name))
      .find((one) => existsSync(one));
    if (path !== undefined) return readFileSync(path, "utf8");
  }
  throw new Error("places/towns.txt has not been built: run `npm run build`.");
}
