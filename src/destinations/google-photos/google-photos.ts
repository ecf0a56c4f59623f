/** Google Photos: bytes through a resumable upload, then an item made of them, in an album of ours where one is wanted. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Credentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";
import type { Original, Photo, Receipt } from "../../photo.ts";
import type { Account, Destination, Notes } from "../destination.ts";
import { openAlbum } from "./album.ts";
import { openAlbums } from "./albums.ts";
import { failureOf } from "./failures.ts";
import type { FailureRow } from "./failures.ts";
import { judge } from "./judge.ts";
import { ALREADY_THERE, openLibrary } from "./library.ts";
import { refusalOf } from "./limits.ts";
import { describeToken, openOAuthClient, SCOPES } from "./oauth-client.ts";
import type { Rejection } from "./rejection.ts";
import { baseOf, SERVICE } from "./send.ts";
import { openSession } from "./session.ts";
import { UnfinishedUploads } from "./unfinished-uploads.ts";
import type { Unfinished } from "./unfinished-uploads.ts";
import { openUploads } from "./upload.ts";

export interface GooglePhotosOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** From the settings; what `credentials` holds goes before. */
  readonly refreshToken?: string;
  /** From the settings: exchanged once, where there is no refresh token. A code, or the whole address that Google sent it to. */
  readonly accessCode?: string;
  readonly credentials: Credentials;
  readonly notes: Notes;
  /** Instead of Google's own addresses. */
  readonly baseUrl?: string;
  readonly authUrl?: string;
  readonly tokenUrl?: string;
  /** Title of the album that uploads go into; made where photolog has none of that title. */
  readonly album?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** In [0, 1). */
  readonly chance?: () => number;
  /** Waits so many milliseconds, or rejects with the signal's reason. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** One photo on its way, and what it leaves for the next attempt. */
interface Attempt {
  readonly photo: Photo;
  readonly signal: AbortSignal;
  left: Unfinished;
}

const DAY = 24 * 60 * 60_000;
/** The bytes of such a photo are worth a note as soon as some are sent: sending them again takes a while. */
const LARGE_BYTES = 8 << 20;

