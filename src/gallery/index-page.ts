/** The front page: the newest days, the years, the tags, and where everything is kept. */
import type { Year } from "./calendar.ts";
import { type DayOfTiles, dayGrids } from "./grid.ts";
import { html, linkFrom, type SafeHtml } from "./html.ts";
import { keptList } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import type { Outline } from "./outline.ts";
import { tagPath } from "./list-paths.ts";
import { INDEX, monthPath, TAGS, yearPath } from "./site-paths.ts";
import { namedByName, namesList } from "./photo-list.ts";
import { counted, grouped, monthTitle } from "./wording.ts";

const MOST_TILES = 120;
/** So that one long day does not fill the page. */
const OF_EACH_DAY = 24;
const MOST_TAGS = 30;

export function indexPage(look: SiteLook, outline: Outline, years: readonly Year[]): string {
  const [newest, oldest] = [years[0]?.year, years.at(-1)?.year];
  const span = newest === oldest ? newest : `${oldest}\u2013${newest}`;
  if (outline.tiles.count === 0) return layout(look, { path: INDEX, body: EMPTY });
  const shown = newestDays(outline);
  return layout(look, {
    path: INDEX,
    body: html`<div class="title">
        <div>
          <h1>${counted(outline.tiles.count, "photo")}</h1>
          <p>${span}</p>
        </div>
        ${keptList(outline.tiles.count, outline.copies, look.services)}
      </div>
      ${yearBar(years)} ${dayGrids(INDEX, shown)} ${onward(shown, outline.tiles.count)} ${mostUsedTags(outline)}`,
  });
}

const EMPTY = html`<div class="title">
  <div>
    <h1>No photos yet</h1>
    <p>They appear here once the archive holds them.</p>
  </div>
</div>`;

function newestDays({ tiles: { days } }: Outline): readonly DayOfTiles[] {
  const shown: DayOfTiles[] = [];
  let left = MOST_TILES;
  for (const day of days) {
    if (left === 0) break;
    const tiles = day.slice(0, Math.min(left, OF_EACH_DAY));
    left -= tiles.length;
    shown.push({ day, tiles });
  }
  return shown;
}

function yearBar(years: readonly Year[]): SafeHtml | undefined {
  if (years.length < 2) return undefined;
  return html`<nav class="years" aria-label="Years">
    <ul>
      ${years.map(
        ({ year, photos }) =>
          html`<li>
            <a href="${linkFrom(INDEX, yearPath(year))}">${year} <small>${grouped(photos)}</small></a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** Where to go on from the last day of this page, if there is more. */
function onward(shown: readonly DayOfTiles[], photos: number): SafeHtml | undefined {
  const month = shown.at(-1)?.day.day.slice(0, 7);
  const count = shown.reduce((sum, { tiles }) => sum + tiles.length, 0);
  if (month === undefined || count === photos) return undefined;
  return html`<p class="more"><a href="${linkFrom(INDEX, monthPath(month))}">All of ${monthTitle(month)}</a></p>`;
}

function mostUsedTags({ tags }: Outline): SafeHtml | undefined {
  if (tags.size === 0) return undefined;
  const largest = [...tags].sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_TAGS);
  return html`<nav class="further" aria-labelledby="tags">
    <h2 id="tags">Tags</h2>
    ${namesList(INDEX, namedByName(new Map(largest)), { pathOf: tagPath })}
    ${tags.size > MOST_TAGS && html`<p class="more"><a href="${linkFrom(INDEX, TAGS)}">All ${counted(tags.size, "tag")}</a></p>`}
  </nav>`;
}
