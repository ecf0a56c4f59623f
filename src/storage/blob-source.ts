/** Reads the bytes that are to be put somewhere, and refuses them where they are not what was announced. */
import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { PhotologError, systemCodeOf } from "../errors.ts";
import type { Blob } from "./blob-store.ts";

/** Bytes read and hashed at a time: small enough to let the event loop breathe between two of them. */
const CHUNK = 1024 * 1024;

/** Where the next bytes, which begin at `at`, are to be read to: room for at most so many, and for one at least. */
type Room = (at: number, length: number) => Buffer;

/**
 * The bytes of a blob, in chunks of at most 1 MiB. The last chunk comes only after the whole was found to have the announced
 * size and SHA-256, so whoever must not show a wrong blob just waits for the end.
 *
 * Rejects with `ORIGINAL_MISSING` where the file is gone or unreadable, `ORIGINAL_CHANGED` where it has other bytes by now,
 * `LOCAL_FAULT` where the disk is at fault; with the signal's reason where it was aborted.
 */
export function readBlob(blob: Blob, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  return read(blob, (_, length) => Buffer.allocUnsafe(length), signal);
}

/** As `readBlob`, for those who are done with a chunk when they ask for the next: it is read over the one before. */
export function scanBlob(blob: Blob, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, blob.size));
  return read(blob, (_, length) => chunk.subarray(0, length), signal);
}

/**
 * All bytes of a blob, read into `room`, which has space for them; nothing but their number is looked at yet. Rejects as `readBlob`
 * does.
 */
export async function readWholeBlob(blob: Blob, room: Buffer, signal?: AbortSignal): Promise<Buffer> {
  const whole = room.subarray(0, blob.size);
  let at = 0;
  for await (const chunk of chunksOf(blob, (start, length) => whole.subarray(start, start + length), signal)) {
    if ("bytes" in blob.source) whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Throws `ORIGINAL_CHANGED` unless these are the bytes of the blob. */
export function checkWholeBlob(blob: Blob, bytes: Buffer): void {
  checkHash(blob, createHash("sha256").update(bytes));
}

export interface BlobPart {
  /** The first is 1. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly md5: Buffer;
}

export interface BlobParts {
  /** The next part, read into `room`, which has space for one; undefined after the last. Who asks too early waits for the one before. */
  next(room: Buffer): Promise<BlobPart | undefined>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** As `readBlob`, in parts of so many bytes (whole MiB; the last may be shorter) instead of chunks. */
export function readInParts(blob: Blob, partSize: number, signal?: AbortSignal): BlobParts {
  let number = 0;
  let space: Buffer = Buffer.alloc(0);
  const within: Room = (at, length) => space.subarray(at % partSize, Math.min((at % partSize) + length, partSize));
  const chunks = read(blob, within, signal);
  let turn: Promise<unknown> = Promise.resolve();

  async function fill(room: Buffer): Promise<BlobPart | undefined> {
    space = room;
    const hash = createHash("md5");
    let filled = 0;
    while (filled < partSize) {
      const { value: chunk } = await chunks.next();
      if (chunk === undefined) break;
      if ("bytes" in blob.source) room.set(chunk, filled);
      hash.update(chunk);
      filled += chunk.length;
    }
    return filled === 0 ? undefined : { number: ++number, bytes: room.subarray(0, filled), md5: hash.digest() };
  }

  return {
    next(room) {
      const filling = turn.then(() => fill(room));
      turn = filling.catch(() => undefined);
      return filling;
    },
    async close() {
      await turn;
      await chunks.return();
    },
  };
}

async function* read(blob: Blob, room: Room, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of chunksOf(blob, room, signal)) {
    hash.update(chunk);
    length += chunk.length;
    if (length === blob.size) checkHash(blob, hash);
    yield chunk;
  }
  if (length === 0) checkHash(blob, hash);
}

function chunksOf(blob: Blob, room: Room, signal?: AbortSignal): AsyncIterable<Buffer> | Iterable<Buffer> {
  const { source } = blob;
  return "bytes" in source ? cut(blob, source.bytes, signal) : readFile(blob, source.path, { room, signal });
}

interface Reading {
  readonly room: Room;
  readonly signal: AbortSignal | undefined;
}

async function* readFile(blob: Blob, path: string, { room, signal }: Reading): AsyncGenerator<Buffer, void, undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const stats = await file.stat();
    if (!stats.isFile()) throw changed(blob, "become something that is no file");
    if (stats.size !== blob.size) throw changed(blob, `${stats.size} bytes instead of ${blob.size}`);
    for (let at = 0; at < blob.size;) {
      signal?.throwIfAborted();
      const chunk = room(at, Math.min(CHUNK, blob.size - at));
      // By position, not by the file's own: a short read is simply read on.
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw changed(blob, `only ${at} of ${blob.size} bytes`);
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof PhotologError || signal?.aborted ? error : sourceFault(path, error);
  } finally {
    await file?.close();
  }
}

function* cut(blob: Blob, bytes: Uint8Array, signal?: AbortSignal): Generator<Buffer, void, undefined> {
  if (bytes.byteLength !== blob.size) throw changed(blob, `${bytes.byteLength} bytes instead of ${blob.size}`);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < all.length; at += CHUNK) {
    signal?.throwIfAborted();
    yield all.subarray(at, at + CHUNK);
  }
}

function checkHash(blob: Blob, hash: Hash): void {
  if (hash.digest("hex") !== blob.sha256) throw changed(blob, "the same size but other bytes");
}

function changed(blob: Blob, found: string): PhotologError {
  const what = "path" in blob.source ? blob.source.path : "Its source";
  return new PhotologError("ORIGINAL_CHANGED", `${blob.key} was not put: ${what} has ${found}.`, {
    hint: "Upload the photo again, and look for a program or a disk that changes accepted files.",
  });
}

function sourceFault(path: string, error: unknown): PhotologError {
  switch (systemCodeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
    case "EISDIR":
      return new PhotologError("ORIGINAL_MISSING", `${path} is gone.`, {
        cause: error,
        hint: "Upload the photo again.",
      });
    case "EACCES":
    case "EPERM":
      return new PhotologError("ORIGINAL_MISSING", `${path} may not be read.`, {
        cause: error,
        hint: "Let the account that runs photolog read this file, then retry.",
      });
    default:
      return new PhotologError("LOCAL_FAULT", `${path} could not be read: ${String(error)}.`, {
        cause: error,
        hint: "Look at this machine's disk and its limit of open files.",
      });
  }
}
