/** The places of the map: the few that are told first, and the others when they come near. */
import { FIRST_LEVELS, type MapManifest, type MapPiece, project, squaresBetween } from "../map-pieces.ts";
import { loadShard } from "./load-shard.ts";
import { levelAt, type Screen, sizeAt, type View } from "./map-view.ts";

export interface MapPlace {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly level: number;
  readonly stands: MapPiece["stands"][number];
}

/** A place as it is seen at one level. */
export interface SeenPlace {
  readonly place: MapPlace;
  /** Pixels from the corner of the map. */
  readonly left: number;
  readonly top: number;
  readonly photos: number;
  /** Other places that it stands for. */
  readonly others: number;
}

export class Places {
  /** What is known; never empty squares. */
  readonly all: MapPlace[];
  readonly #squares: ReadonlyMap<string, string>;
  readonly #asked = new Set<string>();

  constructor(manifest: MapManifest) {
    this.all = placesOf(manifest);
    this.#squares = new Map(manifest.squares);
  }

  /** Those on the screen, with most photos first; a little beyond its edge, so that they slide in. */
  seen(view: View, { width, height }: Screen, margin = 30): SeenPlace[] {
    const level = levelAt(view.zoom);
    const size = sizeAt(view.zoom);
    const seen: SeenPlace[] = [];
    for (const place of this.all) {
      if (place.level > level) continue;
      const left = width / 2 + (place.x - view.x) * size;
      const top = height / 2 + (place.y - view.y) * size;
      if (left < -margin || top < -margin || left > width + margin || top > height + margin) continue;
      const [photos, others] = place.stands[Math.min(level - place.level, place.stands.length - 1)] ?? [0, 0];
      seen.push({ place, left, top, photos, others });
    }
    return seen.sort((a, b) => b.photos - a.photos || (a.place.id < b.place.id ? -1 : 1));
  }

  /** Gets what is still lacking to show this view. Resolves with whether there is more to show now. */
  async load(view: View, { width, height }: Screen): Promise<boolean> {
    if (levelAt(view.zoom) <= FIRST_LEVELS) return false;
    const half = { x: width / 2 / sizeAt(view.zoom), y: height / 2 / sizeAt(view.zoom) };
    const wanted = squaresBetween(
      { x: view.x - half.x, y: view.y - half.y },
      { x: view.x + half.x, y: view.y + half.y },
    ).filter((square) => this.#squares.has(square) && !this.#asked.has(square));
    await Promise.all(
      wanted.map(async (square) => {
        this.#asked.add(square);
        try {
          const name = `g/${square}`;
          const piece = await loadShard<MapPiece>(name, `../data/${name}.${this.#squares.get(square) ?? ""}.js`);
          this.all.push(...placesOf(piece));
        } catch (error) {
          this.#asked.delete(square);
          throw error;
        }
      }),
    );
    return wanted.length > 0;
  }
}

/** The zoom at which a place stands for fewer others than at this level. */
export function partingZoom({ level, stands }: MapPlace, now: number): number {
  const at = (one: number): number => stands[Math.min(one - level, stands.length - 1)]?.[1] ?? 0;
  let next = now + 1;
  while (next < level + stands.length - 1 && at(next) === at(now)) next++;
  return next;
}

function placesOf({ names, ids, latitudes, longitudes, levels, stands }: MapPiece): MapPlace[] {
  return ids.map((id, at) => ({
    id,
    name: (names[at] ?? "").replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd"),
    ...project((latitudes[at] ?? 0) / 100, (longitudes[at] ?? 0) / 100),
    level: levels[at] ?? 0,
    stands: stands[at] ?? [],
  }));
}
