/**
 * Google's library of items and albums, for an app that sees only what it made itself.
 * https://developers.google.com/photos/library/reference/rest/v1/mediaItems/batchCreate
 */
import { randomBytes } from "node:crypto";
import { refusal } from "./google-exchange.ts";
import type { Reply } from "./google-exchange.ts";
import type { Uploaded } from "./google-uploads.ts";

export interface Item {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mimeType: string;
  readonly filename: string;
  readonly description: string | undefined;
  readonly albums: ReadonlySet<string>;
}

export interface AlbumOfGoogle {
  readonly id: string;
  readonly title: string;
}

export interface Library {
  readonly items: readonly Item[];
  readonly albums: readonly AlbumOfGoogle[];
  batchCreate(body: unknown): Promise<Reply>;
  createAlbum(body: unknown): Promise<Reply>;
  addToAlbum(albumId: string, body: unknown): Promise<Reply>;
  listAlbums(query: URLSearchParams): Reply;
  /** Made by photolog, some other day. */
  addAlbum(title: string): AlbumOfGoogle;
  /** A person deletes it in her browser. */
  deleteAlbum(id: string): void;
  /** Most writes that were ever under way at the same time. */
  readonly mostWritesAtOnce: number;
  readonly writesUnderWay: number;
  /** Writes that begin from now on stay under way until the answer is called. */
  holdWrites(): () => void;
}

const ITEMS_AT_ONCE = 50;
const READABLE = /^(?:image\/(?:avif|bmp|gif|hei[cf]|jpeg|png|tiff|webp|x-[a-z0-9-]+)|video\/[a-z0-9.-]+)$/;

export function openLibrary(redeem: (token: string) => Uploaded | undefined): Library {
  const items: (Item & { readonly albums: Set<string> })[] = [];
  const albums: AlbumOfGoogle[] = [];
  let writing = 0;
  let mostWritesAtOnce = 0;
  let held: Promise<void> | undefined;

  /** Takes a moment, so that whoever writes twice at a time is found out. */
  async function alone(write: () => Reply): Promise<Reply> {
    writing++;
    mostWritesAtOnce = Math.max(mostWritesAtOnce, writing);
    try {
      if (writing > 1) {
        return refusal(
          429,
          "RESOURCE_EXHAUSTED",
          "Quota exceeded for quota 'concurrent write request' of service 'photoslibrary.googleapis.com'.",
        );
      }
      await (held ?? new Promise((resolve) => setTimeout(resolve, 2)));
      return write();
    } finally {
      writing--;
    }
  }

  function create(entry: unknown, albumId: string | undefined): object {
    const { description, simpleMediaItem } = entry as Record<string, unknown>;
    const { uploadToken, fileName } = simpleMediaItem as { uploadToken: string; fileName?: string };
    const uploaded = redeem(uploadToken);
    if (!uploaded) {
      return { uploadToken, status: { code: 3, message: "NOT_FOUND: The upload token is invalid or has expired." } };
    }
    if (!READABLE.test(uploaded.mime)) {
      const message = "BAD_IMAGE: There was an error while trying to create this media item.";
      return { uploadToken, status: { code: 3, message } };
    }
    const known = items.find(({ sha256 }) => sha256 === uploaded.sha256);
    const item = known ?? {
      id: `AGj1ep${randomBytes(24).toString("base64url")}`,
      sha256: uploaded.sha256,
      bytes: uploaded.bytes,
      mimeType: uploaded.mime,
      filename: fileName ?? "2026-11-03.jpg",
      description: description as string | undefined,
      albums: new Set<string>(),
    };
    if (!known) items.push(item);
    if (albumId !== undefined) item.albums.add(albumId);
    return {
      uploadToken,
      status: { message: "Success" },
      mediaItem: {
        id: item.id,
        ...(item.description !== undefined && { description: item.description }),
        productUrl: `https://photos.google.com/lr/photo/${item.id}`,
        mimeType: item.mimeType,
        mediaMetadata: { creationTime: "2026-11-03T10:00:00Z", width: "4032", height: "3024", photo: {} },
        filename: item.filename,
      },
    };
  }

  function addAlbum(title: string): AlbumOfGoogle {
    const album = { id: `AF1Qip${randomBytes(24).toString("base64url")}`, title };
    albums.push(album);
    return album;
  }

  return {
    items,
    albums,
    get mostWritesAtOnce() {
      return mostWritesAtOnce;
    },
    get writesUnderWay() {
      return writing;
    },
    holdWrites() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = undefined;
        resolve();
      };
    },
    batchCreate(body) {
      return alone(() => {
        const problem = problemOfBatch(body);
        if (problem !== undefined) return refusal(400, "INVALID_ARGUMENT", problem);
        const { albumId, newMediaItems } = body as { albumId?: string; newMediaItems: unknown[] };
        if (albumId !== undefined && !albums.some(({ id }) => id === albumId)) {
          return refusal(400, "INVALID_ARGUMENT", "The provided ID does not match any albums.");
        }
        const newMediaItemResults = newMediaItems.map((entry) => create(entry, albumId));
        const failed = newMediaItemResults.some((result) => !("mediaItem" in result));
        return { status: failed ? 207 : 200, body: { newMediaItemResults } };
      });
    },
    createAlbum(body) {
      return alone(() => {
        const problem =
          unknownKeys(body, ["album"]) ?? unknownKeys((body as { album: unknown }).album, ["title"]) ?? undefined;
        if (problem !== undefined) return refusal(400, "INVALID_ARGUMENT", problem);
        const { title } = (body as { album: { title: unknown } }).album;
        if (typeof title !== "string" || title === "" || [...title].length > 500) {
          return refusal(400, "INVALID_ARGUMENT", "Request must have a title of at most 500 characters.");
        }
        return { status: 200, body: albumJson(addAlbum(title)) };
      });
    },
    addToAlbum(albumId, body) {
      return alone(() => {
        const problem = unknownKeys(body, ["mediaItemIds"]);
        if (problem !== undefined) return refusal(400, "INVALID_ARGUMENT", problem);
        const ids = (body as { mediaItemIds: unknown }).mediaItemIds;
        if (!Array.isArray(ids) || ids.length === 0 || ids.length > ITEMS_AT_ONCE) {
          return refusal(400, "INVALID_ARGUMENT", "Request must have 1 to 50 media item ids.");
        }
        if (!albums.some(({ id }) => id === albumId)) {
          return refusal(400, "INVALID_ARGUMENT", "The provided ID does not match any albums.");
        }
        const found = ids.map((id) => items.find((item) => item.id === id));
        if (found.includes(undefined)) {
          return refusal(400, "INVALID_ARGUMENT", "Request contains an invalid media item id.");
        }
        for (const item of found) item?.albums.add(albumId);
        return { status: 200, body: {} };
      });
    },
    listAlbums(query) {
      const size = Number(query.get("pageSize") ?? 20);
      const from = Number(query.get("pageToken") ?? 0);
      if (!(size >= 1 && size <= 50)) return refusal(400, "INVALID_ARGUMENT", "Page size must be at most 50.");
      const page = albums.slice(from, from + size);
      return {
        status: 200,
        body: {
          ...(page.length > 0 && { albums: page.map(albumJson) }),
          ...(from + size < albums.length && { nextPageToken: String(from + size) }),
        },
      };
    },
    addAlbum,
    deleteAlbum(id) {
      albums.splice(0, albums.length, ...albums.filter((album) => album.id !== id));
    },
  };
}

