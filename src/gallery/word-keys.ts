/** Which piece of the search knows a word. Runs in browsers too. */

/** Two characters; of scripts with many more than ours, what a hundred of their characters share. */
export function rootOf(word: string): string {
  const first = word.codePointAt(0) ?? 0;
  return first < 0x80 ? word.slice(0, 2) : `_${(first >> 7).toString(16)}`;
}

/**
 * The key of the one piece that knows the words beginning with `word`; undefined where there are none. Of a branch that is as
 * long as the word, all photos are meant.
 */
export function keyOf(word: string, codes: ReadonlyMap<string, string>): string | undefined {
  let key = rootOf(word);
  const characters = [...word];
  let length = key.startsWith("_") ? 0 : 2;
  while (codes.get(key)?.startsWith("+") === true && length < characters.length) {
    length++;
    key = characters.slice(0, length).join("");
  }
  return codes.get(key) === undefined ? undefined : key;
}

/** The name of the file of a key: plain ASCII. */
export function fileOf(key: string): string {
  return [...key].map((one) => (one < "\u0080" ? one : `u${(one.codePointAt(0) ?? 0).toString(16)}`)).join("");
}

/** The name of a part of what a key's piece would tell: `s/ar-0`. */
export function partName(key: string, number: number): string {
  return `s/${fileOf(key)}-${number}`;
}
