/** All tags and all cameras, and the photos of each. */
import { html } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import { listPages, namedByName, namesList } from "./photo-list.ts";
import { cameraPath, tagPath } from "./list-paths.ts";
import { CAMERAS, TAGS } from "./site-paths.ts";
import type { TileList } from "./tiles.ts";
import { counted } from "./wording.ts";

/** A kind of name that photos have in common. */
interface Naming {
  readonly path: string;
  readonly title: string;
  readonly one: string;
  readonly none: string;
  readonly pathOf: (name: string, page?: number) => string;
}

const TAG: Naming = { path: TAGS, title: "Tags", one: "tag", none: "No photo has a tag yet.", pathOf: tagPath };
const CAMERA: Naming = {
  path: CAMERAS,
  title: "Cameras",
  one: "camera",
  none: "No photo tells its camera.",
  pathOf: cameraPath,
};

type Lists = ReadonlyMap<string, TileList>;

/** `most` is that of `listPages`. */
export function tagPages(look: SiteLook, tags: Lists, most: number) {
  return pagesOf(look, TAG, tags, most);
}

export function cameraPages(look: SiteLook, cameras: Lists, most: number) {
  return pagesOf(look, CAMERA, cameras, most);
}

function* pagesOf(
  look: SiteLook,
  { path, title, one, none, pathOf }: Naming,
  lists: Lists,
  most: number,
): Generator<{ readonly path: string; readonly render: () => string }> {
  for (const [name, tiles] of lists) {
    yield* listPages(look, { name, tiles, trail: [{ path, name: title }], pathOf: (page) => pathOf(name, page) }, most);
  }
  const render = (): string =>
    layout(look, {
      path,
      title,
      body: html`<div class="title">
          <div>
            <h1>${title}</h1>
            <p>${lists.size === 0 ? none : counted(lists.size, one)}</p>
          </div>
        </div>
        ${namesList(path, namedByName(lists), { pathOf })}`,
    });
  yield { path, render };
}
