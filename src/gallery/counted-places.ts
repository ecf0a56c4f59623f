/** Photos by the place where they were taken. */
import type { Place } from "../photo.ts";
import type { Country, Gazetteer, Spot } from "./gazetteer.ts";
import type { Tile } from "./outline.ts";

/** Photos of one spot. */
export interface SpotTiles {
  readonly spot: Spot;
  /** Newest day first; within a day morning first. */
  readonly tiles: Tile[];
}

export class PlaceLists {
  readonly #gazetteer: Gazetteer;
  readonly #lists = new Map<Spot, Tile[]>();

  constructor(gazetteer: Gazetteer) {
    this.#gazetteer = gazetteer;
  }

  /** Adds the next photo, in the order of the outline. */
  add(place: Place | undefined, tile: Tile): void {
    if (place === undefined) return;
    const spot = this.#gazetteer.spotOf(place);
    const list = this.#lists.get(spot);
    if (list === undefined) this.#lists.set(spot, [tile]);
    else list.push(tile);
  }

  /** In the order of their addresses, so the same whatever came first. */
  spots(): SpotTiles[] {
    return [...this.#lists].map(([spot, tiles]) => ({ spot, tiles })).sort((a, b) => (a.spot.id < b.spot.id ? -1 : 1));
  }
}

/** A country and its spots, in the order of their names. */
export interface CountrySpots {
  readonly country: Country;
  readonly spots: readonly SpotTiles[];
}

/** In the order of the countries' names, and last what is nobody's. */
export function byCountry(spots: readonly SpotTiles[]): readonly CountrySpots[] {
  return [...Map.groupBy(spots, ({ spot }) => spot.country)]
    .map(([country, own]) => ({ country, spots: own.toSorted((a, b) => inOrder(a.spot, b.spot)) }))
    .sort((a, b) => inOrder(asOrdered(a.country), asOrdered(b.country)));
}

interface Ordered {
  readonly name: string;
  readonly id: string;
}

function asOrdered({ code, name }: Country): Ordered {
  return { name: code === "sea" ? "\uffff" : name, id: code };
}

function inOrder(a: Ordered, b: Ordered): number {
  const [first, second] = [folded(a), folded(b)];
  return first < second ? -1 : 1;
}

function folded({ name, id }: Ordered): string {
  return `${name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase()} ${id}`;
}
