/** Where every file of the site lies. Links name `index.html`, so that they work from a folder as from a bucket. */
import type { RenditionName } from "../photo.ts";

export const INDEX = "index.html";
export const NOT_FOUND = "404.html";
export const TAGS = "tags/index.html";
export const CAMERAS = "cameras/index.html";
export const PLACES = "places/index.html";
export const MAP = "map/index.html";
export const SEARCH = "search/index.html";
export const STATUS = "status/index.html";
export const ABOUT = "about/index.html";
export const TIMELINE = "timeline/index.html";
/** The places that the map shows from afar, and where the others are. */
export const MAP_FILES = "data/map.js";
/** What leads to all that the timeline and the search ask for. */
export const DIRECTORY_NAME = "gallery";
export const DIRECTORY = `data/${DIRECTORY_NAME}.js`;

/** `2024/index.html`. */
export function yearPath(year: string): string {
  return `${year}/index.html`;
}

/** `2024/05/index.html`, of `2024-05`. */
export function monthPath(month: string): string {
  return `${month.replace("-", "/")}/index.html`;
}

/** `2024/05/17/index.html`, of `2024-05-17`; the second part is `2024/05/17/2/index.html`. */
export function dayPath(day: string, part = 1): string {
  return `${day.replaceAll("-", "/")}/${part === 1 ? "" : `${part}/`}index.html`;
}

/** `data/m/2024-05.0.<code>.js`: a piece of what scripts ask for; `code` is that of its content. */
export function piecePath(name: string, code: string): string {
  return `data/${name}.${code}.js`;
}

/** `a/3f/3fk…-g.webp`: `grid` is g, `view` is v. */
export function picturePath(id: string, name: RenditionName): string {
  return `a/${id.slice(0, 2)}/${id}-${name === "grid" ? "g" : "v"}.webp`;
}

/** Where the live gallery sends the original from. */
export function originalPath(key: string): string {
  return `originals/${key}`;
}
