/** The page to search on: for scripts a box, without them lists of all there is to go by. */
import { monthsOf, yearsOf } from "./calendar.ts";
import { html, linkFrom, type SafeHtml } from "./html.ts";
import type { Gathered } from "./gathered.ts";
import { layout, type SiteLook } from "./layout.ts";
import type { Outline } from "./outline.ts";
import { FIND_STYLE } from "./find-style.ts";
import { SEARCH as SEARCH_SCRIPT } from "./script.ts";
import { cameraPath, tagPath } from "./list-paths.ts";
import { CAMERAS, INDEX, SEARCH, DIRECTORY, TAGS, yearPath } from "./site-paths.ts";
import { namesList, type Named, namedByName } from "./photo-list.ts";
import { counted } from "./wording.ts";

const MOST_NAMES = 60;

interface NamesOnPage {
  readonly title: string;
  /** Where all of them are. */
  readonly page: string;
  readonly pathOf: (name: string) => string;
  readonly names: readonly Named[];
}

/** Without counts, so that new photos leave it as it is. */
export function searchPage(look: SiteLook, outline: Outline, gathered: Gathered): string {
  const years = yearsOf(monthsOf(outline.tiles.days)).map(({ year, photos }): Named => [year, photos]);
  const lists: readonly NamesOnPage[] = [
    { title: "Years", page: INDEX, pathOf: yearPath, names: years },
    { title: "Tags", page: TAGS, pathOf: tagPath, names: namedByName(outline.tags) },
    { title: "Cameras", page: CAMERAS, pathOf: cameraPath, names: namedByName(gathered.cameras) },
  ];
  return layout(look, {
    path: SEARCH,
    title: "Search",
    styles: [FIND_STYLE],
    script: SEARCH_SCRIPT,
    body: html`<div class="title"><h1>Search</h1></div>
      <div class="search" role="search" data-directory="${linkFrom(SEARCH, DIRECTORY)}" hidden>
        <label for="q">Words of tags, names, cameras and dates</label>
        <input id="q" type="search" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200" />
        <p role="status"></p>
      </div>
      <div class="found"></div>
      <div class="ways">${lists.map(section)}</div>`,
  });
}

function section({ title, page, names, pathOf }: NamesOnPage): SafeHtml | undefined {
  if (names.length === 0) return undefined;
  const largest = names.length <= MOST_NAMES ? names : largestOf(names);
  return html`<section class="further">
    <h2>${title}</h2>
    ${namesList(SEARCH, largest, { pathOf, hasCounts: false })}
    ${
      names.length > MOST_NAMES &&
      html`<p class="more"><a href="${linkFrom(SEARCH, page)}">All ${counted(names.length, "name")}</a></p>`
    }
  </section>`;
}

/** Those with most photos, in the order in which they came. */
function largestOf(names: readonly Named[]): readonly Named[] {
  const kept = new Set([...names].sort(([, a], [, b]) => b - a).slice(0, MOST_NAMES));
  return names.filter((name) => kept.has(name));
}
