/**
 * Work that several may ask for at the same time and that is done once for all of them. It is told to stop when the last one
 * who waits for it has gone away.
 */
import { orAborted } from "../or-aborted.ts";

export function singleFlight<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let flight: { readonly landing: Promise<T>; readonly stop: AbortController; waiting: number } | undefined;

  return async (signal) => {
    signal.throwIfAborted();
    if (flight === undefined) {
      const stop = new AbortController();
      const landing = work(stop.signal).finally(() => {
        if (flight?.stop === stop) flight = undefined;
      });
      flight = { landing, stop, waiting: 0 };
    }
    const own = flight;
    own.waiting++;
    try {
      return await orAborted(own.landing, signal);
    } finally {
      own.waiting--;
      if (own.waiting === 0) {
        own.stop.abort();
        if (flight === own) flight = undefined;
      }
    }
  };
}
