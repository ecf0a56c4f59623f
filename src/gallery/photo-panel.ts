/** One photo opened: large, with its facts and where it is kept. Shown by CSS while it is the target of the address. */
import type { ShownPhoto } from "../catalog.ts";
import { type Photo, type Place, type Receipt, SERVICES, type ServiceName } from "../photo.ts";
import { tileFace, spoken } from "./grid.ts";
import { foreign, html, linkFrom, type SafeHtml, webAddress } from "./html.ts";
import { SERVICE_TITLES } from "./kept.ts";
import type { SiteLook } from "./layout.ts";
import { hasTime, isDated, type Tile } from "./outline.ts";
import { tagPath } from "./list-paths.ts";
import { placeLink } from "./place-pages.ts";
import { originalPath, picturePath } from "./site-paths.ts";
import type { Neighbour } from "./turn.ts";
import {
  cameraOf,
  dayTitle,
  exposureOf,
  grouped,
  placeOf,
  roughlyAt,
  sizeOf,
  timeOf,
  zoneOf,
  durationOf,
} from "./wording.ts";

export interface PanelPlace {
  /** The page that shows it. */
  readonly page: string;
  readonly look: SiteLook;
  /** Where the arrows lead. */
  readonly earlier: Neighbour | undefined;
  readonly later: Neighbour | undefined;
}

export function photoPanel(shown: ShownPhoto, tile: Tile, place: PanelPlace): SafeHtml {
  const { photo, receipts } = shown;
  const { look, page, earlier, later } = place;
  return html`<article class="photo" id="p-${tile.id}" tabindex="-1">
    <div class="stage">
      ${picture(shown, tile, place)}
      ${earlier && html`<a class="go back" href="${earlier.href}"><span>${earlier.name}</span></a>`}
      ${later && html`<a class="go on" href="${later.href}"><span>${later.name}</span></a>`}
    </div>
    <div class="facts">
      <a class="close" href="#t-${tile.id}"><span>Close</span></a>
      <h2>${moment(shown)}</h2>
      <dl>
        ${factsOf(photo).map(([name, value]) => fact(name, foreign(value)))}
        ${photo.facts?.place && placeFact(page, photo.facts.place, look)}
        ${fact("SHA-256", html`<code>${photo.sha256}</code>`)}
        ${
          photo.tags.length > 0 &&
          html`<dt>Tags</dt>
            <dd class="tags">
              ${photo.tags.map((tag) => html`<a href="${linkFrom(page, tagPath(tag))}">${foreign(tag)}</a>`)}
            </dd>`
        }
      </dl>
      <h3>Kept in</h3>
      <ul class="copies">
        <li>${archived(photo, place)}</li>
        ${SERVICES.map((name) => copyAt(name, receipts[name], look))}
      </ul>
    </div>
  </article>`;
}

function fact(name: string, value: SafeHtml): SafeHtml {
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`;
}

/** For everybody only about where; for the owner as the camera wrote it. */
function placeFact(page: string, place: Place, { places, public: isPublic }: SiteLook): SafeHtml | undefined {
  if (places === undefined) return undefined;
  return html`<dt>Place</dt>
    <dd class="where">
      ${placeLink(page, places.spotOf(place))}
      <small>${isPublic ? roughlyAt(place) : placeOf(place)}</small>
    </dd>`;
}

function picture({ photo, renditions }: ShownPhoto, tile: Tile, { page, look }: PanelPlace): SafeHtml {
  const view = renditions.find((rendition) => rendition.name === "view");
  if (tile.size === undefined || view === undefined) return html`<p class="bare">${tileFace(page, tile, Infinity)}</p>`;
  const source = linkFrom(page, picturePath(tile.id, "view"));
  if (photo.kind === "video" && look.originals === "linked") {
    const film = linkFrom(page, originalPath(photo.key));
    return html`<video controls preload="none" poster="${source}" src="${film}" aria-label="${spoken(tile)}"></video>`;
  }
  return html`<img
    src="${source}"
    width="${view.width}"
    height="${view.height}"
    alt="${spoken(tile)}"
    loading="lazy"
  />`;
}

function moment(shown: ShownPhoto): SafeHtml {
  const { photo, day } = shown;
  const taken = photo.facts?.taken;
  if (!isDated(shown))
    return html`<time datetime="${day}">${dayTitle(day)}</time
      ><small>Day received; nobody knows when it was taken</small>`;
  if (taken === undefined || !hasTime(taken)) return html`<time datetime="${day}">${dayTitle(day)}</time>`;
  const time = timeOf(taken);
  const zone = taken.offset ?? "";
  return html`<time datetime="${day}T${time}${zone}">${dayTitle(day)}, ${time}</time
    >${zone !== "" && html`<small>${zoneOf(zone)}</small>`}`;
}

/** Name and value, as far as they are known. */
function factsOf({ facts = {}, filename, bytes, extension }: Photo): readonly (readonly [string, string])[] {
  const { camera, lens, exposure, width, height, title, description, rating, duration } = facts;
  const pixels =
    width === undefined || height === undefined ? "" : ` \u00b7 ${grouped(width)} \u00d7 ${grouped(height)}`;
  const told: readonly (readonly [string, string | undefined])[] = [
    ["Title", title],
    ["Description", description],
    ["Rating", rating === undefined ? undefined : rating < 0 ? "Rejected" : `${rating} of 5`],
    ["Length", duration === undefined ? undefined : durationOf(duration)],
    ["Camera", camera && cameraOf(camera)],
    ["Lens", lens],
    ["Exposure", exposure && exposureOf(exposure)],
    ["File", filename],
    ["Size", `${sizeOf(bytes)} ${extension.toUpperCase()}${pixels}`],
  ];
  return told.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]]));
}

function archived(photo: Photo, { look, page }: PanelPlace): SafeHtml {
  const key = html`<code>${foreign(photo.blobKey ?? "")}</code>`;
  if (look.originals === "named") return html`<b>Archive</b> ${key}`;
  return html`<b>Archive</b>
    <a href="${linkFrom(page, originalPath(photo.key))}" download="${photo.filename}">Original</a> ${key}`;
}

function copyAt(name: ServiceName, receipt: Receipt | undefined, { services }: SiteLook): SafeHtml | undefined {
  const title = SERVICE_TITLES[name];
  if (receipt === undefined) return services.includes(name) ? html`<li class="none">Not on ${title}</li>` : undefined;
  const address = webAddress(receipt.url);
  return address === undefined ? html`<li><b>${title}</b></li>` : html`<li><a href="${address}">${title}</a></li>`;
}
