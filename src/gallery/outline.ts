/** What is kept of every photo while the site is made: enough for all pages but the day's own. */
import type { ShownPhoto } from "../catalog.ts";
import { SERVICES, type ServiceName, type TakenAt } from "../photo.ts";
import type { PhotoId } from "./photo-id.ts";
import { ratioStepOf, type Size } from "./ratio.ts";

/** A photo in a grid. One is kept for each photo of the gallery, so it is small. */
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
  readonly services: readonly ServiceName[];
}

export interface OutlineDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** As the day went: morning first. */
  readonly tiles: readonly Tile[];
}

export interface Outline {
  /** Newest first. */
  readonly days: OutlineDay[];
  /** Newest day first; within a day morning first. */
  readonly tags: Map<string, Tile[]>;
  readonly withoutPicture: Tile[];
  /** Shown under the day they were received. */
  readonly withoutDate: Tile[];
  photos: number;
  bytes: number;
  /** Copies at each service. */
  readonly copies: Record<ServiceName, number>;
}

/** Photos of one day, morning first. */
export interface DayOfPhotos {
  readonly day: string;
  readonly photos: readonly ShownPhoto[];
}

/**
 * How many photos one part of a day's page shows. With everything that is known of them, checksums and addresses included, so many
 * are about 30 kB packed.
 */
export const DAY_PART = 150;

export function emptyOutline(): Outline {
  return {
    days: [],
    tags: new Map(),
    withoutPicture: [],
    withoutDate: [],
    photos: 0,
    bytes: 0,
    copies: { flickr: 0, gphotos: 0 },
  };
}

/** Adds the next older day. */
export function addDay(
  outline: Outline,
  { day, photos }: DayOfPhotos,
  idOf: (photo: ShownPhoto) => PhotoId,
): OutlineDay {
  const tiles: Tile[] = [];
  const added: OutlineDay = { day, tiles };
  for (const [index, shown] of photos.entries()) {
    const tile = tileOf(shown, { id: idOf(shown), day: added, part: 1 + Math.floor(index / DAY_PART) });
    tiles.push(tile);
    for (const tag of shown.photo.tags) {
      const tagged = outline.tags.get(tag);
      if (tagged === undefined) outline.tags.set(tag, [tile]);
      else tagged.push(tile);
    }
    if (tile.size === undefined) outline.withoutPicture.push(tile);
    if (!isDated(shown)) outline.withoutDate.push(tile);
    for (const service of tile.services) outline.copies[service]++;
    outline.photos++;
    outline.bytes += shown.photo.bytes;
  }
  outline.days.push(added);
  return added;
}

/** Cuts a timeline, newest first, into days. */
export async function* daysOf(timeline: AsyncIterable<ShownPhoto>): AsyncGenerator<DayOfPhotos> {
  let photos: ShownPhoto[] = [];
  for await (const shown of timeline) {
    const day = photos[0]?.day;
    if (day !== undefined && day !== shown.day) {
      yield { day, photos: photos.toReversed() };
      photos = [];
    }
    photos.push(shown);
  }
  const day = photos[0]?.day;
  if (day !== undefined) yield { day, photos: photos.toReversed() };
}

/** A day that a person gave, or that a file's name has, is known without the time. */
export function hasTime({ source, local }: TakenAt): boolean {
  return source !== "target_date" && !(source === "file_name" && local.slice(11, 19) === "00:00:00");
}

/** False: the day is only the one on which the photo was received. */
export function isDated({ photo }: Pick<ShownPhoto, "photo">): boolean {
  return photo.facts?.taken !== undefined || photo.targetDate !== undefined;
}

/** Every choice of services, so that tiles share their lists. */
const SERVICE_LISTS: readonly (readonly ServiceName[])[] = Array.from({ length: 1 << SERVICES.length }, (_, bits) =>
  SERVICES.filter((_name, bit) => (bits & (1 << bit)) !== 0),
);

/** What many tiles have alike is kept once. */
const SIZES = new Map<string, Size>();
const MINUTES = new Map<string, string>();
/** Cameras have few sizes; more are not remembered. */
const MOST_ALIKE = 10_000;

function oneOf<T>(known: Map<string, T>, name: string, value: T): T {
  const there = known.get(name);
  if (there !== undefined) return there;
  if (known.size < MOST_ALIKE) known.set(name, value);
  return value;
}

function minuteOf(local: string): string {
  const minute = local.slice(11, 16);
  return oneOf(MINUTES, minute, minute);
}

/** `#8a1f03` is `0x810`. */
function toneOf(colour = "#808080"): number {
  return [1, 3, 5].reduce((tone, at) => tone * 16 + (parseInt(colour[at] ?? "8", 16) || 0), 0);
}

function tileOf(
  { photo, renditions, receipts }: ShownPhoto,
  at: { readonly id: PhotoId; readonly day: OutlineDay; readonly part: number },
): Tile {
  const grid = renditions.find((rendition) => rendition.name === "grid");
  const taken = photo.facts?.taken;
  const size = grid && oneOf(SIZES, `${grid.width} ${grid.height}`, { width: grid.width, height: grid.height });
  return {
    ...at,
    photoId: photo.id,
    ratio: ratioStepOf(size ?? photo.facts),
    tone: toneOf(photo.impression?.colour),
    size,
    time: taken !== undefined && hasTime(taken) ? minuteOf(taken.local) : undefined,
    kind: photo.kind === "video" ? "Video" : "Photo",
    label: size === undefined || photo.kind === "video" ? photo.extension.toUpperCase() : undefined,
    filename: size === undefined ? photo.filename : undefined,
    services:
      SERVICE_LISTS[SERVICES.reduce((sum, name, bit) => sum + (receipts[name] === undefined ? 0 : 1 << bit), 0)] ?? [],
  };
}
