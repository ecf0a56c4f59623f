import assert from "node:assert/strict";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import Sqlite from "better-sqlite3";
import { openDirectory } from "../../src/storage/directory.ts";
import { openRig, type Rig } from "../faults/rig.ts";
import { flipOneBit } from "../support/accept-photo.ts";
import { stoppedClock } from "../support/clock.ts";
import { openTestFlickr } from "../support/open-flickr.ts";
import { whenDone } from "../support/temporary.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;

/** Everything but the HTTP server, with an archive in a folder and our Flickr. */
async function open(clock = stoppedClock(Date.now())) {
  const { flickr, server, close } = await openTestFlickr({ now: clock.now }, { now: clock.now });
  const rig = await openRig(clock, async ({ folder }) => ({
    archive: openDirectory(join(folder, "archive")),
    destinations: [flickr],
  }));
  whenDone(close);
  whenDone(() => rig.close());
  const calls = (name: string): number => server.requests.filter(({ call }) => call === name).length;
  return { rig, server, calls };
}

/** Flickr asks to sign in, so that photos are archived while their delivery waits. */
async function parked({ rig, server }: Awaited<ReturnType<typeof open>>) {
  void server.fault({ when: "upload", answer: { fail: 98 } });
  const photo = await rig.add();
  await rig.quiet();
  assert.equal((await rig.job(photo, "archive")).state, "done");
  assert.equal((await rig.closedLane("flickr"))?.state, "needs_auth");
  const path = join(rig.folder, "spool", photo.spoolName ?? "");
  return { photo, path };
}

async function reopened(rig: Rig): Promise<void> {
  await rig.queue().lanes.open("flickr");
  await rig.quiet();
}

test("where the receipt could not be written down, the next attempt looks for the copy and sends nothing again", async () => {
  const { rig, server, calls } = await open();
  const database = new Sqlite(join(rig.folder, "photolog.db"));
  database.exec("CREATE TRIGGER fault BEFORE INSERT ON receipts BEGIN INSERT INTO missing VALUES (1); END");
  const photo = await rig.add();
  await rig.quiet();
  assert.equal(server.photos.length, 1);
  assert.notEqual((await rig.job(photo, "flickr")).state, "done");
  database.exec("DROP TRIGGER fault");
  database.close();
  await rig.advance(HOUR);
  assert.equal((await rig.job(photo, "flickr")).state, "done");
  assert.equal((await rig.catalog().receipts(photo.id)).flickr?.id, server.photos[0]?.id);
  assert.equal(calls("upload"), 1);
});

test("an original that has rotted in the spool is delivered from the archive, and the archive keeps the good one", async () => {
  const opened = await open();
  const { rig, server } = opened;
  const { photo, path } = await parked(opened);
  await flipOneBit({ path, bytes: photo.bytes, sha256: photo.sha256 });
  await reopened(rig);
  assert.equal((await rig.job(photo, "flickr")).state, "done");
  assert.equal(server.photos[0]?.sha256, photo.sha256);
  assert.equal((await rig.job(photo, "release")).state, "done");
  assert.deepEqual(await readdir(join(rig.folder, "spool")), []);
});

test("a spool that is away for a while, as when its disk is not mounted, fails no photo", async () => {
  const { rig, server } = await open();
  const folder = join(rig.folder, "archive");
  await writeFile(folder, "in the way");
  const photo = await rig.add();
  await rig.quiet();
  const spool = join(rig.folder, "spool");
  await rename(spool, `${spool}-away`);
  await rig.advance(HOUR);
  for (const step of ["archive", "renditions", "flickr"]) {
    const { state } = await rig.job(photo, step);
    assert.ok(state === "queued" || state === "done" || state === "unsupported", `${step} is ${state}`);
  }
  assert.equal((await rig.closedLane("archive"))?.failure.code, "LOCAL_FAULT");
  await rename(`${spool}-away`, spool);
  await rename(folder, `${folder}-gone`);
  await rig.advance(HOUR);
  assert.equal((await rig.job(photo, "archive")).state, "done");
  assert.equal((await rig.job(photo, "release")).state, "done");
  const { blobKey = "" } = (await rig.catalog().findById(photo.id)) ?? {};
  assert.equal((await readFile(join(folder, blobKey))).length, photo.bytes);
  assert.equal(server.photos.length, 1);
});

test("a copy is found although the clock was a year ahead when it was made", async () => {
  const clock = stoppedClock(Date.now());
  const { flickr, server, close } = await openTestFlickr({ now: clock.now, searchLag: 99 }, { now: () => clock.now() });
  whenDone(close);
  let wrong = 0;
  const wrongClock = { ...clock, now: () => clock.now() + wrong };
  const rig = await openRig(wrongClock, async ({ folder }) => ({
    archive: openDirectory(join(folder, "archive")),
    destinations: [flickr],
  }));
  whenDone(() => rig.close());
  wrong = YEAR;
  void server.fault({ when: "upload", stored: true, answer: "reset" });
  const photo = await rig.add();
  await rig.quiet();
  assert.equal((await rig.job(photo, "flickr")).state, "waiting");
  wrong = 0;
  await rig.queue().rescue("everything");
  clock.advance(HOUR);
  await rig.quiet();
  assert.equal((await rig.job(photo, "flickr")).state, "done");
  assert.equal(server.requests.filter(({ call }) => call === "upload").length, 1);
});
