import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { Catalog, type NewPhoto } from "../src/catalog.ts";
import { openDatabase } from "../src/database.ts";
import type { NewJob } from "../src/queue/job.ts";
import { Queue } from "../src/queue/queue.ts";
import { stoppedClock } from "./support/clock.ts";
import { temporaryFolder } from "./support/temporary.ts";

const JOBS: readonly NewJob[] = [
  { step: "archive", state: "queued" },
  { step: "flickr", state: "queued" },
  { step: "release", state: "blocked" },
];
const SKIPPING: readonly NewJob[] = JOBS.map((job) => (job.step === "flickr" ? { ...job, state: "skipped" } : job));
const present = () => true;

async function open() {
  const clock = stoppedClock();
  const database = openDatabase(join(await temporaryFolder(), "catalog.db"));
  return { clock, catalog: new Catalog(database, clock.now), queue: new Queue(database, clock.now) };
}

let spoolFiles = 0;
function photo(name: string, more: Partial<NewPhoto> = {}): NewPhoto {
  return {
    sha256: createHash("sha256").update(name).digest("hex"),
    bytes: 100,
    filename: name,
    mime: "image/jpeg",
    extension: "jpg",
    kind: "image",
    receivedAt: Date.UTC(2026, 4, 6),
    tags: [],
    spoolName: `spool-${(spoolFiles += 1)}`,
    sidecars: [],
    ...more,
  };
}

test("the same bytes at the same moment, under whatever names, are one photo", async () => {
  const { catalog, queue } = await open();
  const one = photo("a.jpg", { tags: ["lake"] });
  const two = { ...photo("b.jpg", { tags: ["summer"] }), sha256: one.sha256 };
  const [first, second] = await Promise.all([catalog.add(one, JOBS, present), catalog.add(two, JOBS, present)]);
  assert.equal(first.created, true);
  assert.deepEqual([...first.taken], [one.spoolName]);
  assert.equal(second.created, false);
  assert.deepEqual([...second.taken], []);
  assert.equal(second.photo.key, first.photo.key);
  assert.deepEqual(second.photo.tags, ["lake", "summer"]);
  assert.equal(second.photo.filename, "a.jpg");
  assert.equal((await queue.list({})).length, JOBS.length);
});

test("a destination skipped before and wanted now is queued; one skipped now and wanted before stays", async () => {
  const { catalog, queue } = await open();
  const stateOf = async () => (await queue.list({ steps: ["flickr"] }))[0]?.state;
  const given = photo("a.jpg");
  await catalog.add(given, SKIPPING, present);
  assert.equal(await stateOf(), "skipped");
  await catalog.add({ ...photo("a.jpg"), sha256: given.sha256 }, JOBS, present);
  assert.equal(await stateOf(), "queued");
  await catalog.add({ ...photo("a.jpg"), sha256: given.sha256 }, SKIPPING, present);
  assert.equal(await stateOf(), "queued");
});

test("a photo whose spool file was lost before the archive had it takes the new file and goes on", async () => {
  const { catalog, queue } = await open();
  const { photo: known } = await catalog.add(photo("a.jpg"), JOBS, present);
  const job = await queue.claim("archive");
  assert.ok(job);
  await queue.discard(job, { code: "ORIGINAL_MISSING", message: "Gone." }, { outcome: "known" });
  const again = photo("a.jpg");
  const added = await catalog.add(again, JOBS, () => false);
  assert.deepEqual([...added.taken], [again.spoolName]);
  assert.equal(added.photo.spoolName, again.spoolName);
  assert.equal((await queue.claim("archive"))?.photoId, known.id);
});

test("a photo whose spool file was found damaged takes the new file, too", async () => {
  const { catalog, queue } = await open();
  await catalog.add(photo("a.jpg"), JOBS, present);
  const job = await queue.claim("archive");
  assert.ok(job);
  const failure = { code: "ORIGINAL_CHANGED", message: "Other bytes." };
  await queue.retry(job, failure, { dueAt: Number.MAX_SAFE_INTEGER, outcome: "known" });
  const again = photo("a.jpg");
  assert.deepEqual([...(await catalog.add(again, JOBS, present)).taken], [again.spoolName]);
  assert.ok(await queue.claim("archive"));
});

test("once archived, a second upload leaves the spool alone until it is released; then the archive is asked again with the bytes at hand", async () => {
  const { catalog, queue } = await open();
  const { photo: known } = await catalog.add(photo("a.jpg"), SKIPPING, present);
  const finish = async (step: string): Promise<void> => {
    const job = await queue.claim(step);
    assert.ok(job, `${step} is due`);
    await queue.complete(job);
  };
  await finish("archive");
  assert.deepEqual([...(await catalog.add(photo("a.jpg"), SKIPPING, present)).taken], []);
  await catalog.forgetSpool(known.id);
  await finish("release");
  const again = photo("a.jpg");
  const added = await catalog.add(again, SKIPPING, present);
  assert.equal(added.created, false);
  assert.deepEqual([...added.taken], [again.spoolName]);
  await finish("release");
});

