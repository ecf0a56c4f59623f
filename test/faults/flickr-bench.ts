/** Flickr, and everything that may be wrong with it or on the way to it. */
import { join } from "node:path";
import { openCredentials } from "../../src/credentials.ts";
import { openFlickr } from "../../src/destinations/flickr/flickr.ts";
import { stoppedClock } from "../support/clock.ts";
import { type Fault, type FlickrServer, startFlickrServer } from "../support/flickr-server.ts";
import { openMemory } from "../support/memory-store.ts";
import { type Bench, START } from "./matrix.ts";
import { befallen, type Way } from "./transport-cases.ts";

export interface FlickrBench extends Bench {
  readonly server: FlickrServer;
  readonly way: Way;
  /** From now on, every time. */
  answers(fault: Omit<Fault, "times">): void;
}

export async function openFlickrBench(): Promise<FlickrBench> {
  const clock = stoppedClock(START);
  const server = await startFlickrServer({ now: clock.now });
  const archive = openMemory();
  const answers = (fault: Omit<Fault, "times">): void => void server.fault({ ...fault, times: Infinity });
  let wrong: { address?: string; befalls?: (path: string) => Promise<void> } = {};

  return {
    clock,
    server,
    lane: "flickr",
    otherLane: "archive",
    async begin(outside) {
      const { apiKey, apiSecret, token, tokenSecret, url } = server;
      const flickr = openFlickr({
        apiKey,
        apiSecret,
        baseUrl: wrong.address ?? url,
        token: { token, tokenSecret },
        credentials: openCredentials(join(outside.folder, "credentials.json")),
        notes: outside.catalog.notes("flickr"),
        now: clock.now,
        pause: async () => undefined,
      });
      return { archive, destinations: [befallen(flickr, wrong.befalls, outside)] };
    },
    answers,
    way: {
      service: "Flickr",
      lead: (address) => void (wrong.address = address),
      answer: (status) => answers({ when: "any", answer: { status } }),
      break: (when) =>
        when === "at a question"
          ? answers({ when: "flickr.test.login", answer: "reset" })
          : answers({ when: "upload", answer: "reset", stored: true }),
      befall: (what) => void (wrong.befalls = what),
    },
    heal() {
      wrong = {};
      server.clearFaults();
    },
    copies: (sha256) => server.photos.filter((photo) => photo.sha256 === sha256).length,
    looked: (sha256) =>
      server.requests.some(
        ({ call, fields }) => call === "flickr.photos.search" && fields["machine_tags"]?.includes(sha256) === true,
      ),
    secrets: () => [...server.secrets(), "not-to-be-shown"],
  };
}
