/** How photos stand in the database's tables; used by `catalog.ts` alone. */
import type { Sql } from "./database.ts";
import {
  type Checksum,
  type DestinationName,
  type Facts,
  isPlausible,
  type Photo,
  type PhotoKey,
  type Receipt,
  type Relation,
  type Rendition,
  type Sidecar,
} from "./photo.ts";

export const PHOTO_COLUMNS = `photos.*,
  (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE photo_id = photos.id ORDER BY tag)) AS tags,
  (SELECT json_group_array(album) FROM (SELECT album FROM albums WHERE photo_id = photos.id ORDER BY album)) AS albums,
  (SELECT json_group_array(json_object('relation', relation, 'sha256', sha256)) FROM (
     SELECT relation, sha256 FROM relations WHERE photo_id = photos.id ORDER BY relation, sha256)) AS related,
  (SELECT json_group_array(json_object('sha256', sha256, 'filename', filename, 'bytes', bytes, 'spoolName', spool_name,
     'blobKey', blob_key)) FROM (SELECT * FROM sidecars WHERE photo_id = photos.id ORDER BY filename, sha256)) AS sidecars`;

export interface PhotoRow {
  readonly id: number;
  readonly key: string;
  readonly sha256: string;
  readonly md5: string | null;
  readonly bytes: number;
  readonly filename: string;
  readonly mime: string;
  readonly extension: string;
  readonly kind: Photo["kind"];
  readonly received_at: number;
  readonly target_date: string | null;
  readonly facts: string | null;
  readonly shown_at: string;
  readonly blob_key: string | null;
  readonly spool_name: string | null;
  readonly tags: string;
  readonly sidecars: string;
  readonly albums: string;
  readonly related: string;
  readonly modified_at: number | null;
  readonly placeholder: string | null;
  readonly colour: string | null;
}

export function fromRow(row: PhotoRow): Photo {
  const sidecars = JSON.parse(row.sidecars) as (Omit<Sidecar, "spoolName" | "blobKey"> & {
    spoolName: string | null;
    blobKey: string | null;
  })[];
  return {
    id: row.id,
    key: row.key,
    sha256: row.sha256,
    ...(row.md5 === null ? {} : { md5: row.md5 }),
    bytes: row.bytes,
    filename: row.filename,
    mime: row.mime,
    extension: row.extension,
    kind: row.kind,
    receivedAt: row.received_at,
    ...(row.target_date === null ? {} : { targetDate: row.target_date }),
    tags: JSON.parse(row.tags) as string[],
    ...(row.facts === null ? {} : { facts: JSON.parse(row.facts) as Facts }),
    ...(row.blob_key === null ? {} : { blobKey: row.blob_key }),
    ...(row.spool_name === null ? {} : { spoolName: row.spool_name }),
    sidecars: sidecars.map(({ spoolName, blobKey, ...rest }) => ({
      ...rest,
      ...(spoolName === null ? {} : { spoolName }),
      ...(blobKey === null ? {} : { blobKey }),
    })),
    albums: JSON.parse(row.albums) as string[],
    related: JSON.parse(row.related) as Relation[],
    ...(row.modified_at === null ? {} : { modifiedAt: row.modified_at }),
    ...(row.placeholder === null || row.colour === null
      ? {}
      : { impression: { placeholder: row.placeholder, colour: row.colour } }),
  };
}

export function one(sql: Sql, column: "id" | "key" | "sha256" | "md5", value: string | number): Photo | undefined {
  const row = sql.get<PhotoRow>(`SELECT ${PHOTO_COLUMNS} FROM photos WHERE ${column} = ? LIMIT 1`, value);
  return row && fromRow(row);
}

export function existing<T>(found: T | undefined): T {
  if (found === undefined) throw new TypeError("A row that must exist is missing.");
  return found;
}

export function freeKey(sql: Sql, sha256: Checksum): PhotoKey {
  let length = 12;
  while (sql.get("SELECT 1 FROM photos WHERE key = ?", sha256.slice(0, length)) !== undefined) length += 4;
  return sha256.slice(0, length);
}

export function addTags(sql: Sql, id: number, tags: readonly string[]): number {
  let added = 0;
  for (const tag of tags) added += sql.run("INSERT OR IGNORE INTO tags (photo_id, tag) VALUES (?, ?)", id, tag).changes;
  return added;
}

export function addAlbums(sql: Sql, id: number, albums: readonly string[]): number {
  let added = 0;
  for (const album of albums) {
    added += sql.run("INSERT OR IGNORE INTO albums (photo_id, album) VALUES (?, ?)", id, album).changes;
  }
  return added;
}

export function addRelations(sql: Sql, id: number, related: readonly Relation[]): number {
  let added = 0;
  for (const { relation, sha256 } of related) {
    added += sql.run(
      "INSERT OR IGNORE INTO relations (photo_id, relation, sha256) VALUES (?, ?, ?)",
      id,
      relation,
      sha256,
    ).changes;
  }
  return added;
}

export function addSidecars(sql: Sql, id: number, sidecars: readonly Sidecar[]): number {
  let added = 0;
  for (const { sha256, filename, bytes, spoolName } of sidecars) {
    added += sql.run(
      "INSERT OR IGNORE INTO sidecars (photo_id, sha256, filename, bytes, spool_name) VALUES (?, ?, ?, ?, ?)",
      id,
      sha256,
      filename,
      bytes,
      spoolName ?? null,
    ).changes;
  }
  return added;
}

export function shownAt(photo: Pick<Photo, "facts" | "targetDate" | "modifiedAt" | "receivedAt">): string {
  const { facts, targetDate, modifiedAt, receivedAt } = photo;
  if (facts?.taken !== undefined) return facts.taken.local;
  if (targetDate !== undefined) return `${targetDate}T00:00:00`;
  return new Date(isPlausible(modifiedAt, receivedAt) ? modifiedAt : receivedAt).toISOString().slice(0, 19);
}

export function receiptsOf(sql: Sql, id: number): Partial<Record<DestinationName, Receipt>> {
  const rows = sql.all<{ destination: DestinationName; remote_id: string; url: string | null }>(
    "SELECT destination, remote_id, url FROM receipts WHERE photo_id = ?",
    id,
  );
  return Object.fromEntries(
    rows.map((row) => [row.destination, { id: row.remote_id, ...(row.url === null ? {} : { url: row.url }) }]),
  );
}

export function renditionsOf(sql: Sql, id: number): Rendition[] {
  return sql.all<Rendition>(
    "SELECT name, blob_key AS blobKey, mime, width, height, bytes, sha256 FROM renditions WHERE photo_id = ? ORDER BY name",
    id,
  );
}

/** Where the originals and sidecars of these checksums are kept. */
export function keptFiles(
  sql: Sql,
  checksums: readonly Checksum[],
): { readonly sha256: Checksum; readonly spool_name: string | null; readonly archived: 0 | 1 }[] {
  const wanted = JSON.stringify(checksums);
  return sql.all(
    `SELECT sha256, spool_name, EXISTS (
       SELECT 1 FROM jobs WHERE photo_id = photos.id AND step = 'archive' AND state = 'done') AS archived
     FROM photos WHERE sha256 IN (SELECT value FROM json_each(?))
     UNION ALL
     SELECT sha256, spool_name, blob_key IS NOT NULL FROM sidecars WHERE sha256 IN (SELECT value FROM json_each(?))`,
    wanted,
    wanted,
  );
}
