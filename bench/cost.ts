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
}

const LOOK_MS = 50;
const PAGE_BYTES = 4096;

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
  const watch = setInterval(() => (peak = Math.max(peak, residentBytes(child.pid ?? 0))), LOOK_MS);
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

/** Of all descendants. */
function residentBytes(root: number): number {
  const children = new Map<number, number[]>();
  const resident = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const parent = Number(fields[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      resident.set(Number(name), Number(fields[21]) * PAGE_BYTES);
    } catch {
      // It has ended meanwhile.
    }
  }
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + (resident.get(child) ?? 0) + sum(child), 0);
  return sum(root);
}

export interface Contender {
  readonly name: string;
  /** One round; makes ready for itself what it needs before. */
  readonly run: () => Promise<Cost>;
}

/** Medians of interleaved rounds, in the order given: whatever else the machine does, it does to all. */
export async function compete(contenders: readonly Contender[], rounds: number): Promise<ReadonlyMap<string, Cost>> {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) costs.get(name)?.push(await run());
  }
  return new Map([...costs].map(([name, all]) => [name, medianOf(all)]));
}

function medianOf(costs: readonly Cost[]): Cost {
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  return {
    wall: middle(costs.map(({ wall }) => wall)),
    cpu: middle(costs.map(({ cpu }) => cpu)),
    peak: middle(costs.map(({ peak }) => peak)),
  };
}

/** Whether a program is on the PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  const child = spawn("bash", ["-c", `command -v ${program}`], { stdio: "ignore" });
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}
