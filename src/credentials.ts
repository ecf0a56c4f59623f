/** Tokens that `photolog auth` obtains and destinations read: one JSON file, mode 0600, replaced atomically. */
import { readFile } from "node:fs/promises";
import { PhotologError, systemCodeOf } from "./errors.ts";
import { putPrivateFile } from "./storage/private-file.ts";

export interface FlickrCredentials {
  readonly token: string;
  readonly tokenSecret: string;
  readonly username?: string;
  readonly nsid?: string;
}

export interface GoogleCredentials {
  readonly refreshToken: string;
  readonly accessToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly scope?: string;
  readonly account?: string;
  /** When a person last signed in, milliseconds since the epoch. */
  readonly signedInAt?: number;
}

export interface StoredCredentials {
  readonly flickr?: FlickrCredentials;
  readonly google?: GoogleCredentials;
}

export interface Credentials {
  readonly file: string;
  /** Reads the file anew each time, so that a running server notices what `auth` stored. */
  get<S extends keyof StoredCredentials>(service: S): Promise<StoredCredentials[S] | undefined>;
  put<S extends keyof StoredCredentials>(service: S, credentials: NonNullable<StoredCredentials[S]>): Promise<void>;
}

export function openCredentials(file: string): Credentials {
  let writing: Promise<void> = Promise.resolve();
  return {
    file,
    async get(service) {
      return (await load(file))[service];
    },
    put(service, credentials) {
      const write = writing.then(async () => {
        await store(file, { ...(await load(file)), [service]: credentials });
      });
      writing = write.catch(() => undefined);
      return write;
    },
  };
}

async function load(file: string): Promise<StoredCredentials> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return {};
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Falls through: the message must not quote the file, which holds secrets.
  }
  throw new PhotologError("SETTINGS_WRONG", `${file} is not valid JSON.`, {
    hint: "Remove the file, then run `photolog auth flickr` and `photolog auth google` again.",
  });
}

async function store(file: string, credentials: StoredCredentials): Promise<void> {
  await putPrivateFile(file, `${JSON.stringify(credentials, undefined, 2)}\n`);
}
