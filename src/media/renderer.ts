/**
 * Has renditions made in child processes, one picture at a time each. A child that crashes, hangs, or takes too much memory costs
 * the picture it was at, and nothing else; a fresh one takes its place.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PhotologError } from "../errors.ts";
import type { Format } from "./formats.ts";
import type { Rendered } from "./renditions.ts";

export interface Order extends Pick<Format, "mime" | "kind"> {
  readonly path: string;
  readonly into: string;
}

export type Answer =
  | { readonly rendered: Rendered }
  | {
      readonly failure: {
        readonly message: string;
        readonly hint?: string;
        readonly isUndecodable?: boolean;
        readonly systemCode?: string | undefined;
      };
    };

export interface RendererLimits {
  /** Bytes of resident memory. */
  readonly memory?: number;
  /** Milliseconds for one picture. */
  readonly time?: number;
  /** Pictures after which a child is replaced: what a decoder has lost hold of by then is given back. */
  readonly pictures?: number;
}

export interface Renderer {
  /**
   * As `renderRenditions`; rejects with `DECODER_LOST` where the child was lost over it, and with the signal's reason. As many as
   * are asked for at the same time are made at the same time.
   */
  render(order: Order, signal: AbortSignal): Promise<Rendered>;
  /** Ends all children at once. */
  close(): void;
}

/** 110 megapixels decoded at once take half of this. */
const MEMORY = 1_500_000_000;
/** Long enough for half a gigapixel. */
const TIME = 5 * 60_000;
const PICTURES = 500;
const LOOK_MS = 500;
/** A child that is idle with more than this is replaced, too. */
const IDLE_MEMORY = 400_000_000;

export function openRenderer(limits: RendererLimits = {}): Renderer {
  const { memory = MEMORY, time = TIME, pictures = PICTURES } = limits;
  const idle: Child[] = [];
  const all = new Set<Child>();
  let isClosed = false;

  return {
    async render(order, signal) {
      signal.throwIfAborted();
      if (isClosed) throw closed();
      const child = idle.pop() ?? startChild();
      try {
        const rendered = await renderIn(child, order, { signal, memory, time });
        await keepOrEnd(child);
        return rendered;
      } catch (error) {
        if (child.isLost) all.delete(child);
        else await keepOrEnd(child);
        // Not the picture's fault.
        throw isClosed && !signal.aborted ? closed() : error;
      }
    },
    close() {
      isClosed = true;
      for (const child of all) kill(child);
      all.clear();
      idle.length = 0;
    },
  };

  function startChild(): Child {
    const stdio = ["ignore", "ignore", "ignore", "ipc"] as const;
    const own = fork(entry(), { execArgv: [], detached: true, stdio: [...stdio], env: environment() });
    const child: Child = { own, pictures: 0, isLost: false };
    own.on("error", () => (child.isLost = true));
    own.once("exit", () => {
      child.isLost = true;
      all.delete(child);
      const position = idle.indexOf(child);
      if (position >= 0) idle.splice(position, 1);
    });
    // A server that has nothing else to do may end.
    own.unref();
    own.channel?.unref();
    all.add(child);
    return child;
  }

  async function keepOrEnd(child: Child): Promise<void> {
    child.pictures++;
    const isWorn = child.pictures >= pictures || (await residentBytes(child)) > IDLE_MEMORY;
    if (isWorn || isClosed || child.isLost) kill(child);
    else idle.push(child);
  }
}

interface Child {
  readonly own: ChildProcess;
  pictures: number;
  isLost: boolean;
}

async function renderIn(
  child: Child,
  order: Order,
  { signal, memory, time }: Required<Pick<RendererLimits, "memory" | "time">> & { readonly signal: AbortSignal },
): Promise<Rendered> {
  const { own } = child;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const lose = (reason: unknown): void => {
    reject(reason);
    kill(child);
  };
  const onExit = (code: number | null, ended: string | null): void => {
    reject(lost(`The decoder broke down on it (${ended ?? `exit ${code}`}).`));
  };
  const onAbort = (): void => lose(signal.reason);
  const began = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - began > time) lose(lost(`It took longer than ${Math.round(time / 1000)} seconds to decode.`));
    residentBytes(child).then(
      (bytes) => {
        if (bytes > memory) lose(lost(`Decoding it took more than ${Math.round(memory / 1e6)} MB of memory.`));
      },
      () => undefined,
    );
  }, LOOK_MS);
  own.ref();
  own.channel?.ref();
  own.once("message", resolve);
  own.once("exit", onExit);
  own.once("error", lose);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    own.send(order, (error) => {
      if (error !== null) lose(lost(`The decoder cannot be told: ${error.message}.`));
    });
    const answer = await promise;
    if ("rendered" in answer) return answer.rendered;
    throw failureOf(answer.failure);
  } finally {
    clearInterval(watch);
    own.off("message", resolve);
    own.off("exit", onExit);
    own.off("error", lose);
    signal.removeEventListener("abort", onAbort);
    own.unref();
    own.channel?.unref();
  }
}

function failureOf({
  message,
  hint,
  isUndecodable,
  systemCode,
}: Extract<Answer, { failure: unknown }>["failure"]): Error {
  if (isUndecodable === true) {
    return new PhotologError("UNDECODABLE", message, hint === undefined ? {} : { hint });
  }
  return Object.assign(new Error(message), systemCode === undefined ? {} : { code: systemCode });
}

function closed(): PhotologError {
  return new PhotologError("DRAINING", "The server is stopping.");
}

function lost(message: string): PhotologError {
  return new PhotologError("DECODER_LOST", message);
}

/** With everything that it has started: it leads a group of its own. */
function kill(child: Child): void {
  child.isLost = true;
  const { pid } = child.own;
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** 0 where the system does not tell. */
async function residentBytes({ own }: Child): Promise<number> {
  const status = await readFile(`/proc/${own.pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** What a decoder and ffmpeg need to run. Not the secrets of the server: a hostile file may get hold of what is here. */
const VARIABLES = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"];

/**
 * Every thread that decodes would keep an arena of its own, and what it has freed in it. With two of them 72 photos left a quarter
 * less behind. glibc's: https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const FEW_ARENAS = { MALLOC_ARENA_MAX: "2" };

function environment(): NodeJS.ProcessEnv {
  // eslint-disable-next-line node/no-process-env -- no setting: what programs need that are started
  const own = process.env;
  const given = VARIABLES.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]));
  return { ...Object.fromEntries(given), ...FEW_ARENAS };
}

/** Beside this file as it was written; as it was built, in `dist/media`, however deep in `dist` this has ended up. */
function entry(): string {
  if (import.meta.filename.endsWith(".ts")) return join(import.meta.dirname, "render-child.ts");
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "media/render-child.js");
    if (existsSync(path)) return path;
  }
  throw new Error("media/render-child.js is missing from this installation.");
}
