/**
 * Accepted originals that are not yet everywhere: plain files in one folder. What is on its way in is `<uuid>.part`; what is whole
 * and safe is `<sha256>-<uuid>`, so that a file tells what it is even where no database knows it. Uploads that come in pieces are
 * here, too, see `partials.ts`.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, fstatSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PhotologError, systemCodeOf } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import { makeFolder } from "./make-folder.ts";

/** Bytes that are gathered before they are written: fewer system calls cost a quarter of the CPU of one per network packet. */
export const WRITE_SIZE = 256 * 1024;

export interface SpoolFile {
  /** What it is called once it is kept. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Checksum;
}

/** A file on its way in. Exactly one of `keep` and `discard` has to be called. */
export interface Incoming {
  /** Where the bytes are now; another place once it is kept. */
  readonly path: string;
  readonly bytes: number;
  /** Its first bytes, up to sixteen; undefined where another run of the program received them. */
  readonly begins: Buffer | undefined;
  /** Resolves when the bytes may be forgotten by the caller. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes what is left. From now on `path` has all the bytes, though not yet safe from a power cut. */
  finish(): Promise<SpoolFile>;
  /** After `finish`: resolves when file and folder are on disk (fsync). */
  keep(): Promise<void>;
  /** Leaves nothing behind, unless the disk is at fault: then the next sweep takes it. Never rejects. */
  discard(): Promise<void>;
}

/** A whole file of the spool that nobody claims. */
export interface Unknown {
  readonly name: string;
  readonly sha256: Checksum;
}

export interface Spool {
  readonly folder: string;
  receive(): Promise<Incoming>;
  path(name: string): string;
  has(name: string): boolean;
  /**
   * Bytes of this file; undefined where it is gone. Rejects with `LOCAL_FAULT` where that cannot be told: the disk is at fault, or
   * the whole spool is away.
   */
  size(name: string): Promise<number | undefined>;
  /** A missing file is no error. */
  remove(name: string): Promise<void>;
  /**
   * Removes halves of files from before a crash. Answers the whole ones that are not among the needed: they were accepted, and
   * perhaps by a database that was lost, so whether they may go is for somebody else to say. Only while nothing is being received.
   */
  sweep(needed: ReadonlySet<string>): Promise<{ readonly removed: number; readonly unknown: readonly Unknown[] }>;
  /** Resolves when the names in the folder are on disk (fsync). */
  sync(): Promise<void>;
  /** These bytes are safe by now: files of them that the sweep did not know are needed no longer. */
  forgetUnknown(sha256: Checksum): Promise<void>;
  /** Bytes that may still be accepted: what the file system has free, less a reserve for the database and its owner. */
  room(): Promise<number>;
  /** The same; where there was plenty a moment ago, as it was then. */
  recentRoom(): Promise<number>;
}

/** Kept free on the file system, so that accepted photos can still be worked on. */
const RESERVE_BYTES = 256 * 1024 * 1024;
const RESERVE_PART = 0.05;
/** More than can be written while a look at the file system counts. */
const PLENTY_BYTES = 1024 ** 3;
const LOOK_MS = 200;

/** `reserve` in bytes; by default 256 MB, or a twentieth of a small disk. */
export function openSpool(folder: string, reserve?: number): Spool {
  try {
    makeFolder(folder);
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
  let unknown: readonly Unknown[] = [];
  let plenty: { readonly bytes: number; readonly until: number } | undefined;
  return {
    folder,
    async receive() {
      const id = randomUUID();
      const path = join(folder, `${id}.part`);
      try {
        return new IncomingFile({ id, folder, path, handle: await open(path, "wx", 0o600), syncFolder });
      } catch (error) {
        throw localFault(error, folder);
      }
    },
    path: (name) => join(folder, name),
    has: (name) => existsSync(join(folder, name)),
    async size(name) {
      const found = await sizeOf(join(folder, name));
      if (found === undefined && (await sizeOf(folder)) === undefined) {
        throw new PhotologError("LOCAL_FAULT", `The upload folder ${folder} is not there.`, {
          hint: "Mount its disk. If its files are lost, make the folder, then upload the photos again that are said to be failed.",
        });
      }
      return found;
    },
    remove: (name) => rm(join(folder, name), { force: true }),
    async sweep(needed) {
      const names = await readdir(folder);
      const halves = names.filter(isHalf);
      for (const name of halves) await rm(join(folder, name), { force: true });
      unknown = names.flatMap((name) => {
        const sha256 = checksumIn(name);
        return sha256 === undefined || needed.has(name) ? [] : [{ name, sha256 }];
      });
      return { removed: halves.length, unknown };
    },
    sync: syncFolder,
    async forgetUnknown(sha256) {
      const over = unknown.filter((file) => file.sha256 === sha256);
      unknown = unknown.filter((file) => file.sha256 !== sha256);
      for (const { name } of over) await rm(join(folder, name), { force: true });
    },
    room,
    async recentRoom() {
      if (plenty !== undefined && performance.now() < plenty.until) return plenty.bytes;
      const bytes = await room();
      plenty = bytes < PLENTY_BYTES ? undefined : { bytes, until: performance.now() + LOOK_MS };
      return bytes;
    },
  };

  async function room(): Promise<number> {
    try {
      const { bavail, blocks, bsize } = await statfs(folder);
      const kept = reserve ?? Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_PART);
      return Math.max(0, Math.floor(bavail * bsize - kept));
    } catch (error) {
      throw localFault(error, folder);
    }
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT" || systemCodeOf(error) === "ENOTDIR") return undefined;
    throw localFault(error, path);
  }
}

export const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const HALF = new RegExp(`^${UUID}\\.part$`);
const WHOLE = new RegExp(`^([0-9a-f]{64})-${UUID}$`);

/** Only files that a spool made: a folder named by mistake loses nothing else. */
function isHalf(name: string): boolean {
  return HALF.test(name);
}

function checksumIn(name: string): Checksum | undefined {
  return WHOLE.exec(name)?.[1];
}

/** Bytes. */
const BEGINS = 16;

class IncomingFile implements Incoming {
  path: string;
  bytes = 0;
  begins: Buffer = Buffer.alloc(0);
  readonly #id: string;
  readonly #folder: string;
  readonly #handle: FileHandle;
  readonly #syncFolder: () => Promise<void>;
  readonly #hash = createHash("sha256");
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #closed = false;
  #name = "";

