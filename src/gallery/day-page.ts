/** The page of a day, or of one part of it: every photo with all that is known of it. */
import type { ShownPhoto } from "../catalog.ts";
import { tileClass, tileFace } from "./grid.ts";
import { html, linkFrom } from "./html.ts";
import { copiesIn, keptList } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import { DAY_PART, type OutlineDay, type Tile } from "./outline.ts";
import { photoPanel } from "./photo-panel.ts";
import { rowClass } from "./ratio.ts";
import { dayPath, monthPath, yearPath } from "./site-paths.ts";
import { type Neighbour, turn } from "./turn.ts";
import { counted, dayTitle, monthName, weekdayOf } from "./wording.ts";

export interface DayPage {
  readonly look: SiteLook;
  readonly day: OutlineDay;
  readonly part: number;
  /** Of this part only, in the order of its tiles. */
  readonly photos: readonly ShownPhoto[];
  /** The days before and after that have photos. */
  readonly older: OutlineDay | undefined;
  readonly newer: OutlineDay | undefined;
}

/** How many parts a day's page has. */
export function partsOf(day: OutlineDay): number {
  return Math.ceil(day.tiles.length / DAY_PART);
}

export function tilesOfPart(day: OutlineDay, part: number): readonly Tile[] {
  return day.tiles.slice((part - 1) * DAY_PART, part * DAY_PART);
}

export function dayPage({ look, day, part, photos, older, newer }: DayPage): string {
  const path = dayPath(day.day, part);
  const parts = partsOf(day);
  const tiles = tilesOfPart(day, part);
  const before = part > 1 ? { day, part: part - 1 } : older && { day: older, part: 1 };
  const after = part < parts ? { day, part: part + 1 } : newer && { day: newer, part: 1 };
  const page = (at: { day: OutlineDay; part: number } | undefined): Neighbour | undefined =>
    at && {
      href: linkFrom(path, dayPath(at.day.day, at.part)),
      name: at.day === day ? `Part ${at.part}` : dayTitle(at.day.day),
    };
  const beside = (index: number, otherwise: Neighbour | undefined, name: string): Neighbour | undefined => {
    const tile = tiles[index];
    return tile === undefined ? otherwise : { href: `#p-${tile.id}`, name };
  };
  const neighbours = { before: page(before), after: page(after) };
  const month = day.day.slice(0, 7);
  return layout(look, {
    path,
    hasPhotos: true,
    title: parts === 1 ? dayTitle(day.day) : `${dayTitle(day.day)}, part ${part}`,
    body: html`<div class="title">
        <div>
          <p class="trail">
            <a href="${linkFrom(path, yearPath(month.slice(0, 4)))}">${month.slice(0, 4)}</a>
            <a href="${linkFrom(path, monthPath(month))}">${monthName(month)}</a>
          </p>
          <h1><time datetime="${day.day}">${weekdayOf(day.day)}, ${dayTitle(day.day)}</time></h1>
          <p>${counted(day.tiles.length, "photo")}${parts > 1 && `, part ${part} of ${parts}`}</p>
        </div>
        ${keptList(day.tiles.length, copiesIn(day.tiles), look.services)}
      </div>
      ${turn(neighbours, "Days")}
      <div class="${rowClass(tiles.map((tile) => tile.ratio))}">
        <ul class="grid">
          ${tiles.map((tile, index) => {
            const shown = photos[index];
            if (shown === undefined) throw new TypeError(`${path} lacks photo ${tile.photoId}.`);
            return html`<li class="${tileClass(tile)}">
              <a id="t-${tile.id}" href="#p-${tile.id}">${tileFace(path, tile, index)}</a>
              ${photoPanel(shown, tile, {
                page: path,
                look,
                earlier: beside(index - 1, neighbours.before, "Earlier"),
                later: beside(index + 1, neighbours.after, "Later"),
              })}
            </li>`;
          })}
        </ul>
      </div>
      ${turn(neighbours, "Days, at the end")}`,
  });
}
