/** The elements of a row. Places are set one by one: the page's policy allows no `style` attributes. */
import { RATIOS } from "../ratio.ts";
import { element } from "./loading.ts";
import { dayWidth, type Layout } from "./timeline-layout.ts";
import type { TimelinePhoto, TimelinePhotos } from "./timeline-photos.ts";

export function drawRow(of: {
  readonly layout: Layout;
  readonly photos: TimelinePhotos;
  readonly row: number;
  readonly heading: (day: number) => HTMLElement;
}): HTMLElement {
  const { layout, photos, row, heading } = of;
  const { measures } = layout;
  const [from, to] = [layout.firsts[row] ?? 0, layout.firsts[row + 1] ?? 0];
  const height = layout.heights[row] ?? 0;
  const isHeaded = layout.headed[row] === 1;
  const drawing = element("div", "row");
  drawing.style.height = `${height + (isHeaded ? measures.heading : 0)}px`;
  let left = 0;
  for (let day = layout.days[row] ?? 0, first = from; first < to; day++) {
    const end = Math.min(to, photos.dayStarts[day + 1] ?? to);
    const group = element("div", "of-day");
    group.style.left = `${left}px`;
    if (isHeaded) {
      const title = heading(day);
      title.id = `d-${photos.days[day]}`;
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", title.id);
      group.append(title);
    }
    let x = 0;
    for (let photo = first; photo < end; photo++) {
      const width = (RATIOS[photos.steps[photo] ?? 0] ?? 1) * height;
      group.append(tileOf({ photo, left: x, width, height, top: isHeaded ? measures.heading : 0 }));
      x += width + measures.gap;
    }
    drawing.append(group);
    left += dayWidth({ steps: photos.steps, from: first, to: end, height }, measures) + measures.dayGap;
    first = end;
  }
  return drawing;
}

function tileOf(of: {
  readonly photo: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}): HTMLElement {
  const tile = element("a", "tile");
  tile.dataset["photo"] = String(of.photo);
  // Whole pixels, so that no seam shows between neighbours.
  const left = Math.round(of.left);
  tile.style.left = `${left}px`;
  tile.style.top = `${of.top}px`;
  tile.style.width = `${Math.round(of.left + of.width) - left}px`;
  tile.style.height = `${of.height}px`;
  return tile;
}

/** Once it is known what the photo is. What is not yet in sight comes after what is. */
export function fillTile(
  tile: HTMLAnchorElement,
  photo: TimelinePhoto,
  { root, isInSight }: { readonly root: string; readonly isInSight: boolean },
): void {
  tile.href = root + photo.page;
  if (tile.tabIndex !== 0 || !tile.hasAttribute("tabindex")) tile.tabIndex = -1;
  if (photo.picture === undefined) {
    tile.classList.add("bare");
    tile.append(text("type", photo.label ?? ""), text("off", `${photo.name}: `), text("name", photo.filename ?? ""));
    return;
  }
  tile.style.backgroundColor = photo.tone;
  const picture = document.createElement("img");
  picture.decoding = "async";
  picture.alt = photo.name;
  picture.fetchPriority = isInSight ? "high" : "low";
  picture.src = root + photo.picture;
  tile.append(picture);
  if (photo.label !== undefined) tile.append(text("film", photo.label));
}

/** Takes the row out of the page, and what it still waits for off the line: others are waited for now. */
export function dropRow(row: HTMLElement): void {
  for (const picture of row.querySelectorAll("img")) if (!picture.complete) picture.removeAttribute("src");
  row.remove();
}

function text(className: string, content: string): HTMLElement {
  const made = element("span", className);
  made.textContent = content;
  return made;
}
