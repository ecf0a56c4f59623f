/** Puts several files at a time, none before the files it refers to. */
import type { FileKind } from "./site.ts";

/** Files on their way at a time, those included that wait for others. */
const LINE = 16;

const ORDER: Readonly<Record<FileKind, number>> = {
  picture: 0,
  style: 0,
  data: 0,
  directory: 1,
  page: 1,
  index: 2,
};

export class PutLine {
  readonly #underWay = new Set<{ readonly order: number; readonly done: Promise<void> }>();
  #failure: { readonly error: unknown } | undefined;

  /**
   * Starts the put as soon as all files are there that were added before and come earlier in order; if one of these failed, never.
   * Resolves when there is room for the next. Rejects with the first failure of any put so far.
   */
  async add(kind: FileKind, put: () => Promise<void>): Promise<void> {
    this.#throwFailure();
    const order = ORDER[kind];
    const before = [...this.#underWay].filter((other) => other.order < order).map((other) => other.done);
    const entry = { order, done: Promise.all(before).then(put) };
    this.#underWay.add(entry);
    entry.done
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => this.#underWay.delete(entry));
    if (this.#underWay.size >= LINE)
      await Promise.race([...this.#underWay].map(({ done }) => done)).catch(() => undefined);
    this.#throwFailure();
  }

  /** Resolves when everything is there. */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when nothing is under way any more, however it ended. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#underWay].map(({ done }) => done));
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
