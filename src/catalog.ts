/** What photolog knows of every photo. Each method is one transaction. */
import {
  addAlbums,
  addRelations,
  addSidecars,
  addTags,
  existing,
  freeKey,
  fromRow,
  keptFiles,
  one,
  PHOTO_COLUMNS,
  type PhotoRow,
  receiptsOf,
  renditionsOf,
  shownAt,
} from "./catalog-rows.ts";
import type { Database, Sql } from "./database.ts";
import {
  type Checksum,
  dayOf,
  type DestinationName,
  type Facts,
  type Impression,
  type Photo,
  type PhotoKey,
  type Receipt,
  type Relation,
  type Rendition,
  SERVICES,
  type ServiceName,
  type Sidecar,
} from "./photo.ts";
import type { JobState, NewJob } from "./queue/job.ts";
import { blockLast, insertJobs, isRestSettled, reviveJobs } from "./queue/queue.ts";

export type NewPhoto = Omit<Photo, "id" | "key" | "facts" | "blobKey" | "md5" | "albums" | "related" | "impression"> &
  Partial<Pick<Photo, "albums" | "related">> & { readonly spoolName: string };

/** A photo whose original the archive holds already, under a key that somebody else chose. */
export interface AdoptedPhoto
  extends
    Pick<Photo, "sha256" | "bytes" | "filename" | "mime" | "extension" | "kind" | "receivedAt" | "targetDate" | "tags">,
    Required<Pick<Photo, "blobKey" | "md5" | "facts">> {
  readonly receipts: Readonly<Partial<Record<ServiceName, Receipt>>>;
}

/** What can be added to a photo at any time; nothing is ever taken away by it. */
export interface Amendment {
  readonly tags?: readonly string[];
  readonly albums?: readonly string[];
  readonly related?: readonly Relation[];
  /** Services that it skipped and shall go to now. */
  readonly want?: readonly ServiceName[];
}

/** What a client is told of a photo that it asks about. */
export interface KnownPhoto extends Pick<Photo, "id" | "key" | "sha256"> {
  /** Checksums of its sidecars. */
  readonly sidecars: readonly Checksum[];
}

export interface Added {
  readonly photo: Photo;
  /** False: these bytes were known. Their photo got the new tags, and what it had skipped and is wanted now is queued. */
  readonly created: boolean;
  /** Those of the given spool files that are the catalog's from now on; the others are the caller's to delete. */
  readonly taken: ReadonlySet<string>;
}

/** A photo as the gallery shows it. */
export interface ShownPhoto {
  readonly photo: Photo;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly renditions: readonly Rendition[];
  readonly receipts: Readonly<Partial<Record<DestinationName, Receipt>>>;
}

