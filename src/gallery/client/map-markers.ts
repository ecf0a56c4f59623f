/** What can be pressed on the map: a link for a place, a button for places that are still gathered. */
import { grouped } from "../wording.ts";
import type { MapPlace, SeenPlace } from "./map-places.ts";

/** Room that a name takes: pixels below the middle of its marker, a line's height, and about so much a letter. */
const LINE = 18;
const LETTER = 7;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export class Markers {
  readonly #layer: HTMLElement;
  readonly #open: (place: MapPlace) => void;
  #shown = new Map<string, HTMLElement>();

  /** `open` is called with a place that stands for others. */
  constructor(layer: HTMLElement, open: (place: MapPlace) => void) {
    this.#layer = layer;
    this.#open = open;
  }

  /** Answers whether what had the focus is gone. */
  show(places: readonly SeenPlace[]): boolean {
    const focused = document.activeElement;
    const hadFocus = focused !== null && this.#layer.contains(focused);
    const taken: Box[] = places.map(({ left, top, photos }) => boxAround(left, top, widthOf(photos) / 2));
    const shown = new Map<string, HTMLElement>();
    for (const [at, seen] of places.entries()) {
      const { place, left, top, photos, others } = seen;
      const key = `${place.id} ${others > 0}`;
      const element = this.#shown.get(key) ?? this.#made(place, others > 0);
      shown.set(key, element);
      const width = widthOf(photos);
      element.style.transform = `translate(${left - width / 2}px, ${top - width / 2}px)`;
      element.style.width = element.style.height = `${width}px`;
      const texts = textsOf(seen);
      for (const [part, text] of texts.entries()) {
        const child = element.children[part];
        if (child && child.textContent !== text) child.textContent = text;
      }
      const box = nameBox(seen, width);
      const isFree = taken.every((other, of) => of === at || !overlap(box, other));
      if (isFree) taken.push(box);
      element.classList.toggle("unnamed", !isFree);
    }
    for (const [key, element] of this.#shown) if (!shown.has(key)) element.remove();
    // Only what is new or out of order is moved: what moves loses the focus.
    let before: Element | null = null;
    for (const element of shown.values()) {
      const next: Element | null = before === null ? this.#layer.firstElementChild : before.nextElementSibling;
      if (next !== element && element !== focused) this.#layer.insertBefore(element, next);
      before = element;
    }
    this.#shown = shown;
    if (!hadFocus || this.#layer.contains(document.activeElement)) return false;
    // A place that stands for itself now is another element.
    const id = (focused as HTMLElement).dataset["place"];
    const same = [...shown.values()].find((element) => element.dataset["place"] === id);
    same?.focus({ preventScroll: true });
    return same === undefined;
  }

  #made(place: MapPlace, isGathered: boolean): HTMLElement {
    const element = document.createElement(isGathered ? "button" : "a");
    element.className = isGathered ? "spot many" : "spot";
    element.dataset["place"] = place.id;
    for (const part of ["b", "i", "bdi", "i"]) {
      const child = document.createElement(part);
      if (part === "i") child.className = "off";
      element.append(child);
    }
    if (element instanceof HTMLAnchorElement) element.href = `../places/${place.id}/index.html`;
    else element.addEventListener("click", () => this.#open(place));
    return element;
  }
}

/** From 34 to 64 pixels. */
function widthOf(photos: number): number {
  return Math.min(64, 34 + 7.5 * Math.log10(Math.max(1, photos)));
}

/** `7`, `150+`, `2k+`. */
function countText(photos: number): string {
  const text = photos < 1000 ? grouped(photos) : photos < 1e6 ? `${photos / 1000}k` : `${photos / 1e6}M`;
  return photos < 10 ? text : `${text}+`;
}

/** `200+` photos, `Paris +4` other places; what is said besides is not seen. */
function textsOf(seen: SeenPlace): readonly string[] {
  const { photos, others } = seen;
  const noun = photos === 1 ? " photo, " : " photos, ";
  const more = others === 0 ? "" : ` other ${others === 1 ? "place" : "places"}, show them apart`;
  return [countText(photos), noun, titleOf(seen), more];
}

function boxAround(left: number, top: number, half: number): Box {
  return { left: left - half, top: top - half, right: left + half, bottom: top + half };
}

/** `Lyon`, `Lyon +7`. */
function titleOf({ place, others }: SeenPlace): string {
  return others === 0 ? place.name : `${place.name} +${grouped(others)}`;
}

function nameBox(seen: SeenPlace, width: number): Box {
  const { left, top } = seen;
  const half = Math.min(104, (titleOf(seen).length * LETTER) / 2 + 4);
  const above = top + width / 2 + 1;
  return { left: left - half, top: above, right: left + half, bottom: above + LINE };
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}
