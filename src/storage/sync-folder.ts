import { closeSync, fsyncSync, openSync } from "node:fs";
import { systemCodeOf } from "../errors.ts";

/** Returns when the names in this folder are on disk. */
export function syncFolder(folder: string): void {
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
