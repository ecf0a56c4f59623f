/** The same site for `photolog serve`: each page made from the catalog when it is asked for. */
import type { Readable } from "node:stream";
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import type { RenditionName, ServiceName } from "../photo.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { dayPage, partsOf, tilesOfPart } from "./day-page.ts";
import { FIND_STYLE } from "./find-style.ts";
import { emptyGathered, gatherDay, type Gathered } from "./gathered.ts";
import type { SiteLook } from "./layout.ts";
import { addDay, daysOf, emptyOutline, type Outline } from "./outline.ts";
import { galleryKeyOf, photoIdOf } from "./photo-id.ts";
import { dayPath, INDEX, NOT_FOUND } from "./site-paths.ts";
import { ASK_AGAIN, scriptedFiles, HTML_TYPE, leadingPages, type SiteFile, withNeighbours } from "./site.ts";
import { SCRIPTS } from "./script.ts";
import { ICON, STYLE } from "./style.ts";
import type { Tile } from "./tiles.ts";

export interface LiveAnswer {
  readonly status: 200 | 404;
  readonly contentType: string;
  /** Without `public` or `private`: who may keep it is for the server to say. */
  readonly cacheControl: string;
  readonly body: string | Readable;
}

export interface LiveGallery {
  /** `path` is the decoded path of the address; `/2024/05/` stands for `/2024/05/index.html`. */
  respond(path: string, signal: AbortSignal): Promise<LiveAnswer>;
}

export interface LiveOptions {
  readonly title: string;
  readonly public: boolean;
  /** Tell where photos were taken; unless the gallery is public, if nothing is said. */
  readonly places?: boolean;
  /** Photos link to their original. */
  readonly originals: boolean;
  readonly services?: readonly ServiceName[];
  /** Milliseconds of any clock. */
  readonly now?: () => number;
}

/** What one pass over the timeline leaves: a way to make every page. */
interface Snapshot {
  readonly pages: ReadonlyMap<string, () => string | Promise<string>>;
  /** What the scripts of the pages ask for: made when it is first asked for. */
  readonly finding: () => ReadonlyMap<string, SiteFile>;
  /** Of the catalog, by the id in the gallery. */
  readonly photoIds: ReadonlyMap<string, number>;
  readonly takenAt: number;
  readonly cost: number;
}

/** A page is at most so old … */
const FRESH_MS = 2000;
/** … or so many times what it costs to look: a large catalog is not read all the time. */
const REST = 20;
/** Looking again takes longer than this: the visitor is shown what was there before, the next one what is there now. */
const PATIENCE_MS = 300;

const KEPT = "max-age=31536000, immutable";
const FINDING = /^data\//;
const PICTURE = /^a\/[\w-]{2}\/([\w-]{22})-([gv])\.webp$/;
const ORIGINAL = /^originals\/([0-9a-f]+)$/;

