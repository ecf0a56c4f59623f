/** Finds what there is to send: walks folders, sets junk aside, puts sidecars to their photos. Reads no file's content. */
import { readdirSync, statSync, type Dirent, type Stats } from "node:fs";
import { basename, dirname, extname, normalize, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { systemCodeOf } from "../errors.ts";
import { kindOfName } from "../media/formats.ts";
import type { Kind } from "../photo.ts";
import {
  NOT_A_FILE,
  pathOf,
  prefixOf,
  reasonOf,
  type Entry,
  type Found,
  type FoundSidecar,
  type Passed,
} from "./entry.ts";
import { isJunkFile, isJunkFolder } from "./junk.ts";
import { withSidecars } from "./sidecars.ts";

interface Folder {
  readonly absolute: string;
  readonly path: string;
  /** The junk folder that this one is, or is in. */
  readonly junk?: string;
  /** Only these of its files, and none of its folders. */
  readonly only?: ReadonlySet<string>;
}

const NO_SIDECARS: readonly FoundSidecar[] = [];

/**
 * Yields the entries of one folder after the other, in path order within each. Every file comes once, whichever ways lead to
 * it; a folder is known by device and inode, so links that lead in a circle end. Reads synchronously, which costs a quarter
 * of the asynchronous calls, and lets others have a turn after every folder.
 */
export async function* scan(
  paths: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal?: AbortSignal },
): AsyncGenerator<readonly Entry[]> {
  const { folders, passed } = starts(paths, cwd);
  if (passed.length > 0) yield passed;
  const seen = new Map<string, "all" | Set<string>>();
  const stack = folders.toReversed();
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    signal?.throwIfAborted();
    const listing = list(folder, seen);
    if (listing !== undefined) {
      const { entries, below } = read(folder, listing);
      stack.push(...below.toReversed());
      if (entries.length > 0) yield entries;
    }
    await setImmediate();
  }
}

/** The order in which photos are sent: images, then RAW, then films; within each by path. */
export function inOrder(found: readonly Found[]): Found[] {
  return KINDS_IN_ORDER.flatMap((kind) =>
    found
      .filter((file) => file.kind === kind)
      .sort((a, b) => (a.folder === b.folder ? compare(a.name, b.name) : compare(pathOf(a), pathOf(b)))),
  );
}

const KINDS_IN_ORDER = ["image", "raw", "video"] as const satisfies readonly Kind[];

/** Sorts what was given into folders to walk and folders of which only some files are wanted, parents first. */
function starts(paths: readonly string[], cwd: string): { folders: Folder[]; passed: Passed[] } {
  const walked = new Map<string, Folder>();
  const picked = new Map<string, { path: string; only: Set<string> }>();
  const passed: Passed[] = [];
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    const place = { path, folder: dirname(absolute), name: basename(absolute) };
    let stats: Stats;
    try {
      // An empty path (of a variable that is not set) is not the working directory.
      stats = statSync(path === "" ? path : absolute);
    } catch (error) {
      passed.push({ ...place, outcome: "failed", reason: reasonOf(error, path) });
      continue;
    }
    if (stats.isDirectory()) walked.set(absolute, { absolute, path: normalize(path) });
    else {
      const folder = picked.get(place.folder) ?? { path: dirname(path), only: new Set() };
      folder.only.add(place.name);
      picked.set(place.folder, folder);
    }
  }
  const folders = [...walked.values(), ...[...picked].map(([absolute, folder]) => ({ absolute, ...folder }))];
  return { folders: folders.sort((a, b) => compare(a.absolute, b.absolute)), passed };
}

interface Listing {
  readonly dirents: readonly Dirent[];
  /** Those of its files that have been yielded before. */
  readonly before: ReadonlySet<string>;
}

/** The folder's names in order; undefined where all of it has been walked before. */
function list(
  folder: Folder,
  seen: Map<string, "all" | Set<string>>,
): Listing | { readonly failed: unknown } | undefined {
  try {
    const { dev, ino } = statSync(folder.absolute);
    const id = `${dev}:${ino}`;
    const before = seen.get(id) ?? new Set();
    if (before === "all") return undefined;
    seen.set(id, folder.only === undefined ? "all" : new Set([...before, ...folder.only]));
    const dirents = readdirSync(folder.absolute, { withFileTypes: true });
    return { dirents: dirents.sort((a, b) => compare(a.name, b.name)), before };
  } catch (failed) {
    // Single files may be had from a folder that cannot be listed; only their sidecars stay unknown.
    return folder.only === undefined ? { failed } : { dirents: [], before: new Set() };
  }
}

