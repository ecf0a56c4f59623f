/** Words as they are looked for: the same for who makes the search and for who searches. Runs in browsers too. */

/** Written without spaces, so a word ends where the script changes. */
const WORDS = /[\p{Script=Han}]+|[\p{Script=Hiragana}]+|[\p{Script=Katakana}ー]+|[\p{L}\p{M}]+|\p{N}+/gu;

/** Nobody types more, and long codes would make every word one of its own. */
const LONGEST = 12;

/** Accents and capitals gone: `Öland` is `oland`. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/æ/g, "ae")
    .replace(/œ/g, "oe")
    .replace(/ø/g, "o")
    .replace(/ł/g, "l")
    .replace(/đ/g, "d")
    .replace(/ı/g, "i");
}

/** The words of a text, folded: letters and digits apart, so that `DSC01234` is found by `dsc` and by `01234`. */
export function wordsOf(text: string): string[] {
  const words = folded(text).match(WORDS) ?? [];
  return words.map((word) => [...word].slice(0, LONGEST).join("")).filter(isLongEnough);
}

/** Two characters, or one of a script in which one can be a word. */
function isLongEnough(word: string): boolean {
  return word.length >= 2 || word > "\u2e80";
}
