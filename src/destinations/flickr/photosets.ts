/**
 * Flickr's albums, which it calls photosets: found by their title, made where there is none.
 * https://www.flickr.com/services/api/flickr.photosets.create.html
 */
import type { Notes } from "../destination.ts";
import { listAt, textAt } from "./answer.ts";
import { answerOf } from "./judge.ts";
import type { Session } from "./session.ts";

export interface PhotosetsOptions {
  readonly notes: Notes;
  /** Before each call; rejects with the signal's reason. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/** Rejects as `Destination.deliver` does. A photo that is in there already is fine. */
export type AddToPhotoset = (
  session: Session,
  asked: { readonly title: string; readonly photoId: string; readonly signal: AbortSignal },
) => Promise<void>;

const PAGE = 500;
const NO_SUCH_SET = 1;
const NO_SUCH_PHOTO = 2;
const ALREADY_IN_SET = 3;
/** Flickr knows nothing of a photo for some seconds after it took it. */
const TRIES = 4;

export function openPhotosets({ notes, pause }: PhotosetsOptions): AddToPhotoset {
  return async (session, { title, photoId, signal }) => {
    const note = `photoset ${title}`;
    const noted = await notes.read(note);
    if (noted !== undefined && noted !== "" && (await isAdded(noted))) return;
    const found = await find();
    if (found !== undefined && (await isAdded(found))) return notes.write(note, found);
    await notes.write(note, await make());

    /** False where there is no such set any more. */
    async function isAdded(photosetId: string): Promise<boolean> {
      for (let tries = 1; ; tries++) {
        try {
          await call("flickr.photosets.addPhoto", { photoset_id: photosetId, photo_id: photoId });
          return true;
        } catch (error) {
          const code = answerOf(error)?.code;
          if (code === ALREADY_IN_SET) return true;
          if (code === NO_SUCH_SET) return false;
          if (code !== NO_SUCH_PHOTO || tries >= TRIES) throw error;
        }
      }
    }

    async function find(): Promise<string | undefined> {
      for (let page = 1; ; page++) {
        const answer = await call("flickr.photosets.getList", { per_page: String(PAGE), page: String(page) });
        const sets = listAt(answer, "photosets", "photoset");
        const same = sets.find((set) => textAt(set, "title") === title);
        if (same !== undefined) return textAt(same, "id");
        if (page >= Number(textAt(answer, "photosets", "pages") ?? 0) || sets.length === 0) return undefined;
      }
    }

    /** The set's first photo is its cover. */
    async function make(): Promise<string> {
      for (let tries = 1; ; tries++) {
        try {
          const answer = await call("flickr.photosets.create", { title, primary_photo_id: photoId });
          return textAt(answer, "photoset", "id") ?? "";
        } catch (error) {
          if (answerOf(error)?.code !== NO_SUCH_PHOTO || tries >= TRIES) throw error;
        }
      }
    }

    async function call(method: Parameters<Session["call"]>[0], params: Readonly<Record<string, string>>) {
      await pause(signal);
      signal.throwIfAborted();
      return session.call(method, params, signal);
    }
  };
}
