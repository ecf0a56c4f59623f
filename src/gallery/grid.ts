/** Rows of thumbnails, and days of them. */
import { html, foreign, linkFrom, type SafeHtml } from "./html.ts";
import type { OutlineDay, Tile } from "./tiles.ts";
import { rowClass } from "./ratio.ts";
import { shadeOf } from "./shades.ts";
import { dayPath, picturePath } from "./site-paths.ts";
import { counted, dayTitle, weekdayOf } from "./wording.ts";

/** How many of a page's thumbnails are asked for at once; the others when they come near the screen. */
const EAGER = 6;

/** Fewer photos than these are seen to be so many. */
const COUNTED = 5;

/** Some photos of one day. */
export interface DayOfTiles {
  readonly day: OutlineDay;
  readonly tiles: readonly Tile[];
}

/** `Photo, 17 May 2024, 14:02`: what is told to who does not see it. */
export function spoken({ kind, day, time }: Tile): string {
  return `${kind}, ${dayTitle(day.day)}${time === undefined ? "" : `, ${time}`}`;
}

/** The link from any page to the photo, opened on the page of its day. */
export function photoLink(page: string, { id, day, part }: Tile): string {
  return `${linkFrom(page, dayPath(day.day, part))}#p-${id}`;
}

/** What stands in a tile's link. `position` is its place on the page, from 0. */
export function tileFace(page: string, tile: Tile, position: number): SafeHtml {
  if (tile.size === undefined) {
    return html`<span class="type">${tile.label}</span>
      <span class="off">${spoken(tile)}: </span>
      <span class="name">${foreign(tile.filename ?? "")}</span>`;
  }
  const { width, height } = tile.size;
  const source = linkFrom(page, picturePath(tile.id, "grid"));
  const name = spoken(tile);
  return html`${
    position < EAGER
      ? html`<img src="${source}" width="${width}" height="${height}" alt="${name}" fetchpriority="high" />`
      : html`<img src="${source}" width="${width}" height="${height}" alt="${name}" loading="lazy" />`
  }
  ${tile.kind === "Video" && html`<span class="film">${tile.label}</span>`}`;
}

/** The classes of a tile's place in the grid: its shape, and the colour it has until its picture comes. */
export function tileClass({ ratio, tone, size }: Tile): string {
  return size === undefined ? `r${ratio} bare` : `r${ratio} c${shadeOf(tone)}`;
}

/** Photos under a heading. */
export interface Grid {
  readonly heading: SafeHtml;
  readonly tiles: readonly Tile[];
  /** Where there are more of them. */
  readonly more?: SafeHtml | undefined;
}

/** Days with a heading each and their photos. */
export function dayGrids(page: string, days: readonly DayOfTiles[]): SafeHtml {
  return gridOf(
    page,
    days.map(({ day, tiles }) => ({
      heading: dayHeading(page, day),
      tiles,
      more:
        tiles.length === day.photos
          ? undefined
          : html`<p class="more">
              <a href="${linkFrom(page, dayPath(day.day))}"
                >All ${counted(day.photos, "photo")} of ${dayTitle(day.day)}</a
              >
            </p>`,
    })),
  );
}

/** Short ones share a row where there is room. */
export function gridOf(page: string, grids: readonly Grid[]): SafeHtml {
  let position = 0;
  return html`<div class="days">
    ${grids.map(
      ({ heading, tiles, more }) =>
        html`<section class="day ${rowClass(tiles.map((tile) => tile.ratio))}">
          ${heading}
          <ul class="grid">
            ${tiles.map(
              (tile) =>
                html`<li class="${tileClass(tile)}">
                  <a href="${photoLink(page, tile)}">${tileFace(page, tile, position++)}</a>
                </li>`,
            )}
          </ul>
          ${more}
        </section>`,
    )}
  </div>`;
}

function dayHeading(page: string, { day, photos }: OutlineDay): SafeHtml {
  return html`<h2>
    <a href="${linkFrom(page, dayPath(day))}"
      ><time datetime="${day}"><span>${weekdayOf(day).slice(0, 3)} </span>${dayTitle(day)}</time></a
    >
    ${photos >= COUNTED && html`<small>${counted(photos, "photo")}</small>`}
  </h2>`;
}
