/**
 * Clears away what is safe elsewhere: `--move-done` and `--delete-done`. A file goes only when the server, asked again at that
 * moment, says that the archive holds these very bytes, and the file still has them.
 */
import { constants, type Stats } from "node:fs";
import { copyFile, link, lstat, mkdir, open, realpath, rename, rm, stat, unlink, utimes } from "node:fs/promises";
import { basename, dirname, join, parse, relative, resolve, sep } from "node:path";
import { PhotologError, systemCodeOf } from "../errors.ts";
import { checksumsOf } from "../media/checksum.ts";
import type { Checksum } from "../photo.ts";
import type { Known } from "./answers.ts";
import { pathOf, reasonOf } from "./entry.ts";
import type { Arrived, Run } from "./run.ts";
import type { Trouble } from "./tally.ts";

export type Clearing = { readonly moveTo: string } | { readonly isDeleting: true };

export interface Cleared {
  /** Files moved or deleted, sidecars not counted; with `--dry-run`, those that would be. */
  readonly cleared: number;
  /** Files that stay where they are, each with its reason. */
  readonly left: readonly Trouble[];
}

/** Each question makes the archive look at so many originals. */
const BATCH = 50;
const SHORTEST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** Nothing new in the archive for so long: the rest is for another run. Milliseconds. */
const PATIENCE = 60_000;

/** Rejects with `USAGE` where what is cleared away would come to lie in, or above, what is sent. */
export async function refuseOverlap(moveTo: string, paths: readonly string[], cwd: string): Promise<void> {
  const target = await realOf(resolve(cwd, moveTo));
  for (const path of paths) {
    const source = resolve(cwd, path);
    const stats = await stat(source).catch(() => undefined);
    if (stats === undefined) continue;
    const folder = await realOf(stats.isDirectory() ? source : dirname(source));
    const isOverlapping = stats.isDirectory()
      ? isWithin(target, folder) || isWithin(folder, target)
      : folder === target;
    if (isOverlapping) {
      throw new PhotologError("USAGE", `--move-done ${moveTo} overlaps with ${path}, which is sent.`, {
        hint: "Name a folder beside it.",
      });
    }
  }
}

/** The real path, as far as it exists. */
async function realOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await realOf(dirname(path)), basename(path));
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !parse(way).root);
}

/** Waits for the archive as long as something arrives there. Rejects as `upload` ends: lost server, interruption. */
export async function clearDone(arrivals: readonly Arrived[], clearing: Clearing, run: Run): Promise<Cleared> {
  const { client, connection, options, signal, pause } = run;
  const left: Trouble[] = [];
  let cleared = 0;
  let open = arrivals;
  let wait = SHORTEST_PAUSE;
  let waited = 0;
  while (open.length > 0 && waited < PATIENCE) {
    const waiting: Arrived[] = [];
    for (let from = 0; from < open.length; from += BATCH) {
      const batch = open.slice(from, from + BATCH);
      const checksums = batch.map(({ sha256 }) => sha256);
      const known = await connection.through(() => client.check(checksums, signal, { archive: true }));
      for (const arrival of batch) {
        const one = known.get(arrival.sha256);
        if (one?.archived !== true) {
          waiting.push(arrival);
          continue;
        }
        signal.throwIfAborted();
        const reason = options.isDryRun ? undefined : await clear(arrival, one, clearing).catch(failed);
        if (reason === undefined) cleared++;
        else left.push({ path: arrival.file.path, reason });
      }
    }
    if (options.isDryRun) break;
    if (waiting.length < open.length) {
      waited = 0;
      wait = SHORTEST_PAUSE;
    }
    open = waiting;
    if (open.length === 0) break;
    run.reporter.clearing({ waiting: open.length });
    await pause(wait, signal);
    waited += wait;
    wait = Math.min(LONGEST_PAUSE, wait * 1.5);
  }
  if (!options.isDryRun) {
    for (const { file } of open) left.push({ path: file.path, reason: "not in the archive yet; run it again later" });
  }
  return { cleared, left };
}

function failed(error: unknown): string {
  if (error instanceof PhotologError) return error.message;
  return reasonOf(error);
}

/** Answers why the file stays, if it does. */
async function clear({ file, sha256 }: Arrived, known: Known, clearing: Clearing): Promise<string | undefined> {
  const path = pathOf(file);
  const reason = await clearOne(path, sha256, { file, clearing });
  if (reason !== undefined) return reason;
  for (const sidecar of file.sidecars) {
    // What the server does not have stays, as does what cannot be read.
    const own = await checksumsOf(pathOf(sidecar), ["sha256"]).catch(() => undefined);
    if (own?.sha256 === undefined || known.sidecars?.includes(own.sha256) !== true) continue;
    await clearOne(pathOf(sidecar), own.sha256, { file, clearing });
  }
  return undefined;
}

async function clearOne(
  path: string,
  sha256: Checksum,
  { file, clearing }: Pick<Arrived, "file"> & { readonly clearing: Clearing },
): Promise<string | undefined> {
  const before = await lstat(path);
  if (!before.isFile()) return "it is a link, and stays";
  const { sha256: own } = await checksumsOf(path, ["sha256"]);
  if (own !== sha256) return "it has changed since it was sent";
  const isSame = async (): Promise<boolean> => isUnchanged(before, await lstat(path));
  if ("isDeleting" in clearing) {
    if (!(await isSame())) return "it has changed since it was sent";
    await unlink(path);
    return undefined;
  }
  const folder = join(clearing.moveTo, ...file.below);
  await mkdir(folder, { recursive: true });
  return moveInto(folder, { path, sha256, isSame, stats: before });
}

interface Moving {
  readonly path: string;
  readonly sha256: Checksum;
  readonly isSame: () => Promise<boolean>;
  readonly stats: Stats;
}

/** At every moment the whole file is in one of both places. Nothing is ever overwritten: where the name is taken, it is numbered. */
async function moveInto(folder: string, { path, sha256, isSame, stats }: Moving): Promise<string | undefined> {
  const copy = join(folder, `.${basename(path)}.photolog-${process.pid}`);
  try {
    let target = await linkFree(path, folder, basename(path)).catch(() => undefined);
    if (target === undefined) {
      // Another disk, or one without hard links.
      await copyFile(path, copy, constants.COPYFILE_EXCL);
      await utimes(copy, stats.atime, stats.mtime);
      await flush(copy);
      if ((await checksumsOf(copy, ["sha256"])).sha256 !== sha256) return "its copy is not the same";
      target = await nameFree(copy, folder, basename(path));
    }
    await flush(folder);
    if (!(await isSame())) {
      await rm(target);
      return "it has changed since it was sent";
    }
    await unlink(path);
    return undefined;
  } finally {
    await rm(copy, { force: true });
  }
}

/** Throws where the file system cannot link. */
async function linkFree(from: string, folder: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const target = join(folder, numbered(name, number));
    try {
      await link(from, target);
      return target;
    } catch (error) {
      if (systemCodeOf(error) !== "EEXIST") throw error;
    }
  }
}

async function nameFree(copy: string, folder: string, name: string): Promise<string> {
  const linked = await linkFree(copy, folder, name).catch(() => undefined);
  if (linked !== undefined) return linked;
  for (let number = 1; ; number++) {
    const target = join(folder, numbered(name, number));
    if ((await lstat(target).catch(() => undefined)) !== undefined) continue;
    await rename(copy, target);
    return target;
  }
}

function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const { name: stem, ext } = parse(name);
  return `${stem} (${number})${ext}`;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ino === after.ino;
}
