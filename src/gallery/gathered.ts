/** What is kept besides the outline: photos by camera and by place, and the words that each is found by. */
import type { ShownPhoto } from "../catalog.ts";
import { PlaceLists } from "./counted-places.ts";
import type { Gazetteer } from "./gazetteer.ts";
import { addTo, type OutlineDay, type TileList, type Tiles } from "./tiles.ts";
import { cameraOf } from "./wording.ts";
import { WordLog } from "./word-log.ts";

export interface Gathered {
  /** As of `Outline.tags`. */
  readonly cameras: Map<string, TileList>;
  /** Undefined where the gallery tells no places. */
  readonly places: PlaceLists | undefined;
  readonly words: WordLog;
}

export function emptyGathered(gazetteer?: Gazetteer): Gathered {
  const places = gazetteer && new PlaceLists(gazetteer);
  return { cameras: new Map(), places, words: new WordLog() };
}

/** Adds the photos of the day that was added to the outline last. */
export function gatherDay(
  { cameras, places, words }: Gathered,
  { tiles, day }: { readonly tiles: Tiles; readonly day: OutlineDay },
  photos: readonly ShownPhoto[],
): void {
  for (const [index, { photo }] of photos.entries()) {
    const at = { tiles, place: day.from + index };
    const { camera, lens = "", title = "", description = "" } = photo.facts ?? {};
    const name = camera === undefined ? "" : cameraOf(camera).trim();
    if (name !== "") addTo(cameras, name, at);
    const spot = photo.facts?.place && places?.add(photo.facts.place, at);
    // What nearly every photo would have tells nothing apart.
    const sort = `${photo.kind === "video" ? "Video" : ""} ${photo.extension === "jpg" ? "" : photo.extension}`;
    const recurring = [...photo.tags, ...photo.albums, name, lens, sort, spot?.name ?? "", spot?.country.name ?? ""];
    words.add({ recurring, own: [photo.filename.replace(/\.[a-z0-9]{1,5}$/i, ""), title, description] });
  }
}
