/** How many bodies, and how much of them, the server takes at the same time: everybody else is asked to come back. */
import { PhotologError } from "../errors.ts";

export interface IntakeLimits {
  /** Bodies at once. */
  readonly most: number;
  /** Of these, bodies of clients that have not shown the secret yet. */
  readonly mostStrangers: number;
  /** Bytes that may be accepted now. */
  readonly room: () => Promise<number>;
}

export interface Place {
  /** Has to be called once the body has ended, however it did. */
  leave(): void;
}

export interface Intake {
  /**
   * `announced` is the body's length, as far as the client told. Rejects with `SERVER_BUSY` or, where the disk would not hold
   * it beside all the others on their way, `DISK_FULL`.
   */
  enter(body: { readonly announced: number; readonly stranger: boolean }): Promise<Place>;
}

export function openIntake({ most, mostStrangers, room }: IntakeLimits): Intake {
  const inside = new Set<{ readonly announced: number; readonly stranger: boolean }>();
  const strangers = (): number => [...inside].filter((body) => body.stranger).length;
  return {
    async enter(body) {
      if (inside.size >= most || (body.stranger && strangers() >= mostStrangers)) {
        throw new PhotologError("SERVER_BUSY", "The server is taking as many uploads as it can.", {
          hint: "Try again in some seconds.",
        });
      }
      const here = { ...body };
      inside.add(here);
      const expected = [...inside].reduce((sum, { announced }) => sum + announced, 0);
      const left = await room().catch((error: unknown) => {
        inside.delete(here);
        throw error;
      });
      if (expected > left) {
        inside.delete(here);
        throw new PhotologError("DISK_FULL", "There is no room for this file now.", { hint: "Try again later." });
      }
      return { leave: () => void inside.delete(here) };
    },
  };
}
