import type { PhotologError } from "../../errors.ts";
import type { Notes } from "../destination.ts";
import { foreignAnswer } from "../transport-failures.ts";
import { isRecord, parse, rejectionOf } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";
import { send, SERVICE } from "./send.ts";
import type { Answer } from "./send.ts";
import type { Session } from "./session.ts";

type Judge = (rejection: Rejection) => PhotologError;

/** The album that uploads go into. Ask one at a time: it is part of a write. */
export interface Album {
  /** Found in the notes, else among the albums that photolog made, else made now. Rejects as `Destination.deliver` does. */
  id(signal: AbortSignal, judge: Judge): Promise<string>;
  /** Google does not know it any more. */
  forget(): Promise<void>;
}

export interface AlbumOptions {
  readonly title: string;
  readonly baseUrl: string;
  readonly authorized: Session["authorized"];
  readonly notes: Notes;
}

const LONGEST_TITLE = 500;
const PAGE = 50;
/** Forbidden, not found, not allowed, not implemented. */
const NO_LIST = new Set([403, 404, 405, 501]);
/** So many albums of photolog's own are looked through before it makes one more. */
const MOST_PAGES = 20;

/**
 * Google lets an app write into albums of its own only. Killed between making the album and noting its id, we find it again
 * by its title, as long as the sign-in allows to list (`readonly.appcreateddata`); where a person unticked that, a second
 * album of the same title is made, once for each such crash.
 */
export function openAlbum({ title: wanted, baseUrl, authorized, notes }: AlbumOptions): Album {
  const title = [...wanted.toWellFormed()].slice(0, LONGEST_TITLE).join("");
  const note = `album ${title}`;
  // The last one only: where Google refuses every album, it is offered two in turn, and not a new one each time.
  let gone: string | undefined;

  async function find(signal: AbortSignal, judge: Judge): Promise<string | undefined> {
    let page = "";
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const query = new URLSearchParams({ pageSize: String(PAGE), ...(page !== "" && { pageToken: page }) });
      const answer = await authorized(
        (accessToken) =>
          send(
            {
              url: `${baseUrl}/v1/albums?${query}`,
              method: "GET",
              headers: { authorization: `Bearer ${accessToken}` },
            },
            signal,
          ),
        signal,
      );
      // Not allowed to list, or nothing to list with: only making one can help. Anything else may be better in a while.
      if (NO_LIST.has(answer.status)) return undefined;
      if (answer.status !== 200) throw judge(rejectionOf("write", answer));
      const { albums, nextPageToken } = parse(answer.text) ?? {};
      for (const album of Array.isArray(albums) ? albums.filter(isRecord) : []) {
        const { id } = album;
        // One that was deleted may still be listed for a while.
        if (album["title"] === title && typeof id === "string" && id !== gone) return id;
      }
      if (typeof nextPageToken !== "string" || nextPageToken === "") return undefined;
      page = nextPageToken;
    }
    return undefined;
  }

  async function make(signal: AbortSignal, judge: Judge): Promise<string> {
    const answer: Answer = await authorized(
      (accessToken) =>
        send(
          {
            url: `${baseUrl}/v1/albums`,
            headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
            body: JSON.stringify({ album: { title } }),
            changes: true,
          },
          signal,
        ),
      signal,
    );
    if (answer.status !== 200) throw judge(rejectionOf("write", answer));
    const id = parse(answer.text)?.["id"];
    if (typeof id !== "string" || id === "") throw foreignAnswer(SERVICE, answer.status);
    return id;
  }

  return {
    async id(signal, judge) {
      const noted = await notes.read(note);
      if (noted !== undefined && noted !== "") return noted;
      const id = (await find(signal, judge)) ?? (await make(signal, judge));
      await notes.write(note, id);
      return id;
    },
    async forget() {
      gone = await notes.read(note);
      await notes.write(note, "");
    },
  };
}
