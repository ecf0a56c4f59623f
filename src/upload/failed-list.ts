/** The files of a run that failed, written down so that only they can be tried again. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FailedFile } from "./tally.ts";

const KEPT = 20;

/** Paths, separated by NUL as `--filelist` reads them. Answers the list's own path; throws the system's errors. */
export function writeFailedList(folder: string, failures: readonly FailedFile[], now: Date): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `failed-${now.toISOString().replace(/[:.]/g, "-")}`);
  writeFileSync(path, failures.map(({ file }) => `${file}\0`).join(""), { mode: 0o600 });
  const lists = readdirSync(folder).filter((name) => name.startsWith("failed-"));
  for (const old of lists.sort().slice(0, -KEPT)) rmSync(join(folder, old), { force: true });
  return path;
}

/** The same command with a list instead of what was named, as a shell takes it. */
export function retryCommand(list: string, flags: readonly string[]): string {
  return ["photolog", "upload", "--filelist", list, ...flags].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
