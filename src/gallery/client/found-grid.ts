/** Photos as the pages show them: days with a heading, and rows of thumbnails. */
import type { Mark } from "../pieces.ts";
import { rowClass } from "../ratio.ts";
import { dayPath, picturePath } from "../site-paths.ts";
import { dayTitle, weekdayOf } from "../wording.ts";
import { element } from "./loading.ts";

export interface FoundTile {
  readonly id: string;
  readonly day: string;
  readonly part: number;
  readonly ratio: number;
  readonly spoken: string;
  readonly mark: Mark | undefined;
}

/** So many pictures are asked for at once, the others when they come near the screen. */
const EAGER = 12;

export function gridOf(tiles: readonly FoundTile[], root: string): HTMLElement {
  const days = element("div", "days");
  for (let at = 0; at < tiles.length;) {
    const { day } = tiles[at] ?? { day: "" };
    let end = at;
    while (tiles[end]?.day === day) end++;
    // Newest first they came; within a day they stand as it went.
    days.append(dayOf(day, tiles.slice(at, end), root));
    at = end;
  }
  for (const picture of [...days.querySelectorAll("img")].slice(EAGER)) picture.loading = "lazy";
  return days;
}

/**
 * Adds what comes after those shown, below them: in rows of their own, so that no photo that is looked at moves. Only a day of which
 * there is more now is drawn again.
 */
export function addTiles(
  holder: HTMLElement,
  {
    shown,
    next,
    root,
  }: { readonly shown: readonly FoundTile[]; readonly next: readonly FoundTile[]; readonly root: string },
): void {
  const last = shown.at(-1)?.day;
  const isSameDay = last !== undefined && next[0]?.day === last;
  if (isSameDay) holder.lastElementChild?.lastElementChild?.remove();
  const begun = isSameDay ? shown.filter(({ day }) => day === last) : [];
  holder.append(gridOf([...begun, ...next], root));
}

function dayOf(day: string, tiles: readonly FoundTile[], root: string): HTMLElement {
  const section = element("section", `day ${rowClass(tiles.map(({ ratio }) => ratio))}`);
  const heading = element("h2");
  const time = element("time");
  time.setAttribute("datetime", day);
  time.append(element("span", "", `${weekdayOf(day).slice(0, 3)} `), dayTitle(day));
  const link = element("a");
  link.setAttribute("href", root + dayPath(day));
  link.append(time);
  heading.append(link);
  const grid = element("ul", "grid");
  for (const tile of tiles) grid.prepend(tileOf(tile, root));
  section.append(heading, grid);
  return section;
}

function tileOf({ id, day, part, ratio, spoken, mark }: FoundTile, root: string): HTMLElement {
  const { label, filename } = mark ?? {};
  const place = element("li", filename === undefined ? `r${ratio}` : `r${ratio} bare`);
  const link = element("a");
  link.setAttribute("href", `${root}${dayPath(day, part)}#p-${id}`);
  if (filename !== undefined) {
    const name = element("span", "name");
    name.append(element("bdi", "", filename.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd")));
    link.append(element("span", "type", label ?? ""), element("span", "off", `${spoken}: `), name);
  } else {
    const picture = document.createElement("img");
    picture.src = root + picturePath(id, "grid");
    picture.alt = spoken;
    picture.decoding = "async";
    link.append(picture);
    if (label !== undefined) link.append(element("span", "film", label));
  }
  place.append(link);
  return place;
}
