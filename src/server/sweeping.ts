import type { Logger } from "pino";
import type { Partials } from "../storage/partials.ts";

const HOUR_MS = 60 * 60_000;

/** Every hour, uploads that nobody went on with for a day are removed. Answers how to stop that. */
export function startSweeping(partials: Partials, log: Logger, everyMs = HOUR_MS): () => void {
  const timer = setInterval(() => {
    partials.sweep().then(
      ({ removed }) => removed > 0 && log.info({ expired: removed }, "removed uploads that were given up"),
      (error: unknown) => log.error({ err: error }, "cannot remove uploads that were given up"),
    );
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
