import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "../../src/database.ts";
import { type ErrorCode, ERRORS, type Escalation, PhotologError } from "../../src/errors.ts";
import type { ClaimedJob, Streak } from "../../src/queue/job.ts";
import { insertJobs, Queue } from "../../src/queue/queue.ts";
import { openScales } from "../../src/queue/scales.ts";
import { stoppedClock } from "../support/clock.ts";
import { temporaryFolder } from "../support/temporary.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function open() {
  const clock = stoppedClock();
  const database = openDatabase(join(await temporaryFolder(), "queue.db"));
  const queue = new Queue(database, clock.now);
  let photoId = 0;
  /** A job of a photo of its own. */
  const claimed = async (): Promise<ClaimedJob> => {
    photoId += 1;
    await database.write((sql) => insertJobs(sql, photoId, [{ step: "work", state: "queued" }], clock.now()));
    const job = await queue.claim("work");
    return job ?? assert.fail("the lane gives no job");
  };
  return {
    clock,
    queue,
    claimed,
    scales: openScales(queue, clock.now),
    afterStart: () => openScales(queue, clock.now),
  };
}

/** The same job, claimed once more. */
const again = (job: ClaimedJob, streak: Streak, claimedAt = job.claimedAt): ClaimedJob => ({
  ...job,
  streak,
  claimedAt,
});

const failing = (escalation: Escalation): PhotologError =>
  new PhotologError("NOT_PROVEN", "It went wrong.", { escalation, hint: "Wait." });

test("what a photo's failure has become has its own code and its own hint, and the service's words", async () => {
  const { claimed, scales } = await open();
  const failure = failing({
    sign: "bad picture",
    of: "photo",
    after: 1,
    means: { class: "item" },
    becomes: "PHOTO_REFUSED",
    hint: "Look at it.",
  });
  const job = await claimed();
  const first = await scales.weigh(job, failure);
  assert.deepEqual(first.failure, { code: "NOT_PROVEN", message: "It went wrong.", hint: "Wait." });
  assert.equal(first.retry.class, "retry");
  const second = await scales.weigh(again(job, first.streak), failure);
  assert.deepEqual(second.failure, { code: "PHOTO_REFUSED", message: "It went wrong.", hint: "Look at it." });
  assert.equal(second.retry.class, "item");
});

const UNKNOWN: Escalation = {
  sign: "HTTP 418",
  of: "photo",
  after: 1,
  means: { class: "item" },
  needsOthers: true,
};

test("a photo is blamed for an unknown answer because another one was taken meanwhile, also where the server was restarted in between", async () => {
  const { clock, queue, claimed, scales, afterStart } = await open();
  const job = await claimed();
  const { streak } = await scales.weigh(job, failing(UNKNOWN));
  clock.advance(HOUR / 2);
  await queue.complete(await claimed());
  clock.advance(HOUR / 2);
  assert.equal((await afterStart().weigh(again(job, streak), failing(UNKNOWN))).retry.class, "item");
});

test("an unknown answer is ours where no other photo was taken, or only before it first came", async () => {
  const { clock, queue, claimed, scales } = await open();
  await queue.complete(await claimed());
  const job = await claimed();
  const { streak } = await scales.weigh(job, failing(UNKNOWN));
  clock.advance(HOUR);
  const { retry, failure } = await scales.weigh(again(job, streak), failing(UNKNOWN));
  assert.equal(retry.class, "config");
  assert.deepEqual(failure, { code: "SERVICE_MISCONFIGURED", message: "It went wrong.", hint: "Wait." });
});

test("an unknown answer to three photos in a row is ours at once, and one success in between makes it theirs again", async () => {
  const { claimed, scales } = await open();
  const classes: string[] = [];
  for (let photos = 0; photos < 5; photos++) {
    if (photos === 2) scales.noteSuccess("work");
    classes.push((await scales.weigh(await claimed(), failing(UNKNOWN))).retry.class);
  }
  assert.deepEqual(classes, ["retry", "retry", "retry", "retry", "config"]);
});

