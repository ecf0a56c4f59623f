/** Brings a published gallery up to date with the catalog: only what differs is put, and what is gone is deleted last. */
import { randomBytes } from "node:crypto";
import type { Catalog } from "../catalog.ts";
import type { ServiceName } from "../photo.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { SiteLook } from "./layout.ts";
import { galleryKeyOf } from "./photo-id.ts";
import { type Place, planPublishing, refuseForeignSite, refuseManyDeletions } from "./publish-plan.ts";
import { type Encoding, loadRecord, putRecord, recordText, sha256Of } from "./publish-record.ts";
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
  /** The services that photos are meant to reach; those that hold copies are named in any case. */
  readonly services?: readonly ServiceName[];
  /** How text is stored: packed for a server that tells the browser, plain where files are opened as they are. */
  readonly encoding: Encoding;
  /** Delete however much is gone, and take over a place that holds something else. */
  readonly force?: boolean;
  /** Look and count only. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: PublishProgress) => void;
  /** So many characters of pages are kept between comparing and putting; if there are more, they are made again. */
  readonly mostHeld?: number;
  /** Milliseconds of any clock. */
  readonly now?: () => number;
}

export interface PublishProgress {
  /** All files are compared, then some put, then some deleted. */
  readonly stage: "comparing" | "putting" | "deleting";
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

/**
 * Pictures are put before the pages that show them, new pages before those that change and now lead to them, and the index last: a
 * visitor finds whole pages only, and an interrupted run leaves none behind that lacks something.
 *
 * Rejects with `TOO_MANY_DELETIONS` before anything is changed, and with `CONFLICT` where the target holds a site of something else;
 * with `BLOB_MISSING` or `NOT_PROVEN` where the archive has lost a rendition; and with the errors of both stores.
 */
export async function publishGallery({
  catalog,
  archive,
  target,
  options,
  signal,
}: Publishing): Promise<PublishReport> {
  const { prefix, encoding, url, mostHeld = MOST_HELD, now = () => performance.now() } = options;
  const begun = now();
  const place: Place = { archive, target, prefix, encoding, signal };
  const tell = options.onProgress ?? (() => undefined);

  const record = await loadRecord(target, place);
  if (!record.found && !options.force) await refuseForeignSite(place);
  const galleryKey = await keyFor(catalog, options);
  const look = lookOf(options, archive);
  const files = (): AsyncIterable<SiteFile> => siteFiles({ timeline: catalog.timeline(), galleryKey, look });

  const onRead = (done: number): void => tell({ stage: "comparing", done });
  const plan = await planPublishing(files(), record, { ...place, mostHeld, onRead });
  if (!options.force) refuseManyDeletions(plan, record);
  const planned = plan.added + plan.changed;
  const change = { put: 0, deleted: 0, bytes: 0 };
  let { stored } = record;
  const report = ({ put, deleted, bytes }: typeof change): PublishReport => ({
    pages: plan.pages,
    pictures: plan.pictures,
    put,
    unchanged: plan.paths.size - put,
    deleted,
    bytes,
    seconds: Math.round((now() - begun) / 100) / 10,
    ...(url === undefined ? {} : { url }),
  });
  if (options.dryRun) return report({ put: planned, deleted: plan.gone.length, bytes: 0 });

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
  return report(change);

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
    await target.put(blob, signal);
    record.files.set(file.path, contentOf(file));
    change.put++;
    change.bytes += blob.size;
    tell({ stage: "putting", done: change.put, total: planned });
  }

  async function deleteFiles(): Promise<void> {
    // The timeline may have moved on since it was compared. Pages go before the pictures they show.
    const gone = plan.gone
      .filter((path) => !plan.paths.has(path))
      .sort((a, b) => Number(isPicture(a)) - Number(isPicture(b)));
    for (const path of gone) {
      await target.delete(prefix + path, signal);
      record.files.delete(path);
      change.deleted++;
      tell({ stage: "deleting", done: change.deleted, total: gone.length });
    }
  }

  async function saveRecord(until: AbortSignal): Promise<void> {
    if (record.files.size === 0) return;
    const text = recordText(record.files, encoding);
    const content = sha256Of(text);
    if (content === stored) return;
    await putRecord(target, { prefix, text, signal: until });
    stored = content;
  }
}

/** A dry run leaves no key behind: with one of its own, it finds every picture to be new, as the first run will. */
async function keyFor(catalog: Catalog, { dryRun }: PublishOptions): Promise<string> {
  if (!dryRun) return await galleryKeyOf(catalog);
  return (await catalog.notes("gallery").read("key")) ?? randomBytes(32).toString("hex");
}

function lookOf({ title, public: isPublic, services = [], url }: PublishOptions, archive: BlobStore): SiteLook {
  const root = url === undefined ? undefined : new URL(url.endsWith("/") ? url : `${url}/`).pathname;
  return {
    title,
    public: isPublic,
    services,
    archive: archive.address,
    originals: "named",
    ...(root === undefined ? {} : { root }),
  };
}

function isPicture(path: string): boolean {
  return path.startsWith("a/");
}
