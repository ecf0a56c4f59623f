/** What is in the pieces of the search, for those who write and those who read them. */

/** What is told first: where everything else is. */
export interface SearchManifest {
  /** From the oldest: `YYYY-MM`, how many photos, the codes of their pieces. */
  readonly months: readonly (readonly [string, number, readonly string[]])[];
  /** For each key of `word-keys.ts` the code of its piece, with `+` before it where that is a branch. */
  readonly words: readonly (readonly [string, string])[];
  /** So many photos of a month are in one piece. */
  readonly piece: number;
  /** So many photos are on one part of a day's page. */
  readonly part: number;
}

/** Words in order, and the photos of each as `spans.ts` writes them. */
export interface Leaf {
  readonly words: readonly string[];
  readonly photos: readonly string[];
}

/** What stands where a leaf would have been too large: the photos of all words that begin so. */
export interface Branch {
  readonly all: string;
}

/** Some photos, from the oldest, as columns. */
export interface TilePiece {
  /** Of each run of photos: day of the month, place of its first in its day, how many. */
  readonly days: readonly (readonly [string, number, number])[];
  /** 22 characters each. */
  readonly ids: string;
  /** Steps of `RATIOS`. */
  readonly ratios: readonly number[];
  readonly spoken: readonly string[];
  /** By place: `[label, file name]` of what has no picture, `[label]` of films that have. */
  readonly marks: Readonly<Record<number, readonly string[]>>;
}
