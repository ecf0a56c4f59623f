import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "../../src/database.ts";
import { PhotologError } from "../../src/errors.ts";
import type { ClaimedJob } from "../../src/queue/job.ts";
import { PROBE_MS } from "../../src/queue/lanes.ts";
import { insertJobs, Queue } from "../../src/queue/queue.ts";
import { startWorker, type Step, type WorkerEvent } from "../../src/queue/worker.ts";
import { stoppedClock } from "../support/clock.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

type Run = Step["run"];

async function open(steps: Readonly<Record<string, Run>>, concurrency = 1) {
  const clock = stoppedClock();
  const database = openDatabase(join(await temporaryFolder(), "queue.db"));
  const queue = new Queue(database, clock.now);
  const events: WorkerEvent[] = [];
  let photoId = 0;
  const start = () =>
    startWorker({
      queue,
      steps: Object.entries(steps).map(([name, run]) => ({ name, concurrency, run })),
      now: clock.now,
      random: () => 0.5,
      tell: (event) => events.push(event),
      pollMs: 5,
    });
  const add = (count = 1) =>
    database.write((sql) => {
      for (let i = 0; i < count; i++) {
        photoId += 1;
        const jobs = Object.keys(steps).map((step) => ({ step, state: "queued" as const }));
        insertJobs(sql, photoId, jobs, clock.now());
      }
    });
  const states = async () => (await queue.list({})).map((job) => job.state);
  return { clock, database, queue, events, start, add, states };
}

const fails = (...failures: readonly PhotologError[]): Run => {
  const left = [...failures];
  return () => {
    const failure = left.shift();
    return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
  };
};

test("a job that can be tried again waits, then is", async () => {
  const { clock, start, add, queue, states } = await open({
    work: fails(new PhotologError("NOT_PROVEN", "The copy differs.")),
  });
  await add();
  const worker = start();
  const [job] = await until("it waits", async () => {
    const jobs = await queue.list({ states: ["waiting"] });
    return jobs.length === 1 && jobs;
  });
  assert.equal(job?.dueAt, clock.now() + 2500, "half of the first limit of five seconds");
  assert.deepEqual(job?.failure, { code: "NOT_PROVEN", message: "The copy differs." });
  clock.advance(2500);
  await until("it is done", async () => (await states()).every((state) => state === "done"));
  assert.equal((await queue.list({}))[0]?.failure, undefined);
  await worker.stop(0);
});

test("a photo that a service refuses fails alone", async () => {
  const { start, add, states } = await open({
    work: fails(new PhotologError("PHOTO_REFUSED", "This is no picture.", { hint: "Look at it." })),
  });
  await add(3);
  const worker = start();
  await until("all are settled", async () => (await states()).join() === "failed,done,done");
  await worker.stop(0);
});

for (const [code, state] of [
  ["SIGN_IN_NEEDED", "needs_auth"],
  ["SERVICE_MISCONFIGURED", "misconfigured"],
  ["QUOTA_REACHED", "paused"],
] as const) {
  test(`${code} closes the lane, costs no attempt, and the lane opens by itself once it works again`, async () => {
    const { clock, start, add, queue, states } = await open({ work: fails(new PhotologError(code, "Not now.")) });
    await add(2);
    const worker = start();
    const [lane] = await until("the lane is closed", async () => {
      const lanes = await queue.lanes.closed();
      return lanes.length > 0 && lanes;
    });
    assert.equal(lane?.state, state);
    assert.equal(lane?.until, clock.now() + PROBE_MS);
    await until("the job was given back", async () => (await states()).join() === "queued,queued");
    assert.equal((await queue.list({}))[0]?.attempts, 0);
    clock.advance(PROBE_MS);
    await until("both are done", async () => (await states()).join() === "done,done");
    assert.deepEqual(await queue.lanes.closed(), []);
    await worker.stop(0);
  });
}

test("a service that cannot be reached three times in a row closes its lane, and delays no other", async () => {
  const unreachable = (): PhotologError => new PhotologError("SERVICE_UNREACHABLE", "Nobody answers.");
  const { start, add, queue } = await open({
    far: fails(...Array.from({ length: 9 }, unreachable)),
    near: fails(),
  });
  await add(9);
  const worker = start();
  await until(
    "the near ones are done",
    async () => (await queue.list({ steps: ["near"], states: ["done"] })).length === 9,
  );
  await until("the lane is closed", async () => (await queue.lanes.closed()).length === 1);
  await until("the third was given back", async () => (await queue.list({ states: ["running"] })).length === 0);
  const tried = (await queue.list({ steps: ["far"] })).map((job) => job.attempts);
  assert.deepEqual(tried, [1, 1, 0, 0, 0, 0, 0, 0, 0]);
  await worker.stop(0);
});

