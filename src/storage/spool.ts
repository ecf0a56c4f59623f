/** Accepted originals that are not yet everywhere: plain files with random names in one folder. */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PhotologError, systemCodeOf } from "../errors.ts";
import type { Checksum } from "../photo.ts";

/** Bytes that are gathered before they are written: fewer system calls cost a quarter of the CPU of one per network packet. */
const WRITE_SIZE = 256 * 1024;

export interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Checksum;
}

/** A file on its way in. Exactly one of `keep` and `discard` has to be called. */
export interface Incoming {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Resolves when the bytes may be forgotten by the caller. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes what is left. From now on `path` has all the bytes, though not yet safe from a power cut. */
  finish(): Promise<SpoolFile>;
  /** After `finish`: resolves when file and folder are on disk (fsync). */
  keep(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export interface Spool {
  readonly folder: string;
  receive(): Promise<Incoming>;
  path(name: string): string;
  has(name: string): boolean;
  /** A missing file is no error. */
  remove(name: string): Promise<void>;
  /** Removes whatever nobody needs: halves of files from before a crash. Only while nothing is being received. */
  sweep(needed: ReadonlySet<string>): Promise<number>;
  /** Bytes that may still be accepted: what the file system has free, less a reserve for the database and its owner. */
  room(): Promise<number>;
}

/** Kept free on the file system, so that accepted photos can still be worked on. */
const RESERVE_BYTES = 256 * 1024 * 1024;
const RESERVE_PART = 0.05;

/** `reserve` in bytes; by default 256 MB, or a twentieth of a small disk. */
export function openSpool(folder: string, reserve?: number): Spool {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw localFault(error, folder);
  }
  const syncFolder = together(async () => {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return {
    folder,
    async receive() {
      const name = randomUUID();
      const path = join(folder, name);
      try {
        return new IncomingFile({ name, path, handle: await open(path, "wx", 0o600), syncFolder });
      } catch (error) {
        throw localFault(error, folder);
      }
    },
    path: (name) => join(folder, name),
    has: (name) => existsSync(join(folder, name)),
    remove: (name) => rm(join(folder, name), { force: true }),
    async sweep(needed) {
      const names = (await readdir(folder)).filter((name) => !needed.has(name) && isSpoolName(name));
      for (const name of names) await rm(join(folder, name), { force: true });
      return names.length;
    },
    async room() {
      try {
        const { bavail, blocks, bsize } = await statfs(folder);
        const kept = reserve ?? Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_PART);
        return Math.max(0, Math.floor(bavail * bsize - kept));
      } catch (error) {
        throw localFault(error, folder);
      }
    },
  };
}

/** Only files that a spool made: a folder named by mistake loses nothing else. */
function isSpoolName(name: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(name);
}

class IncomingFile implements Incoming {
  readonly name: string;
  readonly path: string;
  bytes = 0;
  readonly #handle: FileHandle;
  readonly #syncFolder: () => Promise<void>;
  readonly #hash = createHash("sha256");
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #closed = false;

  constructor(opened: { name: string; path: string; handle: FileHandle; syncFolder: () => Promise<void> }) {
    this.name = opened.name;
    this.path = opened.path;
    this.#handle = opened.handle;
    this.#syncFolder = opened.syncFolder;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= WRITE_SIZE) await this.#flush();
  }

  async finish(): Promise<SpoolFile> {
    await this.#flush();
    const { size } = await stat(this.path);
    if (size !== this.bytes) {
      throw new PhotologError("LOCAL_FAULT", `${this.path} has ${size} bytes instead of ${this.bytes}.`);
    }
    return { name: this.name, bytes: this.bytes, sha256: this.#hash.digest("hex") };
  }

  async keep(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      await this.#syncFolder();
    } catch (error) {
      throw localFault(error, this.path);
    }
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.path, { force: true });
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered;
    const expected = this.#gatheredBytes;
    if (expected === 0) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    try {
      const { bytesWritten } = await this.#handle.writev(gathered);
      // A short write is how some file systems say that they are nearly full.
      if (bytesWritten < expected) await this.#handle.write(Buffer.concat(gathered).subarray(bytesWritten));
    } catch (error) {
      throw localFault(error, this.path);
    }
  }
}

function localFault(error: unknown, path: string): unknown {
  const code = systemCodeOf(error);
  if (error instanceof PhotologError || code === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new PhotologError("DISK_FULL", `No space left in the spool.`, { cause: error, hint: "Try again later." });
  }
  return new PhotologError("LOCAL_FAULT", `${path}: ${messageOf(error)}.`, { cause: error });
}

/** Callers that come while a run is under way share the next one: each is answered by a run that began after it asked. */
function together(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = run().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
