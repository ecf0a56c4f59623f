/** Pages without photos: where everything is kept, what this is, and what to show for a wrong address. */
import { photoLink } from "./grid.ts";
import { foreign, html, linkFrom, type SafeHtml } from "./html.ts";
import { SERVICE_TITLES, servicesWorthNaming } from "./kept.ts";
import { layout, type SiteLook } from "./layout.ts";
import type { Outline } from "./outline.ts";
import { ABOUT, INDEX, NOT_FOUND, STATUS } from "./site-paths.ts";
import type { TileList } from "./tiles.ts";
import { counted, dayTitle, grouped } from "./wording.ts";

const MOST_NAMED = 100;

/** It counts what is missing, not what is there: the front page does, and one photo more leaves this one as it is. */
export function statusPage(look: SiteLook, outline: Outline): string {
  const { tiles, copies, withoutPicture, withoutDate } = outline;
  const services = servicesWorthNaming(look.services, copies).map(
    (name) => [SERVICE_TITLES[name], tiles.count - copies[name]] as const,
  );
  const isWell = withoutPicture.length + withoutDate.length === 0 && services.every(([, missing]) => missing === 0);
  return layout(look, {
    path: STATUS,
    title: "Where photos are kept",
    body: html`<div class="title">
        <div>
          <h1>Where photos are kept</h1>
          <p><a href="${linkFrom(STATUS, INDEX)}">How many there are</a></p>
        </div>
      </div>
      <table class="places">
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">Photos that are not there</th>
          </tr>
        </thead>
        <tbody>
          ${[["Archive", 0] as const, ...services].map(([title, missing]) => placeRow(title, missing))}
        </tbody>
      </table>
      <p class="prose">
        The archive holds the untouched original of every photo shown here. A photo appears once its original is proven
        to be there.
      </p>
      ${problem("No picture here", withoutPicture, {
        words: "kept in the archive, but without a smaller form to show. Nothing is missing but the view.",
      })}
      ${problem("Day unknown", withoutDate, {
        words: "without a date of their own, shown under the day on which they were received.",
      })}
      ${isWell && html`<p class="prose well">No problems known.</p>`}`,
  });

  function problem(title: string, tiles: TileList, { words }: { readonly words: string }): SafeHtml | undefined {
    if (tiles.length === 0) return undefined;
    return html`<section class="prose">
      <h2>${title}</h2>
      <p>${counted(tiles.length, "photo")} ${words}</p>
      <ul>
        ${tiles.slice(0, MOST_NAMED).map(
          (tile) =>
            html`<li>
              <a href="${photoLink(STATUS, tile)}"
                >${tile.filename ? foreign(tile.filename) : `${tile.kind} of ${dayTitle(tile.day.day)}`}</a
              >
            </li>`,
        )}
      </ul>
      ${tiles.length > MOST_NAMED && html`<p>… and ${grouped(tiles.length - MOST_NAMED)} more.</p>`}
    </section>`;
  }
}

function placeRow(title: string, missing: number): SafeHtml {
  return html`<tr>
    <th scope="row">${title}</th>
    <td>
      <span class="${missing === 0 ? "well" : "wanting"}"
        >${missing === 0 ? "None: all are there" : grouped(missing)}</span
      >
    </td>
  </tr>`;
}

export function aboutPage(look: SiteLook): string {
  return layout(look, {
    path: ABOUT,
    title: "About",
    body: html`<div class="title"><h1>About this gallery</h1></div>
      <div class="prose">
        <p>
          These are photos backed up by photolog. The originals are kept
          untouched${look.public ? "" : html` in <code>${look.archive}</code>`}; what you see here are smaller pictures
          made from them, which carry no place and no camera data.
        </p>
        <p>
          Open a photo to read when and how it was taken, and where its copies are. The address of an opened photo stays
          the same, so it can be kept as a bookmark.
        </p>
        <p>
          ${look.public ? "This gallery is meant to be read by everybody." : "This gallery is private. It asks search engines to stay away, and it is as closed as the place it is kept in."}
          It loads nothing from anywhere else and sets no cookies. Without scripts all photos can be reached and seen;
          what is known of each is told by scripts only.
        </p>
      </div>`,
  });
}

/** May be sent for any address, so its links start from the root of the server where that is known. */
export function notFoundPage(look: SiteLook): string {
  return layout(look, {
    path: NOT_FOUND,
    title: "Not found",
    body: html`<div class="title">
      <div>
        <h1>Not found</h1>
        <p>There is no such page in this gallery. <a href="${look.root ?? ""}${INDEX}">See the newest photos</a></p>
      </div>
    </div>`,
  });
}
