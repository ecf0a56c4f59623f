import { setTimeout as pause } from "node:timers/promises";

/** Waits for a state, asking again and again; fails with what it was waiting for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = 60_000,
): Promise<T> {
  const patience = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > patience) throw new Error(`Waited in vain: ${what}.`);
    await pause(20);
  }
}
