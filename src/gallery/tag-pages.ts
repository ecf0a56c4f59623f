/** All tags, and the photos of each. */
import { type DayOfTiles, dayGrids } from "./grid.ts";
import { foreign, html, linkFrom, type SafeHtml, unturned } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import type { Outline, OutlineDay, Tile } from "./outline.ts";
import { TAGS, tagPath } from "./site-paths.ts";
import { slugOf } from "./slug.ts";
import { type Neighbour, turn } from "./turn.ts";
import { counted, grouped } from "./wording.ts";

const PAGE = 120;

/** A tag and its photos, newest day first. */
export type Tag = readonly [string, readonly Tile[]];

/** In the order of their names, capitals or not. */
export function tagsByName(tags: Outline["tags"]): readonly Tag[] {
  const folded = (tag: string): string => tag.normalize("NFKD").toLowerCase();
  return [...tags].sort(([a], [b]) => compare(folded(a), folded(b)) || compare(a, b));
}

export function tagsPage(look: SiteLook, { tags }: Outline): string {
  return layout(look, {
    path: TAGS,
    title: "Tags",
    body: html`<div class="title">
        <div>
          <h1>Tags</h1>
          <p>${tags.size === 0 ? "No photo has a tag yet." : counted(tags.size, "tag")}</p>
        </div>
      </div>
      ${tagList(TAGS, tagsByName(tags))}`,
  });
}

export function tagList(page: string, tags: readonly Tag[]): SafeHtml {
  return html`<ul class="tags">
    ${tags.map(
      ([tag, tiles]) =>
        html`<li>
          <a href="${linkFrom(page, tagPath(slugOf(tag)))}">${foreign(tag)} <small>${grouped(tiles.length)}</small></a>
        </li>`,
    )}
  </ul>`;
}

/** The pages that are full, 1 for the oldest photos: once they are full, new photos change them no more. */
export function fullTagPages(tiles: readonly Tile[]): number {
  return Math.floor(tiles.length / PAGE);
}

/**
 * `page` counts from the oldest. Undefined is the front: what fills no page yet, and before it the last full page where
 * that alone would look empty.
 */
export function tagPage(look: SiteLook, tag: Tag, page?: number): string {
  const [name, tiles] = tag;
  const slug = slugOf(name);
  const path = tagPath(slug, page);
  const full = fullTagPages(tiles);
  const rest = tiles.length % PAGE;
  const withLast = page === undefined && full > 0 && rest < PAGE / 2;
  const shown =
    page === undefined
      ? tiles.slice(0, rest + (withLast ? PAGE : 0))
      : tiles.slice(tiles.length - page * PAGE, tiles.length - (page - 1) * PAGE);
  const olderPage = page === undefined ? full - (withLast ? 1 : 0) : page - 1;
  const before: Neighbour | undefined =
    olderPage < 1 ? undefined : { href: linkFrom(path, tagPath(slug, olderPage)), name: "Older" };
  const after: Neighbour | undefined =
    page === undefined
      ? undefined
      : { href: linkFrom(path, tagPath(slug, page < full ? page + 1 : undefined)), name: "Newer" };
  return layout(look, {
    path,
    title: unturned(page === undefined ? name : `${name}, page ${page}`),
    body: html`<div class="title">
        <div>
          <p class="trail"><a href="${linkFrom(path, TAGS)}">Tags</a></p>
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
