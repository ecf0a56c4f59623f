/**
 * Decodes pictures in a process of its own, which may die: of a hostile file, of a fault in a decoder, of a limit. Started by
 * `renderer.ts`; it is told one file at a time and ends when nobody tells it anything any more.
 */
import { constants, setPriority } from "node:os";
import { messageOf, PhotologError, systemCodeOf } from "../errors.ts";
import type { Answer, Order } from "./renderer.ts";
import { renderRenditions } from "./renditions.ts";

/** The API and the deliveries go first. */
setPriority(constants.priority.PRIORITY_LOW);

process.on("message", (order: Order) => {
  answer(order).then((given) => process.send?.(given), end);
});

/** The server is gone: so is everything that was started for it. This process leads a group of its own. */
process.on("disconnect", end);

function end(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.exit(1);
  }
}

async function answer({ path, mime, kind, into }: Order): Promise<Answer> {
  try {
    return { rendered: await renderRenditions(path, { mime, kind }, into) };
  } catch (error) {
    const hint = error instanceof PhotologError ? error.hint : undefined;
    return {
      failure: {
        message: messageOf(error),
        ...(error instanceof PhotologError ? { isUndecodable: error.code === "UNDECODABLE" } : {}),
        ...(hint === undefined ? {} : { hint }),
        ...(systemCodeOf(error) === undefined ? {} : { systemCode: systemCodeOf(error) }),
      },
    };
  }
}