export function openGooglePhotos(options: GooglePhotosOptions): Destination {
  const { clientId, clientSecret, notes, now = Date.now, chance = Math.random, pause = wait } = options;
  const baseUrl = baseOf(options.baseUrl);
  const unfinished = new UnfinishedUploads(notes, now);
  const session = openSession({
    ...options,
    now,
    judge: judged,
  });
  const { authorized } = session;
  const uploads = openUploads({ baseUrl, authorized, pause });
  const album =
    options.album === undefined ? undefined : openAlbum({ title: options.album, baseUrl, authorized, notes });
  const library = openLibrary({ baseUrl, authorized, album });
  const addToAlbum = openAlbums({ baseUrl, authorized, notes });

  function judged(rejection: Rejection, signedInAt?: number): PhotologError {
    return judge(rejection, { now: now(), chance: chance(), signedInAt });
  }

  /** Also drops what the next attempt cannot use. */
  function judgedFor(attempt: Attempt): (rejection: Rejection) => PhotologError {
    return (rejection) => {
      attempt.left = usable(attempt.left, failureOf(rejection).freshBytes);
      return judged(rejection);
    };
  }

  /** Without the note some bytes are sent twice, no more: what becomes of the photo does not hang on it. */
  async function save(): Promise<void> {
    await unfinished.save().catch(() => undefined);
  }

  async function begin(photo: Photo, signal: AbortSignal): Promise<Attempt> {
    const { signedInAt = 0 } = await session.current(signal);
    return { photo, signal, left: await unfinished.find(photo.sha256, signedInAt) };
  }

  async function bytesOf(attempt: Attempt, original: Original): Promise<string> {
    const { photo, signal } = attempt;
    const saveLarge = async (): Promise<void> => {
      await unfinished.put(photo.sha256, attempt.left);
      if (original.bytes >= LARGE_BYTES) await save();
    };
    const text = await uploads.send({
      original,
      mime: photo.mime,
      ...(attempt.left.session && { begun: attempt.left.session.url }),
      async onBegin(url) {
        attempt.left = { ...attempt.left, session: { url, since: now() } };
        await saveLarge();
      },
      judge: judgedFor(attempt),
      signal,
    });
    const { session: _, ...rest } = attempt.left;
    // Written down before the write that it is for: killed in the middle of that, we shall not know how it went.
    attempt.left = { ...rest, token: { text, since: now() }, inDoubt: true };
    await saveLarge();
    return text;
  }

  async function add(attempt: Attempt, uploadToken: string): Promise<Receipt> {
    const { photo, signal } = attempt;
    attempt.left = { ...attempt.left, inDoubt: true };
    const receipt = await library.add({
      uploadToken,
      filename: photo.filename === "" ? `${photo.key}.${photo.extension}` : photo.filename,
      description: descriptionOf(photo),
      judge: judgedFor(attempt),
      signal,
    });
    await unfinished.put(photo.sha256, { signedInAt: attempt.left.signedInAt, receipt, touchedAt: now() });
    await save();
    return receipt;
  }

  /** Keeps what the next attempt can use. */
  async function leave({ photo, left, signal }: Attempt, error: unknown): Promise<void> {
    const isKnown = error instanceof PhotologError && error.code !== "OUTCOME_UNKNOWN" && !signal.aborted;
    const { inDoubt: _, ...certain } = left;
    if (isOver(error)) await unfinished.forget(photo.sha256);
    else await unfinished.put(photo.sha256, isKnown ? certain : left);
    await save();
  }

  return {
    name: "gphotos",
    title: SERVICE,
    // Bytes may go up side by side; the photos that wait meanwhile are then written together, which saves the day's quota.
    concurrency: 3,
    refuses: refusalOf,

    /**
     * Google cannot look a file up by its content, and names, dates and sizes prove nothing: whatever they found might be
     * another photo. But it keeps the same bytes once, however often they are sent. So only what this destination was told
     * itself is found here, and a write whose answer was lost is asked for once more in the same words, which gives the item
     * that it made. `undefined` means: deliver again, it is safe.
     */
    async find(photo, _since, signal) {
      const attempt = await begin(photo, signal);
      const { receipt, token, inDoubt } = attempt.left;
      if (receipt !== undefined || token === undefined || !inDoubt) return receipt;
      try {
        return await add(attempt, token.text);
      } catch (error) {
        await leave(attempt, error);
        // Google has forgotten these bytes: they must be sent again.
        if (attempt.left.token === undefined && !isOver(error)) return undefined;
        throw error;
      }
    },

    async deliver(photo, original, signal) {
      const attempt = await begin(photo, signal);
      try {
        return await add(attempt, attempt.left.token?.text ?? (await bytesOf(attempt, original)));
      } catch (error) {
        await leave(attempt, error);
        throw error;
      }
    },

    async putInAlbums({ id }, albums, signal) {
      // Google kept to itself which item of the library it is.
      if (id === ALREADY_THERE) return;
      for (const title of albums) {
        await library.inTurn(() => addToAlbum(title, id, { judge: (rejection) => judged(rejection), signal }));
      }
    },

    async check(signal): Promise<Account> {
      const { accessToken, scope, account, signedInAt } = await session.current(signal);
      const { tokenUrl } = options;
      const client = await openOAuthClient({
        clientId,
        clientSecret,
        ...(tokenUrl !== undefined && { tokenUrl }),
        signal,
      });
      const { email, scopes = scope?.split(" ") } = await describeToken(client, accessToken, signal);
      await uploads.probe((rejection) => judged(rejection), signal);
      const age = now() - (signedInAt ?? now());
      return {
        name: email ?? account ?? "a Google account",
        warnings: [
          ...(age >= 5 * DAY && age < 7 * DAY ? [endOfTesting(Math.floor(age / DAY))] : []),
          ...(options.album !== undefined && scopes && !scopes.includes(SCOPES.read) ? [ALBUMS_HIDDEN] : []),
        ],
      };
    },
  };
}

function usable(left: Unfinished, freshBytes: FailureRow["freshBytes"]): Unfinished {
  const { session: _, token, ...rest } = left;
  if (freshBytes === undefined) return left;
  if (freshBytes === "at once" || token === undefined || token.refused) return rest;
  return { ...left, token: { ...token, refused: true } };
}

/** Google will never take this photo. */
function isOver(error: unknown): boolean {
  return error instanceof PhotologError && error.retry.class === "item";
}

const ALBUMS_HIDDEN =
  "photolog was not allowed to see the albums it makes, so a crash may leave two of the same title; to allow it, run `photolog auth google` and tick every box.";

function endOfTesting(days: number): string {
  return `The sign-in is ${days} days old. If the app's publishing status at https://console.cloud.google.com/auth/audience is "Testing", Google ends it after seven days: press "Publish app", then run \`photolog auth google\`.`;
}

/** Google has no tags: they become the description. */
function descriptionOf({ tags }: Photo): string {
  return tags
    .map((tag) => tag.replaceAll(/\s+/g, " ").trim())
    .filter((tag) => tag !== "")
    .join(", ");
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