export class Catalog {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /**
   * Takes a photo in, with all its jobs, or recognises it. `hasSpoolFile` tells whether an older photo's spool file is
   * still there: if it is gone, or found damaged and the archive does not hold the photo yet, the new file takes its place
   * until the archive has proven that it holds the photo.
   */
  add(photo: NewPhoto, jobs: readonly NewJob[], hasSpoolFile: (spoolName: string) => boolean): Promise<Added> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const known = one(sql, "sha256", photo.sha256);
      if (known !== undefined) return this.#meetAgain(sql, known, { photo, jobs, hasSpoolFile });
      const { lastInsertRowid: id } = sql.run(
        `INSERT INTO photos (key, sha256, bytes, filename, mime, extension, kind, received_at, target_date, modified_at, shown_at, spool_name)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        freeKey(sql, photo.sha256),
        photo.sha256,
        photo.bytes,
        photo.filename,
        photo.mime,
        photo.extension,
        photo.kind,
        photo.receivedAt,
        photo.targetDate ?? null,
        photo.modifiedAt ?? null,
        shownAt(photo),
        photo.spoolName,
      );
      addTags(sql, id, photo.tags);
      addAlbums(sql, id, photo.albums ?? []);
      addRelations(sql, id, photo.related ?? []);
      addSidecars(sql, id, photo.sidecars);
      insertJobs(sql, id, jobs, now);
      return added(sql, id, { photo, created: true });
    });
  }

  /**
   * Takes in a photo whose original is in the archive. Of one that is known nothing is changed, but that it gets these tags and
   * receipts. Answers whether it is new.
   */
  adopt(photo: AdoptedPhoto, jobs: readonly NewJob[]): Promise<{ readonly key: PhotoKey; readonly created: boolean }> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const known = one(sql, "sha256", photo.sha256);
      const id = known?.id ?? this.#insertAdopted(sql, photo);
      if (known === undefined) insertJobs(sql, id, jobs, now);
      else if (known.md5 === undefined) sql.run("UPDATE photos SET md5 = ? WHERE id = ?", photo.md5, id);
      addTags(sql, id, photo.tags);
      if (known === undefined) addTags(sql, id, photo.facts.keywords ?? []);
      for (const name of SERVICES) {
        const receipt = photo.receipts[name];
        if (receipt === undefined) continue;
        sql.run(
          "INSERT OR IGNORE INTO receipts (photo_id, destination, remote_id, url, received_at) VALUES (?, ?, ?, ?, ?)",
          id,
          name,
          receipt.id,
          receipt.url ?? null,
          now,
        );
      }
      return { key: existing(one(sql, "id", id)).key, created: known === undefined };
    });
  }

  #insertAdopted(sql: Sql, photo: AdoptedPhoto): number {
    const { lastInsertRowid } = sql.run(
      `INSERT INTO photos (key, sha256, md5, bytes, filename, mime, extension, kind, received_at, target_date, facts, shown_at, blob_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      freeKey(sql, photo.sha256),
      photo.sha256,
      photo.md5,
      photo.bytes,
      photo.filename,
      photo.mime,
      photo.extension,
      photo.kind,
      photo.receivedAt,
      photo.targetDate ?? null,
      JSON.stringify(photo.facts),
      shownAt(photo),
      photo.blobKey,
    );
    return lastInsertRowid;
  }

