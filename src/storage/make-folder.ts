import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemCodeOf } from "../errors.ts";

/** Makes a folder, with all above it, for its owner alone. Returns when the names of all that are new are on disk (fsync). */
export function makeFolder(folder: string): void {
  const path = resolve(folder);
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) sync(dirname(at));
}

function sync(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some network file systems force names to disk at once and know no fsync of folders.
    if (!["EINVAL", "ENOTSUP"].includes(systemCodeOf(error) ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}
