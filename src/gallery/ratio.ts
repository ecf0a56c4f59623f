/**
 * Width to height of a tile, in steps of two per cent. The steps are classes of the style sheet, so that no page needs a
 * `style` attribute and the Content-Security-Policy can forbid them all.
 */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const STEP = 1.02;
/** The commonest ratio lies exactly on a step. */
const ANCHOR = 1.5;
const LOWEST = -66;
const HIGHEST = 50;

/** From about 2:5 to 4:1; what is narrower or wider is shown cropped in grids, and whole when opened. */
export const RATIOS: readonly number[] = Array.from(
  { length: HIGHEST - LOWEST + 1 },
  (_, step) => ANCHOR * STEP ** (step + LOWEST),
);

/** The index in `RATIOS` that fits best; that of 3:2 where the size is not known. */
export function ratioStepOf(size: Partial<Size> | undefined): number {
  const { width, height } = size ?? {};
  if (!width || !height) return -LOWEST;
  const exact = Math.round(Math.log(width / height / ANCHOR) / Math.log(STEP));
  return Math.min(HIGHEST, Math.max(LOWEST, exact)) - LOWEST;
}

/** The sum of the ratios of a short day, in quarters, is a class of the style sheet too: `s6` is 1.5. */
export const QUARTERS = { least: 1, most: 32 };

/** The class of a row of tiles, and `lone` for what is narrower than its heading, `full` for what fills any screen. */
export function rowClass(ratioSteps: readonly number[]): string {
  const sum = ratioSteps.reduce((total, step) => total + (RATIOS[step] ?? 0), 0);
  if (sum >= QUARTERS.most / 4) return "full";
  const quarters = Math.max(QUARTERS.least, Math.round(sum * 4));
  return sum < LONE ? `s${quarters} lone` : `s${quarters}`;
}

/** A day takes at least this many row heights of width. */
export const LONE = 1.25;
