/** Brings a published gallery up to date with the catalog: only what differs is put, and what is gone is deleted last. */
import { randomBytes } from "node:crypto";
import type { Catalog } from "../catalog.ts";
import type { ServiceName } from "../photo.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { SiteLook } from "./layout.ts";
import { galleryKeyOf } from "./photo-id.ts";
import {
  type Place,
  planPublishing,
  type PublishPlan,
  refuseForeignSite,
  refuseManyDeletions,
} from "./publish-plan.ts";
import {
  type Encoding,
  loadRecord,
  type PublishRecord,
  putRecord,
  recordText,
  sha256Of,
  storedNow,
} from "./publish-record.ts";
import { takeTurn, type Turn, type TurnTimes } from "./publish-turn.ts";
import { PutLine } from "./put-line.ts";
import { blobOf, contentOf } from "./site-blob.ts";
import { type FileKind, type SiteFile, siteFiles } from "./site.ts";

export interface PublishOptions {
  readonly title: string;
  /** Of all keys in the target: empty, or ending in a slash. */
  readonly prefix: string;
  /** Where people open it. */
  readonly url?: string;
  readonly public: boolean;
  /** Tell where photos were taken; unless the gallery is public, if nothing is said. */
  readonly places?: boolean;
  /** The services that photos are meant to reach; those that hold copies are named in any case. */
  readonly services?: readonly ServiceName[];
  /** How text is stored: packed for a server that tells the browser, plain where files are opened as they are. */
  readonly encoding: Encoding;
  /** Delete however much is gone, and take over a place that holds something else. */
  readonly force?: boolean;
  /** Delete at once what nobody refers to any more, not a week later. */
  readonly sweepNow?: boolean;
  /** Look and count only. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: PublishProgress) => void;
  /** So many characters of pages are kept between comparing and putting; if there are more, they are made again. */
  readonly mostHeld?: number;
  /** Milliseconds of any clock. */
  readonly now?: () => number;
  /** Milliseconds since the epoch. */
  readonly time?: () => number;
  readonly turn?: { readonly times: TurnTimes };
}

export interface PublishProgress {
  /** All files are compared, then some put, then some deleted; where another publisher may be at work, it is waited for. */
  readonly stage: "comparing" | "waiting" | "putting" | "deleting";
  /** Files. */
  readonly done: number;
  /** Undefined while it is being found out. */
  readonly total?: number;
}

export interface PublishReport {
  readonly pages: number;
  readonly pictures: number;
  /** Files put; the whole site has `put + unchanged`. */
  readonly put: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Not referred to any more, and deleted by a publish a week later. */
  readonly waiting: number;
  /** Put, as stored; 0 of a dry run. */
  readonly bytes: number;
  readonly seconds: number;
  readonly url?: string;
}

export interface Publishing {
  readonly catalog: Catalog;
  /** Where the renditions are. */
  readonly archive: BlobStore;
  /** Where the site goes; may be the archive. */
  readonly target: BlobStore;
  readonly options: PublishOptions;
  readonly signal: AbortSignal;
}

/** After so many files the record is put, so that a killed run does not have to begin again. */
const CHECKPOINT = 1000;
const MOST_HELD = 16e6;
/** What leads to other files keeps its name when it changes. */
const LEADING: ReadonlySet<FileKind> = new Set(["directory", "page", "index"]);
const LAST_WORD_MS = 10_000;
/** Pages that somebody opened so long ago still find their pictures. */
const GRACE_MS = 7 * 24 * 60 * 60_000;

/**
 * Pictures are put before the pages that show them, new pages before those that change and now lead to them, and the index last: a
 * visitor finds whole pages only, and an interrupted run leaves none behind that lacks something. What no page refers to any more is
 * deleted a week later; pages that are gone, at once.
 *
 * Rejects with `ALREADY_RUNNING` where another publisher is at work or has taken over, and with `TOO_MANY_DELETIONS` before anything
 * is changed; with `CONFLICT` where the target holds a site of something else; with `BLOB_MISSING` or `NOT_PROVEN` where the archive
 * has lost a rendition; and with the errors of both stores.
 */
export async function publishGallery(publishing: Publishing): Promise<PublishReport> {
  const { catalog, archive, target, options, signal } = publishing;
  const { prefix, encoding, url, mostHeld = MOST_HELD, now = () => performance.now() } = options;
  const begun = now();
  const place: Place = { archive, target, prefix, encoding, signal };
  const tell = options.onProgress ?? (() => undefined);
  const galleryKey = await keyFor(catalog, options);
  const look = await lookOf(options, archive);
  const files = (): AsyncIterable<SiteFile> => siteFiles({ timeline: catalog.timeline(), galleryKey, look });

  let turn: Turn | undefined;
  try {
    for (;;) {
      const record = await loadRecord(target, place);
      if (!record.found && !options.force) await refuseForeignSite(place);
      const onRead = (done: number): void => tell({ stage: "comparing", done });
      const plan = await planPublishing(files(), record, { ...place, mostHeld, onRead });
      if (!options.force) refuseManyDeletions(plan, record);
      const due = sortOutGone(plan, record, options);
      const planned = plan.added + plan.changed;
      const report = (change: Change): PublishReport => ({
        pages: plan.pages,
        pictures: plan.pictures,
        put: change.put,
        unchanged: plan.paths.size - change.put,
        deleted: change.deleted,
        waiting: record.waiting.size - (options.dryRun ? due.length : 0),
        bytes: change.bytes,
        seconds: Math.round((now() - begun) / 100) / 10,
        ...(url === undefined ? {} : { url }),
      });
      if (options.dryRun) return report({ put: planned, deleted: due.length, bytes: 0 });
      const isAsItWas = sha256Of(recordText(record, encoding)) === record.stored || record.files.size === 0;
      if (planned === 0 && due.length === 0 && isAsItWas) return report({ put: 0, deleted: 0, bytes: 0 });
      if (turn === undefined) {
        const onWait = (): void => tell({ stage: "waiting", done: 0 });
        turn = await takeTurn({ catalog, target, prefix, signal, onWait, ...options.turn });
        // Somebody else has published meanwhile: what there is to do has changed.
        if ((await storedNow(target, place)) !== record.stored) continue;
      }
      return report(await bringUpToDate({ plan, record, due, files, turn, place, tell }));
    }
  } finally {
    await turn?.release();
  }
}

