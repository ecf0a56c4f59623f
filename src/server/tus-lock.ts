import type { Locker } from "@tus/server";
import { PhotologError } from "../errors.ts";

/** Time that a request which is writing has to come to its end by itself before it is cut. */
const DRAIN_MS = 500;
/** A photo may just be taken in, which nothing cuts. */
const PATIENCE_MS = 20_000;

interface Holder {
  /** Somebody else waits. */
  readonly cut: () => void;
  readonly released: Promise<void>;
}

export interface UploadLocks {
  /**
   * For one request. Whoever comes later goes first: the other connection is mostly one that broke without the server being told,
   * and it is cut by `cut`. What cannot be cut in time answers `UPLOAD_LOCKED`.
   */
  of(request: { readonly cut: () => void }): Locker;
}

export function openUploadLocks({ drainMs = DRAIN_MS, patienceMs = PATIENCE_MS } = {}): UploadLocks {
  const holders = new Map<string, Holder>();

  async function take(id: string, cut: () => void): Promise<() => void> {
    const end = Date.now() + patienceMs;
    for (let holder = holders.get(id); holder !== undefined; holder = holders.get(id)) {
      const left = end - Date.now();
      if (left <= 0 || !(await isReleased(holder, left))) {
        throw new PhotologError("UPLOAD_LOCKED", "Another request is at work on this upload.", {
          hint: "Try again in some seconds.",
        });
      }
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    holders.set(id, { cut, released: promise });
    return () => {
      holders.delete(id);
      resolve();
    };
  }

  async function isReleased(holder: Holder, withinMs: number): Promise<boolean> {
    const cut = setTimeout(holder.cut, Math.min(drainMs, withinMs));
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<false>((resolve) => (timer = setTimeout(resolve, withinMs, false)));
    try {
      return await Promise.race([holder.released.then(() => true), tooLong]);
    } finally {
      clearTimeout(cut);
      clearTimeout(timer);
    }
  }

  return {
    of: ({ cut }) => ({
      newLock(id) {
        let release: (() => void) | undefined;
        return {
          async lock() {
            release = await take(id, cut);
          },
          unlock() {
            release?.();
            return Promise.resolve();
          },
        };
      },
    }),
  };
}
