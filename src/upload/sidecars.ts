/** Which photo a sidecar belongs to, told from the names in one folder alone. */
import { statSync } from "node:fs";
import { kindOfName } from "../media/formats.ts";
import type { Kind } from "../photo.ts";
import {
  isFound,
  NOT_A_FILE,
  pathOf,
  prefixOf,
  reasonOf,
  type Entry,
  type FoundSidecar,
  type Passed,
} from "./entry.ts";
import { isJunkFile } from "./junk.ts";

/** Puts each sidecar to its photo; those that have none are entries of their own. */
export function withSidecars(
  folder: { readonly absolute: string; readonly path: string },
  given: {
    /** All files of the folder. */
    readonly names: readonly string[];
    /** Those whose entries were yielded earlier, with their sidecars. */
    readonly before: ReadonlySet<string>;
    readonly entries: readonly Entry[];
    readonly sidecars: Iterable<string>;
    /** Whether a sidecar without its photo is worth mentioning. */
    readonly isGiven: (name: string) => boolean;
  },
): Entry[] {
  const { names, before, entries, sidecars, isGiven } = given;
  const ownerOf = ownersOfSidecars(photosAmong([...names, ...entries.map(({ name }) => name)]));
  const found = new Set(entries.filter(isFound).map(({ name }) => name));
  const attached = new Map<string, FoundSidecar[]>();
  const alone: Passed[] = [];
  for (const name of sidecars) {
    const sidecar = { path: prefixOf(folder.path) + name, folder: folder.absolute, name };
    const owner = ownerOf(name);
    if (owner !== undefined && before.has(owner)) continue;
    if (owner === undefined || !found.has(owner)) {
      if (isGiven(name)) alone.push({ ...sidecar, outcome: "skipped", reason: "sidecar without its photo" });
      continue;
    }
    const trouble = troubleOf(sidecar);
    if (trouble !== undefined) alone.push({ ...sidecar, ...trouble });
    else attached.set(owner, [...(attached.get(owner) ?? []), sidecar]);
  }
  const complete = entries.map((entry) => {
    const own = attached.get(entry.name);
    return own === undefined || !isFound(entry) ? entry : { ...entry, sidecars: own };
  });
  return [...complete, ...alone];
}

function photosAmong(names: Iterable<string>): (readonly [string, Kind])[] {
  return [...new Set(names)].flatMap((name) => {
    const kind = isJunkFile(name) ? undefined : kindOfName(name);
    return kind === undefined || kind === "sidecar" ? [] : [[name, kind] as const];
  });
}

function troubleOf(sidecar: FoundSidecar): Pick<Passed, "outcome" | "reason" | "bytes"> | undefined {
  try {
    const stats = statSync(pathOf(sidecar));
    if (!stats.isFile()) return { outcome: "skipped", reason: NOT_A_FILE };
    return stats.size === 0 ? { outcome: "skipped", reason: "empty", bytes: 0 } : undefined;
  } catch (error) {
    return { outcome: "failed", reason: reasonOf(error, sidecar.name) };
  }
}

/**
 * Where several photos share a stem: a camera's `.THM` belongs to the film it shows, every other sidecar to the RAW file,
 * because that is the one whose edits cannot be written into it.
 */
const PREFERRED: Readonly<Record<"thm" | "other", readonly Kind[]>> = {
  thm: ["video", "raw", "image"],
  other: ["raw", "image", "video"],
};

/**
 * Answers, for the name of a sidecar, the name of its photo. `IMG.jpg.xmp` belongs to `IMG.jpg`, `IMG.xmp` to whichever
 * photo has the stem `IMG`. Case does not matter, but the same case is preferred.
 */
function ownersOfSidecars(
  photos: Iterable<readonly [name: string, kind: Kind]>,
): (sidecar: string) => string | undefined {
  const byName = new Map<string, string[]>();
  const byStem = new Map<string, Map<Kind, string[]>>();
  for (const [name, kind] of photos) {
    append(byName, name.toLowerCase(), name);
    const stem = stemOf(name).toLowerCase();
    const kinds = byStem.get(stem) ?? new Map<Kind, string[]>();
    byStem.set(stem, append(kinds, kind, name));
  }
  return (sidecar) => {
    const stem = stemOf(sidecar);
    const whole = byName.get(stem.toLowerCase());
    if (whole !== undefined) return whole.find((name) => name === stem) ?? whole[0];
    const kinds = byStem.get(stem.toLowerCase());
    const preferred = PREFERRED[/\.thm$/i.test(sidecar) ? "thm" : "other"].find((kind) => kinds?.has(kind));
    if (preferred === undefined) return undefined;
    const names = kinds?.get(preferred);
    return names?.find((name) => stemOf(name) === stem) ?? names?.[0];
  };
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

function append<K>(lists: Map<K, string[]>, key: K, name: string): Map<K, string[]> {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [name]);
  else list.push(name);
  return lists;
}
