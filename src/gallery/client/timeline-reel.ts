/** The strip itself: what is near the screen is drawn, everything else is only known to be there. */
import { dayTitle, weekdayOf } from "../wording.ts";
import { element } from "./loading.ts";
import { type Layout, layOut, measuresOf, rowAt, rowOf } from "./timeline-layout.ts";
import type { TimelinePhotos } from "./timeline-photos.ts";
import { drawRow, dropRow, fillTile } from "./timeline-row.ts";

/** What is at the upper edge of the screen. */
export interface ReelPlace {
  readonly photo: number;
  /** Pixels of its row that are above the edge. */
  readonly offset: number;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly dayIndex: number;
}

export interface Reel {
  readonly element: HTMLElement;
  /** Once the element is in the page. */
  show(place: Pick<ReelPlace, "photo" | "offset">): void;
  goToDay(day: number): void;
  /** 0 is the newest, 1 the oldest photo. */
  goToShare(share: number): void;
  /** Screens of it, less than 0 for up. */
  page(screens: number): void;
  /** Where it stands, 0 to 1. */
  share(): number;
  shareOfDay(day: number): number;
  place(): ReelPlace;
  /** Into view, and the focus with it. */
  focus(photo: number): void;
  focusAbove(photo: number): void;
  focusBelow(photo: number): void;
  onMoved(listener: () => void): void;
  /** Not while it moves fast. */
  onSettled(listener: (place: ReelPlace) => void): void;
}

/**
 * Chromium draws nothing further down than 33,554,428 pixels, and Firefox stops at about half of that; a million photos need more. So
 * the strip that scrolls is a window of at most this height, which is moved along when the scrolling has come to rest.
 */
const WINDOW = 12_000_000;
/** Screens per millisecond above which nothing is loaded: it would be gone before it came. */
const FAST = 0.006;
const REST_MS = 90;
/** Beyond what can be seen, so many are drawn in a frame: a phone answers before all is drawn. */
const ROWS_A_TURN = 4;

interface RowRange {
  readonly first: number;
  readonly last: number;
  readonly isDown: boolean;
}

