/** What a scan finds: photos to send, and what is not sent, with the reason. */
import { sep } from "node:path";
import { systemCodeOf } from "../errors.ts";
import type { Kind } from "../photo.ts";

/** A photo to send, as it was when it was found. */
export interface Found {
  /** For people: as they named it, or below the folder they named. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly kind: Kind;
  readonly bytes: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly modified: number;
  readonly inode: number;
  readonly sidecars: readonly FoundSidecar[];
  /** Pictures of the same name in the same folder: the still of a Live Photo, the JPEG beside a RAW file. */
  readonly partners: readonly FoundPartner[];
  /** Names of the folders between the one that was named and the file; empty for a file that was named itself. */
  readonly below: readonly string[];
}

/** All that is needed to look its checksum up. */
export type FoundPartner = Pick<Found, "folder" | "name" | "bytes" | "modified" | "inode">;

export interface FoundSidecar {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
}

/** A file or folder that is not sent. */
export interface Passed {
  readonly path: string;
  readonly folder: string;
  readonly name: string;
  readonly outcome: "skipped" | "failed";
  readonly reason: string;
  readonly bytes?: number;
}

export type Entry = Found | Passed;

export function isFound(entry: Entry): entry is Found {
  return "kind" in entry;
}

export function pathOf(file: { readonly folder: string; readonly name: string }): string {
  return prefixOf(file.folder) + file.name;
}

/** What a name is put behind: much cheaper than `join`, for names that came from a listing. */
export function prefixOf(folder: string): string {
  if (folder === "." || folder === "") return "";
  return folder.endsWith(sep) ? folder : folder + sep;
}

export const NOT_A_FILE = "not a file (a socket, pipe or device)";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk reports an error",
  ELOOP: "a link that leads in a circle",
};

/** Why the system refused, for people. */
export function reasonOf(error: unknown, path = ""): string {
  // Such a name comes out of a listing with other bytes than it has on the disk.
  if (path.includes("\uFFFD")) return "its name is not valid UTF-8; rename it";
  const code = systemCodeOf(error) ?? "unknown error";
  const reason = REASONS[code];
  return reason === undefined ? `cannot be read (${code})` : `${reason} (${code})`;
}
