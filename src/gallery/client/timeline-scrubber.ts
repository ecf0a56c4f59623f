/** The bar beside the strip: every year at its place, to be dragged, clicked or moved by keys. */
import { monthName, monthTitle } from "../wording.ts";
import { element } from "./loading.ts";
import { lastNotAbove } from "./timeline-layout.ts";
import type { TimelinePhotos } from "./timeline-photos.ts";
import type { Reel } from "./timeline-reel.ts";

/** Between two names, in pixels. */
const LEAST_SPACE = 22;
const FEW_YEARS = 3;

export function openScrubber({ photos, reel }: { readonly photos: TimelinePhotos; readonly reel: Reel }): HTMLElement {
  /** The first day of each month, newest month first. */
  const months = Uint32Array.from(
    photos.days.flatMap((day, index) => (day.slice(0, 7) === photos.days[index - 1]?.slice(0, 7) ? [] : [index])),
  );
  const monthOf = (number: number): string => photos.days[months[number] ?? 0]?.slice(0, 7) ?? "";

  const yearOf = (number: number): string => monthOf(number).slice(0, 4);

  const bar = element("div", "scrubber");
  bar.tabIndex = 0;
  const attributes = { role: "slider", "aria-label": "Month", "aria-orientation": "vertical", "aria-valuemin": "0" };
  for (const [name, value] of Object.entries(attributes)) bar.setAttribute(name, value);
  bar.setAttribute("aria-valuemax", String(months.length - 1));
  const periods = element("div", "periods");
  periods.setAttribute("aria-hidden", "true");
  const thumb = element("div", "thumb");
  const bubble = element("div", "bubble");
  bubble.setAttribute("aria-hidden", "true");
  thumb.append(bubble);
  bar.append(periods, thumb);

  let current = 0;
  reel.onMoved(show);
  new ResizeObserver(namePeriods).observe(bar);
  bar.addEventListener("keydown", act);
  bar.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    bar.setPointerCapture(event.pointerId);
    bar.classList.add("held");
    drag(event);
  });
  bar.addEventListener("pointermove", (event) => {
    if (bar.hasPointerCapture(event.pointerId)) drag(event);
  });
  bar.addEventListener("lostpointercapture", () => bar.classList.remove("held"));
  return bar;

  function drag(event: PointerEvent): void {
    const { top, height } = bar.getBoundingClientRect();
    reel.goToShare(Math.max(0, Math.min(1, (event.clientY - top) / height)));
  }

  function show(): void {
    current = lastNotAbove(months, reel.place().dayIndex, months.length);
    bar.setAttribute("aria-valuenow", String(current));
    bar.setAttribute("aria-valuetext", monthTitle(monthOf(current)));
    bubble.textContent = monthTitle(monthOf(current));
    thumb.style.top = `${reel.share() * 100}%`;
  }

  /** Years, and the months too where the years are few: as many as there is room for. */
  function namePeriods(): void {
    const height = bar.clientHeight;
    const isOfFewYears = Number(yearOf(0)) - Number(yearOf(months.length - 1)) < FEW_YEARS;
    let free = -Infinity;
    const names: HTMLElement[] = [];
    for (const [number, first] of months.entries()) {
      const isNewYear = number === 0 || yearOf(number) !== yearOf(number - 1);
      if (!isNewYear && !isOfFewYears) continue;
      const share = reel.shareOfDay(first);
      const isNamed = share * height >= free;
      const name = element("span", isNamed ? "period" : "tick");
      if (isNamed) {
        name.textContent = isNewYear ? yearOf(number) : monthName(monthOf(number)).slice(0, 3);
        free = share * height + LEAST_SPACE;
      }
      name.style.top = `${share * 100}%`;
      names.push(name);
    }
    periods.replaceChildren(...names);
  }

  function act(event: KeyboardEvent): void {
    const otherYear = (step: -1 | 1): number => {
      let number = current;
      while (months[number + step] !== undefined && yearOf(number) === yearOf(current)) number += step;
      return number;
    };
    const actions: Readonly<Record<string, () => number>> = {
      ArrowUp: () => current - 1,
      ArrowLeft: () => current - 1,
      ArrowDown: () => current + 1,
      ArrowRight: () => current + 1,
      PageUp: () => otherYear(-1),
      PageDown: () => otherYear(1),
      Home: () => 0,
      End: () => months.length - 1,
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const aim = Math.max(0, Math.min(action(), months.length - 1));
    reel.goToDay(months[aim] ?? 0);
  }
}
