/** Clocks are set wrong and put right again: what was waiting then must not wait for the wrong time to come. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "../../src/database.ts";
import { PhotologError } from "../../src/errors.ts";
import { insertJobs, LEASE_MS, Queue } from "../../src/queue/queue.ts";
import { startWorker, type Step } from "../../src/queue/worker.ts";
import { stoppedClock } from "../support/clock.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const DAY = 24 * 60 * 60_000;
const YEAR = 365 * DAY;
const FAILURE = { code: "SERVICE_BUSY", message: "The service is busy." };

async function open(photos: number) {
  const clock = stoppedClock();
  const database = openDatabase(join(await temporaryFolder(), "queue.db"));
  const queue = new Queue(database, clock.now);
  await database.write((sql) => {
    for (let id = 1; id <= photos; id++) insertJobs(sql, id, [{ step: "work", state: "queued" }], clock.now());
  });
  return { clock, queue };
}

test("a job and a lane that were told to wait while the clock was a year ahead wait no longer once it is right again", async () => {
  const { clock, queue } = await open(2);
  clock.advance(YEAR);
  const job = await queue.claim("work");
  assert.ok(job);
  await queue.retry(job, FAILURE, { dueAt: clock.now() + DAY, outcome: "known" });
  await queue.lanes.close("work", { state: "paused", forMs: 60_000, failure: FAILURE });
  clock.advance(-YEAR);
  assert.equal(await queue.claim("work"), undefined);
  await queue.rescue("expired");
  for (let left = 2; left > 0; left--) {
    const next = await queue.claim("work");
    assert.ok(next, "somebody may try");
    await queue.complete(next);
  }
  assert.deepEqual(await queue.lanes.closed(), [], "and a success opens the lane");
});

test("what waits for as long as a service may ask for goes on waiting, however often it is looked at", async () => {
  const { clock, queue } = await open(1);
  const job = await queue.claim("work");
  assert.ok(job);
  await queue.retry(job, FAILURE, { dueAt: clock.now() + DAY, outcome: "known" });
  await queue.lanes.close("work", { state: "paused", forMs: DAY, failure: FAILURE });
  await queue.rescue("expired");
  clock.advance(DAY - 1);
  await queue.rescue("expired");
  assert.equal(await queue.claim("work"), undefined);
  clock.advance(1);
  assert.ok(await queue.claim("work"));
});

test("a step that is switched off stays so", async () => {
  const { queue } = await open(1);
  await queue.lanes.close("work", { state: "misconfigured", forMs: 100 * YEAR, failure: FAILURE });
  await queue.rescue("expired");
  assert.equal(await queue.claim("work"), undefined);
});

test("a job that was left running while the clock was a year ahead is rescued once it is right again", async () => {
  const { clock, queue } = await open(1);
  clock.advance(YEAR);
  const lost = await queue.claim("work");
  assert.ok(lost);
  clock.advance(-YEAR);
  assert.equal(await queue.rescue("expired"), 1);
  const again = await queue.claim("work");
  assert.equal(again?.inDoubt, true);
  assert.equal(await queue.complete(lost), false);
});

test("a clock that is put a little back takes no job away from who is at work on it", async () => {
  const { clock, queue } = await open(1);
  const job = await queue.claim("work");
  assert.ok(job);
  clock.advance(-2 * LEASE_MS);
  assert.equal(await queue.rescue("expired"), 0);
  assert.equal(await queue.complete(job), true);
});

test("whichever way the clock jumps while a worker runs, each photo is worked on once and none is given up", async () => {
  const { clock, queue } = await open(4);
  const seen: number[] = [];
  let away = 3;
  const run: Step["run"] = async (job) => {
    if (away-- > 0) throw new PhotologError("SERVICE_UNREACHABLE", "Nobody answers.");
    seen.push(job.photoId);
    return "done";
  };
  clock.advance(YEAR);
  const start = () =>
    startWorker({
      queue,
      steps: [{ name: "work", concurrency: 1, run }],
      now: clock.now,
      random: () => 1,
      tell: () => undefined,
      pollMs: 5,
    });
  const worker = start();
  await until("the lane is closed", async () => (await queue.lanes.closed()).length === 1);
  await worker.stop(0);
  clock.advance(-YEAR);
  await queue.rescue("everything");
  const another = start();
  await until("all are done", async () => (await queue.list({ states: ["done"] })).length === 4);
  await another.stop(0);
  assert.deepEqual(seen.toSorted(), [1, 2, 3, 4]);
});
