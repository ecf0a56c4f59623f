/** Opens the SQLite file. One writer at a time; writes that are asked for together share one commit. */
import Sqlite from "better-sqlite3";
import { dirname } from "node:path";
import { messageOf, PhotologError, systemCodeOf } from "./errors.ts";
import { MIGRATIONS } from "./migrations.ts";
import { makeFolder } from "./storage/make-folder.ts";

/** Runs one statement; statements are prepared once and kept. */
export interface Sql {
  run(text: string, ...values: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number };
  /** The first row, typed by the caller, who wrote the columns. */
  get<Row>(text: string, ...values: readonly unknown[]): Row | undefined;
  all<Row>(text: string, ...values: readonly unknown[]): Row[];
}

export interface Database {
  /** One consistent look at the database. */
  read<T>(look: (sql: Sql) => T): Promise<T>;
  /**
   * One transaction: whole or not at all, on disk (fsync) before the promise resolves. `change` must be synchronous.
   * Changes asked for in the same turn of the event loop share one commit, in the order in which they were asked for;
   * one that throws is undone alone.
   */
  write<T>(change: (sql: Sql) => T): Promise<T>;
  close(): void;
}

/** For whoever reads or opens: another process may be recovering the file. */
const BUSY_MS = 10_000;
/** So long a write waits for others that write. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 8;

interface Pending {
  readonly change: (sql: Sql) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

export function openDatabase(file: string): Database {
  const sqlite = connect(file);
  const statements = new Map<string, Sqlite.Statement>();
  const prepared = (text: string): Sqlite.Statement => {
    let statement = statements.get(text);
    if (statement === undefined) statements.set(text, (statement = sqlite.prepare(text)));
    return statement;
  };
  const sql: Sql = {
    run(text, ...values) {
      const { changes, lastInsertRowid } = prepared(text).run(...values);
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    },
    get: <Row>(text: string, ...values: readonly unknown[]) => prepared(text).get(...values) as Row | undefined,
    all: <Row>(text: string, ...values: readonly unknown[]) => prepared(text).all(...values) as Row[],
  };

  let pending: Pending[] = [];
  let busySince: number | undefined;
  let closing = false;

  /** False while somebody else writes. It is asked for again and again: to wait here would hold up the whole program. */
  function begin(): boolean {
    try {
      if (!closing) sqlite.pragma("busy_timeout = 0");
      sql.run("BEGIN IMMEDIATE");
      busySince = undefined;
      return true;
    } catch (error) {
      const since = busySince ?? performance.now();
      const mayWait = systemCodeOf(error) === "SQLITE_BUSY" && !closing && performance.now() - since < PATIENCE_MS;
      busySince = mayWait ? since : undefined;
      if (mayWait) return false;
      throw error;
    } finally {
      sqlite.pragma(`busy_timeout = ${BUSY_MS}`);
    }
  }

  function commitTogether(): void {
    const batch = pending;
    if (batch.length === 0) return;
    pending = [];
    const settle: (() => void)[] = [];
    try {
      if (!begin()) {
        pending = batch;
        setTimeout(commitTogether, 1 + Math.random() * AGAIN_MS);
        return;
      }
      for (const { change, resolve, reject } of batch) {
        sql.run("SAVEPOINT change");
        try {
          const value = change(sql) as never;
          settle.push(() => resolve(value));
        } catch (error) {
          // A full disk may already have rolled everything back.
          if (!sqlite.inTransaction) throw error;
          sql.run("ROLLBACK TO change");
          settle.push(() => reject(translated(error, file)));
        }
        sql.run("RELEASE change");
      }
      sql.run("COMMIT");
    } catch (error) {
      if (sqlite.inTransaction) sql.run("ROLLBACK");
      const failure = translated(error, file);
      for (const { reject } of batch) reject(failure);
      return;
    }
    for (const tell of settle) tell();
  }

  return {
    async read(look) {
      try {
        return look(sql);
      } catch (error) {
        throw translated(error, file);
      }
    },
    write<T>(change: (sql: Sql) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (pending.length === 0) setImmediate(commitTogether);
        pending.push({ change, resolve, reject });
      });
    },
    close() {
      closing = true;
      if (pending.length > 0) commitTogether();
      sqlite.close();
    },
  };
}

/**
 * Keeps a second process from serving the same database: holds an exclusive lock on `<file>.lock` until closed.
 * The operating system lets go of it when the process dies, however it dies.
 */
export function lockDatabase(file: string): { unlock(): void } {
  const lock = openFile(`${file}.lock`, { about: file, timeout: 0 });
  try {
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (systemCodeOf(error) !== "SQLITE_BUSY") throw translated(error, file);
    throw new PhotologError("ALREADY_RUNNING", `Another \`photolog serve\` is using ${file}.`, {
      hint: "Stop the other one, or give this one its own DB_FILE and UPLOAD_FOLDER.",
    });
  }
  return { unlock: () => void lock.close() };
}

/** Makes the file and its folder, where there are none yet. */
function openFile(path: string, { about: file, timeout }: { about: string; timeout: number }): Sqlite.Database {
  try {
    makeFolder(dirname(path));
    return new Sqlite(path, { timeout });
  } catch (error) {
    throw translated(error, file);
  }
}

function connect(file: string): Sqlite.Database {
  const sqlite = openFile(file, { about: file, timeout: BUSY_MS });
  try {
    sqlite.pragma("journal_mode = WAL");
    // FULL: a commit is on disk before it returns, so an answered upload survives a power cut.
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    migrate(sqlite, file);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw translated(error, file);
  }
}

function migrate(sqlite: Sqlite.Database, file: string): void {
  sqlite
    .transaction(() => {
      const applied = sqlite.pragma("user_version", { simple: true }) as number;
      if (applied > MIGRATIONS.length) {
        throw new PhotologError("SETTINGS_WRONG", `${file} was written by a newer photolog.`, {
          hint: "Install that version again, or give another DB_FILE.",
        });
      }
      for (const step of MIGRATIONS.slice(applied)) sqlite.exec(step);
      sqlite.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}

function translated(error: unknown, file: string): unknown {
  const code = error instanceof Sqlite.SqliteError ? error.code : systemCodeOf(error);
  if (error instanceof PhotologError || code === undefined) return error;
  if (code === "SQLITE_FULL" || code === "ENOSPC") {
    return new PhotologError("DISK_FULL", `No space left for ${file}.`, {
      cause: error,
      hint: "Free some space; nothing that was accepted is lost.",
    });
  }
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) {
    return new PhotologError("SETTINGS_WRONG", `${file} is not a sound SQLite database.`, {
      cause: error,
      hint: "Restore it from a backup, or give another DB_FILE.",
    });
  }
  if (code.startsWith("SQLITE_CONSTRAINT")) return error;
  return new PhotologError("LOCAL_FAULT", `${file}: ${messageOf(error)}.`, { cause: error });
}
