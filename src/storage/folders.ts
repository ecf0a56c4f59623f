/** The folders of a directory store: made so that they outlast a power cut, and never left through a link. */
import { lstat, mkdir, open, readdir, rm } from "node:fs/promises";
import type { Dirent, Stats } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { PhotologError, systemCodeOf } from "../errors.ts";
import { isKey, TEMPORARY_FOLDER } from "./blob-key.ts";

/** Files being written that are older than this were left by a crash. */
const LEFTOVER_MS = 24 * 3600 * 1000;

export interface Folders {
  /** Absolute. May itself be reached through links; below it, none is followed. */
  readonly root: string;
  /** Makes this folder, the root or one below it, with all above it; resolves when they are on disk. */
  make(folder: string): Promise<void>;
  /** Whether this folder, the root or one below it, exists and is reached without a link. */
  contain(folder: string): Promise<boolean>;
  /** Rejects with `LOCAL_FAULT` where the root is another one than before: that of a disk that is not mounted now. */
  recognise(): Promise<void>;
  /** Forces the names in this folder to disk. */
  sync(folder: string): Promise<void>;
  /** Every plain file below the root whose key begins so, in the order of keys as UTF-8. */
  walk(prefix: string): AsyncGenerator<{ readonly key: string; readonly size: number }, void, undefined>;
}

/** Where it has `begun`, only a root that has its mark, the folder of temporary files, is taken for the same root. */
export function openFolders(root: string, { begun }: { readonly begun: boolean }): Folders {
  /** Folders whose own name is known to be on disk. */
  const durable = new Set<string>();
  const mark = join(root, TEMPORARY_FOLDER);
  let rooted: Promise<void> | undefined;
  let isBegun = begun;

  async function makeRoot(): Promise<void> {
    if (!isBegun) await beginRoot();
    isBegun = true;
    await removeLeftovers(mark);
  }

  async function beginRoot(): Promise<void> {
    const first = await mkdir(root, { recursive: true });
    if (first !== undefined) {
      // The names of all new folders stand in folders from the first one's parent down to the root's.
      for (let at = root; at.length >= first.length; at = dirname(at)) await sync(dirname(at));
    }
    await addFolder(mark);
    await sync(root);
  }

  async function recognise(): Promise<void> {
    if (!isBegun || (await lookAt(mark))?.isDirectory() === true) return;
    throw new PhotologError(
      "LOCAL_FAULT",
      `${root} is not the archive that was used before: it has no ${TEMPORARY_FOLDER}.`,
      {
        hint: `Mount its disk. Should this be the archive from now on, make the folder ${mark}.`,
      },
    );
  }

  return {
    root,
    sync,
    recognise,
    async make(folder) {
      await recognise();
      rooted ??= makeRoot();
      try {
        await rooted;
      } catch (error) {
        rooted = undefined;
        throw error;
      }
      for (const at of stepsTo(root, folder)) {
        if (await addFolder(at)) durable.delete(at);
        if (durable.has(at)) continue;
        await sync(dirname(at));
        durable.add(at);
      }
    },
    async contain(folder) {
      for (const at of stepsTo(root, folder)) {
        if ((await lookAt(at))?.isDirectory() !== true) return false;
      }
      return true;
    },
    async *walk(prefix) {
      yield* walk(root, prefix, "");
    },
  };
}

/** The folders from the first one below the root down to this one; none for the root itself. */
function stepsTo(root: string, folder: string): string[] {
  const names = relative(root, folder).split(sep);
  return folder === root ? [] : names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}

/** Whether the folder is new. Refuses anything in its place, above all a link. */
async function addFolder(folder: string): Promise<boolean> {
  const found = await lookAt(folder);
  if (found?.isDirectory() === true) return false;
  if (found?.isSymbolicLink() === true) {
    throw new PhotologError("LOCAL_FAULT", `${folder} is a link, which could lead out of the archive.`, {
      hint: "Replace the link by a folder; to keep it on another disk, mount that disk there.",
    });
  }
  if (found !== undefined) {
    throw new PhotologError("PHOTO_REFUSED", `${folder} is a file, so no folder can have this name.`);
  }
  try {
    await mkdir(folder);
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
  return true;
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems force names to disk at once and know no fsync of folders.
    if (!["EINVAL", "ENOTSUP"].includes(systemCodeOf(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  const before = Date.now() - LEFTOVER_MS;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const found = await lookAt(path);
    if (found?.isFile() === true && found.mtimeMs < before) await rm(path, { force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function* walk(
  folder: string,
  prefix: string,
  above: string,
): AsyncGenerator<{ key: string; size: number }, void, undefined> {
  for (const { entry, key } of await entriesOf(folder, above)) {
    if (entry.isDirectory()) {
      const below = `${key}/`;
      if (below.startsWith(prefix) || prefix.startsWith(below)) yield* walk(join(folder, entry.name), prefix, below);
    } else if (entry.isFile() && key.startsWith(prefix) && isKey(key)) {
      const found = await lookAt(join(folder, entry.name));
      if (found?.isFile() === true) yield { key, size: found.size };
    }
  }
}

/** In the order of the keys below them: a folder sorts as if its name ended in a slash. */
async function entriesOf(folder: string, above: string): Promise<{ entry: Dirent; key: string }[]> {
  const entries = await readdirIfAny(folder);
  return entries
    .filter(({ name }) => above !== "" || name.toLowerCase() !== TEMPORARY_FOLDER)
    .map((entry) => ({
      entry,
      key: above + entry.name,
      order: Buffer.from(entry.name + (entry.isDirectory() ? "/" : "")),
    }))
    .sort((a, b) => Buffer.compare(a.order, b.order));
}

async function readdirIfAny(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return [];
    throw error;
  }
}