test("something unforeseen is tried again in doubt, and the worker goes on", async () => {
  const doubts: boolean[] = [];
  let calls = 0;
  const { clock, start, add, states } = await open({
    work: async (job: ClaimedJob) => {
      doubts.push(job.inDoubt);
      if (++calls === 1) throw new TypeError("Somebody made a mistake.");
      return "done";
    },
  });
  await add();
  const worker = start();
  await until("it waits", async () => (await states()).join() === "waiting");
  clock.advance(60_000);
  await until("it is done", async () => (await states()).join() === "done");
  assert.deepEqual(doubts, [false, true]);
  await worker.stop(0);
});

test("stopping gives back what does not end in time, in doubt, and without an attempt lost", async () => {
  let aborted = false;
  const { start, add, queue } = await open({
    work: (_job, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason as Error);
        });
      }),
  });
  await add();
  const worker = start();
  await until("it runs", async () => (await queue.list({ states: ["running"] })).length === 1);
  await worker.stop(10);
  assert.equal(aborted, true);
  const [job] = await queue.list({});
  assert.equal(job?.state, "queued");
  assert.equal(job?.attempts, 0);
  assert.equal((await queue.claim("work"))?.inDoubt, true);
});

test("what ends within the grace time is completed, and nothing new is begun", async () => {
  let finish = (): void => undefined;
  const { start, add, queue, states } = await open({
    work: () => new Promise((resolve) => (finish = () => resolve("done"))),
  });
  await add(2);
  const worker = start();
  await until("it runs", async () => (await queue.list({ states: ["running"] })).length === 1);
  const stopped = worker.stop(10_000);
  finish();
  await stopped;
  assert.deepEqual(await states(), ["done", "queued"]);
});

test("a job tried often and for longer than a day is given up, so that a person sees it", async () => {
  const { clock, start, add, queue, states } = await open({
    work: () => Promise.reject(new PhotologError("NOT_PROVEN", "It never works.")),
  });
  await add();
  const worker = start();
  const day = 24 * 60 * 60_000;
  for (let tries = 1; tries <= 9; tries++) {
    await until(`try ${tries}`, async () => (await queue.list({ states: ["waiting"] }))[0]?.attempts === tries);
    clock.advance(day / 12);
  }
  await until("the tenth", async () => (await queue.list({ states: ["waiting"] }))[0]?.attempts === 10);
  clock.advance(day);
  await until("it failed", async () => (await states()).join() === "failed");
  assert.match((await queue.list({}))[0]?.failure?.hint ?? "", /`photolog jobs retry`/);
  await worker.stop(0);
});

const often = (times: number, failure: () => PhotologError): Run => fails(...Array.from({ length: times }, failure));

test("a photo that gets the same refusal too often is given up, unless something else happened in between", async () => {
  const escalation = { sign: "bad signature", of: "photo", after: 1, means: { class: "item" } } as const;
  const refusal = (): PhotologError => new PhotologError("SERVICE_BUSY", "Not this signature.", { escalation });
  const other = (): PhotologError => new PhotologError("NOT_PROVEN", "Something else.");
  const { clock, start, add, queue, states } = await open({ work: fails(refusal(), other(), refusal(), refusal()) });
  await add();
  const worker = start();
  for (let tries = 1; tries <= 3; tries++) {
    await until(`try ${tries}`, async () => (await queue.list({ states: ["waiting"] }))[0]?.attempts === tries);
    clock.advance(60 * 60_000);
  }
  await until("it failed", async () => (await states()).join() === "failed");
  await worker.stop(0);
});

