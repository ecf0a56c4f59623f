/** Which words each photo is found by: four bytes for each word of each photo, for there may be millions. */
import { Numbers } from "./numbers.ts";
import { wordsOf } from "./words.ts";

/** Of one photo; a long description is known by its beginning. */
const MOST_WORDS = 200;

export class WordLog {
  readonly #numbers = new Map<string, number>();
  /** By number. */
  readonly #texts: string[] = [];
  /** Of texts that come again and again: tags, cameras, towns. */
  readonly #known = new Map<string, readonly number[]>();
  readonly #starts = new Numbers();
  readonly #logged = new Numbers();

  get photos(): number {
    return this.#starts.length;
  }

  /** Adds the next photo. `recurring` texts are few, and many photos have them. */
  add(texts: { readonly recurring: readonly string[]; readonly own: readonly string[] }): void {
    const numbers = new Set<number>();
    for (const text of texts.recurring) {
      let known = this.#known.get(text);
      if (known === undefined) this.#known.set(text, (known = this.#numbered(text)));
      for (const number of known) numbers.add(number);
    }
    for (const text of texts.own) for (const number of this.#numbered(text)) numbers.add(number);
    this.#starts.push(this.#logged.length);
    let left = MOST_WORDS;
    for (const number of numbers) if (left-- > 0) this.#logged.push(number);
  }

  /** Every word once, in the order of their characters, with its number. */
  words(): (readonly [string, number])[] {
    return [...this.#numbers].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Those of one photo, by the order in which photos were added. */
  wordsAt(photo: number): string[] {
    const end = this.#starts.at(photo + 1) ?? this.#logged.length;
    const numbers = this.#logged.slice(this.#starts.at(photo) ?? end, end);
    return Array.from(numbers, (number) => this.#texts[number] ?? "");
  }

  /**
   * By a word's number: where in `order` the photos stand that have it, ascending. `order` lists photos by the order in which
   * they were added, from 0; those that are `without` it are passed over.
   */
  index(order: Iterable<number>, without: ReadonlySet<number>): (word: number) => Uint32Array {
    const logged = this.#logged;
    const ends = new Uint32Array(this.#numbers.size + 1);
    for (let at = 0; at < logged.length; at++) {
      const number = logged.at(at) ?? 0;
      ends[number + 1] = (ends[number + 1] ?? 0) + 1;
    }
    for (let number = 1; number < ends.length; number++) ends[number] = (ends[number] ?? 0) + (ends[number - 1] ?? 0);
    const next = ends.slice();
    const positions = new Uint32Array(logged.length);
    const starts = this.#starts;
    let position = -1;
    for (const photo of order) {
      position++;
      if (without.has(photo)) continue;
      const end = starts.at(photo + 1) ?? logged.length;
      for (let at = starts.at(photo) ?? end; at < end; at++) {
        const number = logged.at(at) ?? 0;
        const free = next[number] ?? 0;
        positions[free] = position;
        next[number] = free + 1;
      }
    }
    return (word) => positions.subarray(ends[word], next[word]);
  }

  #numbered(text: string): number[] {
    return wordsOf(text).map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      const number = this.#texts.push(word) - 1;
      this.#numbers.set(word, number);
      return number;
    });
  }
}
