/** What is kept while the site is made: enough for all pages but the day's own. */
import type { ShownPhoto } from "../catalog.ts";
import { SERVICES, type ServiceName } from "../photo.ts";
import type { PhotoId } from "./photo-id.ts";
import { addTo, type OutlineDay, TileList, Tiles } from "./tiles.ts";

export interface Outline {
  readonly tiles: Tiles;
  readonly tags: Map<string, TileList>;
  readonly withoutPicture: TileList;
  /** Shown under the day they were received. */
  readonly withoutDate: TileList;
  /** Copies at each service. */
  readonly copies: Record<ServiceName, number>;
}

/** Photos of one day, morning first. */
export interface DayOfPhotos {
  readonly day: string;
  readonly photos: readonly ShownPhoto[];
}

export function emptyOutline(): Outline {
  const tiles = new Tiles();
  return {
    tiles,
    tags: new Map(),
    withoutPicture: new TileList(tiles),
    withoutDate: new TileList(tiles),
    copies: { flickr: 0, gphotos: 0 },
  };
}

/** Adds the next older day. */
export function addDay(
  outline: Outline,
  { day, photos }: DayOfPhotos,
  idOf: (photo: ShownPhoto) => PhotoId,
): OutlineDay {
  const { tiles } = outline;
  const added = tiles.addDay(day);
  for (const shown of photos) {
    const place = tiles.add(shown, idOf(shown));
    for (const tag of shown.photo.tags) addTo(outline.tags, tag, { tiles, place });
    if (!shown.renditions.some(({ name }) => name === "grid")) outline.withoutPicture.add(place);
    if (!isDated(shown)) outline.withoutDate.add(place);
  }
  for (const name of SERVICES) outline.copies[name] += added.copies[name];
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

/** False: the day is only the one on which the photo was received. */
export function isDated({ photo }: Pick<ShownPhoto, "photo">): boolean {
  return photo.facts?.taken !== undefined || photo.targetDate !== undefined;
}
