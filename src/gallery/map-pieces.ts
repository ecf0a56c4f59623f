/** What is in the pieces of the map, for those who write and those who read them. Runs in browsers too. */

/** Places as columns. A place stands for those near it until the map is so large that they part. */
export interface MapPiece {
  readonly names: readonly string[];
  /** `fr/lyon`. */
  readonly ids: readonly string[];
  /** Hundredths of a degree. */
  readonly latitudes: readonly number[];
  readonly longitudes: readonly number[];
  /** The least level at which each is seen. */
  readonly levels: readonly number[];
  /** From that level on, each until the next differs: photos that it stands for, as `leastOf` tells them, and other places. */
  readonly stands: readonly (readonly (readonly [photos: number, places: number])[])[];
}

/** What is told first: the places that are seen from afar, and where the others are. */
export interface MapManifest extends MapPiece {
  /** Around all places, hundredths of a degree: south, west, north, east. */
  readonly box: readonly [south: number, west: number, north: number, east: number];
  /** Square of the world, as `squareOf` names it, and the code of its piece. */
  readonly squares: readonly (readonly [string, string])[];
}

/** At the level 0 the world is so wide, pixels; at each further one twice as much. */
export const WORLD = 256;
/** At this level every place is seen for itself. */
export const LAST_LEVEL = 10;
/** Places of these levels are told first where they are many. */
export const FIRST_LEVELS = 3;
const SQUARES = 16;

/** Mercator's: 0 to 1 from west to east and from north to south, to about 85° of latitude. */
export function project(latitude: number, longitude: number): { readonly x: number; readonly y: number } {
  const sine = Math.sin((Math.max(-85, Math.min(85, latitude)) * Math.PI) / 180);
  return { x: (longitude + 180) / 360, y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI) };
}

export function squareOf(x: number, y: number): string {
  const within = (value: number): number => Math.max(0, Math.min(SQUARES - 1, Math.floor(value * SQUARES)));
  return `${within(x)}-${within(y)}`;
}

/** The squares from one corner to the other. */
export function squaresBetween(from: { x: number; y: number }, to: { x: number; y: number }): string[] {
  const squares = new Set<string>();
  for (let x = from.x; ; x = Math.min(to.x, x + 1 / SQUARES)) {
    for (let y = from.y; ; y = Math.min(to.y, y + 1 / SQUARES)) {
      squares.add(squareOf(x, y));
      if (y >= to.y) break;
    }
    if (x >= to.x) break;
  }
  return [...squares];
}

/** Below ten the count itself, then 10, 15, 20, 30, 50, 70, 100, 150 …: at least so many. */
export function leastOf(count: number): number {
  if (count < 10) return count;
  const power = 10 ** Math.floor(Math.log10(count) + 1e-9);
  const step = [7, 5, 3, 2, 1.5, 1].find((one) => one * power <= count) ?? 1;
  return step * power;
}
