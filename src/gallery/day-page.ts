/**
 * The page of a day, or of one part of it: every photo, and for the viewer all that is known of it. That is no part of what can be
 * read without scripts: as markup it would be three times as much as all else.
 */
import type { ShownPhoto } from "../catalog.ts";
import { tileClass, tileFace } from "./grid.ts";
import { dataElement, html, linkFrom } from "./html.ts";
import { keptList } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import { rowClass } from "./ratio.ts";
import { dayPath, monthPath, originalPath, picturePath, yearPath } from "./site-paths.ts";
import { DAY_PART, type OutlineDay, type Tile } from "./tiles.ts";
import { toldFacts } from "./told-facts.ts";
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
  return Math.ceil(day.photos / DAY_PART);
}

export function tilesOfPart(day: OutlineDay, part: number): readonly Tile[] {
  return day.slice((part - 1) * DAY_PART, part * DAY_PART);
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
          <p>${counted(day.photos, "photo")}${parts > 1 && `, part ${part} of ${parts}`}</p>
        </div>
        ${keptList(day.photos, day.copies, look.services)}
      </div>
      ${turn(neighbours, "Days")}
      <div class="${rowClass(tiles.map((tile) => tile.ratio))}">
        <ul class="grid">
          ${tiles.map((tile, index) => {
            const shown = photos[index];
            if (shown === undefined) throw new TypeError(`${path} lacks photo ${tile.photoId}.`);
            return html`<li class="${tileClass(tile)}" id="p-${tile.id}">
              <a href="${wholePhoto(path, tile, shown, look)}">${tileFace(path, tile, index)}</a>
            </li>`;
          })}
        </ul>
      </div>
      ${turn(neighbours, "Days, at the end")} ${dataElement("facts", toldFacts({ page: path, look, day, photos }))}`,
  });
}

/** What a browser without scripts opens: the large picture; the film or, where nothing can be shown, the original, if it is offered. */
function wholePhoto(page: string, { id, kind, size }: Tile, { photo }: ShownPhoto, { originals }: SiteLook): string {
  if (originals === "linked" && (kind === "Video" || size === undefined))
    return linkFrom(page, originalPath(photo.key));
  return size === undefined ? `#p-${id}` : linkFrom(page, picturePath(id, "view"));
}
