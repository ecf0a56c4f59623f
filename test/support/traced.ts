/** What a piece of photolog asks of the operating system. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** False, or why nothing can be traced here: what `skip` takes. */
export const noTrace: string | false = await run("strace", ["-V"]).then(
  () => false as const,
  () => "strace is not installed",
);

/** Runs the script, an ECMAScript module, in a process of its own, and answers the paths that it forced to disk, in order. */
export async function forcedToDisk(script: string): Promise<string[]> {
  const traced = ["-f", "-y", "-e", "trace=fsync", process.execPath, "--input-type=module", "--eval", script];
  const { stderr } = await run("strace", traced);
  return [...stderr.matchAll(/fsync\(\d+<([^>]*)>/g)].map(([, path]) => path ?? "");
}
