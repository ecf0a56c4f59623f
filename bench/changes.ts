/** Which files of a folder were written or deleted. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** By path: when each was last written, and which file it is. Empty where there is no such folder. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const stat = statSync(join(folder, name));
      if (stat.isFile()) files.set(name, `${stat.mtimeMs} ${stat.ino}`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return files;
}

/** How many are new, written again, or gone. */
export function changesIn(folder: string, before: ReadonlyMap<string, string>): number {
  const after = filesIn(folder);
  const written = [...after].filter(([name, at]) => before.get(name) !== at).length;
  return written + [...before.keys()].filter((name) => !after.has(name)).length;
}
