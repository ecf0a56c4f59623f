/** What is kept besides the outline: photos by camera and by place, and the words that each is found by. */
import type { ShownPhoto } from "../catalog.ts";
import { PlaceLists } from "./counted-places.ts";
import type { Gazetteer } from "./gazetteer.ts";
import type { OutlineDay, Tile } from "./outline.ts";
import { cameraOf } from "./wording.ts";
import { WordLog } from "./word-log.ts";

export interface Gathered {
  /** As of `Outline.tags`. */
  readonly cameras: Map<string, Tile[]>;
  /** Undefined where the gallery tells no places. */
  readonly places: PlaceLists | undefined;
  readonly words: WordLog;
}

export function emptyGathered(gazetteer?: Gazetteer): Gathered {
  const places = gazetteer && new PlaceLists(gazetteer);
  return { cameras: new Map(), places, words: new WordLog() };
}

/** Adds the photos of the next older day, in the order of its tiles. */
export function gatherDay({ cameras, places, words }: Gathered, day: OutlineDay, photos: readonly ShownPhoto[]): void {
  for (const [index, { photo }] of photos.entries()) {
    const tile = day.tiles[index];
    if (tile === undefined) throw new TypeError(`${day.day} has no tile for photo ${photo.id}.`);
    const { camera, lens = "", title = "", description = "" } = photo.facts ?? {};
    const name = camera === undefined ? "" : cameraOf(camera).trim();
    if (name !== "") addTo(cameras, name, tile);
    places?.add(photo.facts?.place, tile);
    // What nearly every photo would have tells nothing apart.
    const sort = `${tile.kind === "Video" ? tile.kind : ""} ${photo.extension === "jpg" ? "" : photo.extension}`;
    const recurring = [...photo.tags, ...photo.albums, name, lens, sort];
    words.add({ recurring, own: [photo.filename.replace(/\.[a-z0-9]{1,5}$/i, ""), title, description] });
  }
}

function addTo(lists: Map<string, Tile[]>, name: string, tile: Tile): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [tile]);
  else list.push(tile);
}
