/**
 * What this machine has read before: the checksum of every file it has hashed, so that an unchanged file is not read again.
 * Of what a server has it says nothing but in one session of that, which the server is asked for anew each time. Losing it costs time, never a photo, and so nothing
 * that goes wrong with it stops a run: a broken journal is set aside, one that cannot be used is done without.
 */
import Sqlite from "better-sqlite3";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { systemCodeOf } from "../errors.ts";
import type { Checksum } from "../photo.ts";

/** A file as it was at one moment; the same four values mean the same bytes. */
export interface Sighting {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly modified: number;
  readonly inode: number;
}

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
  readonly inode: number;
  readonly sha256: Checksum;
}

/** The number of this layout, kept in the file; another one's file is set aside. */
const LAYOUT = 3;

/** Of which the tables that are there are as they were; 0 is that of an empty file. */
const LAYOUTS: readonly unknown[] = [0, 1, 2, LAYOUT];

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS checksum (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified REAL NOT NULL,
    inode REAL NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (folder, name)
  ) STRICT, WITHOUT ROWID;
  -- resumable uploads that have begun: where, at which server, of which bytes
  CREATE TABLE IF NOT EXISTS place (
    host TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (host, sha256)
  ) STRICT, WITHOUT ROWID;
  -- folders of which a server has all, while it is in this session
  CREATE TABLE IF NOT EXISTS kept (
    host TEXT NOT NULL,
    session TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (host, session, digest)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${LAYOUT};
`;

/** Where resumable uploads to one server have begun. */
export interface UploadPlaces {
  /** What has got through at one time, where the usual was refused; for as long as the journal is open. */
  pieceBytes?: number;
  find(sha256: Checksum): string | undefined;
  put(sha256: Checksum, path: string): void;
  delete(sha256: Checksum): void;
}

/** What one server has all of, by digests that say nothing to the journal. */
export interface KeptDigests {
  /** Of any session. */
  isAny(): boolean;
  has(session: string, digest: Buffer): boolean;
  /** Those of other sessions go. */
  put(session: string, digest: Buffer): void;
}

export class Journal {
  readonly #file: string;
  readonly #warn: (warning: string) => void;
  readonly #places = new Map<string, UploadPlaces>();
  #isUsable = true;
  #sqlite: Sqlite.Database | undefined;
  #find: Sqlite.Statement<[string], Row> | undefined;
  #put: Sqlite.Statement | undefined;
  #findPlace: Sqlite.Statement<[string, string], { path: string }> | undefined;
  #findKept: Sqlite.Statement<[string]> | undefined;
  #hasKept: Sqlite.Statement<[string, string, Buffer]> | undefined;
  #putKept: Sqlite.Statement<[string, string, Buffer]> | undefined;
  #forgetKept: Sqlite.Statement<[string, string]> | undefined;
  /** Files come folder by folder, and so one query answers for all of a folder. */
  #folder: { readonly name: string; readonly rows: Map<string, Row> } | undefined;

  private constructor(file: string, warn: (warning: string) => void) {
    this.#file = file;
    this.#warn = warn;
  }

  static open(file: string, warn: (warning: string) => void): Journal {
    const journal = new Journal(file, warn);
    journal.#safely(() => undefined);
    return journal;
  }

  /** The checksum this file had, if nothing about it has changed since. */
  find(file: Sighting): Checksum | undefined {
    if (this.#folder?.name !== file.folder) {
      const rows = this.#safely(() => this.#find?.all(file.folder)) ?? [];
      this.#folder = { name: file.folder, rows: new Map(rows.map((row) => [row.name, row])) };
    }
    const row = this.#folder.rows.get(file.name);
    const isSame = row?.bytes === file.bytes && row.modified === file.modified && row.inode === file.inode;
    return isSame ? row.sha256 : undefined;
  }

  put({ folder, name, bytes, modified, inode }: Sighting, sha256: Checksum): void {
    this.#safely(() => this.#put?.run(folder, name, bytes, modified, inode, sha256));
    if (this.#folder?.name === folder) this.#folder.rows.set(name, { name, bytes, modified, inode, sha256 });
  }

  places(host: string): UploadPlaces {
    const known = this.#places.get(host);
    if (known !== undefined) return known;
    const places: UploadPlaces = {
      find: (sha256) => this.#safely(() => this.#findPlace?.get(host, sha256))?.path,
      put: (sha256, path) =>
        void this.#safely(() =>
          this.#sqlite
            ?.prepare("INSERT OR REPLACE INTO place (host, sha256, path) VALUES (?, ?, ?)")
            .run(host, sha256, path),
        ),
      delete: (sha256) =>
        void this.#safely(() =>
          this.#sqlite?.prepare("DELETE FROM place WHERE host = ? AND sha256 = ?").run(host, sha256),
        ),
    };
    this.#places.set(host, places);
    return places;
  }

  keptDigests(host: string): KeptDigests {
    let current: string | undefined;
    return {
      isAny: () => this.#safely(() => this.#findKept?.get(host)) !== undefined,
      has: (session, digest) => this.#safely(() => this.#hasKept?.get(host, session, digest)) !== undefined,
      put: (session, digest) => {
        this.#safely(() => {
          if (session !== current) this.#forgetKept?.run(host, session);
          current = session;
          this.#putKept?.run(host, session, digest);
        });
      },
    };
  }

  close(): void {
    this.#isUsable = false;
    this.#disconnect();
  }

  /** Opens the file if need be; sets a broken one aside and tries once more; gives up quietly but for one warning. */
  #safely<T>(use: () => T): T | undefined {
    for (let attempt = 0; attempt < 2; attempt++) {
      if (!this.#isUsable) return undefined;
      try {
        if (this.#sqlite === undefined) this.#connect();
        return use();
      } catch (error) {
        this.#disconnect();
        if (attempt === 0 && isBroken(error)) this.#setAside();
        else this.#doWithout(error);
      }
    }
    return undefined;
  }

  #connect(): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
    const sqlite = new Sqlite(this.#file, { timeout: 5000 });
    this.#sqlite = sqlite;
    sqlite.pragma("journal_mode = WAL");
    // A power cut may take the last checksums with it, never the file: those few are read again.
    sqlite.pragma("synchronous = NORMAL");
    const layout = sqlite.pragma("user_version", { simple: true });
    if (!LAYOUTS.includes(layout)) throw new Unreadable();
    if (layout !== LAYOUT) sqlite.exec(SCHEMA);
    this.#find = sqlite.prepare("SELECT name, bytes, modified, inode, sha256 FROM checksum WHERE folder = ?");
    this.#findPlace = sqlite.prepare("SELECT path FROM place WHERE host = ? AND sha256 = ?");
    this.#findKept = sqlite.prepare("SELECT 1 FROM kept WHERE host = ?");
    this.#hasKept = sqlite.prepare("SELECT 1 FROM kept WHERE host = ? AND session = ? AND digest = ?");
    this.#putKept = sqlite.prepare("INSERT OR IGNORE INTO kept (host, session, digest) VALUES (?, ?, ?)");
    this.#forgetKept = sqlite.prepare("DELETE FROM kept WHERE host = ? AND session <> ?");
    this.#put = sqlite.prepare(
      `INSERT INTO checksum (folder, name, bytes, modified, inode, sha256) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes, modified = excluded.modified, inode = excluded.inode,
                                 sha256 = excluded.sha256`,
    );
  }

  #disconnect(): void {
    this.#sqlite?.close();
    this.#sqlite = undefined;
  }

  #setAside(): void {
    const aside = `${this.#file}.broken`;
    try {
      renameSync(this.#file, aside);
      for (const suffix of ["-wal", "-shm"]) rmSync(this.#file + suffix, { force: true });
      this.#warn(`The journal was broken and is now ${aside}. Every file will be read once more.`);
    } catch (error) {
      this.#doWithout(error);
    }
  }

  #doWithout(error: unknown): void {
    this.#isUsable = false;
    const code = systemCodeOf(error) ?? "unknown error";
    this.#warn(`The journal ${this.#file} cannot be used (${code}). Every file will be read, now and next time.`);
  }
}

class Unreadable extends Error {}

function isBroken(error: unknown): boolean {
  return error instanceof Unreadable || /^SQLITE_(?:CORRUPT|NOTADB|ERROR)/.test(systemCodeOf(error) ?? "");
}
