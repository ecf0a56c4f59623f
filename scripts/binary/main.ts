/**
 * What the single executable runs: unpacks photolog's files, once for each version, then starts photolog from there. The
 * unpacked tree is an installed package, so all else works as it does under Node.js.
 */
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { getAsset, getRawAsset } from "node:sea";
import type { Tree } from "./tree.ts";

const tree = JSON.parse(getAsset("tree.json", "utf8")) as Tree;

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

async function main(): Promise<void> {
  const root = unpacked();
  const load = createRequire(join(root, "package.json"));
  // Here `process.execPath` is photolog itself, so what starts a file of ours in a process of its own ends up here too.
  const [, , first = ""] = process.argv;
  if (first.startsWith(join(root, "dist"))) {
    process.argv.splice(1, 2, first);
    await load(first);
    return;
  }
  const isUpload = basename(process.argv0) === "upload2photolog";
  const args = process.argv.slice(2);
  const { start } = load("./bin/start.js") as { start: (args: readonly string[]) => Promise<void> };
  await start(isUpload ? ["upload", ...args] : args);
}

/** The folder with the files; unpacks them where they are missing or were tampered with. */
function unpacked(): string {
  const troubles: string[] = [];
  for (const cache of cacheFolders()) {
    try {
      return unpackedIn(cache);
    } catch (error) {
      troubles.push(`${cache}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `photolog has to unpack its files and found no place for them.\n${troubles.join("\n")}\nSet XDG_CACHE_HOME to a folder that may be written to and executed from.`,
  );
}

function cacheFolders(): string[] {
  const { XDG_CACHE_HOME } = process.env;
  const own =
    XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== "" ? resolve(XDG_CACHE_HOME) : join(homedir(), ".cache");
  return [join(own, "photolog"), join(tmpdir(), `photolog-${process.getuid?.() ?? "cache"}`)];
}

function unpackedIn(cache: string): string {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  // Whoever may write there decides what photolog runs.
  const { uid, mode } = lstatSync(cache);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error("others may write there");
  const root = join(cache, tree.digest);
  if (isWhole(root)) return root;
  const fresh = mkdtempSync(`${root}.`);
  try {
    for (const file of Object.keys(tree.files)) {
      const path = join(fresh, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, new Uint8Array(getRawAsset(file)));
    }
    // Another photolog may have been quicker, or what is there is damaged.
    if (!isWhole(root)) {
      rmSync(root, { recursive: true, force: true });
      renameSync(fresh, root);
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return root;
}

function isWhole(root: string): boolean {
  const mine = process.getuid?.();
  return Object.entries(tree.files).every(([file, { bytes }]) => {
    const stats = statSync(join(root, file), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size === bytes && stats.uid === mine;
  });
}
