/**
 * One publisher at a time. Whoever publishes leaves a claim beside the site and keeps changing it; who finds one that goes on changing
 * leaves the site alone, and one that does not change any more is of a publisher that has died.
 *
 * Needs nothing of a store but that its listings tell at once what was put (S3 has promised that since 2020:
 * https://aws.amazon.com/s3/consistency/) and no clock but each publisher's own. Both of two that begin at the same moment see the
 * other's claim, take theirs back and try again a while later.
 */
import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { readWhole, sha256Of } from "./publish-record.ts";

/** From the root of the site. */
const CLAIMS = "_/turn/";
const NOTE = "publisher";
const ATTEMPTS = 5;
const LAST_WORD_MS = 10_000;

export interface TurnTimes {
  /** So often a claim is changed. */
  readonly beatMs: number;
  /** Nothing is put or deleted on the strength of a claim that was last changed longer ago. */
  readonly trustMs: number;
  /** A claim that has not been changed for so long is of a publisher that has died. Longer than `trustMs` and a put together. */
  readonly deadMs: number;
}

const TIMES: TurnTimes = { beatMs: 15_000, trustMs: 30_000, deadMs: 90_000 };

export interface Turn {
  /**
   * To be awaited before each change of the site. Rejects with `ALREADY_RUNNING` where another publisher has taken over. After a time in
   * which one could have come and gone, it is asked whether the site is still as this publisher left it.
   */
  confirm(isAsLeft: () => Promise<boolean>): Promise<void>;
  /** Never rejects: a claim that stays is found to be dead. */
  release(): Promise<void>;
}

interface Site {
  readonly catalog: Catalog;
  readonly target: BlobStore;
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly times?: TurnTimes;
  /** Told while it is found out whether another publisher is alive. */
  readonly onWait: () => void;
}

/** Of this process. */
const held = new Set<string>();

/** Rejects with `ALREADY_RUNNING` where another publisher is at work, and with the store's errors. */
export async function takeTurn(site: Site): Promise<Turn> {
  const { catalog, target, prefix, signal, times = TIMES } = site;
  const token = randomBytes(9).toString("base64url");
  const key = `${prefix}${CLAIMS}${token}.json`;
  let beats = 0;
  let confirmedAt = clocks();
  let beating: Promise<void> | undefined;
  const state = { isOvertaken: false, wasAway: false };

  try {
    await claim();
  } catch (error) {
    await giveBack();
    throw error;
  }
  // A publisher that has nothing else to do may end.
  const timer = setInterval(() => void beat().catch(() => undefined), times.beatMs).unref();

  return {
    async confirm(isAsLeft) {
      // The first may have begun long ago.
      while (!state.isOvertaken && passed(confirmedAt) > times.trustMs) await beat();
      if (!state.isOvertaken && state.wasAway) {
        state.isOvertaken = !(await isAsLeft());
        state.wasAway = false;
      }
      if (state.isOvertaken) throw alreadyRunning("Another one has taken over.");
    },
    async release() {
      clearInterval(timer);
      await giveBack();
    },
  };

  /** Of others. */
  async function claims(): Promise<string[]> {
    const keys: string[] = [];
    for await (const blob of target.list(prefix + CLAIMS, signal)) if (blob.key !== key) keys.push(blob.key);
    return keys;
  }

  async function claim(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      for (const other of await claims()) await waitForEnd(other);
      held.add(token);
      await catalog.notes("gallery").write(NOTE, JSON.stringify({ token, pid: process.pid, machine: machine() }));
      confirmedAt = clocks();
      await putClaim();
      if ((await claims()).length === 0) return;
      await giveBack();
      if (attempt === ATTEMPTS) throw alreadyRunning();
      await pause(Math.random() * 500 * attempt, undefined, { signal });
    }
  }

  async function putClaim(): Promise<void> {
    const bytes = Buffer.from(`{"beat":${++beats}}\n`);
    const blob = { key, source: { bytes }, size: bytes.length, sha256: sha256Of(bytes) };
    await target.put({ ...blob, contentType: "application/json", cacheControl: "no-store" }, signal);
  }

  function beat(): Promise<void> {
    return (beating ??= changeClaim().finally(() => (beating = undefined)));
  }

  async function changeClaim(): Promise<void> {
    if (!held.has(token)) return;
    if (passed(confirmedAt) > times.trustMs) state.wasAway = true;
    const begun = clocks();
    if ((await target.stat(key, signal)) === undefined) {
      state.isOvertaken = true;
      return;
    }
    // Put, then look: who took this claim for dead has put one of its own before, or will see this one.
    await putClaim();
    for (let looks = 0; held.has(token) && (await claims()).length > 0; looks++) {
      // Somebody who began at the same moment takes the claim back at once.
      if (looks === ATTEMPTS) {
        state.isOvertaken = true;
        return;
      }
      await pause(500, undefined, { signal });
    }
    confirmedAt = begun;
  }

  async function waitForEnd(other: string): Promise<void> {
    const wasDead = await isDeadHere(other);
    if (!wasDead) {
      const before = await readWhole(target, other, signal);
      const since = performance.now();
      while (performance.now() - since < times.deadMs) {
        site.onWait();
        await pause(Math.min(1000, times.deadMs / 10), undefined, { signal });
        const now = await readWhole(target, other, signal);
        if (now === undefined) return;
        if (before === undefined || !now.equals(before)) throw alreadyRunning();
      }
    }
    await target.delete(other, signal);
  }

  /** Whether it is known, without waiting, that it was put by a process of this machine that has ended. */
  async function isDeadHere(other: string): Promise<boolean> {
    const note = await catalog.notes("gallery").read(NOTE);
    if (note === undefined) return false;
    const last = JSON.parse(note) as { readonly token: string; readonly pid: number; readonly machine: string };
    if (other !== `${prefix}${CLAIMS}${last.token}.json` || last.machine !== machine()) return false;
    return last.pid === process.pid ? !held.has(last.token) : !isAlive(last.pid);
  }

  async function giveBack(): Promise<void> {
    held.delete(token);
    // It would be put once more by a change that is under way.
    if (beating !== undefined)
      await Promise.race([beating.catch(() => undefined), pause(LAST_WORD_MS, undefined, { ref: false })]);
    await target.delete(key, AbortSignal.timeout(LAST_WORD_MS)).catch(() => undefined);
  }
}

function alreadyRunning(more = "It goes on changing its claim."): PhotologError {
  return new PhotologError("ALREADY_RUNNING", `Another \`gallery publish\` is at work on this gallery. ${more}`, {
    hint: "Wait until it has ended, then publish again: what it does not put, the next one does.",
  });
}

interface Clocks {
  readonly steady: number;
  readonly wall: number;
}

function clocks(): Clocks {
  return { steady: performance.now(), wall: Date.now() };
}

/** Milliseconds. The steady clock stands still while a machine sleeps; the other one may be set. */
function passed(since: Clocks): number {
  const now = clocks();
  return Math.max(now.steady - since.steady, Math.abs(now.wall - since.wall));
}

/** Where process numbers mean the same. */
function machine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