interface Change {
  put: number;
  deleted: number;
  bytes: number;
}

interface Work {
  readonly plan: PublishPlan;
  readonly record: PublishRecord;
  /** Paths to be deleted. */
  readonly due: readonly string[];
  readonly files: () => AsyncIterable<SiteFile>;
  readonly turn: Turn;
  readonly place: Place;
  readonly tell: (progress: PublishProgress) => void;
}

async function bringUpToDate({ plan, record, due, files, turn, place, tell }: Work): Promise<Change> {
  const { target, prefix, encoding, signal } = place;
  const change: Change = { put: 0, deleted: 0, bytes: 0 };
  const planned = plan.added + plan.changed;
  let { stored } = record;
  const isAsLeft = async (): Promise<boolean> => (await storedNow(target, place)) === stored;

  try {
    if (plan.added > 0) await putFiles("added");
    if (plan.changed > 0) await putFiles("changed");
    await deleteFiles();
  } catch (error) {
    // What was done is done: the next run goes on from here, if this can still be told.
    await saveRecord(AbortSignal.timeout(LAST_WORD_MS)).catch(() => undefined);
    throw error;
  }
  await saveRecord(signal);
  return change;

  async function putFiles(wave: "added" | "changed"): Promise<void> {
    const line = new PutLine();
    let saved = change.put;
    try {
      for await (const file of plan.held ?? files()) {
        signal.throwIfAborted();
        plan.paths.add(file.path);
        const known = record.files.get(file.path);
        const isLeading = LEADING.has(file.kind);
        if (known === contentOf(file) || (wave === "added" && known !== undefined && isLeading)) continue;
        await line.add(file.kind, () => putFile(file));
        if (change.put - saved < Math.max(CHECKPOINT, record.files.size / 10)) continue;
        saved = change.put;
        await saveRecord(signal);
      }
      await line.drain();
    } finally {
      await line.settle();
    }
  }

  async function putFile(file: SiteFile): Promise<void> {
    const blob = await blobOf(file, place);
    await turn.confirm(isAsLeft);
    await target.put(blob, signal);
    record.files.set(file.path, contentOf(file));
    change.put++;
    change.bytes += blob.size;
    tell({ stage: "putting", done: change.put, total: planned });
  }

  async function deleteFiles(): Promise<void> {
    // The timeline may have moved on since it was compared.
    const gone = due.filter((path) => !plan.paths.has(path));
    for (const path of gone) {
      await turn.confirm(isAsLeft);
      await target.delete(prefix + path, signal);
      record.files.delete(path);
      record.waiting.delete(path);
      change.deleted++;
      tell({ stage: "deleting", done: change.deleted, total: gone.length });
    }
  }

  async function saveRecord(until: AbortSignal): Promise<void> {
    if (record.files.size === 0) return;
    for (const path of record.waiting.keys()) if (plan.paths.has(path)) record.waiting.delete(path);
    const text = recordText(record, encoding);
    const content = sha256Of(text);
    if (content === stored) return;
    await turn.confirm(isAsLeft);
    await putRecord(target, { prefix, text, signal: until });
    stored = content;
  }
}

/**
 * Notes in the record since when files are gone; answers with those that are to be deleted now, pages before the pictures they show.
 * A clock that was ahead once does not make files wait until then.
 */
function sortOutGone(
  { gone, paths }: PublishPlan,
  { waiting }: PublishRecord,
  { sweepNow = false, time = Date.now }: PublishOptions,
): string[] {
  const now = time();
  const sinceOf = new Map(gone.map((path) => [path, Math.min(waiting.get(path) ?? now, now)]));
  waiting.clear();
  for (const [path, since] of sinceOf) if (!paths.has(path)) waiting.set(path, since);
  return gone
    .filter((path) => sweepNow || KEEPS_ITS_NAME.test(path) || now - (sinceOf.get(path) ?? now) >= GRACE_MS)
    .sort((a, b) => Number(isPicture(a)) - Number(isPicture(b)));
}

/** The others have names of their own for each content: whoever has opened a page still asks for those. */
const KEEPS_ITS_NAME = /\.html$|^data\/\w+\.js$/;

/** A dry run leaves no key behind: with one of its own, it finds every picture to be new, as the first run will. */
async function keyFor(catalog: Catalog, { dryRun }: PublishOptions): Promise<string> {
  if (!dryRun) return await galleryKeyOf(catalog);
  return (await catalog.notes("gallery").read("key")) ?? randomBytes(32).toString("hex");
}

async function lookOf(options: PublishOptions, archive: BlobStore): Promise<SiteLook> {
  const { title, public: isPublic, places = !isPublic, services = [], url } = options;
  const root = url === undefined ? undefined : new URL(url.endsWith("/") ? url : `${url}/`).pathname;
  return {
    title,
    public: isPublic,
    services,
    archive: archive.address,
    originals: "named",
    // Towns and borders are read only where they are told.
    ...(places ? { places: (await import("./gazetteer.ts")).openGazetteer() } : {}),
    ...(root === undefined ? {} : { root }),
  };
}

function isPicture(path: string): boolean {
  return path.startsWith("a/");
}
