/** The page of a year: its months, each with a picture, its count and how its days were filled. */
import type { Month, Year } from "./calendar.ts";
import { html, linkFrom, type SafeHtml } from "./html.ts";
import { copiesIn, keptList } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import { RATIOS } from "./ratio.ts";
import { monthPath, picturePath, yearPath } from "./site-paths.ts";
import type { OutlineDay, Tile } from "./tiles.ts";
import { turn } from "./turn.ts";
import { counted, monthName } from "./wording.ts";

export interface YearPage {
  readonly look: SiteLook;
  readonly year: Year;
  readonly older: Year | undefined;
  readonly newer: Year | undefined;
}

export function yearPage({ look, year: { year, months, photos }, older, newer }: YearPage): string {
  const path = yearPath(year);
  const link = (to: Year | undefined) => to && { href: linkFrom(path, yearPath(to.year)), name: to.year };
  const neighbours = { before: link(older), after: link(newer) };
  return layout(look, {
    path,
    title: year,
    body: html`<div class="title">
        <div>
          <h1><time datetime="${year}">${year}</time></h1>
          <p>${counted(photos, "photo")} in ${counted(months.length, "month")}</p>
        </div>
        ${keptList(photos, copiesIn(months.flatMap(({ days }) => days)), look.services)}
      </div>
      ${turn(neighbours, "Years")}
      <ul class="months">
        ${months.map((month, position) => monthCard(path, month, position))}
      </ul>
      ${turn(neighbours, "Years, at the end")}`,
  });
}

function monthCard(page: string, { month, days, photos }: Month, position: number): SafeHtml {
  const cover = coverOf(days);
  return html`<li>
    <a href="${linkFrom(page, monthPath(month))}">
      ${
        cover?.size === undefined
          ? html`<span class="cover"></span>`
          : html`<img
              class="cover"
              src="${linkFrom(page, picturePath(cover.id, "grid"))}"
              width="${cover.size.width}"
              height="${cover.size.height}"
              alt=""
              loading="${position < 3 ? "eager" : "lazy"}"
              decoding="async"
            />`
      }
      <h2><time datetime="${month}">${monthName(month)}</time></h2>
      <small>${counted(photos, "photo")}</small>
      ${daysDrawn({ month, days, photos })}
    </a>
  </li>`;
}

/** One that stays when photos are added: the oldest that fits a card, else the oldest that can be seen. */
function coverOf(days: readonly OutlineDay[]): Tile | undefined {
  let oldest: Tile | undefined;
  for (const day of days.toReversed()) {
    const pictured = day.tiles.filter((tile) => tile.size !== undefined);
    const fitting = pictured.find(({ ratio }) => (RATIOS[ratio] ?? 0) > 1.2 && (RATIOS[ratio] ?? 0) < 2);
    if (fitting !== undefined) return fitting;
    oldest ??= pictured[0];
  }
  return oldest;
}

/** A bar for each day of the month; told in words by the page of the month. */
function daysDrawn({ days }: Month): SafeHtml {
  const most = Math.max(...days.map((day) => day.photos));
  return html`<svg class="bars" viewBox="0 0 31 8" preserveAspectRatio="none" aria-hidden="true">
    ${days.map(({ day, photos }) => {
      const height = Math.max(1, Math.round((8 * photos) / most));
      return html`<rect x="${Number(day.slice(8)) - 1}" y="${8 - height}" width=".7" height="${height}" />`;
    })}
  </svg>`;
}
