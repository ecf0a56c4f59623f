/** What keys do on the page of the timeline. */
import type { TimelinePhotos } from "./timeline-photos.ts";
import type { Reel } from "./timeline-reel.ts";

/**
 * Arrows go from photo to photo, Home and End to the first and last; d, m and y to the next older day, month and year, with Shift
 * to the newer; g to the field for a date. Elsewhere than on a photo the keys that scroll a page scroll the strip.
 */
export function listenToKeys({
  photos,
  reel,
  date,
}: {
  readonly photos: TimelinePhotos;
  readonly reel: Reel;
  readonly date: HTMLInputElement;
}): void {
  addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target instanceof HTMLInputElement) return;
    const tile = target instanceof Element ? target.closest<HTMLElement>("a.tile") : null;
    const isElsewhere = target === document.body || (target instanceof Element && target.closest("main") !== null);
    const action = tile === null ? undefined : onPhoto(event.key, Number(tile.dataset["photo"]));
    const act = action ?? (isElsewhere ? anywhere(event.key, event.shiftKey) : undefined);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });

  function onPhoto(key: string, photo: number): (() => void) | undefined {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => reel.focus(photo - 1),
      ArrowRight: () => reel.focus(photo + 1),
      ArrowUp: () => reel.focusAbove(photo),
      ArrowDown: () => reel.focusBelow(photo),
      Home: () => reel.focus(0),
      End: () => reel.focus(photos.count - 1),
    };
    return actions[key];
  }

  function anywhere(key: string, isShifted: boolean): (() => void) | undefined {
    const step = isShifted ? -1 : 1;
    const actions: Readonly<Record<string, () => void>> = {
      Home: () => reel.goToShare(0),
      End: () => reel.goToShare(1),
      PageDown: () => reel.page(1),
      PageUp: () => reel.page(-1),
      " ": () => reel.page(step),
      ArrowDown: () => reel.page(0.2),
      ArrowUp: () => reel.page(-0.2),
      d: () => reel.goToDay(otherPeriod("YYYY-MM-DD".length, step)),
      m: () => reel.goToDay(otherPeriod("YYYY-MM".length, step)),
      y: () => reel.goToDay(otherPeriod("YYYY".length, step)),
      g: () => {
        date.focus();
      },
    };
    return actions[key.length === 1 ? key.toLowerCase() : key];
  }

  /** The first day of the next older (1) or newer (-1) day, month or year that has photos. */
  function otherPeriod(letters: number, step: -1 | 1): number {
    const { days } = photos;
    const period = (day: number): string => days[day]?.slice(0, letters) ?? "";
    const now = reel.place().dayIndex;
    let day = now;
    while (days[day + step] !== undefined && period(day) === period(now)) day += step;
    while (day > 0 && period(day - 1) === period(day)) day--;
    return day;
  }
}
