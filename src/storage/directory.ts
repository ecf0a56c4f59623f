/** Blobs in a plain folder: a key is a path below it, and each file has exactly the bytes of its blob, so people can read it too. */
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { PhotologError, systemCodeOf } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import { checkKey, checkPrefix, TEMPORARY_FOLDER } from "./blob-key.ts";
import { scanBlob } from "./blob-source.ts";
import type { Blob, BlobStat, BlobStore, Proof } from "./blob-store.ts";
import { directoryFault } from "./directory-faults.ts";
import { openFolders, type Folders } from "./folders.ts";
import { translateStream } from "./translate-stream.ts";

/** Bytes read and hashed at a time. */
const CHUNK = 1024 * 1024;

/**
 * Room for so many, as many as were under way at one time. A new one for each small file would be a small object with much memory
 * elsewhere, for whose sake V8 goes through the whole heap again and again.
 */
const spare: Buffer[] = [];

/** Never follows a link in the last segment, and does not wait for the other end of a pipe. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens nothing yet: the folder is made by the first `put`. One that has `begun`, before or by that, is never made again: where
 * it is gone or is an empty one, its disk is not mounted (`LOCAL_FAULT`).
 *
 * - A blob is written under a temporary name, forced to disk, read back and hashed, and only then renamed into place; the folders
 *   that name it are forced to disk before `put` resolves.
 * - The folder keeps bytes alone. `stat` finds the SHA-256 by reading the file, so it tells what the disk holds now; it does not tell
 *   the content type, which follows from the name. Cache control and content encoding are for servers and are not kept.
 * - `list` tells sizes only. Links and whatever else is no plain file are no blobs.
 * - A key cannot be a file and a folder at once: `a` and `a/b` exclude each other (`PHOTO_REFUSED`).
 */
export function openDirectory(folder: string, { begun = false }: { readonly begun?: boolean } = {}): BlobStore {
  const folders = openFolders(resolve(folder), { begun });
  return {
    address: folders.root,
    put: (blob, signal) => put(folders, blob, signal),
    get: (key, signal) => get(folders, key, signal),
    stat: (key, signal) => stat(folders, key, signal),
    list: (prefix, signal) => list(folders, prefix, signal),
    async delete(key) {
      const path = join(folders.root, checkKey(key));
      try {
        if (await folders.contain(dirname(path))) await rm(path, { force: true });
      } catch (error) {
        throw directoryFault(`Deleting ${key}`, error);
      }
    },
    async url(key) {
      checkKey(key);
      return undefined;
    },
  };
}

async function put(folders: Folders, blob: Blob, signal?: AbortSignal): Promise<Proof> {
  const path = join(folders.root, checkKey(blob.key));
  const temporary = join(folders.root, TEMPORARY_FOLDER, randomUUID());
  try {
    signal?.throwIfAborted();
    await folders.make(dirname(temporary));
    await folders.make(dirname(path));
    await write(temporary, blob, signal);
    const found = await hashOf(temporary, signal);
    if (found !== blob.sha256) {
      throw new PhotologError(
        "NOT_PROVEN",
        `${path} was written, but the disk holds ${found} instead of ${blob.sha256}.`,
        {
          hint: "Look at this machine's memory and disk.",
        },
      );
    }
    signal?.throwIfAborted();
    await rename(temporary, path);
    await folders.sync(dirname(path));
    return {};
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (signal?.aborted) throw signal.reason;
    throw directoryFault(`Putting ${blob.key} into ${folders.root}`, error);
  }
}

async function write(path: string, blob: Blob, signal?: AbortSignal): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of scanBlob(blob, signal)) await writeAll(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
}

async function hashOf(path: string, signal?: AbortSignal): Promise<Checksum> {
  const file = await open(path, READ);
  try {
    return await hashFile(file, signal);
  } finally {
    await file.close();
  }
}

async function hashFile(file: FileHandle, signal?: AbortSignal): Promise<Checksum> {
  const hash = createHash("sha256");
  const chunk = spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  try {
    for (let at = 0; ;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, CHUNK, at);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    spare.push(chunk);
  }
}

/** The open file of a blob; undefined where there is none. */
async function openBlob(folders: Folders, key: string): Promise<FileHandle | undefined> {
  const path = join(folders.root, checkKey(key));
  if (!(await folders.contain(dirname(path)))) return undefined;
  let file: FileHandle;
  try {
    file = await open(path, READ);
  } catch (error) {
    // ELOOP: it is a link. ENXIO: a socket.
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "ENAMETOOLONG"].includes(systemCodeOf(error) ?? "")) return undefined;
    throw error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

async function get(folders: Folders, key: string, signal?: AbortSignal): Promise<Readable> {
  const what = `Reading ${key}`;
  let file: FileHandle | undefined;
  try {
    signal?.throwIfAborted();
    file = await openBlob(folders, key);
    if (file === undefined) await folders.recognise();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw directoryFault(what, error);
  }
  if (file === undefined) throw new PhotologError("BLOB_MISSING", `${folders.root} has no ${key}.`);
  const stream = file.createReadStream();
  if (signal) addAbortSignal(signal, stream);
  return translateStream(stream, (error) => (signal?.aborted ? signal.reason : directoryFault(what, error)));
}

async function stat(folders: Folders, key: string, signal?: AbortSignal): Promise<BlobStat | undefined> {
  let file: FileHandle | undefined;
  try {
    signal?.throwIfAborted();
    file = await openBlob(folders, key);
    if (file === undefined) {
      await folders.recognise();
      return undefined;
    }
    const { size } = await file.stat();
    return { key, size, sha256: await hashFile(file, signal) };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw directoryFault(`Reading ${key}`, error);
  } finally {
    await file?.close();
  }
}

async function* list(
  folders: Folders,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<BlobStat, void, undefined> {
  checkPrefix(prefix);
  try {
    for await (const { key, size } of folders.walk(prefix)) {
      signal?.throwIfAborted();
      yield { key, size };
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw directoryFault(`Listing ${prefix} in ${folders.root}`, error);
  }
}
