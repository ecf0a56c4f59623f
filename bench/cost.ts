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
  /** Written, written again or deleted, of what is made. */
  readonly files?: number;
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
  const seen = new Map<number, number>();
  const watch = setInterval(() => {
    const there = descendantsOf(child.pid ?? 0);
    peak = Math.max(
      peak,
      there.reduce((sum, { resident }) => sum + resident, 0),
    );
    for (const { pid, cpu } of there) seen.set(pid, cpu);
  }, LOOK_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(" ")} … ended with ${code}:\n${said}`);
  const [user = 0, system = 0] = (account.split("\n")[1] ?? "").split(" ").map(secondsOf);
  // The shell does not know of processes that nobody waited for, the looks do not of what was spent after the last of them.
  const looked = [...seen.values()].reduce((sum, cpu) => sum + cpu, 0);
  return { wall: (performance.now() - began) / 1000, cpu: Math.max(user + system, looked), peak };
}

/** `1m2.345s`. */
function secondsOf(text: string): number {
  const [, minutes = "0", seconds = "0"] = /(\d+)m([\d.]+)s/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

interface Descendant {
  readonly pid: number;
  /** Bytes. */
  readonly resident: number;
  /** Seconds of its own. */
  readonly cpu: number;
  /** Seconds of those that it started and that have ended. */
  readonly ended: number;
}

/** Bytes resident, and seconds of processor time, of all that a process has started, the ended ones included. */
export function spentBelow(root: number): Pick<Cost, "cpu"> & { readonly resident: number } {
  const there = descendantsOf(root);
  const sum = (of: (one: Descendant) => number): number => there.reduce((total, one) => total + of(one), 0);
  return { resident: sum(({ resident }) => resident), cpu: sum(({ cpu, ended }) => cpu + ended) };
}

function descendantsOf(root: number): readonly Descendant[] {
  const children = new Map<number, Descendant[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      const [user = 0, system = 0, ...waitedFor] = fields.slice(11, 15).map((ticks) => Number(ticks) / TICKS_A_SECOND);
      const resident = Number(fields[21]) * PAGE_BYTES;
      const ended = waitedFor.reduce((sum, seconds) => sum + seconds, 0);
      const descendant = { pid: Number(name), resident, cpu: user + system, ended };
      children.set(parent, [...(children.get(parent) ?? []), descendant]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): Descendant[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return below(root);
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
  const files = costs.flatMap((cost) => cost.files ?? []);
  return {
    wall: median(({ wall }) => wall),
    cpu: median(({ cpu }) => cpu),
    peak: median(({ peak }) => peak),
    ...(files.length > 0 && { files: middle(files) }),
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
export async function installed<T extends Pick<Contender, "name" | "role"> & Needs>(
  contenders: readonly T[],
): Promise<{ readonly present: readonly T[]; readonly absent: readonly string[] }> {
  const present: T[] = [];
  const absent = new Set<string>();
  for (const contender of contenders) {
    const { needs } = contender;
    if (needs === undefined || (await isInstalled(contender))) present.push(contender);
    else absent.add(needs);
  }
  return { present, absent: [...absent] };
}
