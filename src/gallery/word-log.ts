/** Which words each photo is found by: four bytes for each word of each photo, for there may be millions. */
import { wordsOf } from "./words.ts";

/** Of one photo; a long description is known by its beginning. */
const MOST_WORDS = 200;

export class WordLog {
  readonly #numbers = new Map<string, number>();
  /** Of texts that come again and again: tags, cameras, towns. */
  readonly #known = new Map<string, readonly number[]>();
  readonly #starts = new Numbers();
  readonly #logged = new Numbers();

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

  /**
   * By a word's number: where in `order` the photos stand that have it, ascending. `order` lists photos by the order in which
   * they were added, from 0.
   */
  index(order: Iterable<number>): (word: number) => Uint32Array {
    const logged = this.#logged.all();
    const ends = new Uint32Array(this.#numbers.size + 1);
    for (const number of logged) ends[number + 1] = (ends[number + 1] ?? 0) + 1;
    for (let number = 1; number < ends.length; number++) ends[number] = (ends[number] ?? 0) + (ends[number - 1] ?? 0);
    const next = ends.slice();
    const places = new Uint32Array(logged.length);
    const starts = this.#starts.all();
    let place = 0;
    for (const photo of order) {
      const end = starts[photo + 1] ?? logged.length;
      for (let at = starts[photo] ?? end; at < end; at++) {
        const number = logged[at] ?? 0;
        const free = next[number] ?? 0;
        places[free] = place;
        next[number] = free + 1;
      }
      place++;
    }
    return (word) => places.subarray(ends[word], ends[word + 1]);
  }

  #numbered(text: string): number[] {
    return wordsOf(text).map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      const number = this.#numbers.size;
      this.#numbers.set(word, number);
      return number;
    });
  }
}

/** A list of whole numbers that grows. */
class Numbers {
  #room = new Uint32Array(1024);
  length = 0;

  push(number: number): void {
    if (this.length === this.#room.length) {
      const wider = new Uint32Array(Math.ceil(this.length * 1.5));
      wider.set(this.#room);
      this.#room = wider;
    }
    this.#room[this.length++] = number;
  }

  all(): Uint32Array {
    return this.#room.subarray(0, this.length);
  }
}
