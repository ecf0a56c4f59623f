import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openSpool } from "../../src/storage/spool.ts";
import { temporaryFolder } from "../support/temporary.ts";

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

test("the sweep takes what nobody needs, and never a file that the spool did not make", async () => {
  const spool = openSpool(await temporaryFolder());
  const needed = await spool.receive();
  await needed.keep();
  const orphan = await spool.receive();
  await orphan.keep();
  await writeFile(join(spool.folder, "holiday.jpg"), "somebody's own");
  assert.equal(await spool.sweep(new Set([needed.name])), 1);
  assert.deepEqual((await readdir(spool.folder)).toSorted(), [needed.name, "holiday.jpg"].toSorted());
});

test("there is less room than the file system has free: some is kept for the work on what was accepted", async () => {
  const spool = openSpool(await temporaryFolder());
  const room = await spool.room();
  assert.ok(room > 0);
  assert.ok(Number.isFinite(room));
});