test("a refusal that nobody has seen before blames the photo only if another one was taken meanwhile", async () => {
  const escalation = { sign: "HTTP 418", of: "photo", after: 1, means: { class: "item" }, needsOthers: true } as const;
  const refusal = (): PhotologError =>
    new PhotologError("PHOTO_REFUSED", "I am a teapot.", { escalation, retry: { class: "retry", afterMs: 1000 } });
  const { clock, start, add, queue } = await open({ work: often(2, refusal) });
  await add();
  const worker = start();
  await until("it waits", async () => (await queue.list({ states: ["waiting"] })).length === 1);
  clock.advance(1000);
  const [lane] = await until("the lane is closed", async () => {
    const lanes = await queue.lanes.closed();
    return lanes.length === 1 && lanes;
  });
  assert.equal(lane?.state, "misconfigured");
  await worker.stop(0);

  const second = await open({
    work: (job) => (job.photoId === 1 ? Promise.reject(refusal()) : Promise.resolve("done")),
  });
  await second.add();
  const another = second.start();
  await until("it waits", async () => (await second.queue.list({ states: ["waiting"] })).length === 1);
  second.clock.advance(500);
  await second.add();
  another.wake();
  await until("another one is taken", async () => (await second.queue.list({ states: ["done"] })).length === 1);
  second.clock.advance(500);
  await until("the first is given up", async () => (await second.states()).join() === "failed,done");
  await another.stop(0);
});

test("pauses in a row grow, and a success in between makes them short again", async () => {
  const pause = (): PhotologError =>
    new PhotologError("QUOTA_REACHED", "Slow down.", { retry: { class: "pause", forMs: 1000, upToMs: 3000 } });
  const { clock, start, add, queue, states } = await open({ work: often(3, pause) });
  await add();
  const worker = start();
  for (const expected of [1000, 2000, 3000]) {
    const [lane] = await until(`a pause of ${expected}`, async () => {
      const lanes = await queue.lanes.closed();
      return (lanes[0]?.until ?? 0) > clock.now() && lanes;
    });
    assert.equal((lane?.until ?? 0) - clock.now(), expected);
    clock.advance(expected);
  }
  await until("it is done", async () => (await states()).join() === "done");
  assert.deepEqual(await queue.lanes.closed(), []);
  await worker.stop(0);
});

test("how long a job waits grows with its failures, not with the times its server was killed", async () => {
  const { clock, start, add, queue } = await open({ work: fails(new PhotologError("NOT_PROVEN", "Again.")) });
  await add();
  for (let kill = 0; kill < 9; kill++) {
    assert.ok(await queue.claim("work"));
    await queue.rescue("everything");
  }
  const worker = start();
  const [job] = await until("it waits", async () => {
    const jobs = await queue.list({ states: ["waiting"] });
    return jobs.length === 1 && jobs;
  });
  assert.equal(job?.attempts, 10);
  assert.equal((job?.dueAt ?? 0) - clock.now(), 2500);
  await worker.stop(0);
});

test("where only this kind of photo has to wait, the others go on, and it has lost no attempt", async () => {
  const film = (): PhotologError =>
    new PhotologError("QUOTA_REACHED", "No films today.", { retry: { class: "pause", of: "photo", forMs: 1000 } });
  const { clock, start, add, queue, states } = await open({ work: fails(film(), film()) });
  await add(3);
  const worker = start();
  await until("the others are done", async () => (await states()).join() === "waiting,waiting,done");
  for (const job of await queue.list({ states: ["waiting"] })) {
    assert.deepEqual([job.attempts, job.dueAt], [0, clock.now() + 1000]);
  }
  assert.deepEqual(await queue.lanes.closed(), []);
  clock.advance(1000);
  await until("all are done", async () => (await states()).every((state) => state === "done"));
  await worker.stop(0);
});

test("a doubt stays until the job is done: what fails after it may have been the looking", async () => {
  const doubts: boolean[] = [];
  const run = fails(
    new PhotologError("OUTCOME_UNKNOWN", "The answer was lost."),
    new PhotologError("QUOTA_REACHED", "Slow down.", { retry: { class: "pause", forMs: 1000 } }),
    new PhotologError("NOT_PROVEN", "It differs."),
  );
  const { clock, start, add, states } = await open({
    work: (job, signal) => {
      doubts.push(job.inDoubt);
      return run(job, signal);
    },
  });
  await add();
  const worker = start();
  for (let tries = 1; tries <= 4; tries++) {
    await until(`try ${tries}`, () => doubts.length === tries);
    await until("it has ended", async () => (await states()).join() !== "running");
    clock.advance(60_000);
  }
  await until("it is done", async () => (await states()).join() === "done");
  assert.deepEqual(doubts, [false, true, true, true]);
  await worker.stop(0);
});
