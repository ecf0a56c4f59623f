/** The words of the gallery, each with the photos that have it, in pieces of which a search needs one for each of its words. */
import { addressOf, MONTH_ROOM } from "./spans.ts";
import type { Branch, Leaf } from "./pieces.ts";
import { codeOf, shard } from "./shard.ts";
import type { StyleFile } from "./style-file.ts";
import { fileOf, partName, rootOf } from "./word-keys.ts";
import type { WordLog } from "./word-log.ts";

/** Characters of a piece; packed, a third is left. */
const LARGEST = 80_000;
/** Characters of what one word's photos are told in; of more, each part is a piece of its own. */
const LONGEST = 160_000;

type Written = readonly [word: string, number: number, photos: string];
/**
 * For each key its code, with `+` before it where it is a branch, or `=` and the key whose piece it shares; parts of a piece have no
 * key.
 */
type Named = readonly [key: string | undefined, code: string, file: StyleFile | undefined];

/**
 * Every piece once, and what to find it by. Keys are those of `word-keys.ts`. `order` and `without` are as of `WordLog.index`, `write` writes positions in that order.
 */
export function* wordShards(
  log: WordLog,
  of: {
    readonly order: Iterable<number>;
    readonly without: ReadonlySet<number>;
    readonly write: (positions: Uint32Array) => string;
  },
): Generator<Named> {
  const { write } = of;
  const positionsOf = log.index(of.order, of.without);
  const has = new Uint8Array(log.photos);
  const settled = log.words().filter(([, number]) => positionsOf(number).length > 0);
  const roots = Map.groupBy(settled, ([word]) => rootOf(word));
  yield* together(
    (function* () {
      for (const [root, words] of roots) {
        const written = words.map(([word, number]): Written => [word, number, write(positionsOf(number))]);
        yield [root, written] as const;
      }
    })(),
  );

  /** Groups of words by their keys, in their order: those beside each other share a piece as long as there is room. */
  function* together(groups: Iterable<readonly [key: string, words: readonly Written[]]>): Generator<Named> {
    let sharing: { readonly key: string; readonly words: Written[] } | undefined;
    let room = 0;
    for (const [key, words] of groups) {
      const size = words.reduce((sum, [word, , photos]) => sum + word.length + photos.length + 6, 0);
      if (sharing !== undefined && size <= room) {
        room -= size;
        sharing.words.push(...words);
        yield [key, `=${sharing.key}`, undefined];
        continue;
      }
      if (sharing !== undefined) yield* leaf(sharing.key, sharing.words);
      sharing = undefined;
      const length = key.startsWith("_") ? 0 : [...key].length;
      const longer = Map.groupBy(words, ([word]) => [...word].slice(0, length + 1).join(""));
      longer.delete(key);
      if (size > LARGEST && words.length > 1 && longer.size > 0) {
        yield* together(longer);
        yield* branch(key, length === 0 ? new Uint32Array() : union(words));
      } else {
        sharing = { key, words: [...words] };
        room = LARGEST - size;
      }
    }
    if (sharing !== undefined) yield* leaf(sharing.key, sharing.words);
  }

  function* leaf(key: string, words: readonly Written[]): Generator<Named> {
    const parts = new Parts(key);
    const photos: string[] = [];
    for (const [, number, text] of words) photos.push(yield* parts.cut(text, positionsOf(number), write));
    yield named(key, "", { words: words.map(([word]) => word), photos });
  }

  function* branch(key: string, all: Uint32Array): Generator<Named> {
    yield named(key, "+", { all: yield* new Parts(key).cut(write(all), all, write) });
  }

  function union(words: readonly Written[]): Uint32Array {
    has.fill(0);
    for (const [, number] of words) for (const position of positionsOf(number)) has[position] = 1;
    const positions = new Uint32Array(has.reduce((sum, one) => sum + one, 0));
    let count = 0;
    for (const [position, one] of has.entries()) if (one === 1) positions[count++] = position;
    return positions;
  }
}

/** What is too long for the piece of a key. */
class Parts {
  readonly #key: string;
  #count = 0;

  constructor(key: string) {
    this.#key = key;
  }

  /** The text, or what stands for it: `*` and the parts, each with its number and its code. */
  *cut(text: string, positions: Uint32Array, write: (positions: Uint32Array) => string): Generator<Named, string> {
    if (text.length <= LONGEST) return text;
    const each = Math.ceil(positions.length / Math.ceil(text.length / LONGEST));
    const told: string[] = [];
    for (let from = 0; from < positions.length; from += each) {
      const number = this.#count++;
      const all = write(positions.subarray(from, from + each));
      const file = shard(partName(this.#key, number), { all } satisfies Branch);
      told.push(`${number}.${codeOf(file)}`);
      yield [undefined, "", file];
    }
    return `*${told.join(",")}`;
  }
}

function named(key: string, mark: string, value: Leaf | Branch): Named {
  const file = shard(`s/${fileOf(key)}`, value);
  return [key, mark + codeOf(file), file];
}

/**
 * Writes ascending positions as `spans.ts` does, without making a list of spans first. Positions count all photos from the oldest
 * month on; `months` tells how many each has.
 */
export function addressWriter(
  months: readonly (readonly [month: string, photos: number])[],
): (positions: Uint32Array) => string {
  const ends: number[] = [];
  let sum = 0;
  for (const [, photos] of months) ends.push((sum += photos));
  return (positions) => {
    // Joined at the end: what is added up piece by piece takes much more memory.
    const runs: string[] = [];
    let last = 0;
    let month = 0;
    for (let at = 0; at < positions.length;) {
      const first = positions[at] ?? 0;
      while (first >= (ends[month] ?? Infinity)) month++;
      const end = ends[month] ?? Infinity;
      let length = 1;
      while (positions[at + length] === first + length && first + length < end) length++;
      const [name, photos] = months[month] ?? ["", 0];
      const address = addressOf(name, Math.min(first - (end - photos), MONTH_ROOM - 1));
      const gap = (address - last).toString(36);
      runs.push(length === 1 ? gap : `${gap}.${length.toString(36)}`);
      last = address + length;
      at += length;
    }
    return runs.join(",");
  };
}
