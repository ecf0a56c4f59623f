/** The files of the timeline, as the site writes and its script reads them. */
import { RATIOS } from "./ratio.ts";

/** The shape of every photo. All lists are newest day first; within a day morning first. */
export interface TimelineShapes {
  /** How many photos a part of a day's page shows. */
  readonly part: number;
  /** `20240517:12 20240516:3`: each day and its photos. */
  readonly days: string;
  /** A letter a photo: see `lettersOf`. */
  readonly ratios: string;
  /** `2024-05.1:<code of its content>:<photos>`, in the order of the photos. */
  readonly shards: string;
}

/** What the photos of one shard are. */
export interface PhotoShard {
  /** 22 characters each. */
  readonly ids: string;
  /** `1402`, or four spaces where nobody knows. */
  readonly times: string;
  /** Three hexadecimal digits each: the colour that most of the picture has. */
  readonly tones: string;
  /** By their index in the shard, those that are films or have no picture; the latter have a file name. */
  readonly special: Record<number, { readonly label: string; readonly isVideo?: true; readonly filename?: string }>;
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