  constructor(opened: {
    id: string;
    folder: string;
    path: string;
    handle: FileHandle;
    syncFolder: () => Promise<void>;
  }) {
    this.#id = opened.id;
    this.#folder = opened.folder;
    this.path = opened.path;
    this.#handle = opened.handle;
    this.#syncFolder = opened.syncFolder;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    if (this.begins.length < BEGINS) {
      this.begins = Buffer.concat([this.begins, chunk.subarray(0, BEGINS - this.begins.length)]);
    }
    this.bytes += chunk.length;
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= WRITE_SIZE) await this.#flush();
  }

  async finish(): Promise<SpoolFile> {
    await this.#flush();
    // Of a file that is open this is answered from memory: to wait for it in turn would cost many times as much.
    const { size, nlink } = fstatSync(this.#handle.fd);
    if (nlink === 0) throw new PhotologError("LOCAL_FAULT", `${this.path} is gone.`);
    if (size !== this.bytes) {
      throw new PhotologError("LOCAL_FAULT", `${this.path} has ${size} bytes instead of ${this.bytes}.`);
    }
    const sha256 = this.#hash.digest("hex");
    this.#name = `${sha256}-${this.#id}`;
    return { name: this.#name, bytes: this.bytes, sha256 };
  }

  async keep(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      const path = join(this.#folder, this.#name);
      await rename(this.path, path);
      this.path = path;
      await this.#syncFolder();
    } catch (error) {
      throw localFault(error, this.path);
    }
  }

  async discard(): Promise<void> {
    // What made the caller discard it is the news; a disk that cannot even delete is told of by the next write.
    await this.#close().catch(() => undefined);
    await rm(this.path, { force: true }).catch(() => undefined);
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

export function localFault(error: unknown, path: string): unknown {
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
