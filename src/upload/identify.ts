/** From a found file to a known one: its checksum, out of the journal or by reading it. */
import { statSync } from "node:fs";
import { PhotologError } from "../errors.ts";
import { checksumsOf } from "../media/checksum.ts";
import type { Checksum } from "../photo.ts";
import type { Journal } from "./journal.ts";
import { pathOf, reasonOf, type Found } from "./entry.ts";

/** A found file and the checksum it has while its size and time of change are these. */
export interface Identified {
  readonly found: Found;
  readonly sha256: Checksum;
  readonly bytes: number;
  readonly modified: number;
}

/** The checksum the journal has for this file, if the file is still the one that was read then. */
export function recall(found: Found, journal: Journal): Identified | undefined {
  const sha256 = journal.find(found);
  return sha256 === undefined ? undefined : { found, sha256, bytes: found.bytes, modified: found.modified };
}

/** Reads the file; rejects as `readWhole` does. */
export async function identify(found: Found, reading: Reading): Promise<Identified> {
  return { found, ...(await readWhole(found, reading)) };
}

interface Reading {
  readonly journal: Journal;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Reads the whole file and notes its checksum in the journal.
 * Rejects with `FILE_UNREADABLE`, or with `FILE_CHANGED` where somebody wrote to it meanwhile.
 */
export async function readWhole(
  { folder, name }: { readonly folder: string; readonly name: string },
  { journal, now, signal }: Reading,
): Promise<Omit<Identified, "found">> {
  const path = pathOf({ folder, name });
  try {
    const began = now();
    const before = statSync(path);
    if (before.size === 0) throw new PhotologError("FILE_UNREADABLE", "it has become empty");
    const { bytes, sha256 } = await checksumsOf(path, ["sha256"], signal);
    const { size, mtimeMs: modified, ino: inode } = statSync(path);
    if (size !== bytes || before.size !== bytes || before.mtimeMs !== modified) throw changed();
    if (isSettled(modified, began)) journal.put({ folder, name, bytes, modified, inode }, sha256);
    return { sha256, bytes, modified };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PhotologError) throw error;
    throw new PhotologError("FILE_UNREADABLE", reasonOf(error), { cause: error });
  }
}

export function changed(): PhotologError {
  return new PhotologError("FILE_CHANGED", "it changed while it was being read");
}

/**
 * A file written to just before it was read may be written to again within the same tick of its disk's clock, and would
 * look unchanged ever after. Memory cards count in steps of two seconds, other disks in thousandths.
 */
function isSettled(modified: number, began: number): boolean {
  const tick = modified % 1000 === 0 ? 2000 : 20;
  return began - modified > tick || modified - began > tick;
}
