/** What every page has in common: head, header, footer. */
import type { ServiceName } from "../photo.ts";
import type { Gazetteer } from "./gazetteer.ts";
import { html, linkFrom, type SafeHtml } from "./html.ts";
import { ABOUT, CAMERAS, INDEX, MAP, NOT_FOUND, PLACES, SEARCH, STATUS, TAGS, TIMELINE } from "./site-paths.ts";
import { APP, VIEWER, VIEWER_STYLE } from "./script.ts";
import { ICON, STYLE } from "./style.ts";
import type { StyleFile } from "./style-file.ts";

/** What is the same for all pages of a gallery. */
export interface SiteLook {
  readonly title: string;
  /** True: meant for everybody; pages may be indexed. */
  readonly public: boolean;
  /** The services that photos are meant to reach; those that hold a copy are named in any case. */
  readonly services: readonly ServiceName[];
  /** For people: where the originals are. */
  readonly archive: string;
  /** `linked`: each photo offers its original at `originalPath`. */
  readonly originals: "linked" | "named";
  /** Names for coordinates; undefined where the gallery tells no places. */
  readonly places?: Gazetteer;
  /** Path of the gallery at its server, with slashes around, where known: the page for wrong addresses needs it. */
  readonly root?: string;
}

export interface Page {
  /** From the root of the site. */
  readonly path: string;
  /** Of the window; the gallery's own title is added. */
  readonly title?: string;
  readonly body: SafeHtml;
  /** Photos can be opened on it. */
  readonly hasPhotos?: true;
  /** Of its own, besides those of all pages. */
  readonly styles?: readonly StyleFile[];
  readonly script?: StyleFile;
}

const MADE_BY = html`<meta name="generator" content="photolog" />`;

/** By which a page of a photolog gallery is known again. */
export const GENERATOR = MADE_BY.toString();

/** Nothing but our own style sheets, scripts, pictures and films; no forms, no frames, no other origin. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'";

/** A whole page, as it is sent. */
export function layout(look: SiteLook, { path, title, body, hasPhotos, styles = [], script }: Page): string {
  // The page for wrong addresses is sent at any depth, so its links cannot be relative to where it lies.
  const to = (target: string): string => (path === NOT_FOUND ? (look.root ?? "") + target : linkFrom(path, target));
  const link = (target: string, name: string): SafeHtml =>
    target === path
      ? html`<a href="${to(target)}" aria-current="page">${name}</a>`
      : html`<a href="${to(target)}">${name}</a>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${MADE_BY} ${look.public ? undefined : html`<meta name="robots" content="noindex, nofollow, noimageindex" />`}
        <meta name="referrer" content="no-referrer" />
        <title>${title === undefined ? look.title : `${title} \u00b7 ${look.title}`}</title>
        <link rel="icon" href="${to(ICON.path)}" type="image/svg+xml" />
        <link rel="stylesheet" href="${to(STYLE.path)}" />
        ${styles.map((style) => html`<link rel="stylesheet" href="${to(style.path)}" />`)}
        ${script && html`<script src="${to(script.path)}" defer></script>`}
        ${
          hasPhotos === true &&
          html`<script
            src="${to(APP.path)}"
            data-viewer="${to(VIEWER.path)}"
            data-viewer-style="${to(VIEWER_STYLE.path)}"
            defer
          ></script>`
        }
      </head>
      <body>
        <a class="skip" href="#main">Skip to the photos</a>
        <header class="top">
          <a class="brand" href="${to(INDEX)}">${MARK}<span>${look.title}</span></a>
          <nav aria-label="Gallery">
            ${link(INDEX, "Photos")}${link(TIMELINE, "Timeline")}${link(SEARCH, "Search")}${look.places && link(MAP, "Map")}${link(TAGS, "Tags")}
          </nav>
        </header>
        <main id="main" tabindex="-1">${body}</main>
        <footer class="end">
          <nav aria-label="About">
            ${look.places && link(PLACES, "Places")}${link(CAMERAS, "Cameras")}${link(STATUS, "Where photos are kept")}${link(ABOUT, "About this gallery")}
          </nav>
        </footer>
      </body>
    </html>`.toString();
}

const MARK = html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
  <rect x="2" y="5" width="15" height="15" rx="3.5" fill="currentColor" opacity=".35" />
  <rect x="7" y="2" width="15" height="15" rx="3.5" fill="currentColor" />
</svg>`;
