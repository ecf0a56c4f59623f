/** The whole site as files, made in one pass over the timeline. */
import type { ShownPhoto } from "../catalog.ts";
import type { PhotoKey, Rendition } from "../photo.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { type Month, monthsOf, type Year, yearsOf } from "./calendar.ts";
import { dayPage, partsOf } from "./day-page.ts";
import { emptyGathered, gatherDay, type Gathered } from "./gathered.ts";
import { findingFiles } from "./finding-files.ts";
import { FIND_STYLE } from "./find-style.ts";
import { indexPage } from "./index-page.ts";
import type { SiteLook } from "./layout.ts";
import { mapShards } from "./map-shards.ts";
import { monthPage } from "./month-page.ts";
import { addDay, type DayOfPhotos, daysOf, emptyOutline, type Outline } from "./outline.ts";
import { fullPagesOfEach } from "./photo-list.ts";
import { type PhotoId, photoIdOf } from "./photo-id.ts";
import { placePages } from "./place-pages.ts";
import { aboutPage, notFoundPage, statusPage } from "./plain-pages.ts";
import {
  ABOUT,
  dayPath,
  DIRECTORY,
  INDEX,
  MAP_FILES,
  monthPath,
  NOT_FOUND,
  picturePath,
  SEARCH,
  STATUS,
  TIMELINE,
  yearPath,
} from "./site-paths.ts";
import { SCRIPTS } from "./script.ts";
import { searchPage } from "./search-page.ts";
import { ICON, STYLE } from "./style.ts";
import type { StyleFile } from "./style-file.ts";
import { cameraPages, tagPages } from "./tag-pages.ts";
import { DAY_PART, type OutlineDay } from "./tiles.ts";
import { timelinePage } from "./timeline-page.ts";
import { yearPage } from "./year-page.ts";

/**
 * Pages refer to pictures and styles, a directory of what scripts read to that data; the index leads to all pages: in this order
 * they are put.
 */
export type FileKind = "picture" | "style" | "data" | "directory" | "page" | "index";

export interface SiteFile {
  /** From the root of the site, slash-separated, plain ASCII. */
  readonly path: string;
  readonly kind: FileKind;
  readonly contentType: string;
  readonly cacheControl: string;
  /** Text is sent as UTF-8; a rendition is a blob of the archive, and `of` the photo it shows. */
  readonly body: { readonly text: string } | { readonly rendition: Rendition; readonly of: PhotoKey };
}

/** Days take as many as they need, lists of tags, cameras and places what is left. */
const MOST_PAGES = 8500;

export const FOR_EVER = "public, max-age=31536000, immutable";
export const ASK_AGAIN = "no-cache";
export const HTML_TYPE = "text/html; charset=utf-8";

export interface Site {
  /** Newest first, as the catalog tells it. */
  readonly timeline: AsyncIterable<ShownPhoto>;
  readonly galleryKey: string;
  readonly look: SiteLook;
}

/**
 * Every file once. The files of a day come with the day: first its pictures, then its pages; at the end what leads to them, months
 * before years, and the index last. The same photos give the same bytes. Of each photo only what `Tiles` has is kept.
 */
export async function* siteFiles({ timeline, galleryKey, look }: Site): AsyncGenerator<SiteFile> {
  const idOf = ({ photo }: ShownPhoto): PhotoId => photoIdOf(galleryKey, photo.sha256);
  const outline = emptyOutline();
  const gathered = emptyGathered(look.places);
  for (const { path, text, contentType } of [STYLE, FIND_STYLE, ICON, ...SCRIPTS]) {
    yield { path, kind: "style", contentType, cacheControl: FOR_EVER, body: { text } };
  }
  // A day's page links to the day before, which is known only when the next photos have come.
  let waiting:
    | { readonly day: OutlineDay; readonly photos: DayOfPhotos["photos"]; readonly newer: OutlineDay | undefined }
    | undefined;
  for await (const photosOfDay of daysOf(timeline)) {
    keepHeapSmall();
    const day = addDay(outline, photosOfDay, idOf);
    gatherDay(gathered, { tiles: outline.tiles, day }, photosOfDay.photos);
    if (waiting) yield* dayFiles({ ...waiting, look, older: day });
    waiting = { day, photos: photosOfDay.photos, newer: waiting?.day };
  }
  if (waiting) yield* dayFiles({ ...waiting, look, older: undefined });
  yield* scriptedFiles(outline, gathered);
  for (const { path, render } of leadingPages(look, outline, gathered)) {
    yield page(path, path === INDEX ? "index" : "page", render());
  }
}