test("two answers that are not the same do not count together", async () => {
  const { claimed, scales } = await open();
  const job = await claimed();
  const { streak } = await scales.weigh(job, failing(UNKNOWN));
  const other = await scales.weigh(again(job, streak), failing({ ...UNKNOWN, sign: "HTTP 499" }));
  assert.deepEqual([other.retry.class, other.streak.times], ["retry", 1]);
});

const CLOSING: Escalation = { sign: "turned away", of: "lane", after: 2, means: { class: "config" } };
const turnedAway = (): PhotologError =>
  new PhotologError("SERVICE_BUSY", "Not now.", { escalation: CLOSING, retry: { class: "pause", forMs: HOUR } });

test("photos that were under way together and run into the same wall have met it once", async () => {
  const { clock, claimed, scales } = await open();
  const together = [await claimed(), await claimed(), await claimed(), await claimed()];
  for (const job of together) {
    assert.equal((await scales.weigh(job, turnedAway())).retry.class, "pause");
    scales.noteClosing("work");
  }
  for (const expected of ["pause", "config"]) {
    clock.advance(HOUR);
    assert.equal((await scales.weigh(await claimed(), turnedAway())).retry.class, expected);
    scales.noteClosing("work");
  }
});

test("an outage counts as one whatever face it shows, and a success ends it", async () => {
  const { claimed, scales } = await open();
  const failWith = async (code: ErrorCode) =>
    (await scales.weigh(await claimed(), new PhotologError(code, "No."))).retry;
  assert.deepEqual(await failWith("SERVICE_UNREACHABLE"), { class: "retry" });
  assert.deepEqual(await failWith("OUTCOME_UNKNOWN"), { class: "check" });
  assert.deepEqual(await failWith("SERVICE_BUSY"), { class: "pause", forMs: MINUTE, upToMs: 30 * MINUTE });
  scales.noteSuccess("work");
  assert.deepEqual(await failWith("SERVICE_BUSY"), { class: "retry" });
});

test("a lane that was closed and has not worked since is closed again by the first that fails, also after a restart", async () => {
  const { clock, queue, claimed, afterStart } = await open();
  const job = await claimed();
  const failure = { code: "SERVICE_BUSY", message: "Not now." };
  await queue.lanes.close("work", { state: "paused", forMs: MINUTE, failure });
  clock.advance(MINUTE);
  const { retry } = await afterStart().weigh(job, new PhotologError("SERVICE_UNREACHABLE", "Nobody answers."));
  assert.equal(retry.class, "pause");
  const changed = await afterStart().weigh(job, new PhotologError("NOT_PROVEN", "It differs."));
  assert.equal(changed.retry.class, "retry", "a photo's own trouble is not the lane's");
});

test("an answer that tells nothing five times in a row is an outage, too", async () => {
  const { claimed, scales } = await open();
  const classes: string[] = [];
  for (let times = 0; times < 5; times++) {
    const lost = new PhotologError("OUTCOME_UNKNOWN", "The answer was lost.");
    classes.push((await scales.weigh(await claimed(), lost)).retry.class);
  }
  assert.deepEqual(classes, ["check", "check", "check", "check", "pause"]);
});

test("an original that has changed is read once more before its photo is given up", async () => {
  const { claimed, scales } = await open();
  const changed = new PhotologError("ORIGINAL_CHANGED", "The original is another one.");
  const job = await claimed();
  const { retry, streak } = await scales.weigh(job, changed);
  assert.deepEqual(retry, { class: "retry" });
  const { retry: second, failure } = await scales.weigh(again(job, streak), changed);
  assert.deepEqual([second.class, failure.code], ["item", "ORIGINAL_CHANGED"]);
});

test("an error that means something else by itself does not become what its code usually becomes", () => {
  const waits = { class: "pause", of: "photo", forMs: HOUR } as const;
  assert.equal(new PhotologError("SERVICE_BUSY", "No videos now.", { retry: waits }).escalation, undefined);
  const asked = new PhotologError("SERVICE_BUSY", "Later.", { retry: { class: "retry", afterMs: 5 } });
  assert.equal(asked.escalation, ERRORS.SERVICE_BUSY.escalation);
});
