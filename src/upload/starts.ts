/** What was named on the command line, brought into the order in which it is walked. */
import { statSync, type Stats } from "node:fs";
import { basename, dirname, normalize, resolve, sep } from "node:path";
import type { Passed } from "./entry.ts";
import { reasonOf } from "./entry.ts";

/** A folder to walk, or one of which only some files are wanted. */
export interface Start {
  readonly absolute: string;
  /** As it was named. */
  readonly path: string;
  readonly only?: ReadonlySet<string>;
}

interface Named {
  readonly absolute: string;
  readonly path: string;
  /** A folder counts as its name and a slash. */
  readonly key: string;
}

/** In path order; files of one folder between which nothing else comes are one start. */
export function startsOf(
  paths: readonly string[],
  cwd: string,
): { readonly starts: readonly Start[]; readonly passed: readonly Passed[] } {
  const named = new Map<string, Named>();
  const passed: Passed[] = [];
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    let stats: Stats;
    try {
      // An empty path (of a variable that is not set) is not the working directory.
      stats = statSync(path === "" ? path : absolute);
    } catch (error) {
      const place = { path, folder: dirname(absolute), name: basename(absolute) };
      passed.push({ ...place, outcome: "failed", reason: reasonOf(error, path) });
      continue;
    }
    const key = stats.isDirectory() ? absolute + (absolute.endsWith(sep) ? "" : sep) : absolute;
    named.set(key, { absolute, path, key });
  }
  const starts: { absolute: string; path: string; only?: Set<string> }[] = [];
  for (const { absolute, path, key } of [...named.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const last = starts.at(-1);
    const folder = dirname(absolute);
    if (key !== absolute) starts.push({ absolute, path: normalize(path) });
    else if (last?.only !== undefined && last.absolute === folder) last.only.add(basename(absolute));
    else starts.push({ absolute: folder, path: dirname(path), only: new Set([basename(absolute)]) });
  }
  return { starts, passed };
}
