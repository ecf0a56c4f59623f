/** The page of a month: all its photos, or the beginnings of its days where they are many. */
import type { Month } from "./calendar.ts";
import { type DayOfTiles, dayGrids } from "./grid.ts";
import { html, linkFrom } from "./html.ts";
import { copiesIn, keptList } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import { monthPath, yearPath } from "./site-paths.ts";
import { turn } from "./turn.ts";
import { counted, monthName, monthTitle } from "./wording.ts";

/** A month of up to so many photos is shown whole. */
const WHOLE = 400;
/** What is shown of each day of a larger one. */
const OF_EACH_DAY = 8;

export interface MonthPage {
  readonly look: SiteLook;
  readonly month: Month;
  readonly older: Month | undefined;
  readonly newer: Month | undefined;
}

export function monthPage({ look, month: { month, days, photos }, older, newer }: MonthPage): string {
  const path = monthPath(month);
  const year = month.slice(0, 4);
  const ofEach = photos > WHOLE ? OF_EACH_DAY : Infinity;
  const shown = days.map((day): DayOfTiles => ({ day, tiles: day.slice(0, ofEach) }));
  const link = (to: Month | undefined) =>
    to && { href: linkFrom(path, monthPath(to.month)), name: monthTitle(to.month) };
  const neighbours = { before: link(older), after: link(newer) };
  return layout(look, {
    path,
    title: monthTitle(month),
    body: html`<div class="title">
        <div>
          <p class="trail"><a href="${linkFrom(path, yearPath(year))}">${year}</a></p>
          <h1><time datetime="${month}">${monthName(month)} ${year}</time></h1>
          <p>${counted(photos, "photo")} on ${counted(days.length, "day")}</p>
        </div>
        ${keptList(photos, copiesIn(days), look.services)}
      </div>
      ${turn(neighbours, "Months")} ${dayGrids(path, shown)} ${turn(neighbours, "Months, at the end")}`,
  });
}
