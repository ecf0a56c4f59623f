import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openSpool, type Spool } from "../../src/storage/spool.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { forcedToDisk, noTrace } from "../support/traced.ts";

test("a file that comes in pieces is whole, and its checksum is of what came", async () => {
  const spool = openSpool(await temporaryFolder());
  const incoming = await spool.receive();
  const pieces = [randomBytes(10), randomBytes(300_000), randomBytes(0), randomBytes(65_536), randomBytes(7)];
  for (const piece of pieces) await incoming.write(piece);
  const file = await incoming.finish();
  await incoming.keep();
  const whole = Buffer.concat(pieces);
  assert.deepEqual(await readFile(spool.path(file.name)), whole);
  assert.equal(file.bytes, whole.length);
  assert.equal(file.sha256, createHash("sha256").update(whole).digest("hex"));
  assert.equal(spool.has(file.name), true);
});

test("a discarded file leaves nothing behind, at whatever point", async () => {
  const spool = openSpool(await temporaryFolder());
  const early = await spool.receive();
  await early.discard();
  const half = await spool.receive();
  await half.write(randomBytes(400_000));
  await half.discard();
  const whole = await spool.receive();
  await whole.write(randomBytes(4));
  await whole.finish();
  await whole.discard();
  const kept = await spool.receive();
  await kept.finish();
  await kept.keep();
  await kept.discard();
  assert.deepEqual(await readdir(spool.folder), []);
});

test("many files kept at the same moment are all safe", async () => {
  const spool = openSpool(await temporaryFolder());
  const names = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const incoming = await spool.receive();
      await incoming.write(Buffer.from([i]));
      const { name } = await incoming.finish();
      await incoming.keep();
      return name;
    }),
  );
  assert.deepEqual((await readdir(spool.folder)).toSorted(), names.toSorted());
});

async function keep(spool: Spool, bytes: Buffer) {
  const incoming = await spool.receive();
  await incoming.write(bytes);
  const kept = await incoming.finish();
  await incoming.keep();
  return kept;
}

test("the sweep takes halves of files, tells of wholes that nobody needs, and touches nothing that the spool did not make", async () => {
  const spool = openSpool(await temporaryFolder());
  const needed = await keep(spool, randomBytes(7));
  const unknown = await keep(spool, randomBytes(8));
  const half = await spool.receive();
  await half.finish();
  await writeFile(join(spool.folder, "holiday.jpg"), "somebody's own");
  assert.deepEqual(await spool.sweep(new Set([needed.name])), {
    removed: 1,
    unknown: [{ name: unknown.name, sha256: unknown.sha256 }],
  });
  const left = async (): Promise<string[]> => (await readdir(spool.folder)).toSorted();
  assert.deepEqual(await left(), [needed.name, unknown.name, "holiday.jpg"].toSorted());
  await spool.forgetUnknown(needed.sha256);
  await spool.forgetUnknown(unknown.sha256);
  assert.deepEqual(await left(), [needed.name, "holiday.jpg"].toSorted());
});

test("there is less room than the file system has free: some is kept for the work on what was accepted", async () => {
  const spool = openSpool(await temporaryFolder());
  const room = await spool.room();
  assert.ok(room > 0);
  assert.ok(Number.isFinite(room));
});

test("a folder that goes away while a file comes in is told as this machine's fault, and a file is discarded all the same", async () => {
  const spool = openSpool(join(await temporaryFolder(), "spool"));
  const incoming = await spool.receive();
  await incoming.write(randomBytes(10));
  await rm(spool.folder, { recursive: true });
  await assert.rejects(incoming.finish(), { code: "LOCAL_FAULT" });
  await assert.rejects(incoming.keep(), { code: "LOCAL_FAULT" });
  await incoming.discard();
  await assert.rejects(spool.receive(), { code: "LOCAL_FAULT" });
  await assert.rejects(spool.size("any"), { code: "LOCAL_FAULT", message: /is not there/ });
});

test(
  "a folder that is made for the spool is on disk with all its parents before a photo is taken",
  { skip: noTrace },
  async () => {
    const folder = await realpath(await temporaryFolder());
    const spool = join(folder, "new", "deep", "spool");
    const module = new URL("../../src/storage/spool.ts", import.meta.url).href;
    const open = `const { openSpool } = await import(${JSON.stringify(module)}); openSpool(${JSON.stringify(spool)});`;
    const forced = new Set(await forcedToDisk(open));
    for (const parent of ["", "new", "new/deep"]) assert.ok(forced.has(join(folder, parent)), `the name in ${parent}`);
    assert.deepEqual(await forcedToDisk(open), [], "nothing is new the second time");
  },
);