export function openReel(of: {
  readonly photos: TimelinePhotos;
  readonly root: string;
  readonly onTrouble: () => void;
}): Reel {
  const { photos, root, onTrouble } = of;
  const reel = element("div", "reel");
  reel.setAttribute("role", "region");
  reel.setAttribute("aria-label", "All photos, newest first");
  const strip = element("div", "strip");
  reel.append(strip);

  let layout: Layout = layOut(photos, measuresOf(reel.clientWidth));
  /** Of the whole strip, where the window begins. */
  let base = 0;
  const drawn = new Map<number, HTMLElement>();
  let [lastY, lastTime, resting, frame] = [0, 0, 0, 0];
  const moved: (() => void)[] = [];
  const settled: ((place: ReelPlace) => void)[] = [];

  reel.addEventListener("scroll", () => (frame ||= requestAnimationFrame(draw)), { passive: true });
  new ResizeObserver(() => {
    if (reel.clientWidth === 0 || reel.clientWidth === layout.measures.width) return draw();
    const { photo, offset } = place();
    layAgain();
    moveTo(topOf(photo) + offset);
  }).observe(reel);

  return {
    element: reel,
    show({ photo, offset }) {
      layAgain();
      moveTo(topOf(photo) + offset);
    },
    goToDay: (day) => moveTo(topOf(photos.dayStarts[day] ?? 0)),
    goToShare: (share) => moveTo(share * range()),
    page: (screens) => reel.scrollBy({ top: screens * reel.clientHeight * 0.9 }),
    share: () => (range() === 0 ? 0 : Math.min(1, top() / range())),
    shareOfDay: (day) => Math.min(1, topOf(photos.dayStarts[day] ?? 0) / Math.max(1, range())),
    place,
    focus,
    focusAbove: (photo) => focusBeside(photo, -1),
    focusBelow: (photo) => focusBeside(photo, 1),
    onMoved: (listener) => moved.push(listener),
    onSettled: (listener) => settled.push(listener),
  };

  function layAgain(): void {
    layout = layOut(photos, measuresOf(reel.clientWidth));
    strip.style.height = `${Math.min(layout.height, WINDOW)}px`;
    for (const row of drawn.values()) dropRow(row);
    drawn.clear();
  }

  function top(): number {
    return base + reel.scrollTop;
  }

  function range(): number {
    return Math.max(0, layout.height - reel.clientHeight);
  }

  function topOf(photo: number): number {
    return layout.tops[rowOf(layout, photo)] ?? 0;
  }

  function place(): ReelPlace {
    // The browser rounds where it stands.
    const row = rowAt(layout, top() + 1);
    const photo = layout.firsts[row] ?? 0;
    const dayIndex = layout.days[row] ?? 0;
    return { photo, offset: top() - (layout.tops[row] ?? 0), day: photos.days[dayIndex] ?? "", dayIndex };
  }

  function moveTo(y: number): void {
    const aim = Math.max(0, Math.min(y, range()));
    if (aim < base || aim > base + WINDOW - reel.clientHeight * 2) moveWindow(aim);
    reel.scrollTop = aim - base;
    // A jump is no movement: what is there now is wanted at once.
    lastY = aim;
    lastTime = performance.now();
    draw();
  }

  /** So that the window reaches as far up as down. */
  function moveWindow(y: number): void {
    base = Math.max(0, Math.min(Math.round(y - WINDOW / 2), layout.height - Math.min(layout.height, WINDOW)));
    for (const [row, drawing] of drawn) setTop(row, drawing);
  }

  function setTop(row: number, drawing: HTMLElement): void {
    drawing.style.transform = `translateY(${(layout.tops[row] ?? 0) - base}px)`;
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    const [y, now, screen] = [top(), performance.now(), reel.clientHeight];
    const isFast = Math.abs(y - lastY) / screen / Math.max(1, now - lastTime) > FAST;
    const isDown = y >= lastY;
    [lastY, lastTime] = [y, now];
    const first = rowAt(layout, y - screen);
    const last = rowAt(layout, y + 2 * screen);
    for (const [row, drawing] of drawn) {
      if ((row >= first && row <= last) || drawing.contains(document.activeElement)) continue;
      dropRow(drawing);
      drawn.delete(row);
    }
    const isAllDrawn = drawRows({ first, last, isDown });
    if (!isFast) fill({ first, last, isDown });
    clearTimeout(resting);
    resting = window.setTimeout(rest, REST_MS);
    for (const listener of moved) listener();
    if (!isAllDrawn) frame ||= requestAnimationFrame(draw);
  }

  /** All that can be seen, and some of the others: false where there are more. */
  function drawRows(range: RowRange): boolean {
    const { inSight, others } = rowsInTurn(range);
    const missing = [...inSight, ...others].filter((row) => row < layout.rows && !drawn.has(row));
    const now = Math.max(ROWS_A_TURN, missing.filter((row) => inSight.includes(row)).length);
    for (const row of missing.slice(0, now)) {
      const drawing = drawRow({ layout, photos, row, heading });
      setTop(row, drawing);
      drawn.set(row, drawing);
      // In the order in which they are read.
      const next = [...drawn].reduce<[number, HTMLElement] | undefined>(
        (found, one) => (one[0] > row && (found === undefined || one[0] < found[0]) ? one : found),
        undefined,
      );
      strip.insertBefore(drawing, next?.[1] ?? null);
    }
    return missing.length <= now;
  }

  /** What can be seen, and then what will be seen next. */
  function rowsInTurn({ first, last, isDown }: RowRange): {
    readonly inSight: readonly number[];
    readonly others: readonly number[];
  } {
    const [from, to] = [rowAt(layout, top()), rowAt(layout, top() + reel.clientHeight)];
    const rows = (start: number, end: number, step: -1 | 1 = 1): number[] =>
      Array.from({ length: Math.max(0, (end - start) * step + 1) }, (_, index) => start + index * step);
    const [above, below] = [rows(from - 1, first, -1), rows(to + 1, last)];
    return { inSight: rows(from, to), others: isDown ? [...below, ...above] : [...above, ...below] };
  }

  function fill(range: RowRange): void {
    const { first, last } = range;
    const { inSight, others } = rowsInTurn(range);
    const [from = 0, to = 0] = [inSight[0], inSight.at(-1)];
    let isAllThere = true;
    for (const row of [...inSight, ...others]) {
      for (const tile of drawn.get(row)?.querySelectorAll<HTMLAnchorElement>("a.tile:not([href])") ?? []) {
        const photo = photos.photo(Number(tile.dataset["photo"]));
        if (photo === undefined) isAllThere = false;
        else fillTile(tile, photo, { root, isInSight: row >= from && row <= to });
      }
    }
    setStop(from);
    if (isAllThere) return;
    const ends = [layout.firsts[first] ?? 0, layout.firsts[Math.min(last + 1, layout.rows)] ?? photos.count] as const;
    photos.ready(...ends).then(
      () => (frame ||= requestAnimationFrame(draw)),
      () => onTrouble(),
    );
  }

  function rest(): void {
    const y = top();
    const isAtEdge =
      (base > 0 && reel.scrollTop < WINDOW / 6) || (base + WINDOW < layout.height && reel.scrollTop > (WINDOW * 5) / 6);
    if (isAtEdge) {
      moveWindow(y);
      reel.scrollTop = y - base;
    }
    draw();
    clearTimeout(resting);
    for (const listener of settled) listener(place());
  }

  /** One tile can be reached by Tab, the first in view; from there the arrows lead on. */
  function setStop(row: number): void {
    if (strip.contains(document.activeElement)) return;
    const isWhole = (layout.tops[row] ?? 0) >= top() - 1;
    const photo = layout.firsts[isWhole ? row : Math.min(row + 1, layout.rows - 1)] ?? 0;
    for (const tile of strip.querySelectorAll<HTMLElement>("a.tile[tabindex='0']")) tile.tabIndex = -1;
    const stop = strip.querySelector<HTMLElement>(`a.tile[data-photo="${photo}"]`);
    if (stop !== null) stop.tabIndex = 0;
  }

  function focus(photo: number): void {
    if (photo < 0 || photo >= photos.count) return;
    const row = rowOf(layout, photo);
    const [from, to] = [layout.tops[row] ?? 0, layout.tops[row + 1] ?? layout.height];
    if (from < top()) moveTo(from);
    else if (to > top() + reel.clientHeight) moveTo(to - reel.clientHeight);
    photos.ready(photo, photo + 1).then(
      () => {
        draw();
        const tile = strip.querySelector<HTMLElement>(`a.tile[data-photo="${photo}"]`);
        if (tile === null) return;
        for (const other of strip.querySelectorAll<HTMLElement>("a.tile[tabindex='0']")) other.tabIndex = -1;
        tile.tabIndex = 0;
        tile.focus({ preventScroll: true });
      },
      () => onTrouble(),
    );
  }

  /** To the nearest photo of the row above or below. */
  function focusBeside(photo: number, step: -1 | 1): void {
    const row = rowOf(layout, photo);
    const beside = row + step;
    if (beside < 0 || beside >= layout.rows) return;
    const from = drawn.get(row)?.querySelector<HTMLElement>(`a.tile[data-photo="${photo}"]`);
    const middle = from === undefined || from === null ? 0 : centre(from);
    const drawing = drawn.get(beside) ?? drawRow({ layout, photos, row: beside, heading });
    const tiles = [...drawing.querySelectorAll<HTMLElement>("a.tile")];
    const nearest = tiles.reduce((best, tile) =>
      Math.abs(centre(tile) - middle) < Math.abs(centre(best) - middle) ? tile : best,
    );
    focus(Number(nearest.dataset["photo"]));
  }

  function heading(day: number): HTMLElement {
    const name = photos.days[day] ?? "";
    const title = element("h2", "");
    const weekday = element("span", "");
    weekday.textContent = `${weekdayOf(name).slice(0, 3)} `;
    title.append(weekday, dayTitle(name));
    return title;
  }
}

function centre(tile: HTMLElement): number {
  const day = tile.parentElement;
  return parseFloat(day?.style.left ?? "0") + parseFloat(tile.style.left) + parseFloat(tile.style.width) / 2;
}