  #meetAgain(
    sql: Sql,
    known: Photo,
    again: { photo: NewPhoto; jobs: readonly NewJob[]; hasSpoolFile: (spoolName: string) => boolean },
  ): Added {
    const now = this.#now();
    const { photo, jobs } = again;
    const wanted = jobs.filter((job) => job.state === "queued").map((job) => job.step);
    const changed =
      amendOne(sql, known.id, { ...photo, want: wanted }, now) + addSidecars(sql, known.id, photo.sidecars);
    const archiving = sql.get<{ state: JobState; error_code: string | null }>(
      "SELECT state, error_code FROM jobs WHERE photo_id = ? AND step = 'archive'",
      known.id,
    );
    const damaged = archiving?.error_code?.startsWith("ORIGINAL_") ?? false;
    const archived = archiving?.state === "done";
    const missing = known.spoolName === undefined || !again.hasSpoolFile(known.spoolName);
    if (missing || (damaged && !archived)) {
      sql.run("UPDATE photos SET spool_name = ? WHERE id = ?", photo.spoolName, known.id);
      reviveJobs(sql, { photoIds: [known.id], states: ["failed", "waiting"] }, now);
      // What was made of bytes that had been damaged by then is made anew.
      if (!archived)
        reviveJobs(sql, { photoIds: [known.id], steps: ["renditions"], states: ["done", "unsupported"] }, now);
      // The last step asks the archive whether it still holds the original: here it is, should it be lost.
      blockLast(sql, known.id, now);
    }
    // The last step also brings the record beside the original up to date, and what lies beside it.
    if (changed > 0) blockLast(sql, known.id, now);
    return added(sql, known.id, { photo, created: false });
  }

  /** Adds to those photos that are known, and answers them, with whether anything was new. */
  amend(
    amendments: ReadonlyMap<Checksum, Amendment>,
  ): Promise<ReadonlyMap<Checksum, { readonly key: PhotoKey; readonly changed: boolean }>> {
    return this.#database.write((sql) => {
      const now = this.#now();
      const answers = new Map<Checksum, { readonly key: PhotoKey; readonly changed: boolean }>();
      for (const { id, key, sha256 } of knownPhotos(sql, [...amendments.keys()])) {
        const changed = amendOne(sql, id, amendments.get(sha256) ?? {}, now);
        if (changed > 0) blockLast(sql, id, now);
        answers.set(sha256, { key, changed: changed > 0 });
      }
      return answers;
    });
  }

  /** Adds sidecars to a photo that is known; the last step brings them to the archive. Answers which spool files it has taken. */
  attach(id: number, sidecars: readonly Sidecar[]): Promise<ReadonlySet<string>> {
    return this.#database.write((sql) => {
      if (addSidecars(sql, id, sidecars) > 0) blockLast(sql, id, this.#now());
      const owned = new Set(existing(one(sql, "id", id)).sidecars.map(({ spoolName }) => spoolName));
      return new Set(sidecars.flatMap(({ spoolName = "" }) => (owned.has(spoolName) ? [spoolName] : [])));
    });
  }

  /** Those of many checksums that are known, told cheaply. */
  known(checksums: readonly Checksum[]): Promise<KnownPhoto[]> {
    return this.#database.read((sql) => knownPhotos(sql, checksums));
  }

  /** The other photos that it belongs to, whichever of both said so; without a key where they have not arrived. */
  relatedTo({ id, sha256 }: Pick<Photo, "id" | "sha256">): Promise<(Relation & { readonly key?: PhotoKey })[]> {
    return this.#database.read((sql) =>
      sql
        .all<Relation & { key: string | null }>(
          `SELECT relation, other.sha256 AS sha256, photos.key AS key FROM (
             SELECT relation, sha256 FROM relations WHERE photo_id = ?
             UNION SELECT relation, photos.sha256 FROM relations JOIN photos ON photos.id = relations.photo_id
             WHERE relations.sha256 = ?) AS other
           LEFT JOIN photos ON photos.sha256 = other.sha256 ORDER BY relation, other.sha256`,
          id,
          sha256,
        )
        .map(({ key, ...rest }) => ({ ...rest, ...(key === null ? {} : { key }) })),
    );
  }

  findByKey(key: PhotoKey): Promise<Photo | undefined> {
    return this.#database.read((sql) => one(sql, "key", key));
  }

  findById(id: number): Promise<Photo | undefined> {
    return this.#database.read((sql) => one(sql, "id", id));
  }

  /** Photos whose key begins so, oldest first, two at most: enough to tell none, the one, or several. */
  findByKeyPrefix(prefix: string): Promise<Photo[]> {
    return this.#database.read((sql) =>
      sql
        .all<PhotoRow>(
          `SELECT ${PHOTO_COLUMNS} FROM photos WHERE key >= ? AND key < ? || 'g' ORDER BY key LIMIT 2`,
          prefix.toLowerCase(),
          prefix.toLowerCase(),
        )
        .map(fromRow),
    );
  }

  findByMd5(md5: string): Promise<Photo | undefined> {
    return this.#database.read((sql) => one(sql, "md5", md5));
  }

  /** Photos in the spool of this file name whose MD5 nobody has needed yet. */
  unhashed(filename: string): Promise<Photo[]> {
    return this.#database.read((sql) =>
      sql
        .all<PhotoRow>(
          `SELECT ${PHOTO_COLUMNS} FROM photos WHERE spool_name IS NOT NULL AND md5 IS NULL AND filename = ?`,
          filename,
        )
        .map(fromRow),
    );
  }

  byChecksums(checksums: readonly Checksum[]): Promise<Photo[]> {
    return this.#many("sha256", checksums);
  }

  byIds(ids: readonly number[]): Promise<Photo[]> {
    return this.#many("id", ids);
  }

  #many(column: "sha256" | "id", wanted: readonly (string | number)[]): Promise<Photo[]> {
    return this.#database.read((sql) =>
      sql
        .all<PhotoRow>(
          `SELECT ${PHOTO_COLUMNS} FROM photos WHERE ${column} IN (SELECT value FROM json_each(?)) ORDER BY id`,
          JSON.stringify(wanted),
        )
        .map(fromRow),
    );
  }

  /** The newest first. `before` is the id of the last photo of the page before. */
  newest(limit: number, before = Number.MAX_SAFE_INTEGER): Promise<Photo[]> {
    return this.#database.read((sql) =>
      sql
        .all<PhotoRow>(`SELECT ${PHOTO_COLUMNS} FROM photos WHERE id < ? ORDER BY id DESC LIMIT ?`, before, limit)
        .map(fromRow),
    );
  }

  count(): Promise<number> {
    return this.#database.read((sql) => sql.get<{ n: number }>("SELECT count(*) AS n FROM photos")?.n ?? 0);
  }

  /** What is in the spool. */
  spooled(): Promise<{ readonly photos: number; readonly bytes: number }> {
    return this.#database.read((sql) =>
      existing(
        sql.get<{ photos: number; bytes: number }>(
          "SELECT count(*) AS photos, coalesce(sum(bytes), 0) AS bytes FROM photos WHERE spool_name IS NOT NULL",
        ),
      ),
    );
  }

  /** Names of all spool files that some photo still needs. */
  spoolNames(): Promise<Set<string>> {
    return this.#database.read(
      (sql) =>
        new Set(
          sql
            .all<{ spool_name: string }>(
              `SELECT spool_name FROM photos WHERE spool_name IS NOT NULL
               UNION ALL SELECT spool_name FROM sidecars WHERE spool_name IS NOT NULL`,
            )
            .map((row) => row.spool_name),
        ),
    );
  }

  /** Of these, the checksums of originals and sidecars that the archive holds or that have a spool file which is still there. */
  safe(checksums: readonly Checksum[], hasSpoolFile: (spoolName: string) => boolean): Promise<Set<Checksum>> {
    return this.#database.read((sql) => {
      const rows = keptFiles(sql, checksums);
      const safe = rows.filter(
        (row) => row.archived === 1 || (row.spool_name !== null && hasSpoolFile(row.spool_name)),
      );
      return new Set(safe.map((row) => row.sha256));
    });
  }

  /**
   * What the file says of itself; the first to tell wins, so that everybody goes by the same. Its keywords become tags, and the
   * halves of a Live Photo find each other.
   */
  recordFacts(id: number, facts: Facts): Promise<Photo> {
    return this.#database.write((sql) => {
      const photo = existing(one(sql, "id", id));
      if (photo.facts !== undefined) return photo;
      const told = { ...photo, facts };
      sql.run("UPDATE photos SET facts = ?, shown_at = ? WHERE id = ?", JSON.stringify(facts), shownAt(told), id);
      addTags(sql, id, facts.keywords ?? []);
      const other = facts.contentId === undefined ? undefined : otherHalf(sql, id, facts.contentId);
      if (other !== undefined) addRelations(sql, id, [{ relation: "live", sha256: other }]);
      return existing(one(sql, "id", id));
    });
  }

  recordMd5(id: number, md5: string): Promise<void> {
    return this.#database.write((sql) => void sql.run("UPDATE photos SET md5 = ? WHERE id = ?", md5, id));
  }

  /** Decides where the original goes, once: a second call answers what was decided. Candidates are tried in order. */
  decideBlobKey(id: number, candidates: readonly string[]): Promise<string> {
    return this.#database.write((sql) => {
      const decided = existing(one(sql, "id", id)).blobKey;
      if (decided !== undefined) return decided;
      const free = existing(
        candidates.find((key) => sql.get("SELECT 1 FROM photos WHERE blob_key = ?", key) === undefined),
      );
      sql.run("UPDATE photos SET blob_key = ? WHERE id = ?", free, id);
      return free;
    });
  }

  recordSidecarBlob(id: number, sha256: Checksum, blobKey: string): Promise<void> {
    return this.#database.write(
      (sql) => void sql.run("UPDATE sidecars SET blob_key = ? WHERE photo_id = ? AND sha256 = ?", blobKey, id, sha256),
    );
  }

  recordRenditions(id: number, renditions: readonly Rendition[], impression?: Impression): Promise<void> {
    return this.#database.write((sql) => {
      sql.run(
        "UPDATE photos SET placeholder = ?, colour = ? WHERE id = ?",
        impression?.placeholder ?? null,
        impression?.colour ?? null,
        id,
      );
      sql.run("DELETE FROM renditions WHERE photo_id = ?", id);
      for (const { name, blobKey, mime, width, height, bytes, sha256 } of renditions) {
        sql.run(
          "INSERT INTO renditions (photo_id, name, blob_key, mime, width, height, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          id,
          name,
          blobKey,
          mime,
          width,
          height,
          bytes,
          sha256,
        );
      }
    });
  }

  recordReceipt(id: number, destination: DestinationName, receipt: Receipt): Promise<void> {
    return this.#database.write((sql) => {
      sql.run(
        `INSERT INTO receipts (photo_id, destination, remote_id, url, received_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (photo_id, destination) DO UPDATE SET remote_id = excluded.remote_id, url = coalesce(excluded.url, url)`,
        id,
        destination,
        receipt.id,
        receipt.url ?? null,
        this.#now(),
      );
    });
  }

  receipts(id: number): Promise<Partial<Record<DestinationName, Receipt>>> {
    return this.#database.read((sql) => receiptsOf(sql, id));
  }

  renditions(id: number): Promise<Rendition[]> {
    return this.#database.read((sql) => renditionsOf(sql, id));
  }

  /**
   * The spool files of this photo are needed no longer. Answers their names, to be deleted now: none where a delivery has been
   * asked for in the meantime.
   */
  forgetSpool(id: number): Promise<string[]> {
    return this.#database.write((sql) => {
      if (!isRestSettled(sql, id)) return [];
      const photo = existing(one(sql, "id", id));
      sql.run("UPDATE photos SET spool_name = NULL WHERE id = ?", id);
      sql.run("UPDATE sidecars SET spool_name = NULL WHERE photo_id = ? AND blob_key IS NOT NULL", id);
      const sidecars = photo.sidecars.filter((sidecar) => sidecar.blobKey !== undefined);
      return [photo.spoolName, ...sidecars.map((sidecar) => sidecar.spoolName)].filter((name) => name !== undefined);
    });
  }

  /** Every photo whose original the archive holds, newest first, read in pages so that memory stays flat. */
  async *timeline(pageSize = 1000): AsyncGenerator<ShownPhoto> {
    let after: { readonly shown_at: string; readonly id: number } = { shown_at: "~", id: 0 };
    for (;;) {
      const { rows, shown } = await this.#timelinePage(after, pageSize);
      yield* shown;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  #timelinePage(after: { readonly shown_at: string; readonly id: number }, pageSize: number) {
    return this.#database.read((sql) => {
      const rows = sql.all<PhotoRow>(
        `SELECT ${PHOTO_COLUMNS} FROM photos JOIN jobs ON jobs.photo_id = photos.id AND jobs.step = 'archive' AND jobs.state = 'done'
         WHERE (shown_at, photos.id) < (?, ?) ORDER BY shown_at DESC, photos.id DESC LIMIT ?`,
        after.shown_at,
        after.id,
        pageSize,
      );
      const shown = rows.map((row): ShownPhoto => {
        const photo = fromRow(row);
        return { photo, day: dayOf(photo), renditions: renditionsOf(sql, row.id), receipts: receiptsOf(sql, row.id) };
      });
      return { rows, shown };
    });
  }

  /** Small durable notes of one destination or of the archive. */
  notes(owner: string): {
    read(name: string): Promise<string | undefined>;
    write(name: string, value: string): Promise<void>;
    /** Writes it where there is no note of this name; answers the one that is there then. */
    keep(name: string, value: string): Promise<string>;
    /** A missing note is no error. */
    delete(name: string): Promise<void>;
    /** Value by name. */
    list(): Promise<ReadonlyMap<string, string>>;
  } {
    const valueOf = (sql: Sql, name: string): string | undefined =>
      sql.get<{ value: string }>("SELECT value FROM notes WHERE owner = ? AND name = ?", owner, name)?.value;
    return {
      read: (name) => this.#database.read((sql) => valueOf(sql, name)),
      keep: (name, value) =>
        this.#database.write((sql) => {
          sql.run("INSERT OR IGNORE INTO notes (owner, name, value) VALUES (?, ?, ?)", owner, name, value);
          return valueOf(sql, name) ?? value;
        }),
      write: (name, value) =>
        this.#database.write((sql) => {
          sql.run("INSERT OR REPLACE INTO notes (owner, name, value) VALUES (?, ?, ?)", owner, name, value);
        }),
      delete: (name) =>
        this.#database.write((sql) => void sql.run("DELETE FROM notes WHERE owner = ? AND name = ?", owner, name)),
      list: () =>
        this.#database.read((sql) => {
          const rows = sql.all<{ name: string; value: string }>("SELECT name, value FROM notes WHERE owner = ?", owner);
          return new Map(rows.map(({ name, value }) => [name, value]));
        }),
    };
  }
}

