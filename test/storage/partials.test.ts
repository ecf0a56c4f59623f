import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile, realpath, truncate, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { PartialFile } from "../../src/storage/partial-file.ts";
import { openPartials, type Partials } from "../../src/storage/partials.ts";
import { openSpool, type Spool } from "../../src/storage/spool.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { forcedToDisk, noTrace } from "../support/traced.ts";

const HOUR = 3_600_000;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function open(): Promise<{ spool: Spool; partials: Partials; clock: { now: number }; again: () => Partials }> {
  const spool = openSpool(await temporaryFolder());
  const clock = { now: Date.now() };
  const again = (): Partials => openPartials(spool, () => clock.now);
  return { spool, partials: again(), clock, again };
}

const create = (partials: Partials, length: number): Promise<PartialFile> =>
  partials.create({ id: randomUUID(), length, metadata: { filename: "a.jpg" } });

/** As one request does it. */
async function append(partial: PartialFile, bytes: Uint8Array): Promise<void> {
  await partial.open();
  try {
    await partial.writeUnchecked(async () => {
      for (let at = 0; at < bytes.length; at += 70_000) await partial.write(bytes.subarray(at, at + 70_000));
    });
  } finally {
    await partial.close();
  }
}

async function keep(partial: PartialFile): Promise<{ name: string; sha256: string }> {
  await partial.open();
  const file = await partial.finish();
  await partial.keep();
  await partial.close();
  await partial.end("taken");
  return file;
}

test("what comes in pieces over several runs is whole, and its checksum is of all of it", async () => {
  const { spool, partials, again } = await open();
  const bytes = randomBytes(5_000_000);
  const { id } = await create(partials, bytes.length);
  let runs = partials;
  for (const [from, to] of [
    [0, 1],
    [1, 2_500_000],
    [2_500_000, 2_500_000],
    [2_500_000, 4_999_999],
    [4_999_999, 5_000_000],
  ] as const) {
    runs = again();
    await runs.load(new Set());
    const partial = runs.find(id) ?? assert.fail();
    assert.equal(partial.bytes, from);
    await append(partial, bytes.subarray(from, to));
    assert.equal(partial.bytes, to);
  }
  const file = await keep(runs.find(id) ?? assert.fail());
  assert.equal(file.sha256, sha256(bytes));
  assert.deepEqual(await readdir(spool.folder), [file.name]);
  assert.deepEqual(await readFile(spool.path(file.name)), bytes);
});

test("what another run wrote is read while more comes in, and what comes then is not read again", async () => {
  const { partials, again } = await open();
  const bytes = randomBytes(8_000_000);
  const { id } = await create(partials, bytes.length);
  await append(partials.find(id) ?? assert.fail(), bytes.subarray(0, 4_000_000));
  const next = again();
  await next.load(new Set());
  const partial = next.find(id) ?? assert.fail();
  await partial.open();
  for (let at = 4_000_000; at < bytes.length; at += 100_000) {
    await partial.write(bytes.subarray(at, at + 100_000));
    if (at % 500_000 === 0) await new Promise(setImmediate);
  }
  assert.equal((await partial.finish()).sha256, sha256(bytes));
  await partial.close();
});

test("a wrong piece leaves the file and its checksum as they were", async () => {
  const { partials, again } = await open();
  const bytes = randomBytes(1_000_000);
  const { id } = await create(partials, bytes.length);
  await append(partials.find(id) ?? assert.fail(), bytes.subarray(0, 400_000));
  for (const run of [partials, again()]) {
    if (run !== partials) await run.load(new Set());
    const partial = run.find(id) ?? assert.fail();
    await partial.open();
    const right = await partial.writeChecked(
      () => partial.write(randomBytes(300_000)),
      () => false,
    );
    assert.equal(right, false);
    const broken = partial.writeChecked(
      async () => {
        await partial.write(randomBytes(300_000));
        throw new Error("the line broke");
      },
      () => true,
    );
    await assert.rejects(broken, { message: "the line broke" });
    await partial.close();
    assert.equal(partial.bytes, 400_000);
  }
  const last = again();
  await last.load(new Set());
  const partial = last.find(id) ?? assert.fail();
  await partial.open();
  await partial.writeChecked(
    () => partial.write(bytes.subarray(400_000)),
    () => true,
  );
  assert.equal((await partial.finish()).sha256, sha256(bytes));
  await partial.close();
});

