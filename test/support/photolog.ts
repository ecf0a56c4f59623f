/** Runs the program as a user does: the built one, in a process of its own. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { whenDone } from "./temporary.ts";

export const BIN = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
export const SECRET = "not-a-real-secret";
export const MD5_OF_SECRET = "890fd7e24f5b3c4278cfd9b8168c8cf4";

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Home {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What is run; by default the built program, with the Node.js that runs the tests. */
  readonly program?: readonly [string, ...string[]];
}

function programOf({ program = [process.execPath, BIN] }: Home): { readonly file: string; readonly first: string[] } {
  const [file, ...first] = program;
  return { file, first };
}

/** A home folder of its own, so that nothing on this machine is read or changed. */
export async function makeHome(folder: string): Promise<Home> {
  const home = join(folder, "home");
  await mkdir(home, { recursive: true });
  const environment = {
    PATH: process.env["PATH"],
    HOME: home,
    NO_COLOR: "1",
    CI: "true",
    // Compiled code would be shared with whatever else runs here.
    NODE_DISABLE_COMPILE_CACHE: "1",
  };
  return { folder, environment };
}

export async function runPhotolog(home: Home, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Run> {
  const { file, first } = programOf(home);
  const child = spawn(file, [...first, ...args], {
    cwd: home.folder,
    env: { ...home.environment, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

export interface Serving {
  readonly url: string;
  readonly pid: number;
  /** What it printed so far, on both. */
  readonly output: () => string;
  /** Sends the signal and answers how it ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; milliseconds: number }>;
  get<T>(path: string): Promise<T>;
}

/** Starts `photolog serve` and waits until it listens. With `stderr`, a file descriptor, its log goes there. */
export async function serve(
  home: Home,
  settings: Readonly<Record<string, unknown>>,
  { stderr, port = 0 }: { readonly stderr?: number; readonly port?: number } = {},
): Promise<Serving> {
  const settingsFile = join(home.folder, "settings.yaml");
  await writeFile(settingsFile, JSON.stringify({ API_SECRET: SECRET, ...settings }));
  const { file, first } = programOf(home);
  const child = spawn(file, [...first, "serve", "--settings", settingsFile, "--port", String(port)], {
    cwd: home.folder,
    env: home.environment,
    stdio: ["ignore", "pipe", stderr ?? "pipe"],
  });
  const { stdout } = child;
  assert.ok(stdout);
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on("line", (line) => {
      output += `${line}\n`;
      const found = /^Photolog listens on (\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}:\n${output}`)));
  });
  whenDone(() => stopChild(child));
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    async end(signal) {
      const began = Date.now();
      const ended = once(child, "exit") as Promise<[number | null]>;
      child.kill(signal);
      const [code] = await ended;
      return { code, milliseconds: Date.now() - began };
    },
    async get<T>(path: string) {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${SECRET}` } });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
