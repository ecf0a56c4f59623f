/** Puts items that Google has already into albums of ours. */
import type { PhotologError } from "../../errors.ts";
import type { Notes } from "../destination.ts";
import { openAlbum } from "./album.ts";
import type { Album } from "./album.ts";
import { failureOf } from "./failures.ts";
import { rejectionOf } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";
import { send } from "./send.ts";
import type { Session } from "./session.ts";

export interface AlbumsOptions {
  readonly baseUrl: string;
  readonly authorized: Session["authorized"];
  readonly notes: Notes;
}

/**
 * Ask one at a time: it is a write. An item that is in the album already is fine with Google. Rejects as `Destination.deliver`.
 * https://developers.google.com/photos/library/reference/rest/v1/albums/batchAddMediaItems
 */
export type AddToAlbum = (
  title: string,
  itemId: string,
  asked: { readonly judge: (rejection: Rejection) => PhotologError; readonly signal: AbortSignal },
) => Promise<void>;

export function openAlbums({ baseUrl, authorized, notes }: AlbumsOptions): AddToAlbum {
  const albums = new Map<string, Album>();

  return async (title, itemId, { judge, signal }) => {
    const album = albums.get(title) ?? openAlbum({ title, baseUrl, authorized, notes });
    albums.set(title, album);
    for (const last of [false, true]) {
      const id = await album.id(signal, judge);
      const answer = await authorized(
        (accessToken) =>
          send(
            {
              url: `${baseUrl}/v1/albums/${encodeURIComponent(id)}:batchAddMediaItems`,
              headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
              body: JSON.stringify({ mediaItemIds: [itemId] }),
              changes: true,
            },
            signal,
          ),
        signal,
      );
      if (answer.status >= 200 && answer.status < 300) return;
      const rejection = rejectionOf("album", answer);
      if (last || failureOf(rejection).remedy !== "new album") throw judge(rejection);
      // A person deleted it.
      await album.forget();
    }
  };
}
