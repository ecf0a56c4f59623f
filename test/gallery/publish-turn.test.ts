import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { readlinkSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import { crawl } from "../support/crawl.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { openMemory } from "../support/memory-store.ts";
import { until } from "../support/until.ts";

/** A second instead of minutes. */
const TURN = { times: { beatMs: 50, trustMs: 300, deadMs: 1500 } };
const SOME = [taken("2024-05-17T10:00:00"), taken("2024-05-17T11:00:00"), taken("2024-05-16"), taken("2023-01-01")];
const isClaim = (key: string): boolean => key.startsWith("_/turn/");

type Memory = ReturnType<typeof openMemory>;

async function assertWhole({ blobs }: Memory): Promise<void> {
  const { broken, assets } = await crawl((path) => blobs.get(path)?.bytes.toString());
  assert.deepEqual(broken, []);
  assert.deepEqual(
    [...assets].filter((path) => !blobs.has(path)),
    [],
  );
  assert.deepEqual([...blobs.keys()].filter(isClaim), []);
}

/** Each put of something else than a claim waits for this first. */
function held(store: BlobStore, hold: (key: string) => Promise<unknown>): BlobStore {
  return {
    ...store,
    async put(blob, signal) {
      if (!isClaim(blob.key)) await hold(blob.key);
      return await store.put(blob, signal);
    },
  };
}

async function claimBy(token: string, site: BlobStore): Promise<void> {
  const bytes = Buffer.from('{"beat":7}\n');
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const key = `_/turn/${token}.json`;
  await site.put({ key, source: { bytes }, size: bytes.length, sha256, contentType: "application/json" });
}

test("of two at once one wins, the other says so and has changed nothing, and the next has nothing left to do", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  const puts: [number, number] = [0, 0];
  const publishAs = (index: 0 | 1): Promise<unknown> => {
    const to = held(site, async () => {
      puts[index]++;
      await pause(100);
    });
    return gallery.publish({ to, turn: TURN });
  };
  const first = publishAs(0);
  await until("the first one to claim the site", () => [...site.blobs.keys()].some(isClaim));
  await assert.rejects(publishAs(1), { code: "ALREADY_RUNNING" });
  await first;
  assert.equal(puts[1], 0);
  await assertWhole(site);
  assert.equal((await gallery.publish({ to: site })).put, 0);
});

test("many at once: never two at work, and each ends with everything there or says that another was at work", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  let atWork = new Set<number>();
  const outcomes = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map(async (index) => {
      await pause(index * 40);
      const to = held(site, async () => {
        atWork.add(index);
        assert.equal(atWork.size, 1);
        await pause(5);
      });
      await gallery.publish({ to, turn: TURN }).finally(() => atWork.delete(index));
    }),
  );
  atWork = new Set();
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "ALREADY_RUNNING", outcome.reason);
  }
  assert.ok(outcomes.some(({ status }) => status === "fulfilled"));
  await assertWhole(site);
});

test("a claim that is being changed while it is given back does not stay", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  const looked = Promise.withResolvers<void>();
  const deleted = Promise.withResolvers<void>();
  const slow: BlobStore = {
    ...site,
    async stat(key, signal) {
      const found = await site.stat(key, signal);
      if (!isClaim(key)) return found;
      looked.resolve();
      await Promise.race([deleted.promise, pause(300)]);
      return found;
    },
    async delete(key, signal) {
      await site.delete(key, signal);
      deleted.resolve();
    },
  };
  await gallery.publish({ to: held(slow, () => looked.promise), turn: TURN });
  await pause(400);
  await assertWhole(site);
});

test("a claim of a machine that has died is waited for, then taken over", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  await claimBy("dead", site);
  const stages: string[] = [];
  const began = performance.now();
  await gallery.publish({ to: site, turn: TURN, onProgress: ({ stage }) => stages.push(stage) });
  assert.ok(performance.now() - began >= TURN.times.deadMs);
  assert.ok(stages.includes("waiting"));
  await assertWhole(site);
});

test("a claim of a process of this machine that has ended is taken over at once", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  const { pid } = spawnSync("true");
  const machine = `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  await gallery.catalog.notes("gallery").write("publisher", JSON.stringify({ token: "dead", pid, machine }));
  await claimBy("dead", site);
  const stages: string[] = [];
  await gallery.publish({ to: site, onProgress: ({ stage }) => stages.push(stage) });
  assert.ok(!stages.includes("waiting"));
  await assertWhole(site);
});

test("who was frozen and taken for dead puts and deletes nothing more, and does not touch the record", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  let thaw = (): void => undefined;
  const frozen = new Promise<void>((resolve) => (thaw = resolve));
  const late: string[] = [];
  let isThawed = false;
  // Nothing of it goes on: neither its puts nor its claim.
  const icy: BlobStore = {
    ...site,
    async put(blob, signal) {
      if (blob.key.startsWith("a/") || site.blobs.size > 5) {
        if (isThawed) late.push(blob.key);
        else await frozen;
      }
      return await site.put(blob, signal);
    },
    async delete(key, signal) {
      if (isThawed) late.push(`delete ${key}`);
      await site.delete(key, signal);
    },
  };
  const first = gallery.publish({ to: icy, turn: TURN });
  first.catch(() => undefined);
  await until("the first claim", () => [...site.blobs.keys()].some(isClaim));
  await pause(100);

  await gallery.publish({ to: site, turn: TURN });
  await gallery.addPictures([taken("2025-01-01")]);
  await gallery.publish({ to: site, turn: TURN });
  const record = site.blobs.get("_/publish.json")?.bytes;
  isThawed = true;
  thaw();
  await assert.rejects(first, { code: "ALREADY_RUNNING" });
  assert.deepEqual(
    late.filter((key) => !key.includes("_/turn/")),
    [],
  );
  assert.ok(record && site.blobs.get("_/publish.json")?.bytes.equals(record));
  await assertWhole(site);
});

test("who has planned before another one published plans again", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const site = openMemory();
  await gallery.publish({ to: site });
  await gallery.addPictures([taken("2025-01-01")]);
  let isFirst = true;
  const puts: string[] = [];
  const to: BlobStore = {
    ...site,
    async *list(prefix, signal) {
      if (isClaim(prefix) && isFirst) {
        isFirst = false;
        await gallery.publish({ to: site });
      }
      yield* site.list(prefix, signal);
    },
    async put(blob, signal) {
      puts.push(blob.key);
      return await site.put(blob, signal);
    },
  };
  const report = await gallery.publish({ to });
  assert.equal(report.put, 0);
  assert.deepEqual(
    puts.filter((key) => !isClaim(key)),
    [],
  );
  await assertWhole(site);
});
