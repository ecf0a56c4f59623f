/** All photos in one strip. Its script draws it; without, the page leads to the years. It has no counts, so that new photos leave it as it is. */
import type { Year } from "./calendar.ts";
import { html, linkFrom } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import { TIMELINE_SCRIPT, TIMELINE_STYLE } from "./script.ts";
import { DIRECTORY, TIMELINE, yearPath } from "./site-paths.ts";

export function timelinePage(look: SiteLook, years: readonly Year[]): string {
  return layout(look, {
    path: TIMELINE,
    title: "Timeline",
    styles: [TIMELINE_STYLE],
    script: TIMELINE_SCRIPT,
    // Asked for with the script that wants it, not after it.
    body: html`<link rel="preload" href="${linkFrom(TIMELINE, DIRECTORY)}" as="script" />
      <h1 class="off">Timeline</h1>
      <div id="timeline" data-root="${linkFrom(TIMELINE, "")}">
        <div class="title">
          <div>
            <p>${years.length === 0 ? "No photos yet." : "All photos, by year"}</p>
          </div>
        </div>
        <ul class="tags">
          ${years.map(({ year }) => html`<li><a href="${linkFrom(TIMELINE, yearPath(year))}">${year}</a></li>`)}
        </ul>
      </div>`,
  });
}
