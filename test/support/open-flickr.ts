/** The real Flickr destination in front of the test's Flickr; its pauses are noted and return at once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCredentials } from "../../src/credentials.ts";
import type { Credentials } from "../../src/credentials.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { openFlickr } from "../../src/destinations/flickr/flickr.ts";
import type { FlickrOptions } from "../../src/destinations/flickr/flickr.ts";
import { notesInMemory } from "./open-google-photos.ts";
import { startFlickrServer } from "./flickr-server.ts";
import type { FlickrServer, FlickrServerOptions } from "./flickr-server.ts";

export interface OpenedFlickr {
  readonly flickr: Destination;
  readonly server: FlickrServer;
  readonly credentials: Credentials;
  /** Milliseconds of every pause so far. */
  readonly pauses: readonly number[];
  /** For files; gone after `close`. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export async function openTestFlickr(
  served: FlickrServerOptions = {},
  given: Partial<FlickrOptions> = {},
): Promise<OpenedFlickr> {
  const folder = await mkdtemp(join(tmpdir(), "photolog-flickr-"));
  const server = await startFlickrServer(served);
  const credentials = openCredentials(join(folder, "credentials.json"));
  const pauses: number[] = [];
  const { apiKey, apiSecret, token, tokenSecret, url } = server;
  return {
    server,
    credentials,
    pauses,
    folder,
    flickr: openFlickr({
      apiKey,
      apiSecret,
      token: { token, tokenSecret },
      credentials,
      notes: notesInMemory(),
      baseUrl: url,
      async pause(ms) {
        pauses.push(ms);
      },
      ...given,
    }),
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
