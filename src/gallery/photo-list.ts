/** Photos that have something in common, a tag or a camera, on pages that stay as they are once they are full. */
import { type DayOfTiles, dayGrids } from "./grid.ts";
import { foreign, html, linkFrom, type SafeHtml, unturned } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import type { OutlineDay, Tile } from "./outline.ts";
import { type Neighbour, turn } from "./turn.ts";
import { counted, grouped } from "./wording.ts";

const PAGE = 120;

/** A name and how many photos have it. */
export type Named = readonly [string, number];

export interface PhotoList {
  readonly name: string;
  /** Newest day first. */
  readonly tiles: readonly Tile[];
  /** Where it belongs. */
  readonly trail: readonly { readonly path: string; readonly name: string }[];
  /** Of its pages; undefined is the front. */
  readonly pathOf: (page?: number) => string;
}

/** In the order of their names, capitals or not. */
export function namedByName(lists: ReadonlyMap<string, readonly Tile[]>): readonly Named[] {
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

/** Every page of a list: those that are full, then the front. */
export function* listPages(
  look: SiteLook,
  list: PhotoList,
): Generator<{ readonly path: string; readonly render: () => string }> {
  for (let page = 1; page <= Math.floor(list.tiles.length / PAGE); page++) {
    yield { path: list.pathOf(page), render: () => listPage(look, list, page) };
  }
  yield { path: list.pathOf(), render: () => listPage(look, list) };
}

/**
 * `page` counts from the oldest. Undefined is the front: what fills no page yet, and before it the last full page where
 * that alone would look empty.
 */
function listPage(look: SiteLook, { name, tiles, trail, pathOf }: PhotoList, page?: number): string {
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
    olderPage < 1 ? undefined : { href: linkFrom(path, pathOf(olderPage)), name: "Older" };
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
      ${dayGrids(path, dayRuns(shown))} ${turn({ before, after }, "Pages")}`,
  });
}

function dayRuns(tiles: readonly Tile[]): readonly DayOfTiles[] {
  const runs: { readonly day: OutlineDay; readonly tiles: Tile[] }[] = [];
  for (const tile of tiles) {
    const last = runs.at(-1);
    if (last?.day === tile.day) last.tiles.push(tile);
    else runs.push({ day: tile.day, tiles: [tile] });
  }
  return runs;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
