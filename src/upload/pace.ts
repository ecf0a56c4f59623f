/**
 * How many photos go over the wire at the same time: as many as are allowed, until the server asks for patience or the line is
 * slow. On a slow line few photos at a time arrive sooner, and less is lost when it breaks.
 */
export interface PaceOptions {
  /** At most so many. */
  readonly most: number;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

/** The line is judged by what it brought in so many milliseconds. */
const SPAN_MS = 10_000;
/** Bytes a second that each photo under way shall have; the next one is tried when those before it have them. */
const STREAM_RATE = 64_000;

export class Pace {
  readonly #most: number;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #active = 0;
  #began: number;
  #bytes = 0;

  constructor({ most, now }: PaceOptions) {
    this.#most = most;
    this.#now = now;
    this.#limit = most;
    this.#began = now();
  }

  get limit(): number {
    return this.#limit;
  }

  /** Waits for a turn; call what it answers to give the turn back. */
  async enter(): Promise<() => void> {
    while (this.#active >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active++;
    return () => {
      this.#active--;
      this.#waiting.shift()?.();
    };
  }

  /** The server asked for patience, or the line broke. */
  ease(): void {
    this.#change(Math.max(1, Math.floor(this.#limit / 2)));
  }

  /** So many bytes more have gone over the wire. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    const ms = this.#now() - this.#began;
    if (ms < SPAN_MS) return;
    const fitting = Math.max(1, Math.floor((this.#bytes * 1000) / ms / STREAM_RATE) + 1);
    // A machine that slept, or had nothing to send, has learnt nothing of its line.
    const wasBusy = ms < 2 * SPAN_MS && this.#active >= this.#limit;
    this.#change(wasBusy ? Math.min(this.#most, this.#limit + 1, fitting) : this.#limit);
  }

  #change(limit: number): void {
    this.#limit = limit;
    this.#began = this.#now();
    this.#bytes = 0;
    for (let free = limit - this.#active; free > 0; free--) this.#waiting.shift()?.();
  }
}
