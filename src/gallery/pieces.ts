/** What the scripts of the timeline and of the search ask for, as the site writes and they read it. Runs in browsers too. */
import { RATIOS } from "./ratio.ts";

/** What is asked for first: where everything else is, and what came last. */
export interface Directory {
  /** So many photos are on one part of a day's page. */
  readonly part: number;
  /** So many photos of a month are in one piece. */
  readonly piece: number;
  /** From the oldest: `YYYY-MM`, how many photos, the codes of their pieces. */
  readonly months: readonly (readonly [string, number, readonly string[]])[];
  /** From the newest: the shapes of a year's photos, or the code of the piece that has them. */
  readonly years: readonly (readonly [string, Shapes | string])[];
  /** For each key of `word-keys.ts` the code of its piece, with `+` before it where that is a branch; or `=` and the key that shares it. */
  readonly words: readonly (readonly [string, string])[];
  /** Of the photos that came last; the pieces do not know these. */
  readonly recent: Leaf;
}

/** Of one year. Newest day first; within a day morning first. */
export interface Shapes {
  /** `0517:12 0516:3`: each day and its photos. */
  readonly days: string;
  /** A letter a photo: see `lettersOf`. */
  readonly ratios: string;
}

/** Some photos of a month, from the oldest, as columns. */
export interface PhotoPiece {
  /** Of each run of photos: day of the month, place of its first in its day, how many. */
  readonly days: readonly (readonly [string, number, number])[];
  /** 22 characters each. */
  readonly ids: string;
  /** A letter each. */
  readonly ratios: string;
  /** `1402`, or four spaces where nobody knows. */
  readonly times: string;
  /** Three hexadecimal digits each: the colour that most of the picture has. */
  readonly tones: string;
  /** By their index in the piece, those that are films or have no picture; the latter have a file name. */
  readonly marks: Readonly<Record<number, Mark>>;
}

export interface Mark {
  readonly label: string;
  readonly isVideo?: true;
  readonly filename?: string;
}

/** Words in order, and the photos of each as `spans.ts` writes them; where these are many, `*0.<code>,1.<code>` for parts that tell them. */
export interface Leaf {
  readonly words: readonly string[];
  readonly photos: readonly string[];
}

/** What stands where a leaf would have been too large: the photos of all words that begin so. A part of them is told alike. */
export interface Branch {
  readonly all: string;
}

export const ID_LETTERS = 22;
export const TIME_LETTERS = 4;
export const TONE_LETTERS = 3;

/** One printable letter for each step of `RATIOS`; none needs escaping in JSON, and those of common ratios take one byte. */
const ALPHABET = letters();

/** Steps of `RATIOS` as text. */
export function lettersOf(ratioSteps: readonly number[]): string {
  return ratioSteps.map((step) => ALPHABET[step] ?? "").join("");
}

/** The steps of `RATIOS` of such a text. */
export function stepsOf(text: string): Uint8Array {
  const steps = new Uint8Array(256);
  for (const [step, letter] of ALPHABET.entries()) steps[letter.charCodeAt(0)] = step;
  const read = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) read[index] = steps[text.charCodeAt(index)] ?? 0;
  return read;
}

function letters(): readonly string[] {
  const plain: string[] = [];
  for (let code = 0x23; code < 0x7f; code++) if (code !== 0x5c) plain.push(String.fromCharCode(code));
  // The widest pictures are the rarest: they get the letters beyond ASCII.
  const rare = Array.from({ length: RATIOS.length - plain.length }, (_, index) => String.fromCharCode(0xc0 + index));
  return [...plain, ...rare];
}
