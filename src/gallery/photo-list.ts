/** Photos that have something in common, a tag or a camera, on pages that stay as they are once they are full. */
import { runsOf } from "./calendar.ts";
import { gridOf, type Grid } from "./grid.ts";
import { foreign, html, linkFrom, type SafeHtml, unturned } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import { monthPath, SEARCH } from "./site-paths.ts";
import type { Tile, TileList } from "./tiles.ts";
import { type Neighbour, turn } from "./turn.ts";
import { counted, grouped, monthTitle } from "./wording.ts";

const PAGE = 200;

/** A name and how many photos have it. */
export type Named = readonly [string, number];

export interface PhotoList {
  readonly name: string;
  readonly tiles: TileList;
  /** Where it belongs. */
  readonly trail: readonly { readonly path: string; readonly name: string }[];
  /** Of its pages; undefined is the front. */
  readonly pathOf: (page?: number) => string;
}

/**
 * How many full pages each list has at most, so that all lists together have no more than `most`: the newest of each. A number that
 * seldom changes when photos are added; Infinity where there is room for all.
 */
export function fullPagesOfEach(lists: Iterable<Pick<TileList, "length">>, most: number): number {
  const full = Array.from(lists, ({ length }) => Math.floor(length / PAGE));
  const total = (limit: number): number => full.reduce((sum, pages) => sum + Math.min(pages, limit), 0);
  if (total(Infinity) <= most) return Infinity;
  let limit = 2 ** 20;
  while (limit >= 1 && total(limit) > most) limit /= 2;
  return Math.floor(limit);
}

/** In the order of their names, capitals or not. */
export function namedByName(lists: ReadonlyMap<string, TileList>): readonly Named[] {
  const folded = (name: string): string => name.normalize("NFKD").toLowerCase();
  return [...lists]
    .map(([name, tiles]): Named => [name, tiles.length])
    .sort(([a], [b]) => compare(folded(a), folded(b)) || compare(a, b));
}

export function namesList(
  page: string,
  names: readonly Named[],
  { pathOf, hasCounts = true }: { readonly pathOf: (name: string) => string; readonly hasCounts?: boolean },
): SafeHtml {
  return html`<ul class="tags">
    ${names.map(
      ([name, photos]) =>
        html`<li>
          <a href="${linkFrom(page, pathOf(name))}"
            >${foreign(name)}${hasCounts && html` <small>${grouped(photos)}</small>`}</a
          >
        </li>`,
    )}
  </ul>`;
}

/** Every page of a list: those that are full, `most` at most and the newest of them, then the front. */
export function* listPages(
  look: SiteLook,
  list: PhotoList,
  most: number,
): Generator<{ readonly path: string; readonly render: () => string }> {
  const full = Math.floor(list.tiles.length / PAGE);
  const oldest = 1 + Math.max(0, full - most);
  for (let page = oldest; page <= full; page++) {
    yield { path: list.pathOf(page), render: () => listPage(look, list, { page, oldest }) };
  }
  yield { path: list.pathOf(), render: () => listPage(look, list, { page: undefined, oldest }) };
}

/**
 * `page` counts from the oldest; there is none before `oldest`. Undefined is the front: what fills no page yet, and before it the
 * last full page where that alone would look empty.
 */
function listPage(
  look: SiteLook,
  { name, tiles, trail, pathOf }: PhotoList,
  { page, oldest }: { readonly page: number | undefined; readonly oldest: number },
): string {
  const path = pathOf(page);
  const full = Math.floor(tiles.length / PAGE);
  const rest = tiles.length % PAGE;
  const withLast = page === undefined && full > 0 && rest < PAGE / 2;
  const shown =
    page === undefined
      ? tiles.slice(0, rest + (withLast ? PAGE : 0))
      : tiles.slice(tiles.length - page * PAGE, tiles.length - (page - 1) * PAGE);
  const olderPage = page === undefined ? full - (withLast ? 1 : 0) : page - 1;
  const before: Neighbour | undefined =
    olderPage < oldest ? undefined : { href: linkFrom(path, pathOf(olderPage)), name: "Older" };
  const after: Neighbour | undefined =
    page === undefined
      ? undefined
      : { href: linkFrom(path, pathOf(page < full ? page + 1 : undefined)), name: "Newer" };
  return layout(look, {
    path,
    title: unturned(page === undefined ? name : `${name}, page ${page}`),
    body: html`<div class="title">
        <div>
          <p class="trail">${trail.map((to) => html`<a href="${linkFrom(path, to.path)}">${to.name}</a>`)}</p>
          <h1>${foreign(name)}</h1>
          <p>${page === undefined ? counted(tiles.length, "photo") : `Page ${page}, counted from the oldest`}</p>
        </div>
      </div>
      ${gridOf(path, monthGrids(path, shown))} ${turn({ before, after }, "Pages")}
      ${olderPage > 0 && before === undefined && olderInSearch(path, name)}`,
  });
}

/** A list in a very large gallery ends before its oldest photos. */
function olderInSearch(path: string, name: string): SafeHtml {
  const address = `${linkFrom(path, SEARCH)}?q=${encodeURIComponent(name.toWellFormed())}`;
  return html`<p class="more"><a href="${address}">Older ones in the search</a></p>`;
}

function monthGrids(page: string, tiles: readonly Tile[]): readonly Grid[] {
  return runsOf(tiles, ({ day: { day } }) => day.slice(0, 7)).map(([month, those]) => ({
    heading: html`<h2>
      <a href="${linkFrom(page, monthPath(month))}"><time datetime="${month}">${monthTitle(month)}</time></a>
    </h2>`,
    tiles: those,
  }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
