/**
 * One server as all workers of a run see it. When it is lost to one of them it is lost to all: they wait together, try again
 * together, and a person is asked once.
 */
import { PhotologError, type ErrorCode } from "../errors.ts";

/** Milliseconds of back-off, half a minute in all; then a person is asked. */
const DELAYS = [500, 1500, 4000, 8000, 16_000] as const;
/** A busy server may ask for more than that, but not for any time it likes. */
const LONGEST_WAIT = 15 * 60_000;

const LOST: ReadonlySet<ErrorCode> = new Set([
  "SERVER_UNREACHABLE",
  "SERVER_ANSWER_UNCLEAR",
  "DRAINING",
  "TOO_MANY_ATTEMPTS",
  "DISK_FULL",
  "BODY_CUT_SHORT",
]);

/** Whether the server could not take anything at all just now, as opposed to not this photo. */
export function isLost(error: unknown): error is PhotologError {
  return error instanceof PhotologError && LOST.has(error.code);
}

export interface ConnectionOptions {
  /** Puts the matter to a person; absent where there is none, or none who wants to be asked. */
  readonly ask?: (error: PhotologError, signal: AbortSignal) => Promise<"resume" | "cancel">;
  readonly signal: AbortSignal;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Called before each wait. */
  readonly waiting: (error: PhotologError, ms: number) => void;
  readonly resumed: () => void;
  readonly delays?: readonly number[];
  /** Nobody is asked and nothing given up: it is tried again at the longest distance for as long as it takes. */
  readonly isPatient?: boolean;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #delays: readonly number[];
  /** How many waits there have been since the last answer. */
  #waits = 0;
  /** Counts recoveries. What began before the last one and fails after it has nothing to wait for. */
  #round = 0;
  #recovery: Promise<void> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#delays = options.delays ?? DELAYS;
  }

  /**
   * Runs a request until it is answered, for better or worse; `tries` counts from 0. Rejects with what the request rejects
   * with where that is no lost server; with `HALTED` when the server stayed away and nobody wants to go on.
   */
  async through<T>(request: (tries: number) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      this.#options.signal.throwIfAborted();
      await this.#recovery;
      const round = this.#round;
      try {
        const answer = await request(tries);
        this.#waits = 0;
        return answer;
      } catch (error) {
        if (!isLost(error)) throw error;
        if (round === this.#round) await (this.#recovery ??= this.#recover(error));
      }
    }
  }

  async #recover(error: PhotologError): Promise<void> {
    const { ask, pause, random, signal, waiting, resumed, isPatient } = this.#options;
    const delay = this.#delays[this.#waits++] ?? (isPatient === true ? this.#delays.at(-1) : undefined);
    if (delay !== undefined) {
      const ms = Math.min(LONGEST_WAIT, Math.max(delay * (0.75 + random() / 2), askedFor(error)));
      waiting(error, ms);
      await pause(ms, signal);
    } else {
      const answer = (await ask?.(error, signal)) ?? "cancel";
      if (answer === "cancel") throw halted(error);
      this.#waits = 0;
    }
    resumed();
    this.#round++;
    this.#recovery = undefined;
  }
}

/** A server that is shutting down names the time until its successor is up; a short while is short all the same. */
function askedFor(error: PhotologError): number {
  const afterMs = error.retry.class === "retry" ? (error.retry.afterMs ?? 0) : 0;
  return error.code === "TOO_MANY_ATTEMPTS" ? afterMs : Math.min(afterMs, 30_000);
}

function halted(error: PhotologError): PhotologError {
  return new PhotologError("HALTED", error.message, {
    cause: error,
    hint: error.hint ?? "Run the same command again to go on where it stopped.",
  });
}
