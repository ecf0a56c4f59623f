import assert from "node:assert/strict";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isFound, type Found } from "../../src/upload/entry.ts";
import { identify, recall } from "../../src/upload/identify.ts";
import { Journal } from "../../src/upload/journal.ts";
import { chooserOf } from "../../src/upload/globs.ts";
import { scan } from "../../src/upload/scan.ts";
import { photoTree, put } from "../support/photo-tree.ts";
import { temporaryFolder } from "../support/temporary.ts";

const SUM_OF_ONE = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const signal = new AbortController().signal;

async function only(folder: string): Promise<Found> {
  for await (const entries of scan(["."], { cwd: folder, chooser: chooserOf({ include: [], exclude: [] }) })) {
    const found = entries.find(isFound);
    if (found !== undefined) return found;
  }
  return assert.fail("nothing found");
}

async function bench(t: TestContext): Promise<{ folder: string; path: string; journal: Journal }> {
  const folder = await photoTree({ "1.jpg": "one" });
  const journal = Journal.open(join(await temporaryFolder(), "journal.db"), (warning) => assert.fail(warning));
  t.after(() => journal.close());
  return { folder, path: join(folder, "1.jpg"), journal };
}

test("a file is read once and known from the journal afterwards", async (t) => {
  const { folder, journal } = await bench(t);
  const found = await only(folder);
  assert.equal(recall(found, journal), undefined);
  const identified = await identify(found, { journal, now: Date.now, signal });
  assert.equal(identified.sha256, SUM_OF_ONE);
  assert.deepEqual(recall(found, journal), identified);
});

test("a file that changes while it is read has no checksum", async (t) => {
  const { folder, path, journal } = await bench(t);
  const found = await only(folder);
  for (const change of [() => utimesSync(path, 1, 1), () => put(path, "longer than before")]) {
    const reading = identify(found, { journal, now: Date.now, signal });
    change();
    await assert.rejects(reading, { code: "FILE_CHANGED" });
    assert.equal(recall(await only(folder), journal), undefined);
  }
});

test("a file that was written to a moment ago is not noted: it may be written to again unseen", async (t) => {
  const { folder, path, journal } = await bench(t);
  const found = await only(folder);
  const { mtimeMs } = statSync(path);
  const at = async (now: number): Promise<boolean> => {
    await identify(found, { journal, now: () => now, signal });
    return recall(await only(folder), journal) !== undefined;
  };
  assert.equal(await at(mtimeMs + 10), false);
  assert.equal(await at(mtimeMs + 100), true);
  // A memory card's clock counts in steps of two seconds.
  const whole = Math.floor(mtimeMs / 1000) + 7;
  utimesSync(path, whole, whole);
  assert.equal(await at(whole * 1000 + 1500), false);
  assert.equal(await at(whole * 1000 + 2500), true);
});

test("a file that has become empty is a failure", async (t) => {
  const { folder, path, journal } = await bench(t);
  const found = await only(folder);
  put(path, "");
  await assert.rejects(identify(found, { journal, now: Date.now, signal }), {
    code: "FILE_UNREADABLE",
    message: "it has become empty",
  });
});