function albumJson({ id, title }: AlbumOfGoogle): object {
  return { id, title, productUrl: `https://photos.google.com/lr/album/${id}`, isWriteable: true };
}

/** What Google answers to a body that is not as its reference says; undefined where it is. */
function problemOfBatch(body: unknown): string | undefined {
  const problem = unknownKeys(body, ["albumId", "newMediaItems", "albumPosition"]);
  if (problem !== undefined) return problem;
  const { albumId, newMediaItems, albumPosition } = body as Record<string, unknown>;
  if (albumId !== undefined && (typeof albumId !== "string" || albumId === "")) return "Invalid album ID.";
  if (albumPosition !== undefined && albumId === undefined) return "Album position needs an album ID.";
  if (!Array.isArray(newMediaItems) || newMediaItems.length === 0) return "Request must have media items.";
  if (newMediaItems.length > ITEMS_AT_ONCE) return "Request must have at most 50 media items.";
  const tokens = new Set<unknown>();
  for (const entry of newMediaItems as unknown[]) {
    const wrong = problemOfItem(entry, tokens);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function problemOfItem(entry: unknown, tokens: Set<unknown>): string | undefined {
  const problem = unknownKeys(entry, ["description", "simpleMediaItem"]);
  if (problem !== undefined) return problem;
  const { description, simpleMediaItem } = entry as Record<string, unknown>;
  if (description !== undefined && (typeof description !== "string" || description === ""))
    return "Invalid description.";
  if (typeof description === "string" && [...description].length > 1000) return "Description is too long.";
  const inner = unknownKeys(simpleMediaItem, ["uploadToken", "fileName"]);
  if (inner !== undefined) return inner;
  const { uploadToken, fileName } = simpleMediaItem as Record<string, unknown>;
  if (typeof uploadToken !== "string" || uploadToken === "") return "Invalid simple media item.";
  if (tokens.has(uploadToken)) return "The same media item is in the request twice.";
  tokens.add(uploadToken);
  if (fileName !== undefined && (typeof fileName !== "string" || fileName === "" || fileName.length > 255)) {
    return "Invalid file name.";
  }
  // JSON may escape half of a surrogate pair, which no UTF-8 text can hold.
  return [description, fileName].some((text) => typeof text === "string" && !text.isWellFormed())
    ? "Invalid UTF-8."
    : undefined;
}

function unknownKeys(value: unknown, allowed: readonly string[]): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "Invalid JSON payload received.";
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  return unknown === undefined
    ? undefined
    : `Invalid JSON payload received. Unknown name "${unknown}": Cannot find field.`;
}