/** What the scripts of the timeline, the search and the map ask for. */
export function* scriptedFiles(outline: Outline, gathered: Gathered): Generator<SiteFile> {
  yield* pieceFiles(findingFiles(outline, gathered.words), DIRECTORY);
  if (gathered.places !== undefined) yield* pieceFiles(mapShards(gathered.places.spots()), MAP_FILES);
}

/** `directory` is the path of the one that leads to the others. */
function* pieceFiles(files: Iterable<StyleFile>, directory: string): Generator<SiteFile> {
  for (const { path, text, contentType } of files) {
    const isDirectory = path === directory;
    const kind = isDirectory ? "directory" : "data";
    yield { path, kind, contentType, cacheControl: isDirectory ? ASK_AGAIN : FOR_EVER, body: { text } };
  }
}

function* dayFiles(of: {
  readonly look: SiteLook;
  readonly day: OutlineDay;
  readonly photos: readonly ShownPhoto[];
  readonly older: OutlineDay | undefined;
  readonly newer: OutlineDay | undefined;
}): Generator<SiteFile> {
  const { look, day, photos, older, newer } = of;
  const tiles = day.tiles;
  for (const [index, { photo, renditions }] of photos.entries()) {
    const tile = tiles[index];
    if (tile?.size === undefined) continue;
    for (const rendition of renditions) {
      yield {
        path: picturePath(tile.id, rendition.name),
        kind: "picture",
        contentType: rendition.mime,
        cacheControl: FOR_EVER,
        body: { rendition, of: photo.key },
      };
    }
  }
  for (let part = 1; part <= partsOf(day); part++) {
    const those = photos.slice((part - 1) * DAY_PART, part * DAY_PART);
    yield page(dayPath(day.day, part), "page", dayPage({ look, day, part, photos: those, older, newer }));
  }
}

/** A page that needs nothing but the outline. */
export interface LeadingPage {
  readonly path: string;
  readonly render: () => string;
}

/** All pages but those of the days: each after those it leads to, the index last. */
export function* leadingPages(look: SiteLook, outline: Outline, gathered: Gathered): Generator<LeadingPage> {
  const { days } = outline.tiles;
  const months = monthsOf(days);
  const years = yearsOf(months);
  const spots = gathered.places?.spots();
  const lists = [...outline.tags.values(), ...gathered.cameras.values(), ...(spots ?? []).map(({ tiles }) => tiles)];
  const ofDays = days.reduce((sum, day) => sum + partsOf(day), months.length + years.length);
  const most = fullPagesOfEach(lists, Math.max(0, MOST_PAGES - ofDays - lists.length));
  for (const [month, beside] of withNeighbours<Month>(months)) {
    yield { path: monthPath(month.month), render: () => monthPage({ look, month, ...beside }) };
  }
  for (const [year, beside] of withNeighbours<Year>(years)) {
    yield { path: yearPath(year.year), render: () => yearPage({ look, year, ...beside }) };
  }
  yield* tagPages(look, outline.tags, most);
  yield* cameraPages(look, gathered.cameras, most);
  if (spots !== undefined) yield* placePages(look, spots, most);
  yield { path: SEARCH, render: () => searchPage(look, outline, gathered) };
  yield { path: TIMELINE, render: () => timelinePage(look, years) };
  yield { path: STATUS, render: () => statusPage(look, outline) };
  yield { path: ABOUT, render: () => aboutPage(look) };
  yield { path: NOT_FOUND, render: () => notFoundPage(look) };
  yield { path: INDEX, render: () => indexPage(look, outline, years) };
}

function page(path: string, kind: "page" | "index", text: string): SiteFile {
  return { path, kind, contentType: HTML_TYPE, cacheControl: ASK_AGAIN, body: { text } };
}

/** Each entry of a list, newest first, with those beside it. */
export function* withNeighbours<T>(
  list: readonly T[],
): Generator<readonly [T, { readonly older: T | undefined; readonly newer: T | undefined }]> {
  for (const [index, entry] of list.entries()) yield [entry, { older: list[index + 1], newer: list[index - 1] }];
}