test("a file that lost bytes behind the server's back is only as long as it is", async () => {
  const { spool, partials } = await open();
  const bytes = randomBytes(600_000);
  const partial = await create(partials, bytes.length);
  await append(partial, bytes.subarray(0, 500_000));
  await truncate(spool.path(`${partial.id}.upload`), 300_000);
  await partial.open();
  assert.equal(partial.bytes, 300_000);
  await partial.close();
  await append(partial, bytes.subarray(300_000));
  assert.equal((await keep(partial)).sha256, sha256(bytes));
});

test("it expires a day after its last byte, not after its first", async () => {
  const { spool, partials, clock } = await open();
  const [idle, busy] = [await create(partials, 10), await create(partials, 10)];
  clock.now += 23 * HOUR;
  await append(busy, randomBytes(1));
  clock.now += HOUR;
  assert.equal(partials.find(idle.id), undefined);
  assert.equal(partials.find(busy.id), busy);
  assert.deepEqual(await partials.sweep(), { removed: 1 });
  assert.deepEqual((await readdir(spool.folder)).toSorted(), [`${busy.id}.upload`, `${busy.id}.upload.json`]);
  clock.now += 22 * HOUR;
  await busy.open();
  clock.now += 2 * HOUR;
  assert.deepEqual(await partials.sweep(), { removed: 0 }, "somebody is at it");
  await busy.close();
  assert.deepEqual(await partials.sweep(), { removed: 1 });
  assert.deepEqual(await readdir(spool.folder), []);
});

test("room is promised to what is under way, not to what was left", async () => {
  const { partials, clock, again } = await open();
  const partial = await create(partials, 1000);
  assert.equal(partials.promised(), 1000);
  await append(partial, randomBytes(300));
  assert.equal(partials.promised(), 700);
  clock.now += HOUR;
  assert.equal(partials.promised(), 0);
  partial.wantedAt = clock.now;
  assert.equal(partials.promised(), 700);
  const next = again();
  await next.load(new Set());
  assert.equal(next.promised(), 0);
});

test("a spool of before is swept as ever, without what can be gone on with", async () => {
  const { spool, partials, again } = await open();
  const { id } = await create(partials, 10);
  const half = await spool.receive();
  await half.write(randomBytes(3));
  await writeFile(spool.path("notes.upload.txt"), "not of a spool");
  const next = again();
  assert.deepEqual(await next.load(new Set()), { removed: 0 });
  assert.deepEqual(await spool.sweep(new Set()), { removed: 1, unknown: [] });
  assert.equal(next.find(id)?.length, 10);
  await half.discard();
  assert.ok((await readdir(spool.folder)).includes("notes.upload.txt"));
});

test("all of it is on disk before it is kept, and then its name", { skip: noTrace }, async () => {
  const folder = await realpath(await temporaryFolder());
  const module = (name: string): string =>
    JSON.stringify(new URL(`../../src/storage/${name}.ts`, import.meta.url).href);
  const forced = await forcedToDisk(`
    const { openSpool } = await import(${module("spool")});
    const { openPartials } = await import(${module("partials")});
    const partials = openPartials(openSpool(${JSON.stringify(folder)}), Date.now);
    const partial = await partials.create({ id: "${randomUUID()}", length: 4, metadata: {} });
    await partial.open();
    await partial.writeUnchecked(() => partial.write(Buffer.from("some")));
    await partial.finish();
    await partial.keep();
  `);
  assert.match(forced.at(-2) ?? "", /\.upload$/);
  assert.equal(forced.at(-1), folder);
});

test("whole files that the catalog needs stay with it, also where an upload was about to say so", async () => {
  const { spool, partials, again } = await open();
  const bytes = randomBytes(10);
  const partial = await create(partials, 10);
  await append(partial, bytes);
  await partial.open();
  const { name } = await partial.finish();
  await partial.keep();
  await partial.close();
  const next = again();
  await next.load(new Set([name]));
  assert.equal(next.find(partial.id), undefined);
  assert.deepEqual(await readdir(spool.folder), [name]);
});
