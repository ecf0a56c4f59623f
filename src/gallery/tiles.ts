/** What is kept of every photo while the site is made, as columns: some thirty bytes each, so that a million of them are no burden. */
import type { ShownPhoto } from "../catalog.ts";
import { SERVICES, type ServiceName, type TakenAt } from "../photo.ts";
import { Numbers } from "./numbers.ts";
import type { PhotoId } from "./photo-id.ts";
import { ratioStepOf, type Size } from "./ratio.ts";

/** How many photos one part of a day's page shows: with everything that is known of them at most 120 kB, 40 packed. */
export const DAY_PART = 230;

/** A photo in a grid. Made when it is asked for, and not kept. */
export interface Tile {
  readonly id: PhotoId;
  /** Of the catalog. */
  readonly photoId: number;
  readonly day: OutlineDay;
  /** The part of the day's page that shows it, from 1. */
  readonly part: number;
  /** Width to height, as a step of `RATIOS`. */
  readonly ratio: number;
  /** The colour that most of the picture has, four bits a channel. */
  readonly tone: number;
  /** The grid rendition's; undefined where there is none. */
  readonly size: Size | undefined;
  /** `14:02`; undefined where nobody knows. */
  readonly time: string | undefined;
  readonly kind: "Photo" | "Video";
  /** What to show where there is no picture, and for films. */
  readonly label: string | undefined;
  /** Only where there is no picture. */
  readonly filename: string | undefined;
}

const ID_WORDS = 4;
const UNKNOWN = 2 ** 11 - 1;

/** All photos, newest day first and within a day morning first: their places in this order, from 0, stand for them everywhere. */
export class Tiles {
  readonly days: OutlineDay[] = [];
  readonly #ids = new Numbers();
  readonly #photoIds = new Numbers();
  /** Ratio, tone, whether it is a film: 7, 12 and 1 bits. */
  readonly #looks = new Numbers();
  /** Number of the size, and minute of the day: 21 and 11 bits. */
  readonly #sizesAndTimes = new Numbers();
  /** Those that photos have, the first for those without a picture. */
  readonly #sizes: (Size | undefined)[] = [undefined];
  readonly #sizeNumbers = new Map<string, number>();
  /** Of the few that have one. */
  readonly #labels = new Map<number, string>();
  readonly #filenames = new Map<number, string>();

  get count(): number {
    return this.#photoIds.length;
  }

  /** The next older day, to which photos are added. */
  addDay(day: string): OutlineDay {
    const added = new OutlineDay(this, day);
    this.days.push(added);
    return added;
  }

