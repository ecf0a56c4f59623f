import type { Checksum, Receipt } from "../../photo.ts";
import type { Notes } from "../destination.ts";
import { parse } from "./rejection.ts";

/** What earlier attempts left for a photo that Google does not surely have yet. */
export interface Unfinished {
  /** Which sign-in it belongs to: another account knows nothing of these. */
  readonly signedInAt: number;
  /** An upload that is under way. */
  readonly session?: { readonly url: string; readonly since: number };
  /** Google has all bytes and calls them so. */
  readonly token?: UploadToken;
  /** A write with this token was sent and its answer never came. */
  readonly inDoubt?: true;
  /** The answer came, but whoever asked may not have been told. */
  readonly receipt?: Receipt;
  readonly touchedAt: number;
}

export interface UploadToken {
  readonly text: string;
  readonly since: number;
  /** Google made nothing of these bytes once. */
  readonly refused?: true;
}

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Google keeps upload tokens for a day (https://developers.google.com/photos/library/guides/upload-media) and does not say how long sessions. */
const UPLOAD_LIFE_MS = 23 * HOUR;
/** Longer than the queue's patience with one photo. */
const MEMORY_MS = 2 * DAY;
const MOST = 500;
const NOTE = "unfinished uploads";

/**
 * Keeps what is unfinished in memory, and in the notes from `save` to `save`, so that a restart sends nothing twice. Bounded:
 * what is forgotten here costs sending some bytes again, never a photo.
 */
export class UnfinishedUploads {
  readonly #notes: Notes;
  readonly #now: () => number;
  #loaded: Promise<Map<Checksum, Unfinished>> | undefined;
  #saved = "{}";

  constructor(notes: Notes, now: () => number) {
    this.#notes = notes;
    this.#now = now;
  }

  /** Never holds what has lost its use. */
  async find(photo: Checksum, signedInAt: number): Promise<Unfinished> {
    const found = (await this.#all()).get(photo);
    const now = this.#now();
    if (found?.signedInAt !== signedInAt) return { signedInAt, touchedAt: now };
    const { session, token, inDoubt, ...rest } = found;
    const lives = (it: { readonly since: number } | undefined): boolean =>
      it !== undefined && now - it.since < UPLOAD_LIFE_MS;
    return {
      ...rest,
      ...(session && lives(session) && { session }),
      ...(token && lives(token) && { token, ...(inDoubt && { inDoubt }) }),
    };
  }

  async put(photo: Checksum, unfinished: Unfinished): Promise<void> {
    const all = await this.#all();
    const now = this.#now();
    // Last touched stands last.
    all.delete(photo);
    if (isWorthKeeping(unfinished)) all.set(photo, { ...unfinished, touchedAt: now });
    for (const [oldest, { touchedAt }] of all) {
      if (all.size <= MOST && now - touchedAt < MEMORY_MS) break;
      all.delete(oldest);
    }
  }

  async forget(photo: Checksum): Promise<void> {
    (await this.#all()).delete(photo);
  }

  async save(): Promise<void> {
    // A receipt that arrived needs no note: the catalog keeps it.
    const rows = [...(await this.#all())].filter(([, { receipt }]) => receipt === undefined);
    const text = JSON.stringify(Object.fromEntries(rows));
    if (text === this.#saved) return;
    await this.#notes.write(NOTE, text);
    this.#saved = text;
  }

  #all(): Promise<Map<Checksum, Unfinished>> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  async #load(): Promise<Map<Checksum, Unfinished>> {
    const text = (await this.#notes.read(NOTE)) ?? "{}";
    this.#saved = text;
    return new Map(Object.entries((parse(text) ?? {}) as Record<Checksum, Unfinished>));
  }
}

function isWorthKeeping({ session, token, receipt }: Unfinished): boolean {
  return (session ?? token ?? receipt) !== undefined;
}
