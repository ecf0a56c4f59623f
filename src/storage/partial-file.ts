import type { Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { PhotologError, systemCodeOf } from "../errors.ts";
import { GrowingHash } from "./growing-hash.ts";
import { partialName, type PartialRecord, recordName, writeRecord } from "./partial-record.ts";
import { type Incoming, localFault, sizeOf, type Spool, type SpoolFile, WRITE_SIZE } from "./spool.ts";

export interface PartialState {
  readonly id: string;
  readonly record: PartialRecord;
  /** Bytes that are there. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly lastByteAt: number;
}

/** `taken`: the catalog has it, or has no need of it · `refused`: nobody ever will · `failed`: the same again may work. */
export type PartialEnd = "taken" | "refused" | "failed";

/**
 * An upload that comes in pieces, perhaps over days and restarts: `<uuid>.upload`, with its record in `<uuid>.upload.json`. Only
 * one caller at a time may write it, between `open` and `close`.
 *
 * Pieces are written, not forced to disk: after a power cut the file may be shorter, which the client sees and mends. Before a
 * photo is accepted `keep` forces all of it.
 */
export class PartialFile implements Incoming {
  readonly id: string;
  path: string;
  readonly begins = undefined;
  lastByteAt: number;
  /** When somebody last wanted to go on with it. */
  wantedAt: number;
  #record: PartialRecord;
  #stored: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #handle: FileHandle | undefined;
  #unwanted = false;
  readonly #spool: Spool;
  readonly #now: () => number;
  readonly #hash = new GrowingHash();

  constructor(state: PartialState, { spool, now }: { spool: Spool; now: () => number }) {
    this.id = state.id;
    this.path = spool.path(partialName(state.id));
    this.lastByteAt = state.lastByteAt;
    this.wantedAt = state.lastByteAt;
    this.#record = state.record;
    this.#stored = state.bytes;
    this.#spool = spool;
    this.#now = now;
  }

  get length(): number {
    return this.#record.length;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#record.metadata;
  }

  get bytes(): number {
    return this.#stored + this.#gatheredBytes;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /** Resolves when `bytes` tells what is on disk and can be written after. Rejects with `NOT_FOUND` where the file was removed. */
  async open(): Promise<void> {
    try {
      this.#handle = await open(this.path, "r+");
      await this.#measure(this.#handle);
    } catch (error) {
      await this.close();
      if (systemCodeOf(error) === "ENOENT" && (await sizeOf(this.#spool.folder)) !== undefined) {
        throw new PhotologError("NOT_FOUND", "What had come of the upload was removed on the server.", {
          cause: error,
        });
      }
      throw localFault(error, this.path);
    }
    // What another run of the server wrote is read while the rest comes in. A fault is met again by `finish`.
    this.#hash.follow(this.path, () => this.#stored).catch(() => undefined);
  }

  /** Only so many of its bytes stay. `mark` is the checksum's of that place. */
  async cutTo(bytes: number, mark?: Hash): Promise<void> {
    this.#forgetGathered();
    try {
      await this.#handle?.truncate(bytes);
    } catch (error) {
      throw localFault(error, this.path);
    }
    this.#stored = bytes;
    this.#hash.goBack(bytes, mark);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.lastByteAt = this.#now();
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= WRITE_SIZE) await this.#flush();
  }

  /**
   * Writes a piece whose checksum is known beforehand: it is part of the file only once `isRight` has said so, whatever happens
   * to this program in between. Answers what `isRight` did.
   */
  async writeChecked(receive: () => Promise<void>, isRight: () => boolean): Promise<boolean> {
    const before = this.#stored;
    const mark = this.#hash.mark(before);
    await this.#setChecked(before);
    let right = false;
    try {
      await receive();
      await this.#flush();
      right = isRight();
    } finally {
      if (!right) await this.cutTo(before, mark);
    }
    if (right) await this.#setChecked(this.#stored);
    return right;
  }

  /** Before a piece that comes without a checksum. */
  async writeUnchecked(receive: () => Promise<void>): Promise<void> {
    await this.#setChecked(undefined);
    await receive();
  }

  async finish(): Promise<SpoolFile> {
    await this.#flush();
    try {
      await this.#hash.follow(this.path, () => this.#stored);
    } catch (error) {
      throw localFault(error, this.path);
    }
    const size = await sizeOf(this.path);
    if (size !== this.length || size !== this.#stored) {
      throw new PhotologError("LOCAL_FAULT", `${this.path} has ${size ?? "no"} bytes instead of ${this.length}.`);
    }
    const sha256 = this.#hash.digest();
    return { name: `${sha256}-${this.id}`, bytes: size, sha256 };
  }

  async keep(): Promise<void> {
    try {
      await this.#handle?.sync();
      const path = this.#spool.path(`${this.#hash.digest()}-${this.id}`);
      await rename(this.path, path);
      this.path = path;
      await this.#spool.sync();
    } catch (error) {
      throw localFault(error, this.path);
    }
  }

  /** Only a note: what becomes of the file is said by `end`. */
  discard(): Promise<void> {
    this.#unwanted = true;
    return Promise.resolve();
  }

  /** Writes what is left and closes the file; after a fault of the disk `bytes` is what has arrived there. */
  async close(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    try {
      await this.#flush();
    } finally {
      this.#forgetGathered();
      await this.#measure(handle).catch(() => undefined);
      this.#handle = undefined;
      await handle.close();
    }
  }

  /** The last word. Never rejects: what a disk at fault leaves behind is the next start's. */
  async end(how: PartialEnd): Promise<void> {
    const original = this.#spool.path(partialName(this.id));
    try {
      if (how === "failed") {
        this.#unwanted = false;
        if (this.path !== original) await rename(this.path, original);
        this.path = original;
        return;
      }
      if (how === "refused" || this.#unwanted) await rm(this.path, { force: true });
      await rm(this.#spool.path(recordName(this.id)), { force: true });
    } catch {
      // See above.
    }
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered;
    const expected = this.#gatheredBytes;
    if (expected === 0) return;
    const handle = this.#handle;
    if (handle === undefined) throw new Error(`${this.path} is not open`);
    try {
      const { bytesWritten } = await handle.writev(gathered, this.#stored);
      // A short write is how some file systems say that they are nearly full.
      if (bytesWritten < expected) {
        const rest = Buffer.concat(gathered).subarray(bytesWritten);
        await handle.write(rest, 0, rest.length, this.#stored + bytesWritten);
      }
    } catch (error) {
      this.#forgetGathered();
      throw localFault(error, this.path);
    }
    const from = this.#stored;
    this.#forgetGathered();
    this.#stored = from + expected;
    this.#hash.pass(gathered, from);
  }

  #forgetGathered(): void {
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }

  /** The file may have more than is known to be right, or less than was written. */
  async #measure(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    const right = Math.min(size, this.#record.checked ?? size, this.length);
    if (right < size) await handle.truncate(right);
    this.#stored = right;
    this.#hash.goBack(right);
  }

  async #setChecked(checked: number | undefined): Promise<void> {
    if (this.#record.checked === checked) return;
    const { length, metadata } = this.#record;
    this.#record = { length, metadata, ...(checked === undefined ? {} : { checked }) };
    await writeRecord(this.#spool, this.id, this.#record);
  }
}
