/**
 * Makes items of uploaded bytes. Google wants the writes of one account one after another; whoever asks while a write is under
 * way goes together with the others into the next one.
 * https://developers.google.com/photos/library/reference/rest/v1/mediaItems/batchCreate
 */
import type { PhotologError } from "../../errors.ts";
import type { Receipt } from "../../photo.ts";
import { foreignAnswer } from "../transport-failures.ts";
import type { Album } from "./album.ts";
import { failureOf } from "./failures.ts";
import { isRecord, parse, rejectionOf, rejectionOfItem } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";
import { send, SERVICE } from "./send.ts";
import type { Session } from "./session.ts";

export interface NewItem {
  readonly uploadToken: string;
  /** Any text; brought into Google's limits here. */
  readonly filename: string;
  readonly description: string;
  readonly judge: (rejection: Rejection) => PhotologError;
  readonly signal: AbortSignal;
}

export interface Library {
  /** Rejects as `Destination.deliver` does. */
  add(item: NewItem): Promise<Receipt>;
  /** Another write, in its turn: none of ours is under way meanwhile. */
  inTurn<T>(write: () => Promise<T>): Promise<T>;
}

export interface LibraryOptions {
  readonly baseUrl: string;
  readonly authorized: Session["authorized"];
  readonly album: Album | undefined;
}

interface Waiting extends NewItem {
  resolve(receipt: Receipt): void;
  reject(reason: unknown): void;
}

const MOST_ITEMS = 50;
/** google.rpc.Code: the same bytes are in the library, under an id that Google may keep to itself. */
const ALREADY_EXISTS = 6;
/** Stands for an id that Google does not tell. */
export const ALREADY_THERE = "already there";
const LONGEST_FILENAME = 255;
const LONGEST_DESCRIPTION = 1000;

export function openLibrary({ baseUrl, authorized, album }: LibraryOptions): Library {
  const waiting = new Set<Waiting>();
  const others: (() => Promise<void>)[] = [];
  let writing = false;

  /** Never rejects, and never leaves anybody behind: whoever comes after the last look finds that nobody writes. */
  async function writeAll(): Promise<void> {
    if (writing) return;
    writing = true;
    while (waiting.size > 0 || others.length > 0) {
      await others.shift()?.();
      if (waiting.size === 0) continue;
      const batch = [...waiting].slice(0, MOST_ITEMS);
      for (const item of batch) waiting.delete(item);
      await writeTogether(batch);
    }
    writing = false;
  }

  /** Settles every item of the batch; never rejects. */
  async function writeTogether(batch: readonly Waiting[]): Promise<void> {
    const stop = new AbortController();
    const onAbort = (): void => {
      if (batch.every(({ signal }) => signal.aborted)) stop.abort();
    };
    for (const { signal } of batch) signal.addEventListener("abort", onAbort, { once: true });
    try {
      await write(batch, { signal: stop.signal, albumId: await album?.id(stop.signal, judgeOf(batch)) });
    } catch (error) {
      for (const item of batch) item.reject(error);
    } finally {
      for (const { signal } of batch) signal.removeEventListener("abort", onAbort);
    }
  }

  async function write(
    batch: readonly Waiting[],
    { signal, albumId, again }: { signal: AbortSignal; albumId: string | undefined; again?: "again" },
  ): Promise<void> {
    const answer = await authorized(
      (accessToken) =>
        send(
          {
            url: `${baseUrl}/v1/mediaItems:batchCreate`,
            headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
            body: JSON.stringify({
              ...(albumId !== undefined && { albumId }),
              newMediaItems: batch.map(newMediaItem),
            }),
            changes: true,
          },
          signal,
        ),
      signal,
    );
    if (answer.status >= 200 && answer.status < 300) {
      const results = resultsIn(answer.text);
      if (results === undefined) throw foreignAnswer(SERVICE, answer.status);
      for (const item of batch) settle(item, results.get(item.uploadToken), answer.status);
      return;
    }

    const rejection = rejectionOf(albumId === undefined ? "write" : "album", answer);
    const { remedy } = failureOf(rejection);
    if (remedy === "new album" && album && again === undefined) {
      await album.forget();
      const found = await album.id(signal, judgeOf(batch));
      return write(batch, { signal, albumId: found, again: "again" });
    }
    if (remedy === "one by one" && batch.length > 1) {
      for (const item of batch) await writeTogether([item]);
      return;
    }
    const refused = batch.map((item) => ({ item, error: item.judge(rejection) }));
    for (const { item, error } of refused) item.reject(error);
    // What stops everything stops those who wait, too, without another request.
    if (!refused.some(({ error }) => ["pause", "auth", "config"].includes(error.retry.class))) return;
    for (const item of waiting) item.reject(item.judge(rejection));
    waiting.clear();
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        item.signal.throwIfAborted();
        const entry: Waiting = {
          ...item,
          resolve: (receipt) => done(() => resolve(receipt)),
          reject: (reason) => done(() => reject(reason)),
        };
        const onAbort = (): void => {
          waiting.delete(entry);
          entry.reject(item.signal.reason);
        };
        const done = (settleIt: () => void): void => {
          item.signal.removeEventListener("abort", onAbort);
          settleIt();
        };
        item.signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(entry);
        writeAll().catch(reject);
      });
    },
    inTurn(write) {
      return new Promise((resolve, reject) => {
        others.push(() => write().then(resolve, reject));
        writeAll().catch(reject);
      });
    },
  };
}

