/** Days gathered into months, months into years; all newest first. */
import type { OutlineDay } from "./tiles.ts";

export interface Month {
  /** `YYYY-MM`. */
  readonly month: string;
  readonly days: readonly OutlineDay[];
  readonly photos: number;
}

export interface Year {
  /** `YYYY`. */
  readonly year: string;
  readonly months: readonly Month[];
  readonly photos: number;
}

export function monthsOf(days: readonly OutlineDay[]): readonly Month[] {
  return runsOf(days, ({ day }) => day.slice(0, 7)).map(([month, run]) => ({
    month,
    days: run,
    photos: run.reduce((sum, day) => sum + day.photos, 0),
  }));
}

export function yearsOf(months: readonly Month[]): readonly Year[] {
  return runsOf(months, ({ month }) => month.slice(0, 4)).map(([year, run]) => ({
    year,
    months: run,
    photos: run.reduce((sum, { photos }) => sum + photos, 0),
  }));
}

/** Cuts a list where the name changes. */
export function runsOf<T>(
  list: readonly T[],
  nameOf: (entry: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const runs: (readonly [string, T[]])[] = [];
  for (const entry of list) {
    const name = nameOf(entry);
    const last = runs.at(-1);
    if (last?.[0] === name) last[1].push(entry);
    else runs.push([name, [entry]]);
  }
  return runs;
}
