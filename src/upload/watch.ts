/** `--watch`: sends what appears in folders, once it has stopped growing. */
import { watch as watchFolder } from "node:fs";
import type { Found } from "./entry.ts";
import { pathOf } from "./entry.ts";

export interface Watch {
  /** Absolute. */
  readonly folders: readonly string[];
  /** Sends all that is ready and new. */
  readonly pass: (isReady: (file: Found) => boolean) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves early when it is woken; rejects when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A file is whole when nobody has written to it for so long. Milliseconds. */
const SETTLED = 5000;
/** How often it is looked whether anything happened. */
const TICK = 1000;
/** The system forgets to tell some changes, above all on network drives: everything is looked through so often. */
const RECONCILE = 5 * 60_000;

/** Ends with the signal only. */
export async function watch({ folders, pass, now, pause, signal }: Watch): Promise<void> {
  const seen: { changedAt?: number; isWaiting: boolean } = { isWaiting: false };
  const watchers = folders.flatMap((folder) => {
    try {
      const watcher = watchFolder(folder, { recursive: true }, () => (seen.changedAt = now()));
      // What it does not tell is found by looking.
      watcher.on("error", () => undefined);
      return [watcher];
    } catch {
      return [];
    }
  });
  const sizes = new Map<string, { readonly bytes: number; readonly modified: number; readonly since: number }>();
  try {
    for (;;) {
      const began = now();
      seen.isWaiting = false;
      delete seen.changedAt;
      await pass((file) => {
        const isReady = hasSettled(file);
        seen.isWaiting ||= !isReady;
        return isReady;
      });
      do await pause(TICK, signal);
      while (!isDue(began));
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }

  /** Something waits to be whole, or something happened and it is quiet again, or it is time in any case. */
  function isDue(began: number): boolean {
    const { changedAt = Infinity, isWaiting } = seen;
    return isWaiting || now() - changedAt >= TICK || now() - began >= RECONCILE;
  }

  /** Goes by what it has seen where the file's own time cannot be right: in the future, or as it was on another disk. */
  function hasSettled(file: Found): boolean {
    const { bytes, modified } = file;
    const path = pathOf(file);
    const age = now() - modified;
    const before = sizes.get(path);
    const isSame = before?.bytes === bytes && before.modified === modified;
    if ((isSame || before === undefined) && age > SETTLED) {
      sizes.delete(path);
      return true;
    }
    if (!isSame) sizes.set(path, { bytes, modified, since: now() });
    else if (now() - before.since > SETTLED) {
      sizes.delete(path);
      return true;
    }
    return false;
  }
}
