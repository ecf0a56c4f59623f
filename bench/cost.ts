/** What a command costs: time, processor time and memory of it and all that it starts. Linux; needs bash. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of processor time, user and system. */
  readonly cpu: number;
  /** Bytes resident at the same time; looked at every 50 ms. */
  readonly peak: number;
  /** Milliseconds that one in two, and one in a hundred, took longer than. */
  readonly latency?: { readonly median: number; readonly p99: number };
}

const LOOK_MS = 50;
const PAGE_BYTES = 4096;
const TICKS_A_SECOND = 100;

/** Rejects where the command fails. What it says is kept from the terminal, and told if it fails. */
export async function costOf(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Cost> {
  const began = performance.now();
  // The shell's own account of what it waited for, on a channel of its own.
  const script = '"$@"; code=$?; times >&3; exit $code';
  const child = spawn("bash", ["-c", script, "bench", ...command], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // eslint-disable-next-line node/no-process-env -- what a user has at hand is what is measured
    env: { ...process.env, ...environment },
  });
  let said = "";
  let account = "";
  child.stdout?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  child.stdio[3]?.on("data", (chunk: Buffer) => (account += chunk.toString()));
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, treeOf(child.pid ?? 0, "descendants").resident)), LOOK_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(" ")} … ended with ${code}:\n${said}`);
  const [user = 0, system = 0] = (account.split("\n")[1] ?? "").split(" ").map(secondsOf);
  return { wall: (performance.now() - began) / 1000, cpu: user + system, peak };
}

/** `1m2.345s`. */
function secondsOf(text: string): number {
  const [, minutes = "0", seconds = "0"] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

export interface Tree {
  /** Bytes. */
  readonly resident: number;
  /** Seconds of processor time, of those that have ended, too, where they were waited for. */
  readonly cpu: number;
}

/** A process and all that it has started, or only the latter. */
export function treeOf(root: number, whom: "all" | "descendants" = "all"): Tree {
  const children = new Map<number, number[]>();
  const own = new Map<number, Tree>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      own.set(Number(name), { resident: Number(fields[21]) * PAGE_BYTES, cpu: ticks / TICKS_A_SECOND });
    } catch {
      // It has ended meanwhile.
    }
  }
  const sum = (pid: number, start: Tree = { resident: 0, cpu: 0 }): Tree =>
    (children.get(pid) ?? []).reduce((total, child) => {
      const below = sum(child, own.get(child));
      return { resident: total.resident + below.resident, cpu: total.cpu + below.cpu };
    }, start);
  return sum(root, whom === "all" ? own.get(root) : undefined);
}

/** Ours, what a user would pick instead, or what the machine allows at best. */
export type Role = "ours" | "peer" | "limit";

export interface Contender {
  readonly name: string;
  readonly role: Role;
  /** One round; makes ready for itself what it needs before. */
  readonly run: () => Promise<Cost>;
}

export interface Entry extends Pick<Contender, "name" | "role"> {
  readonly cost: Cost;
}

/** Medians of interleaved rounds, in the order given: whatever else the machine does, it does to all. */
export async function compete(contenders: readonly Contender[], rounds: number): Promise<readonly Entry[]> {
  const costs = contenders.map((): Cost[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of contenders.entries()) costs[index]?.push(await run());
  }
  return contenders.map(({ name, role }, index) => ({ name, role, cost: medianOf(costs[index] ?? []) }));
}

function medianOf(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number): number => middle(costs.map(of));
  const latencies = costs.flatMap(({ latency }) => latency ?? []);
  return {
    wall: median(({ wall }) => wall),
    cpu: median(({ cpu }) => cpu),
    peak: median(({ peak }) => peak),
    ...(latencies.length === 0
      ? {}
      : {
          latency: {
            median: middle(latencies.map((one) => one.median)),
            p99: middle(latencies.map((one) => one.p99)),
          },
        }),
  };
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** In milliseconds, of single runs. */
export function latencyOf(milliseconds: readonly number[]): NonNullable<Cost["latency"]> {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}

async function isInstalled({ needs, isThere = `command -v ${needs}` }: Needs): Promise<boolean> {
  const child = spawn("bash", ["-c", isThere], { stdio: "ignore" });
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}

interface Needs {
  /** The name of what has to be installed. */
  readonly needs?: string;
  /** Shell command that succeeds where it is; otherwise a program of this name is looked for on the PATH. */
  readonly isThere?: string;
}

/** Those of the contenders whose program is there, and the programs that are not. */
export async function installed(
  contenders: readonly (Contender & Needs)[],
): Promise<{ readonly present: readonly Contender[]; readonly absent: readonly string[] }> {
  const present: Contender[] = [];
  const absent = new Set<string>();
  for (const contender of contenders) {
    const { needs } = contender;
    if (needs === undefined || (await isInstalled(contender))) present.push(contender);
    else absent.add(needs);
  }
  return { present, absent: [...absent] };
}
