/** The words of the gallery, each with the photos that have it, in pieces of which a search needs one for each of its words. */
import { addressOf, MONTH_ROOM } from "./spans.ts";
import type { Branch, Leaf } from "./search-pieces.ts";
import { codeOf, shard } from "./shard.ts";
import type { StyleFile } from "./style-file.ts";
import { fileOf, rootOf } from "./word-keys.ts";
import type { WordLog } from "./word-log.ts";

/** Characters; packed, a third is left. */
const LARGEST = 64_000;

type Written = readonly [word: string, number: number, photos: string];

/** `order` as of `WordLog.index`; `months` are its months and how many photos each has, in the same order. */
export interface Ordered {
  readonly order: Iterable<number>;
  readonly months: readonly (readonly [month: string, photos: number])[];
}

/**
 * Every piece once, and what to find it by: for each key its code, with `+` before it where it is a branch. Keys are those of
 * `word-keys.ts`.
 */
export function* wordShards(log: WordLog, { order, months }: Ordered): Generator<readonly [string, string, StyleFile]> {
  const placesOf = log.index(order);
  const write = addressWriter(months);
  const groups = Map.groupBy(log.words(), ([word]) => rootOf(word));
  for (const [root, words] of groups) {
    const written = words.map(([word, number]): Written => [word, number, write(placesOf(number))]);
    yield* pieces(root, root.startsWith("_") ? 0 : 2, written);
  }

  function* pieces(
    key: string,
    length: number,
    words: readonly Written[],
  ): Generator<readonly [string, string, StyleFile]> {
    const size = words.reduce((sum, [word, , photos]) => sum + word.length + photos.length + 6, 0);
    const longer = Map.groupBy(words, ([word]) => [...word].slice(0, length + 1).join(""));
    longer.delete(key);
    if (size <= LARGEST || longer.size === 0) {
      const leaf: Leaf = { words: words.map(([word]) => word), photos: words.map(([, , photos]) => photos) };
      yield* named(key, "", leaf);
      return;
    }
    for (const [next, those] of longer) yield* pieces(next, length + 1, those);
    const branch: Branch = { all: length === 0 ? "" : write(union(words)) };
    yield* named(key, "+", branch);
  }

  function union(words: readonly Written[]): Uint32Array {
    const photos = new Uint8Array(months.reduce((sum, [, count]) => sum + count, 0));
    for (const [, number] of words) for (const place of placesOf(number)) photos[place] = 1;
    const places = new Uint32Array(photos.reduce((sum, has) => sum + has, 0));
    let count = 0;
    for (const [place, has] of photos.entries()) if (has === 1) places[count++] = place;
    return places;
  }
}

function* named(key: string, mark: string, value: Leaf | Branch): Generator<readonly [string, string, StyleFile]> {
  const file = shard(`s/${fileOf(key)}`, value);
  yield [key, mark + codeOf(file), file];
}

/** Writes ascending places as `spans.ts` does, without making a list of spans first. */
function addressWriter(months: Ordered["months"]): (places: Uint32Array) => string {
  const ends: number[] = [];
  let sum = 0;
  for (const [, photos] of months) ends.push((sum += photos));
  return (places) => {
    let text = "";
    let last = 0;
    let month = 0;
    for (let at = 0; at < places.length;) {
      const first = places[at] ?? 0;
      while (first >= (ends[month] ?? Infinity)) month++;
      const end = ends[month] ?? Infinity;
      let length = 1;
      while (places[at + length] === first + length && first + length < end) length++;
      const [name, photos] = months[month] ?? ["", 0];
      const address = addressOf(name, Math.min(first - (end - photos), MONTH_ROOM - 1));
      text += `${text === "" ? "" : ","}${(address - last).toString(36)}${length === 1 ? "" : `.${length.toString(36)}`}`;
      last = address + length;
      at += length;
    }
    return text;
  };
}
