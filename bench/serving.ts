/** The built `photolog serve` in a process of its own, and what it costs while others work with it. Linux. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openDatabase } from "../src/database.ts";
import { Queue } from "../src/queue/queue.ts";
import type { Cost } from "./cost.ts";
import { cacheFolder } from "./inputs.ts";

export const PHOTOLOG = [process.execPath, fileURLToPath(new URL("../bin/run.js", import.meta.url))] as const;
export const SECRET = "not-a-real-secret";

const TICKS_A_SECOND = 100;
const DAY_MS = 24 * 60 * 60_000;

/** A home folder of its own, so that nothing of the user is read or changed. */
export interface Home {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly databaseFile: string;
  readonly archiveFolder: string;
  readonly journalFile: string;
  remove(): void;
}

export function databaseIn(folder: string): string {
  return join(folder, "photolog.db");
}

export async function makeHome(settings: Readonly<Record<string, unknown>> = {}): Promise<Home> {
  const folder = await mkdtemp(join(cacheFolder(), "home-"));
  const at = (...names: string[]): string => join(folder, ...names);
  mkdirSync(at("state"));
  const databaseFile = databaseIn(folder);
  const archiveFolder = at("archive");
  const places = { DB_FILE: databaseFile, UPLOAD_FOLDER: at("spool"), PORT: 0, LOG_LEVEL: "warn" };
  const archive = "S3_BUCKET" in settings ? {} : { ARCHIVE_FOLDER: archiveFolder };
  writeFileSync(at("settings.yaml"), JSON.stringify({ API_SECRET: SECRET, ...places, ...archive, ...settings }), {
    mode: 0o600,
  });
  return {
    folder,
    databaseFile,
    archiveFolder,
    journalFile: at("state", "photolog", "journal.db"),
    environment: {
      HOME: folder,
      XDG_STATE_HOME: at("state"),
      SETTINGS: at("settings.yaml"),
      PHOTOLOG_SECRET: SECRET,
      CI: "true",
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** For a day nothing is done but to accept: what comes after would be counted with it. */
export function closeLanes(home: Home, steps: readonly string[]): Promise<void> {
  const failure = { code: "PAUSED", message: "Only what comes before is measured." };
  return changeLanes(home, async (lanes) => {
    for (const step of steps) await lanes.close(step, { state: "paused", forMs: DAY_MS, failure });
  });
}

/** To be done before the server is started, which else may be a while in noticing. */
export function openLanes(home: Home, steps: readonly string[]): Promise<void> {
  return changeLanes(home, async (lanes) => {
    for (const step of steps) await lanes.open(step);
  });
}

async function changeLanes({ databaseFile }: Home, change: (lanes: Queue["lanes"]) => Promise<void>): Promise<void> {
  const database = openDatabase(databaseFile);
  await change(new Queue(database, Date.now).lanes);
  database.close();
}

export interface Spending {
  /** Seconds of processor time, with that of children that have ended. */
  readonly cpu: number;
  /** Bytes. */
  readonly resident: number;
  /** The most bytes that were ever resident. */
  readonly peak: number;
}

export interface Process {
  readonly url: string;
  readonly pid: number;
  /** What it has spent from its start on. */
  readonly spent: () => Spending;
  stop(): Promise<void>;
}

/** Starts a program and waits until it has told its address: the first one in what it prints that the pattern captures. */
export async function startProcess(
  command: readonly [string, ...string[]],
  { address, environment = {} }: { address: RegExp; environment?: Readonly<Record<string, string>> },
): Promise<Process> {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "inherit"],
    // eslint-disable-next-line node/no-process-env -- as a user starts it
    env: { ...process.env, ...environment },
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = address.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`${command.join(" ")} ended with ${code}.`)));
  });
  const { pid = 0 } = child;
  return { url, pid, spent: () => spentBy(pid), stop: () => stopChild(child) };
}

export function startServing(home: Home): Promise<Process> {
  return startProcess([...PHOTOLOG, "serve"], {
    address: /^Photolog listens on (\S+)/,
    environment: home.environment,
  });
}

/** What the server and whoever works with it spend together. */
export async function costWith(server: Process, work: () => Promise<Cost>): Promise<Cost> {
  const before = server.spent();
  const client = await work();
  const after = server.spent();
  return { ...client, cpu: client.cpu + after.cpu - before.cpu, peak: client.peak + after.peak };
}

function spentBy(pid: number): Spending {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { cpu: ticks / TICKS_A_SECOND, resident: bytesOf("VmRSS"), peak: bytesOf("VmHWM") };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
