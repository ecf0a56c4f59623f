/** How many bodies, and how much of them, the server takes at the same time: everybody else is asked to come back. */
import { PhotologError } from "../errors.ts";

export interface IntakeLimits {
  /** Bodies at once. */
  readonly most: number;
  /** Of these, bodies of clients that have not shown the secret yet. */
  readonly mostStrangers: number;
  /** Bytes that may be accepted now. */
  readonly room: () => Promise<number>;
  /** Bytes that uploads which come in pieces still need; none by default. */
  readonly promised?: () => number;
}

export interface Body {
  /** Its length, as far as the client told. */
  readonly announced: number;
  readonly stranger: boolean;
  /** Of a piece: what its upload still needs, which was promised when it began. So only the disk can be in its way. */
  readonly needs?: number;
}

export interface Place {
  /** Has to be called once the body has ended, however it did. */
  leave(): void;
}

export interface Intake {
  /** Rejects with `SERVER_BUSY` or, where the disk would not hold it beside all the others on their way, `DISK_FULL`. */
  enter(body: Body): Promise<Place>;
}

export function openIntake({ most, mostStrangers, room, promised = () => 0 }: IntakeLimits): Intake {
  const inside = new Set<Body>();
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
      const expected = body.needs ?? [...inside].reduce((sum, { announced }) => sum + announced, promised());
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
