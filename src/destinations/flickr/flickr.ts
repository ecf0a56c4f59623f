/** Flickr as a destination: private copies, each found again by the checksum in its machine tag. */
import { setTimeout } from "node:timers/promises";
import type { Credentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";
import type { Original, Photo, Receipt } from "../../photo.ts";
import type { Account, Destination, Notes } from "../destination.ts";
import { accountOf, loginOf } from "./account.ts";
import type { Login } from "./account.ts";
import { listAt, textAt } from "./answer.ts";
import { attachmentName, dateTakenOf, machineTagOf, uploadParams } from "./description.ts";
import { answerOf } from "./judge.ts";
import { openPhotosets } from "./photosets.ts";
import { openSession } from "./session.ts";
import type { FlickrKeys, FlickrToken, Session } from "./session.ts";

export interface FlickrOptions extends FlickrKeys {
  /** From the settings; what `credentials` holds wins. */
  readonly token?: FlickrToken | undefined;
  readonly credentials: Credentials;
  readonly notes: Notes;
  /** Resolves after so many milliseconds, or rejects with the signal's reason. */
  readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

interface Connection extends Login {
  readonly session: Session;
  readonly token: FlickrToken;
}

const MEGABYTE = 1024 * 1024;
const LARGEST_PICTURE = 200 * MEGABYTE;
const LARGEST_VIDEO = 1024 * MEGABYTE;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** A key may be used 3600 times an hour: https://www.flickr.com/services/developer/api/ */
const BETWEEN_CALLS = SECOND;
/** A copy whose answer was lost is not there at once. */
const BEFORE_FINDING = 10 * SECOND;
/** How far Flickr's clock and ours may differ. */
const CLOCK_TOLERANCE = 10 * MINUTE;
const FURTHEST_AHEAD = 30 * MINUTE;
/** Pauses before each try to set the date of a photo that Flickr may still be making. */
const DATE_TRIES = [BETWEEN_CALLS, 2 * SECOND, 5 * SECOND, 15 * SECOND];
const PHOTO_NOT_FOUND = 1;
const DUPLICATE = 9;
const PAGE = 500;

export function openFlickr(options: FlickrOptions): Destination {
  const { credentials, now = Date.now, pause = sleep } = options;
  let connected: Connection | undefined;
  const addToPhotoset = openPhotosets({ notes: options.notes, pause: (signal) => pause(BETWEEN_CALLS, signal) });
  // Learnt from an upload that outlived its signature; milliseconds per byte.
  let pace: number | undefined;

  async function connect(signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const token = (await credentials.get("flickr")) ?? options.token;
    if (!token) {
      throw new PhotologError("SIGN_IN_NEEDED", "Nobody has signed in to Flickr yet.", {
        hint: "Run `photolog auth flickr`, then `photolog jobs retry --destination flickr`.",
      });
    }
    if (connected?.token.token === token.token && connected.token.tokenSecret === token.tokenSecret) return connected;
    const session = await openSession(options, token);
    connected = { session, token, ...(await loginOf(session, signal)) };
    return connected;
  }

  async function upload({ session }: Connection, { photo, original }: Delivery, signal: AbortSignal): Promise<Kept> {
    const aheadMs = pace === undefined ? 0 : Math.min(pace * original.bytes, FURTHEST_AHEAD);
    const began = now();
    try {
      const attachment = { field: "photo", original, filename: attachmentName(photo), mime: photo.mime };
      const id = await session.upload(attachment, uploadParams(photo), { signal, aheadMs });
      return { id, date: dateTakenOf(photo) };
    } catch (error) {
      const answer = answerOf(error);
      // The copy may be a person's own, dated by hand: it is left as it is.
      if (answer?.code === DUPLICATE && answer.duplicateId !== undefined) return { id: answer.duplicateId };
      // The next delivery asks who we are first: that tells a wrong secret from one bad request.
      if (answer) connected = undefined;
      if (answer?.problem === "timestamp_refused") pace = aheadMs > 0 ? undefined : (now() - began) / original.bytes;
      throw error;
    }
  }

  /** The copy is there already: whatever happens here, it must not be made again. */
  async function setDate({ session }: Connection, copy: DatedCopy, signal: AbortSignal): Promise<void> {
    for (const wait of DATE_TRIES) {
      try {
        await pause(wait, signal);
        signal.throwIfAborted();
        await session.call("flickr.photos.setDates", copy, signal);
        return;
      } catch (error) {
        if (!passes(error)) return;
      }
    }
  }

  async function receiptOf(connection: Connection, { id, date }: Kept, signal: AbortSignal): Promise<Receipt> {
    if (date !== undefined) {
      await setDate(connection, { photo_id: id, date_taken: date, date_taken_granularity: "0" }, signal);
    }
    return { id, url: `https://www.flickr.com/photos/${connection.nsid}/${id}` };
  }

  return {
    name: "flickr",
    title: "Flickr",
    // A key may be used 3600 times an hour, and the people who share it are counted together.
    concurrency: 1,

    refuses({ kind, bytes }) {
      // https://github.com/drcursor/flickrup/issues/1
      if (kind === "raw") return "Flickr takes no RAW files.";
      if (kind === "video") return bytes > LARGEST_VIDEO ? "Flickr takes videos up to 1 GB." : undefined;
      return bytes > LARGEST_PICTURE ? "Flickr takes pictures up to 200 MB." : undefined;
    },

    async find(photo, since, signal) {
      const connection = await connect(signal);
      await pause(BEFORE_FINDING, signal);
      signal.throwIfAborted();
      const id =
        (await searched(connection.session, photo, signal)) ??
        (await listed(connection.session, { photo, since, pause }, signal));
      return id === undefined ? undefined : receiptOf(connection, { id, date: dateTakenOf(photo) }, signal);
    },

    async deliver(photo, original, signal) {
      const connection = await connect(signal);
      return receiptOf(connection, await upload(connection, { photo, original }, signal), signal);
    },

    async putInAlbums({ id }, albums, signal) {
      const { session } = await connect(signal);
      for (const title of albums) await addToPhotoset(session, { title, photoId: id, signal });
    },

    async check(signal): Promise<Account> {
      connected = undefined;
      const { session, token, name } = await connect(signal);
      return accountOf(session, { name, token: token.token, pause: () => pause(BETWEEN_CALLS, signal) }, signal);
    },
  };
}

interface Delivery {
  readonly photo: Photo;
  readonly original: Original;
}

interface Kept {
  readonly id: string;
  /** That Flickr is to be told. */
  readonly date?: string | undefined;
}

type DatedCopy = Readonly<Record<"photo_id" | "date_taken" | "date_taken_granularity", string>>;

interface Listing {
  readonly photo: Photo;
  readonly since: number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** By Flickr's search index, which may lag behind. */
async function searched(session: Session, photo: Photo, signal: AbortSignal): Promise<string | undefined> {
  const answer = await session.call(
    "flickr.photos.search",
    {
      user_id: "me",
      machine_tags: `photolog:sha256="${photo.sha256}"`,
      extras: "machine_tags",
      per_page: "5",
    },
    signal,
  );
  return taggedWith(machineTagOf(photo), answer);
}

/** By everything that was uploaded since. */
async function listed(session: Session, { photo, since, pause }: Listing, signal: AbortSignal) {
  const from = Math.max(0, Math.floor((since - CLOCK_TOLERANCE) / SECOND));
  for (let page = 1; ; page++) {
    await pause(BETWEEN_CALLS, signal);
    signal.throwIfAborted();
    const answer = await session.call(
      "flickr.people.getPhotos",
      {
        user_id: "me",
        min_upload_date: String(from),
        extras: "machine_tags",
        per_page: String(PAGE),
        page: String(page),
      },
      signal,
    );
    const id = taggedWith(machineTagOf(photo), answer);
    if (id !== undefined) return id;
    const pages = Number(textAt(answer, "photos", "pages") ?? 0);
    if (page >= pages || listAt(answer, "photos", "photo").length === 0) return undefined;
  }
}

/** Only a copy that carries the tag counts: a search that ignored our question must not pass for an answer to it. */
function taggedWith(machineTag: string, answer: unknown): string | undefined {
  const copy = listAt(answer, "photos", "photo").find((candidate) =>
    textAt(candidate, "machine_tags")?.split(/\s+/).includes(machineTag),
  );
  return copy === undefined ? undefined : textAt(copy, "id");
}

/** Flickr knows nothing of a photo for some seconds after it took it; its own trouble passes, too. */
function passes(error: unknown): boolean {
  if (answerOf(error)?.code === PHOTO_NOT_FOUND) return true;
  return error instanceof PhotologError && (error.retry.class === "retry" || error.retry.class === "check");
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