  /** Adds the next photo of the day that was added last, and tells its place. */
  add(shown: ShownPhoto, id: PhotoId): number {
    const { photo, renditions } = shown;
    const place = this.count;
    const bytes = Buffer.from(id, "base64url");
    for (let word = 0; word < ID_WORDS; word++) this.#ids.push(bytes.readUInt32LE(word * 4));
    this.#photoIds.push(photo.id);
    const size = renditions.find((rendition) => rendition.name === "grid");
    const isFilm = photo.kind === "video";
    this.#looks.push(
      (ratioStepOf(size ?? photo.facts) << 13) | (toneOf(photo.impression?.colour) << 1) | Number(isFilm),
    );
    this.#sizesAndTimes.push(this.#numberOf(size) * (UNKNOWN + 1) + minuteOf(photo.facts?.taken));
    if (size === undefined || isFilm) this.#labels.set(place, photo.extension.toUpperCase());
    if (size === undefined) this.#filenames.set(place, photo.filename);
    this.days.at(-1)?.count(shown);
    return place;
  }

  tile(place: number): Tile {
    const day = this.#dayOf(place);
    const look = this.#looks.at(place) ?? 0;
    const sizeAndTime = this.#sizesAndTimes.at(place) ?? 0;
    const minute = sizeAndTime % (UNKNOWN + 1);
    return {
      id: this.#idOf(place),
      photoId: this.#photoIds.at(place) ?? 0,
      day,
      part: 1 + Math.floor((place - day.from) / DAY_PART),
      ratio: look >> 13,
      tone: (look >> 1) & 0xfff,
      size: this.#sizes[Math.floor(sizeAndTime / (UNKNOWN + 1))],
      time: minute === UNKNOWN ? undefined : `${two(Math.floor(minute / 60))}:${two(minute % 60)}`,
      kind: (look & 1) === 1 ? "Video" : "Photo",
      label: this.#labels.get(place),
      filename: this.#filenames.get(place),
    };
  }

  /** Of the catalog, in the order of the places. */
  get photoIds(): Numbers {
    return this.#photoIds;
  }

  #idOf(place: number): PhotoId {
    const bytes = Buffer.allocUnsafe(ID_WORDS * 4);
    for (let word = 0; word < ID_WORDS; word++) {
      bytes.writeUInt32LE(this.#ids.at(place * ID_WORDS + word) ?? 0, word * 4);
    }
    return bytes.toString("base64url");
  }

  #dayOf(place: number): OutlineDay {
    let [low, high] = [0, this.days.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.days[middle]?.from ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    const day = this.days[low];
    if (day === undefined) throw new RangeError(`There is no photo ${place}.`);
    return day;
  }

  #numberOf(size: Size | undefined): number {
    if (size === undefined) return 0;
    const { width, height } = size;
    const name = `${width} ${height}`;
    const known = this.#sizeNumbers.get(name);
    if (known !== undefined) return known;
    const number = this.#sizes.push({ width, height }) - 1;
    this.#sizeNumbers.set(name, number);
    return number;
  }
}

export class OutlineDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** The place of its first photo. */
  readonly from: number;
  readonly copies: Record<ServiceName, number> = { flickr: 0, gphotos: 0 };
  photos = 0;
  readonly #all: Tiles;

  constructor(all: Tiles, day: string) {
    this.#all = all;
    this.day = day;
    this.from = all.count;
  }

  /** As the day went: morning first. */
  get tiles(): Tile[] {
    return this.slice(0);
  }

  slice(from: number, to = this.photos): Tile[] {
    const length = Math.max(0, Math.min(to, this.photos) - from);
    return Array.from({ length }, (_, index) => this.#all.tile(this.from + from + index));
  }

  count({ receipts }: ShownPhoto): void {
    this.photos++;
    for (const name of SERVICES) if (receipts[name] !== undefined) this.copies[name]++;
  }
}

/** Some of all photos, in their order. */
export class TileList {
  readonly #all: Tiles;
  readonly #places = new Numbers();

  constructor(all: Tiles) {
    this.#all = all;
  }

  get length(): number {
    return this.#places.length;
  }

  add(place: number): void {
    this.#places.push(place);
  }

  slice(from: number, to = this.length): Tile[] {
    return Array.from(this.#places.slice(from, to), (place) => this.#all.tile(place));
  }
}

/** Adds a photo to the list of this name. */
export function addTo<Name>(
  lists: Map<Name, TileList>,
  name: Name,
  at: { readonly tiles: Tiles; readonly place: number },
): void {
  let list = lists.get(name);
  if (list === undefined) lists.set(name, (list = new TileList(at.tiles)));
  list.add(at.place);
}

/** A day that a person gave, or that a file's name has, is known without the time. */
export function hasTime({ source, local }: TakenAt): boolean {
  return source !== "target_date" && !(source === "file_name" && local.slice(11, 19) === "00:00:00");
}

function minuteOf(taken: TakenAt | undefined): number {
  if (taken === undefined || !hasTime(taken)) return UNKNOWN;
  return Number(taken.local.slice(11, 13)) * 60 + Number(taken.local.slice(14, 16));
}

/** `#8a1f03` is `0x810`. */
function toneOf(colour = "#808080"): number {
  return [1, 3, 5].reduce((tone, at) => tone * 16 + (parseInt(colour[at] ?? "8", 16) || 0), 0);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
