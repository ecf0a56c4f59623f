/** Photos by the place where they were taken. */
import type { Place } from "../photo.ts";
import type { Country, Gazetteer, Spot } from "./gazetteer.ts";
import { addTo, type TileList, type Tiles } from "./tiles.ts";

/** Photos of one spot. */
export interface SpotTiles {
  readonly spot: Spot;
  readonly tiles: TileList;
}

export class PlaceLists {
  readonly #gazetteer: Gazetteer;
  readonly #lists = new Map<Spot, TileList>();

  constructor(gazetteer: Gazetteer) {
    this.#gazetteer = gazetteer;
  }

  /** Adds the photo at a place of the outline. */
  add(coordinates: Place, at: { readonly tiles: Tiles; readonly place: number }): Spot {
    const spot = this.#gazetteer.spotOf(coordinates);
    addTo(this.#lists, spot, at);
    return spot;
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