/** For questions asked on behalf of all of them. */
function judgeOf([first]: readonly Waiting[]): (rejection: Rejection) => PhotologError {
  if (first === undefined) throw new Error("A write needs a photo.");
  return first.judge;
}

function settle(item: Waiting, result: Record<string, unknown> | undefined, httpStatus: number): void {
  const mediaItem = isRecord(result?.["mediaItem"]) ? result["mediaItem"] : undefined;
  const status = isRecord(result?.["status"]) ? result["status"] : {};
  const { id, productUrl } = mediaItem ?? {};
  // 0 is OK and may be left out.
  const hadBefore = status["code"] === ALREADY_EXISTS;
  const isKept = status["code"] === undefined || status["code"] === 0 || hadBefore;
  if (isKept && typeof id === "string" && id !== "") {
    item.resolve({ id, ...(typeof productUrl === "string" && /^https?:/.test(productUrl) && { url: productUrl }) });
    return;
  }
  if (hadBefore) {
    item.resolve({ id: ALREADY_THERE });
    return;
  }
  item.reject(item.judge(rejectionOfItem(isKept ? undefined : result?.["status"], httpStatus)));
}

/** By upload token: Google promises no order and leaves results out. */
function resultsIn(text: string): ReadonlyMap<unknown, Record<string, unknown>> | undefined {
  const results = parse(text)?.["newMediaItemResults"];
  if (!Array.isArray(results)) return undefined;
  return new Map(results.filter(isRecord).map((result) => [result["uploadToken"], result]));
}

function newMediaItem({ uploadToken, filename, description }: NewItem): unknown {
  return {
    ...(description !== "" && { description: shortened(description, LONGEST_DESCRIPTION) }),
    simpleMediaItem: { uploadToken, fileName: fileNameOf(filename) },
  };
}

/** In UTF-16 units, the strictest way to count, and with the extension, which Google goes by for some RAW files. */
function fileNameOf(filename: string): string {
  // Control characters and slashes have no place in a name; half of a surrogate pair has none in UTF-8.
  const clean = filename.toWellFormed().replaceAll(/[\p{Cc}/\\]/gu, "_");
  const extension = /\.[^.]{1,8}$/.exec(clean)?.[0] ?? "";
  const stem = clean.slice(0, clean.length - extension.length);
  return stem.slice(0, LONGEST_FILENAME - extension.length).replace(/[\ud800-\udbff]$/, "") + extension;
}

function shortened(text: string, most: number): string {
  return [...text.toWellFormed()].slice(0, most).join("");
}
