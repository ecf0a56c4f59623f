/** A real catalog in a database of its own, with photos that have already gone through the pipeline. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after } from "node:test";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import type { DestinationName, Facts, Kind, Photo, Receipt, Rendition } from "../../src/photo.ts";
import { Queue } from "../../src/queue/queue.ts";
import { temporaryFolder } from "./temporary.ts";

/** What is to be known of a photo; the rest is made up from its name. */
export interface GivenPhoto {
  readonly filename: string;
  /** 64 hex digits; that of the name where not given. */
  readonly sha256?: string;
  readonly bytes?: number;
  readonly kind?: Kind;
  readonly mime?: string;
  readonly extension?: string;
  readonly receivedAt?: number;
  readonly targetDate?: string;
  readonly tags?: readonly string[];
  readonly facts?: Facts;
  readonly renditions?: readonly Rendition[];
  readonly receipts?: Readonly<Partial<Record<DestinationName, Receipt>>>;
  /** False: the archive does not hold it yet. */
  readonly archived?: boolean;
}

/** So many changes are asked for at once, and share a commit. */
const TOGETHER = 500;

export async function openTestCatalog(folder?: string) {
  const database = openDatabase(join(folder ?? (await temporaryFolder()), "photolog.db"));
  let closed = false;
  const close = (): void => {
    if (!closed) database.close();
    closed = true;
  };
  after(close);
  const now = (): number => Date.UTC(2026, 0, 2, 3, 4, 5);
  const catalog = new Catalog(database, now);
  const queue = new Queue(database, now);

  /** Through the catalog's own doors, in this order. */
  async function add(photos: readonly GivenPhoto[]): Promise<Photo[]> {
    const added: Photo[] = [];
    for (let from = 0; from < photos.length; from += TOGETHER) {
      const some = photos.slice(from, from + TOGETHER);
      const taken = await Promise.all(some.map((given) => addOne(given)));
      await Promise.all(taken.map((photo, index) => describe(photo.id, some[index])));
      await archive(some.filter((given) => given.archived ?? true).length);
      added.push(...taken);
    }
    return added;
  }

  /** As a database that was restored from before it was added. */
  function forget({ id }: Photo): Promise<void> {
    return database.write((sql) => {
      for (const table of ["tags", "sidecars", "renditions", "receipts", "albums", "relations", "jobs"]) {
        sql.run(`DELETE FROM ${table} WHERE photo_id = ?`, id);
      }
      sql.run("DELETE FROM photos WHERE id = ?", id);
    });
  }

  async function addOne(given: GivenPhoto): Promise<Photo> {
    const { filename, archived = true } = given;
    const sha256 = given.sha256 ?? createHash("sha256").update(filename).digest("hex");
    const { photo } = await catalog.add(
      {
        sha256,
        bytes: given.bytes ?? 6_300_000,
        filename,
        mime: given.mime ?? "image/jpeg",
        extension: given.extension ?? "jpg",
        kind: given.kind ?? "image",
        receivedAt: given.receivedAt ?? now(),
        ...(given.targetDate === undefined ? {} : { targetDate: given.targetDate }),
        tags: given.tags ?? [],
        sidecars: [],
        spoolName: sha256,
      },
      [{ step: "archive", state: archived ? "queued" : "skipped" }],
      () => true,
    );
    return photo;
  }

  async function describe(id: number, given: GivenPhoto | undefined): Promise<void> {
    if (given === undefined) return;
    const told = given.facts === undefined ? undefined : catalog.recordFacts(id, given.facts);
    const sha256 = given.sha256 ?? createHash("sha256").update(given.filename).digest("hex");
    await Promise.all([
      told,
      catalog.decideBlobKey(id, [blobKeyOf(given, sha256)]),
      given.renditions && catalog.recordRenditions(id, given.renditions),
      ...Object.entries(given.receipts ?? {}).map(([name, receipt]) =>
        catalog.recordReceipt(id, name as DestinationName, receipt),
      ),
    ]);
  }

  async function archive(count: number): Promise<void> {
    const jobs = await Promise.all(Array.from({ length: count }, () => queue.claim("archive")));
    await Promise.all(jobs.flatMap((job) => (job === undefined ? [] : [queue.complete(job)])));
  }

  return { catalog, queue, add, forget, close };
}

function blobKeyOf({ filename, facts, extension = "jpg" }: GivenPhoto, sha256: string): string {
  const day = (facts?.taken?.local.slice(0, 10) ?? "2026-01-02").replaceAll("-", "/");
  const name = filename.replace(/\.\w+$/, "").replace(/[^\w-]/g, "_");
  return `originals/${day}/${name}-${sha256.slice(0, 12)}.${extension}`;
}