function read(
  folder: Folder,
  listing: Listing | { readonly failed: unknown },
): { entries: readonly Entry[]; below: readonly Folder[] } {
  if ("failed" in listing) {
    const place = { path: folder.path, folder: dirname(folder.absolute), name: basename(folder.absolute) };
    return { entries: [{ ...place, outcome: "failed", reason: reasonOf(listing.failed, place.path) }], below: [] };
  }
  const below: Folder[] = [];
  const names: string[] = [];
  for (const dirent of listing.dirents) {
    if (!isFolder(folder, dirent)) names.push(dirent.name);
    else if (folder.only === undefined) below.push(folderBelow(folder, dirent.name));
  }
  // A file that was named is looked for under that name, even where the disk spells it otherwise.
  const wanted = folder.only === undefined ? names : [...folder.only].sort(compare);
  const shown = prefixOf(folder.path);
  const entries: Entry[] = [];
  const sidecars = new Set<string>();
  for (const name of wanted) {
    if (listing.before.has(name)) continue;
    const kind = kindIn(folder, name);
    if (kind === "sidecar") sidecars.add(name);
    else entries.push(look(folder, { name, path: shown + name, kind }));
  }
  if (folder.only !== undefined) for (const name of names) if (kindIn(folder, name) === "sidecar") sidecars.add(name);
  if (sidecars.size === 0) return { entries, below };
  const isGiven = (name: string): boolean => folder.only?.has(name) ?? true;
  return { entries: withSidecars(folder, { names, before: listing.before, entries, sidecars, isGiven }), below };
}

function folderBelow(folder: Folder, name: string): Folder {
  const junk = folder.junk ?? (isJunkFolder(name) ? name : undefined);
  const place = { absolute: prefixOf(folder.absolute) + name, path: prefixOf(folder.path) + name };
  return junk === undefined ? place : { ...place, junk };
}

function isFolder(folder: Folder, dirent: Dirent): boolean {
  if (!dirent.isSymbolicLink()) return dirent.isDirectory();
  try {
    return statSync(prefixOf(folder.absolute) + dirent.name).isDirectory();
  } catch {
    return false;
  }
}

type KindByName = Kind | "sidecar" | "junk" | undefined;

function kindIn(folder: Folder, name: string): KindByName {
  return folder.junk !== undefined || isJunkFile(name) ? "junk" : kindOfName(name);
}

function look(
  folder: Folder,
  { name, path, kind }: { readonly name: string; readonly path: string; readonly kind: KindByName },
): Entry {
  const passed = (outcome: Passed["outcome"], reason: string): Passed => {
    return { path, folder: folder.absolute, name, outcome, reason };
  };
  if (kind === "junk") {
    if (folder.junk !== undefined) return passed("skipped", `junk (inside ${folder.junk})`);
    return passed("skipped", `junk (${name.startsWith("._") ? "._*" : name.trimEnd()})`);
  }
  const extension = kind === undefined ? extname(name).toLowerCase() : "";
  // A name without an extension may be a link to a folder of photos that is not mounted: look before it is passed over.
  if (extension !== "") return passed("skipped", `unknown type (${extension})`);
  let stats: Stats;
  try {
    stats = statSync(prefixOf(folder.absolute) + name);
  } catch (error) {
    if (systemCodeOf(error) === "ELOOP") return passed("skipped", "a link that leads in a circle");
    return passed("failed", reasonOf(error, name));
  }
  if (!stats.isFile()) return passed("skipped", NOT_A_FILE);
  const { size: bytes, mtimeMs: modified, ino: inode } = stats;
  if (kind === undefined || kind === "sidecar") return { ...passed("skipped", "unknown type (no extension)"), bytes };
  if (bytes === 0) return { ...passed("skipped", "empty"), bytes };
  return { path, folder: folder.absolute, name, kind, bytes, modified, inode, sidecars: NO_SIDECARS };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