export function openLiveGallery(of: {
  readonly catalog: Catalog;
  readonly archive: BlobStore;
  readonly options: LiveOptions;
}): LiveGallery {
  const { catalog, archive, options } = of;
  const { now = () => performance.now() } = options;
  let look: SiteLook = {
    title: options.title,
    public: options.public,
    services: options.services ?? [],
    archive: archive.address,
    originals: options.originals ? "linked" : "named",
    root: "/",
  };
  let latest: Snapshot | undefined;
  let coming: Promise<Snapshot> | undefined;

  return {
    async respond(path, signal) {
      const file = path.replace(/^\//, "").replace(/(^|\/)$/, `$1${INDEX}`);
      const snapshot = await freshSnapshot();
      const [, id, size] = PICTURE.exec(file) ?? [];
      if (id !== undefined) return await picture(snapshot.photoIds.get(id), size === "g" ? "grid" : "view", signal);
      const key = options.originals ? ORIGINAL.exec(file)?.[1] : undefined;
      if (key !== undefined) return await original(key, signal);
      const render = file === NOT_FOUND ? undefined : snapshot.pages.get(file);
      if (render !== undefined) {
        return { status: 200, contentType: HTML_TYPE, cacheControl: ASK_AGAIN, body: await render() };
      }
      const found = FINDING.test(file) ? snapshot.finding().get(file) : undefined;
      if (found !== undefined && "text" in found.body) {
        const { contentType, kind, body } = found;
        return { status: 200, contentType, cacheControl: kind === "data" ? KEPT : ASK_AGAIN, body: body.text };
      }
      const style = [STYLE, FIND_STYLE, ICON, ...SCRIPTS].find((one) => one.path === file);
      if (style !== undefined) {
        return {
          status: 200,
          contentType: style.contentType,
          cacheControl: KEPT,
          body: style.text,
        };
      }
      return await notFound();
    },
  };

  async function freshSnapshot(): Promise<Snapshot> {
    if (latest !== undefined && now() - latest.takenAt < Math.max(FRESH_MS, REST * latest.cost)) return latest;
    coming ??= takeSnapshot().finally(() => (coming = undefined));
    if (latest === undefined || latest.cost < PATIENCE_MS) return await coming;
    // Should it fail, the next visitor asks again.
    coming.catch(() => undefined);
    return latest;
  }

  async function takeSnapshot(): Promise<Snapshot> {
    if (look.places === undefined && (options.places ?? !options.public)) {
      const { openGazetteer } = await import("./gazetteer.ts");
      look = { ...look, places: openGazetteer() };
    }
    const begun = now();
    const galleryKey = await galleryKeyOf(catalog);
    const outline = emptyOutline();
    const gathered = emptyGathered(look.places);
    const photoIds = new Map<string, number>();
    for await (const photosOfDay of daysOf(catalog.timeline())) {
      const day = addDay(outline, photosOfDay, ({ photo }) => photoIdOf(galleryKey, photo.sha256));
      gatherDay(gathered, { tiles: outline.tiles, day }, photosOfDay.photos);
      for (const { id, photoId } of day.tiles) photoIds.set(id, photoId);
    }
    let files: ReadonlyMap<string, SiteFile> | undefined;
    const finding = (): ReadonlyMap<string, SiteFile> =>
      (files ??= new Map([...scriptedFiles(outline, gathered)].map((file) => [file.path, file])));
    const takenAt = now();
    return (latest = { pages: pagesOf(outline, gathered), finding, photoIds, takenAt, cost: takenAt - begun });
  }

  function pagesOf(outline: Outline, gathered: Gathered): Snapshot["pages"] {
    const pages = new Map<string, () => string | Promise<string>>();
    for (const [day, beside] of withNeighbours(outline.tiles.days)) {
      for (let part = 1; part <= partsOf(day); part++) {
        pages.set(dayPath(day.day, part), async () =>
          dayPage({ look, day, part, photos: await photosOf(tilesOfPart(day, part)), ...beside }),
        );
      }
    }
    for (const { path, render } of leadingPages(look, outline, gathered)) pages.set(path, render);
    return pages;
  }

  async function photosOf(tiles: readonly Tile[]) {
    const photos = new Map((await catalog.byIds(tiles.map((tile) => tile.photoId))).map((photo) => [photo.id, photo]));
    return await Promise.all(
      tiles.map(async ({ photoId, day: { day } }) => {
        const photo = photos.get(photoId);
        if (photo === undefined) throw new PhotologError("NOT_FOUND", "A photo of this page is gone.");
        return { photo, day, renditions: await catalog.renditions(photoId), receipts: await catalog.receipts(photoId) };
      }),
    );
  }

  async function picture(photoId: number | undefined, name: RenditionName, signal: AbortSignal): Promise<LiveAnswer> {
    const renditions = photoId === undefined ? [] : await catalog.renditions(photoId);
    const rendition = renditions.find((one) => one.name === name);
    if (rendition === undefined) return await notFound();
    return await stream(rendition.blobKey, { contentType: rendition.mime, cacheControl: "max-age=86400" }, signal);
  }

  async function original(key: string, signal: AbortSignal): Promise<LiveAnswer> {
    const photo = await catalog.findByKey(key);
    if (photo?.blobKey === undefined) return await notFound();
    return await stream(photo.blobKey, { contentType: photo.mime, cacheControl: "no-store" }, signal);
  }

  async function stream(
    blobKey: string,
    headers: Pick<LiveAnswer, "contentType" | "cacheControl">,
    signal: AbortSignal,
  ): Promise<LiveAnswer> {
    try {
      return { status: 200, ...headers, body: await archive.get(blobKey, signal) };
    } catch (error) {
      if (error instanceof PhotologError && error.code === "BLOB_MISSING") return await notFound();
      throw error;
    }
  }

  async function notFound(): Promise<LiveAnswer> {
    const { pages } = await freshSnapshot();
    const body = (await pages.get(NOT_FOUND)?.()) ?? "";
    return { status: 404, contentType: HTML_TYPE, cacheControl: "no-store", body };
  }
}
