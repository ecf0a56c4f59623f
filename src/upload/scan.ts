/** Finds what there is to send: walks folders, sets junk aside, puts sidecars to their photos. Reads no file's content. */
import { readdirSync, statSync, type Dirent, type Stats } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { systemCodeOf } from "../errors.ts";
import { kindOfName } from "../media/formats.ts";
import type { Kind } from "../photo.ts";
import {
  NOT_A_FILE,
  prefixOf,
  reasonOf,
  type Entry,
  type Found,
  type FoundPartner,
  type FoundSidecar,
  type Passed,
} from "./entry.ts";
import type { Chooser } from "./globs.ts";
import { isJunkFile, isJunkFolder } from "./junk.ts";
import { withPartners } from "./partners.ts";
import { withSidecars } from "./sidecars.ts";
import { startsOf, type Start } from "./starts.ts";

export interface ScanOptions {
  readonly cwd: string;
  readonly chooser: Chooser;
  readonly signal?: AbortSignal;
}

interface Folder {
  readonly absolute: string;
  readonly path: string;
  /** Names of the folders between the named one and this. */
  readonly below: readonly string[];
  /** The junk folder that this one is, or is in. */
  readonly junk?: string;
  /** Only these of its files, and none of its folders. */
  readonly only?: ReadonlySet<string>;
}

/** Per run: what was yielded before, by device and inode of the folder. */
type Seen = Map<string, "all" | Set<string>>;

const NO_SIDECARS: readonly FoundSidecar[] = [];
const NO_PARTNERS: readonly FoundPartner[] = [];
const NO_FOLDERS: readonly string[] = [];

/**
 * Yields the entries in path order, where a folder counts as its name and a slash; those that lie together come together. Every
 * file comes once, whichever ways lead to it; a folder is known by device and inode, so links that lead in a circle end. Reads
 * synchronously, which costs a quarter of the asynchronous calls, and lets others have a turn after every folder. Holds the
 * names of the folders that it is in, and no others.
 */
export async function* scan(paths: readonly string[], options: ScanOptions): AsyncGenerator<readonly Entry[]> {
  const { starts, passed } = startsOf(paths, options.cwd);
  if (passed.length > 0) yield passed;
  const seen: Seen = new Map();
  for (const start of starts) yield* walk(folderOf(start), seen, options);
}

function folderOf({ absolute, path, only }: Start): Folder {
  return { absolute, path, below: NO_FOLDERS, ...(only === undefined ? {} : { only }) };
}

async function* walk(folder: Folder, seen: Seen, options: ScanOptions): AsyncGenerator<readonly Entry[]> {
  options.signal?.throwIfAborted();
  const listing = list(folder, seen);
  if (listing === undefined) return;
  const { entries, folders } = read(folder, listing, options.chooser);
  await setImmediate();
  let from = 0;
  for (const below of folders) {
    const key = `${basename(below.absolute)}/`;
    let to = from;
    while (to < entries.length && (entries[to]?.name ?? "") < key) to++;
    if (to > from) yield entries.slice(from, to);
    from = to;
    yield* walk(below, seen, options);
  }
  if (from < entries.length) yield from === 0 ? entries : entries.slice(from);
}

interface Listing {
  readonly dirents: readonly Dirent[];
  /** Those of its files that have been yielded before. */
  readonly before: ReadonlySet<string>;
}

/** The folder's names; undefined where all of it has been walked before. */
function list(folder: Folder, seen: Seen): Listing | { readonly failed: unknown } | undefined {
  try {
    const { dev, ino } = statSync(folder.absolute);
    const id = `${dev}:${ino}`;
    const before = seen.get(id) ?? new Set();
    if (before === "all") return undefined;
    seen.set(id, folder.only === undefined ? "all" : new Set([...before, ...folder.only]));
    return { dirents: readdirSync(folder.absolute, { withFileTypes: true }), before };
  } catch (failed) {
    // Single files may be had from a folder that cannot be listed; only their sidecars stay unknown.
    return folder.only === undefined ? { failed } : { dirents: [], before: new Set() };
  }
}

/** Both in path order. */
function read(
  folder: Folder,
  listing: Listing | { readonly failed: unknown },
  chooser: Chooser,
): { entries: readonly Entry[]; folders: readonly Folder[] } {
  if ("failed" in listing) {
    const place = { path: folder.path, folder: dirname(folder.absolute), name: basename(folder.absolute) };
    return { entries: [{ ...place, outcome: "failed", reason: reasonOf(listing.failed, place.path) }], folders: [] };
  }
  const folders: Folder[] = [];
  const names: string[] = [];
  for (const dirent of listing.dirents) {
    if (!isFolder(folder, dirent)) names.push(dirent.name);
    else if (folder.only === undefined && chooser.wantsFolder(relativePath(folder, dirent.name))) {
      folders.push(folderBelow(folder, dirent.name));
    }
  }
  folders.sort((a, b) => compare(`${basename(a.absolute)}/`, `${basename(b.absolute)}/`));
  // A file that was named is looked for under that name, even where the disk spells it otherwise.
  const wanted = folder.only === undefined ? names : [...folder.only];
  wanted.sort(compare);
  const shown = prefixOf(folder.path);
  const entries: Entry[] = [];
  const sidecars = new Set<string>();
  for (const name of wanted) {
    if (listing.before.has(name)) continue;
    const kind = kindIn(folder, name);
    if (kind === "sidecar") sidecars.add(name);
    else if (folder.only !== undefined || chooser.wantsFile(relativePath(folder, name))) {
      entries.push(look(folder, { name, path: shown + name, kind }));
    } else entries.push(left(folder, name, shown + name));
  }
  if (folder.only !== undefined) for (const name of names) if (kindIn(folder, name) === "sidecar") sidecars.add(name);
  const paired = withPartners(entries);
  if (sidecars.size === 0) return { entries: paired, folders };
  const isGiven = (name: string): boolean => folder.only?.has(name) ?? true;
  const complete = withSidecars(folder, { names, before: listing.before, entries: paired, sidecars, isGiven });
  return { entries: complete.sort((a, b) => compare(a.name, b.name)), folders };
}

function left(folder: Folder, name: string, path: string): Passed {
  return { path, folder: folder.absolute, name, outcome: "skipped", reason: "left out by --include or --exclude" };
}

function relativePath({ below }: Folder, name: string): string {
  return below.length === 0 ? name : `${below.join("/")}/${name}`;
}

function folderBelow(folder: Folder, name: string): Folder {
  const junk = folder.junk ?? (isJunkFolder(name) ? name : undefined);
  const place = {
    absolute: prefixOf(folder.absolute) + name,
    path: prefixOf(folder.path) + name,
    below: [...folder.below, name],
  };
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
  const { absolute, below } = folder;
  return {
    path,
    folder: absolute,
    name,
    kind,
    bytes,
    modified,
    inode,
    sidecars: NO_SIDECARS,
    partners: NO_PARTNERS,
    below,
  } satisfies Found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
