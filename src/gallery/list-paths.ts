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

function listPath(folder: string, page: number | undefined): string {
  return `${folder}/${page === undefined ? "" : `${page}/`}index.html`;
}
