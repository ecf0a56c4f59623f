import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { open, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCodeOf } from "../errors.ts";
import { makeFolder } from "./make-folder.ts";
import { syncFolder } from "./sync-folder.ts";

/**
 * Puts a text at this path for its owner alone (mode 0600): whoever looks finds the old file or the new one, whole, and what is
 * there when this resolves survives a power cut. A link stays one. A file that is replaced keeps its owner and its group, and that
 * group may go on reading it where it is not simply the writer's own.
 */
export async function putPrivateFile(path: string, text: string): Promise<void> {
  const before = await unlessMissing(stat(path));
  const place = before === undefined ? path : await realpath(path);
  makeFolder(dirname(place));
  const temporary = `${place}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.chmod(0o600 | (before === undefined ? 0 : await handOver(file, before)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(place));
}

/** Answers what the group may do. */
async function handOver(file: FileHandle, { uid, gid, mode }: Stats): Promise<number> {
  if (process.geteuid?.() === uid && process.getegid?.() === gid) return 0;
  try {
    await file.chown(uid, gid);
    return process.getegid?.() === gid ? 0 : mode & 0o040;
  } catch (error) {
    if (systemCodeOf(error) !== "EPERM") throw error;
    return 0;
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