test("new tags and a late sidecar make the photo's record be written again", async () => {
  const { catalog, queue } = await open();
  const { photo: known } = await catalog.add(photo("a.jpg"), [JOBS[0], JOBS[2]] as NewJob[], present);
  for (const step of ["archive", "release"]) {
    const job = await queue.claim(step);
    assert.ok(job);
    await queue.complete(job);
  }
  await catalog.add(photo("a.jpg"), [], present);
  assert.equal(await queue.claim("release"), undefined, "nothing new");
  const sidecar = { filename: "a.xmp", sha256: "ab".repeat(32), bytes: 9, spoolName: "sidecar-1" };
  const added = await catalog.add(photo("a.jpg", { tags: ["late"], sidecars: [sidecar] }), [], present);
  assert.deepEqual([...added.taken], ["sidecar-1"]);
  assert.deepEqual(added.photo.sidecars, [sidecar]);
  assert.equal((await queue.claim("release"))?.photoId, known.id);
  assert.deepEqual(await catalog.spoolNames(), new Set(["sidecar-1", known.spoolName]));
});

test("a key is the first twelve digits of the checksum, or more where another photo has them", async () => {
  const { catalog } = await open();
  const start = "0123456789ab";
  const one = await catalog.add(photo("a", { sha256: start.padEnd(64, "0") }), JOBS, present);
  const two = await catalog.add(photo("b", { sha256: start.padEnd(64, "1") }), JOBS, present);
  assert.equal(one.photo.key, start);
  assert.equal(two.photo.key, `${start}1111`);
  assert.deepEqual(
    (await catalog.findByKeyPrefix("0123")).map(({ key }) => key),
    [one.photo.key, two.photo.key],
  );
  assert.deepEqual(await catalog.findByKeyPrefix("ffff"), []);
});

test("where an original goes is decided once, and never where another is", async () => {
  const { catalog } = await open();
  const one = await catalog.add(photo("a"), JOBS, present);
  const two = await catalog.add(photo("b"), JOBS, present);
  assert.equal(await catalog.decideBlobKey(one.photo.id, ["x", "y"]), "x");
  assert.equal(await catalog.decideBlobKey(one.photo.id, ["z"]), "x");
  assert.equal(await catalog.decideBlobKey(two.photo.id, ["x", "y"]), "y");
});

test("the first facts told of a photo stay, and move it to its day", async () => {
  const { catalog } = await open();
  const { photo: known } = await catalog.add(photo("a"), JOBS, present);
  const facts = {
    taken: { local: "2019-08-07T06:05:04", offset: "+02:00", source: "exif" as const },
    width: 4,
    height: 3,
  };
  assert.deepEqual((await catalog.recordFacts(known.id, facts)).facts, facts);
  assert.deepEqual((await catalog.recordFacts(known.id, { width: 1 })).facts, facts);
});

test("the timeline has every archived photo once, the newest first, however many pages it takes", async () => {
  const { catalog, queue } = await open();
  const days = ["2024-05-17", "2023-01-02", "2024-05-17", "2025-12-31", "2024-05-18"];
  for (const [i, day] of days.entries()) await catalog.add(photo(`p${i}`, { targetDate: day }), JOBS, present);
  await catalog.add(photo("waits", { targetDate: "2026-01-01" }), JOBS, present);
  for (let i = 0; i < days.length; i++) {
    const job = await queue.claim("archive");
    assert.ok(job);
    await queue.complete(job);
  }
  await catalog.recordReceipt(1, "flickr", { id: "7", url: "https://example.org/7" });
  const shown = await Array.fromAsync(catalog.timeline(2));
  assert.deepEqual(
    shown.map(({ photo: { filename } }) => filename),
    ["p3", "p4", "p2", "p0", "p1"],
  );
  assert.deepEqual(shown[3]?.receipts, { flickr: { id: "7", url: "https://example.org/7" } });
  assert.equal(shown[0]?.day, "2025-12-31");
});

test("releasing a photo names the files to delete, and keeps a sidecar that is not archived yet", async () => {
  const { catalog, queue } = await open();
  const sidecars = ["a", "b"].map((name) => ({
    filename: `${name}.xmp`,
    sha256: name.repeat(64),
    bytes: 1,
    spoolName: `sidecar-${name}`,
  }));
  const { photo: known } = await catalog.add(photo("p", { sidecars }), JOBS, present);
  await catalog.recordSidecarBlob(known.id, "a".repeat(64), "originals/a.xmp");
  for (const step of ["archive", "flickr"]) {
    assert.deepEqual(await catalog.forgetSpool(known.id), [], `${step} may still need them`);
    const job = await queue.claim(step);
    assert.ok(job);
    await queue.complete(job);
  }
  assert.deepEqual(await catalog.forgetSpool(known.id), [known.spoolName, "sidecar-a"]);
  assert.deepEqual(await catalog.spoolNames(), new Set(["sidecar-b"]));
});

test("notes are kept by their owner", async () => {
  const { catalog } = await open();
  await catalog.notes("gphotos").write("album", "1");
  await catalog.notes("gphotos").write("album", "2");
  assert.equal(await catalog.notes("gphotos").read("album"), "2");
  assert.equal(await catalog.notes("flickr").read("album"), undefined);
  await catalog.notes("gphotos").write("another", "3");
  assert.deepEqual(
    await catalog.notes("gphotos").list(),
    new Map([
      ["album", "2"],
      ["another", "3"],
    ]),
  );
  for (let i = 0; i < 2; i++) await catalog.notes("flickr").delete("album");
  for (let i = 0; i < 2; i++) await catalog.notes("gphotos").delete("album");
  assert.deepEqual(await catalog.notes("gphotos").list(), new Map([["another", "3"]]));
});
