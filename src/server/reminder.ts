/** A lane that waits for a person says so again and again, until somebody reads it. */
import type { Logger } from "pino";
import type { Queue } from "../queue/queue.ts";

const EVERY_MS = 60 * 60_000;

/** Logs a warning for each such lane every hour. Returns how to stop. */
export function startReminder(queue: Queue, log: Logger, everyMs = EVERY_MS): () => void {
  const remind = async (): Promise<void> => {
    for (const { step, state, since, failure } of await queue.lanes.closed()) {
      if (state === "paused") continue;
      const { code, message, hint } = failure;
      log.warn(
        { lane: step, state, since: new Date(since).toISOString(), code, error: message, hint },
        "a lane waits for you",
      );
    }
  };
  const timer = setInterval(() => {
    remind().catch((error: unknown) => log.error({ err: error }, "the reminder failed"));
  }, everyMs);
  return () => clearInterval(timer);
}
