/**
 * Runs ffmpeg and ffprobe as they are found on the PATH. Why no package brings them: those on npm that hold the program itself are
 * builds of 2018, without its security fixes since then and without AV1, and the others fetch it from elsewhere while they are
 * installed. Every distribution has a maintained one.
 */
import { spawn } from "node:child_process";
import { systemCodeOf } from "../errors.ts";

export type Program = "ffmpeg" | "ffprobe";

/** The program is not there, or may not be run. */
export class ProgramMissing extends Error {
  override readonly name = "ProgramMissing";
}

/** The program ended in failure; the message is the last that it said. */
export class ProgramFailed extends Error {
  override readonly name = "ProgramFailed";
}

const MOST_SAID_CHARACTERS = 4000;

export interface Run {
  readonly program: Program;
  readonly arguments: readonly string[];
  readonly milliseconds: number;
  /** What it may write at most. */
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What it writes. Its standard input is closed. Killed when the time is over, when it writes more than it may (`ProgramFailed`)
 * and when the signal says so (the signal's reason).
 */
export async function run(given: Run): Promise<Buffer> {
  const { program, signal } = given;
  signal?.throwIfAborted();
  const child = spawn(program, given.arguments, {
    stdio: ["ignore", "pipe", "pipe"],
    killSignal: "SIGKILL",
    signal,
  });
  // Not by `spawn` itself: where there is no program, its timer would keep the process alive until it is over.
  const timer = setTimeout(() => child.kill("SIGKILL"), given.milliseconds);
  const written: Buffer[] = [];
  let bytes = 0;
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > given.bytes) child.kill("SIGKILL");
    else written.push(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-MOST_SAID_CHARACTERS);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  const code = await promise
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      if (["ENOENT", "EACCES"].includes(systemCodeOf(error) ?? "")) throw new ProgramMissing(program, { cause: error });
      throw error;
    })
    .finally(() => clearTimeout(timer));
  signal?.throwIfAborted();
  if (code === 0) return Buffer.concat(written);
  const reason = code === null ? "took too long or wrote too much" : (said.trim().split("\n").at(-1) ?? "");
  throw new ProgramFailed(`${program}: ${reason}`);
}

/** Its version; rejects with `ProgramMissing` where it is not there. */
export async function versionOf(program: Program): Promise<string> {
  const said = await run({ program, arguments: ["-version"], milliseconds: 10_000, bytes: 1024 ** 2 });
  return /^\S+ version (\S+)/.exec(said.toString())?.[1] ?? "of unknown version";
}
