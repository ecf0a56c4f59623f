/** Whole numbers below 2^32 in a list that grows: four bytes each, and never copied once there are many. */
export class Numbers {
  /** All full but the last. */
  readonly #chunks: Uint32Array[] = [];
  length = 0;

  push(number: number): void {
    const last = this.#chunks.length - 1;
    const chunk = this.#chunks[last];
    const place = this.length & (CHUNK - 1);
    if (chunk === undefined || (place === 0 && chunk.length === CHUNK)) {
      this.#chunks.push(new Uint32Array(last < 0 ? FIRST : CHUNK));
    } else if (place === chunk.length) {
      const wider = new Uint32Array(chunk.length * 2);
      wider.set(chunk);
      this.#chunks[last] = wider;
    }
    const room = this.#chunks.at(-1);
    if (room !== undefined) room[place] = number;
    this.length++;
  }

  /** Undefined behind the end. */
  at(index: number): number | undefined {
    return index < this.length ? this.#chunks[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] : undefined;
  }

  *slice(from: number, to = this.length): Generator<number> {
    for (let index = from; index < Math.min(to, this.length); index++) yield this.at(index) ?? 0;
  }
}

const CHUNK_BITS = 16;
const CHUNK = 2 ** CHUNK_BITS;
const FIRST = 4;
