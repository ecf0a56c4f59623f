import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./temporary.ts";

/** Writes files by their relative paths into a folder of its own. */
export async function photoTree(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) put(join(folder, path), content);
  return folder;
}

/** A file that is a minute old, so that a journal may trust its time of change. */
export function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const then = Date.now() / 1000 - 60;
  utimesSync(path, then, then);
}
