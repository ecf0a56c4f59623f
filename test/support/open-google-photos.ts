/** The real Google Photos destination in front of the test's Google; its pauses are noted and return at once. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCredentials } from "../../src/credentials.ts";
import type { Credentials } from "../../src/credentials.ts";
import type { Destination, Notes } from "../../src/destinations/destination.ts";
import { openGooglePhotos } from "../../src/destinations/google-photos/google-photos.ts";
import type { GooglePhotosOptions } from "../../src/destinations/google-photos/google-photos.ts";
import { startGoogleServer } from "./google-server.ts";
import type { GoogleServer } from "./google-server.ts";
import type { Fault, GoogleRequest } from "./google-exchange.ts";

export interface OpenedGooglePhotos {
  readonly google: Destination;
  readonly server: GoogleServer;
  readonly credentials: Credentials;
  readonly notes: Notes;
  /** Milliseconds of every pause so far. */
  readonly pauses: readonly number[];
  /** For files; gone after `close`. */
  readonly folder: string;
  /** The destination as the next run of the program would open it: same credentials, same notes. */
  readonly reopen: (given?: Partial<GooglePhotosOptions>) => Destination;
  readonly close: () => Promise<void>;
}

/** Signed in already, through the credentials file, unless an option says otherwise. */
export async function openTestGooglePhotos(given: Partial<GooglePhotosOptions> = {}): Promise<OpenedGooglePhotos> {
  const folder = await mkdtemp(join(tmpdir(), "photolog-google-"));
  const server = await startGoogleServer();
  const { baseUrl, authUrl, tokenUrl, clientId, clientSecret, refreshToken } = server;
  const credentials = openCredentials(join(folder, "credentials.json"));
  if (given.refreshToken === undefined && given.accessCode === undefined) {
    await credentials.put("google", { refreshToken, signedInAt: Date.now() });
  }
  const notes = notesInMemory();
  const pauses: number[] = [];
  const reopen = (more: Partial<GooglePhotosOptions> = {}): Destination =>
    openGooglePhotos({
      clientId,
      clientSecret,
      credentials,
      notes,
      baseUrl,
      authUrl,
      tokenUrl,
      async pause(ms) {
        pauses.push(ms);
      },
      ...given,
      ...more,
    });
  return {
    google: reopen(),
    server,
    credentials,
    notes,
    pauses,
    folder,
    reopen,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function notesInMemory(): Notes {
  const rows = new Map<string, string>();
  return {
    read: (name) => Promise.resolve(rows.get(name)),
    write(name, value) {
      rows.set(name, value);
      return Promise.resolve();
    },
  };
}

export const BATCH_CREATE = "/v1/mediaItems:batchCreate";

export const isBatchCreate = ({ path }: GoogleRequest): boolean => path === BATCH_CREATE;
export const isStart = ({ command }: GoogleRequest): boolean => command === "start";
export const isBytes = ({ command }: GoogleRequest): boolean => command === "upload, finalize";
export const isQuery = ({ command }: GoogleRequest): boolean => command === "query";
export const isToken = ({ path }: GoogleRequest): boolean => path === "/token";
export const isNewAlbum = ({ path, method }: GoogleRequest): boolean => path === "/v1/albums" && method === "POST";

/** Resolves when the server meets this fault. */
export function faultMet(server: GoogleServer, fault: Fault): Promise<void> {
  return new Promise((resolve) => server.fault({ ...fault, onHit: resolve }));
}
