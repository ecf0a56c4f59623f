/** Where the lists of photos lie that have a name in common. */
import { slugOf } from "./slug.ts";

/** `tags/<slug>/index.html` has the newest; `tags/<slug>/<page>/index.html` counts from the oldest. */
export function tagPath(tag: string, page?: number): string {
  return listPath(`tags/${slugOf(tag)}`, page);
}

/** As of tags. */
export function cameraPath(camera: string, page?: number): string {
  return listPath(`cameras/${slugOf(camera)}`, page);
}

/** As of tags; `fr/lyon` is the id of a spot. */
export function placePath(id: string, page?: number): string {
  return listPath(`places/${id}`, page);
}

/** The places of a country, by its code; no town is called by a number alone. */
export function countryPath(code: string, page = 1): string {
  return listPath(`places/${code}`, page === 1 ? undefined : page);
}

function listPath(folder: string, page: number | undefined): string {
  return `${folder}/${page === undefined ? "" : `${page}/`}index.html`;
}