function otherHalf(sql: Sql, id: number, contentId: string): Checksum | undefined {
  return sql.get<{ sha256: string }>(
    "SELECT sha256 FROM photos WHERE json_extract(facts, '$.contentId') = ? AND id <> ? LIMIT 1",
    contentId,
    id,
  )?.sha256;
}

/** Answers how many things were new. What joins an album later is put there by the services that have it already. */
function amendOne(
  sql: Sql,
  id: number,
  { tags = [], albums = [], related = [], want = [] }: WideAmendment,
  now: number,
) {
  const joined = addAlbums(sql, id, albums);
  if (joined > 0) reviveJobs(sql, { photoIds: [id], steps: SERVICES, states: ["done"] }, now);
  const revived = want.length === 0 ? 0 : reviveJobs(sql, { photoIds: [id], steps: want, states: ["skipped"] }, now);
  return joined + revived + addTags(sql, id, tags) + addRelations(sql, id, related);
}

type WideAmendment = Omit<Amendment, "want"> & { readonly want?: readonly string[] };

function knownPhotos(sql: Sql, checksums: readonly Checksum[]): KnownPhoto[] {
  return sql
    .all<Omit<KnownPhoto, "sidecars"> & { sidecars: string }>(
      `SELECT id, key, sha256, (SELECT json_group_array(sha256) FROM sidecars WHERE photo_id = photos.id) AS sidecars
       FROM photos WHERE sha256 IN (SELECT value FROM json_each(?)) ORDER BY id`,
      JSON.stringify(checksums),
    )
    .map((row) => ({ ...row, sidecars: JSON.parse(row.sidecars) as string[] }));
}

function added(sql: Sql, id: number, { photo: given, created }: { photo: NewPhoto; created: boolean }): Added {
  const photo = existing(one(sql, "id", id));
  const owned = new Set([photo.spoolName, ...photo.sidecars.map((sidecar) => sidecar.spoolName)]);
  const names = [given.spoolName, ...given.sidecars.map((sidecar) => sidecar.spoolName)];
  return { photo, created, taken: new Set(names.filter((name) => name !== undefined && owned.has(name)) as string[]) };
}
