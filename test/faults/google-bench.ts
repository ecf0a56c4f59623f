/** Google Photos, and everything that may be wrong with it or on the way to it. */
import { join } from "node:path";
import { openCredentials } from "../../src/credentials.ts";
import { openGooglePhotos } from "../../src/destinations/google-photos/google-photos.ts";
import { stoppedClock } from "../support/clock.ts";
import { SECRET } from "../support/google-answers.ts";
import type { Fault } from "../support/google-exchange.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { openMemory } from "../support/memory-store.ts";
import { isBatchCreate, isStart } from "../support/open-google-photos.ts";
import { type Bench, START } from "./matrix.ts";
import { befallen, type Way } from "./transport-cases.ts";

export interface GoogleBench extends Bench {
  readonly server: GoogleServer;
  readonly way: Way;
  /** The same Google, with an album of this title to put uploads into. */
  withAlbum(album: string): Bench;
  /** From now on, every time. */
  answers(fault: Omit<Fault, "times">): void;
}

export async function openGoogleBench(): Promise<GoogleBench> {
  const clock = stoppedClock(START);
  const server = await startGoogleServer({ now: clock.now });
  const archive = openMemory();
  const answers = (fault: Omit<Fault, "times">): void => server.fault({ ...fault, times: Infinity });
  let wrong: { address?: string; befalls?: (path: string) => Promise<void> } = {};

  const benchOf = (given: { readonly album?: string }): Bench => ({
    clock,
    lane: "gphotos",
    otherLane: "archive",
    async begin(outside) {
      const { baseUrl, authUrl, tokenUrl, clientId, clientSecret, refreshToken } = server;
      const credentials = openCredentials(join(outside.folder, "credentials.json"));
      if ((await credentials.get("google")) === undefined) {
        await credentials.put("google", { refreshToken, signedInAt: clock.now() });
      }
      const google = openGooglePhotos({
        clientId,
        clientSecret,
        credentials,
        notes: outside.catalog.notes("gphotos"),
        baseUrl: wrong.address ?? baseUrl,
        authUrl,
        tokenUrl,
        now: clock.now,
        chance: () => 0.5,
        pause: async () => undefined,
        ...given,
      });
      return { archive, destinations: [befallen(google, wrong.befalls, outside)] };
    },
    heal() {
      wrong = {};
      server.clearFaults();
    },
    copies: (sha256) => server.items.filter((item) => item.sha256 === sha256).length,
    secrets: () => [...server.secrets(), SECRET],
  });

  return {
    ...benchOf({}),
    server,
    withAlbum: (album) => benchOf({ album }),
    answers,
    way: {
      service: "Google Photos",
      lead: (address) => void (wrong.address = address),
      answer: (status) => answers({ when: isStart, answer: { status } }),
      break: (when) =>
        when === "at a question"
          ? answers({ when: isStart, answer: "reset" })
          : answers({ when: isBatchCreate, answer: "commit then reset" }),
      befall: (what) => void (wrong.befalls = what),
    },
  };
}
