import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Database, openDatabase } from "../../src/database.ts";
import { type ClaimedJob, JOB_STATES, type JobState, type NewJob, TRANSITIONS } from "../../src/queue/job.ts";
import { insertJobs, LEASE_MS, Queue } from "../../src/queue/queue.ts";
import { stoppedClock } from "../support/clock.ts";
import { temporaryFolder } from "../support/temporary.ts";

const FAILURE = { code: "SERVICE_BUSY", message: "The service is busy." };

async function openQueue(clock = stoppedClock()) {
  const database = openDatabase(join(await temporaryFolder(), "queue.db"));
  const queue = new Queue(database, clock.now);
  let photoId = 0;
  const add = async (...jobs: readonly NewJob[]): Promise<number> => {
    photoId += 1;
    await database.write((sql) => insertJobs(sql, photoId, jobs, clock.now()));
    return photoId;
  };
  return { clock, database, queue, add };
}

async function claimed(queue: Queue, step = "work"): Promise<ClaimedJob> {
  const job = await queue.claim(step);
  assert.ok(job, `a job of ${step} is due`);
  return job;
}

function force(database: Database, id: number, state: JobState): Promise<void> {
  return database.write((sql) => {
    sql.run("UPDATE jobs SET state = ?, lease = 'held', lease_until = 0 WHERE id = ?", state, id);
  });
}

test("a job changes its state only by the transitions of the table, whatever it is in", async () => {
  const { database, queue, add, clock } = await openQueue();
  const photoId = await add({ step: "work", state: "queued" }, { step: "last", state: "blocked" });
  const [before] = await queue.list({ photoIds: [photoId], steps: ["work"] });
  assert.ok(before);
  const held: ClaimedJob = { ...before, lease: "held", claimedAt: clock.now(), inDoubt: false };
  const ways: Partial<Record<keyof typeof TRANSITIONS, () => Promise<unknown>>> = {
    claim: () => queue.claim("work"),
    complete: () => queue.complete(held),
    decline: () => queue.decline(held, FAILURE),
    retry: () => queue.retry(held, FAILURE, { dueAt: clock.now(), outcome: "known" }),
    snooze: () => queue.snooze(held, { outcome: "known" }),
    discard: () => queue.discard(held, FAILURE, { outcome: "known" }),
    rescue: () => queue.rescue("expired"),
    revive: () => queue.revive({ photoIds: [photoId], states: [...JOB_STATES] }),
    cancel: () => queue.cancel({ photoIds: [photoId] }),
  };
  for (const [name, go] of Object.entries(ways)) {
    const { from, to } = TRANSITIONS[name as keyof typeof TRANSITIONS];
    for (const state of JOB_STATES) {
      await force(database, before.id, state);
      await go();
      const [after] = await queue.list({ photoIds: [photoId], steps: ["work"] });
      const expected = (from as readonly JobState[]).includes(state) ? to : state;
      assert.equal(after?.state, expected, `${name} of a ${state} job`);
    }
  }
});

test("jobs are claimed in the order in which they came, each by one claimer", async () => {
  const { queue, add } = await openQueue();
  for (let i = 0; i < 5; i++) await add({ step: "work", state: "queued" });
  const jobs = await Promise.all(Array.from({ length: 6 }, () => queue.claim("work")));
  assert.deepEqual(
    jobs.map((job) => job?.photoId),
    [1, 2, 3, 4, 5, undefined],
  );
});

test("a retried job comes back when it is due, and before what came after it", async () => {
  const { queue, add, clock } = await openQueue();
  await add({ step: "work", state: "queued" });
  await queue.retry(await claimed(queue), FAILURE, { dueAt: clock.now() + 1000, outcome: "known" });
  await add({ step: "work", state: "queued" });
  await add({ step: "work", state: "queued" });
  assert.equal((await claimed(queue)).photoId, 2);
  clock.advance(1000);
  const again = await claimed(queue);
  assert.equal(again.photoId, 1);
  assert.equal(again.attempts, 2);
  assert.equal(again.inDoubt, false);
});

test("after an unknown outcome, a crash or a stop the next claim is in doubt", async () => {
  const { queue, add, clock } = await openQueue();
  await add({ step: "work", state: "queued" });
  const first = await claimed(queue);
  assert.equal(first.inDoubt, false);
  await queue.retry(first, FAILURE, { dueAt: 0, outcome: "unknown" });
  const second = await claimed(queue);
  assert.equal(second.inDoubt, true);
  clock.advance(LEASE_MS + 1);
  assert.equal(await queue.rescue("expired"), 1);
  const third = await claimed(queue);
  assert.equal(third.inDoubt, true);
  await queue.snooze(third, { outcome: "unknown" });
  assert.equal((await claimed(queue)).inDoubt, true);
});

test("who lost the lease can change nothing any more", async () => {
  const { queue, add, clock } = await openQueue();
  await add({ step: "work", state: "queued" });
  const late = await claimed(queue);
  clock.advance(LEASE_MS + 1);
  await queue.rescue("expired");
  const holder = await claimed(queue);
  assert.equal(await queue.complete(late), false);
  assert.equal(await queue.discard(late, FAILURE, { outcome: "known" }), false);
  assert.deepEqual(await queue.renew([late]), []);
  assert.equal(await queue.complete(holder), true);
  assert.equal(await queue.complete(holder), false);
});

test("a renewed lease keeps a slow job from being rescued", async () => {
  const { queue, add, clock } = await openQueue();
  await add({ step: "work", state: "queued" });
  const job = await claimed(queue);
  clock.advance(LEASE_MS - 1);
  assert.deepEqual(await queue.renew([job]), [job]);
  clock.advance(LEASE_MS - 1);
  assert.equal(await queue.rescue("expired"), 0);
});

test("a snoozed job has lost no attempt", async () => {
  const { queue, add } = await openQueue();
  await add({ step: "work", state: "queued" });
  for (let i = 0; i < 3; i++) {
    const job = await claimed(queue);
    assert.equal(job.attempts, 1);
    await queue.snooze(job, { outcome: "known", failure: FAILURE });
  }
});

test("the last step waits until every other job of its photo is settled, and a failed one is not", async () => {
  const { queue, add } = await openQueue();
  const jobs: NewJob[] = [
    { step: "one", state: "queued" },
    { step: "two", state: "queued" },
    { step: "three", state: "skipped" },
    { step: "last", state: "blocked" },
  ];
  await add(...jobs);
  await add(...jobs);
  await queue.complete(await claimed(queue, "one"));
  assert.equal(await queue.claim("last"), undefined);
  await queue.discard(await claimed(queue, "two"), FAILURE, { outcome: "known" });
  assert.equal(await queue.claim("last"), undefined);
  assert.equal(await queue.cancel({ photoIds: [1], steps: ["two"] }), 1);
  assert.equal((await claimed(queue, "last")).photoId, 1);
});

test("reviving a job makes the last step wait for it again", async () => {
  const { queue, add } = await openQueue();
  const photoId = await add({ step: "one", state: "queued" }, { step: "last", state: "blocked" });
  await queue.complete(await claimed(queue, "one"));
  await queue.complete(await claimed(queue, "last"));
  await queue.revive({ photoIds: [photoId], steps: ["one"], states: ["done"] });
  assert.equal(await queue.claim("last"), undefined);
  await queue.complete(await claimed(queue, "one"));
  assert.ok(await queue.claim("last"));
});

test("a closed lane gives no job; when its time has come one may try, and its success opens the lane", async () => {
  const { queue, add, clock } = await openQueue();
  for (let i = 0; i < 3; i++) await add({ step: "work", state: "queued" });
  const inFlight = await claimed(queue);
  await queue.lanes.close("work", { state: "paused", forMs: 1000, failure: FAILURE });
  assert.equal(await queue.claim("work"), undefined);
  await queue.complete(inFlight);
  assert.equal((await queue.lanes.closed()).length, 1, "what was under way before proves nothing");
  clock.advance(1000);
  const probe = await claimed(queue);
  assert.equal(await queue.claim("work"), undefined, "only one tries");
  await queue.complete(probe);
  assert.deepEqual(await queue.lanes.closed(), []);
  assert.ok(await queue.claim("work"));
});

test("a lane's pause and its reason survive a restart", async () => {
  const clock = stoppedClock();
  const file = join(await temporaryFolder(), "queue.db");
  const first = openDatabase(file);
  await new Queue(first, clock.now).lanes.close("work", {
    state: "needs_auth",
    forMs: 5,
    failure: FAILURE,
  });
  first.close();
  const again = openDatabase(file);
  const [lane] = await new Queue(again, clock.now).lanes.closed();
  assert.equal(lane?.state, "needs_auth");
  assert.deepEqual(lane?.failure, FAILURE);
  again.close();
});

test("a closed lane is tried by another photo than the one that closed it, so that one photo alone holds nobody up", async () => {
  const { queue, add, clock } = await openQueue();
  for (let i = 0; i < 3; i++) await add({ step: "work", state: "queued" });
  const tried: number[] = [];
  for (let i = 0; i < 6; i++) {
    clock.advance(1000);
    const job = await claimed(queue);
    tried.push(job.photoId);
    await queue.lanes.close("work", { state: "paused", forMs: 1000, failure: FAILURE });
    await queue.snooze(job, { outcome: "known", failure: FAILURE });
  }
  assert.deepEqual(tried, [1, 2, 3, 1, 2, 3]);
  await add({ step: "work", state: "queued" });
  clock.advance(1000);
  assert.equal((await claimed(queue)).photoId, 4, "rather one that has met no failure");
});

async function closedFor(queue: Queue, clock: ReturnType<typeof stoppedClock>) {
  const [lane] = await queue.lanes.closed();
  return lane === undefined ? undefined : [lane.state, lane.until - clock.now(), lane.failure.code];
}

test("a pause never hides that a person is needed: it only puts the next try off", async () => {
  const { queue, clock } = await openQueue();
  const signIn = { code: "SIGN_IN_NEEDED", message: "Who are you?", hint: "Sign in." };
  await queue.lanes.close("work", { state: "needs_auth", forMs: 1000, failure: signIn });
  await queue.lanes.close("work", { state: "paused", forMs: 5000, failure: FAILURE });
  assert.deepEqual(await closedFor(queue, clock), ["needs_auth", 1000, "SIGN_IN_NEEDED"]);
  clock.advance(1000);
  await queue.lanes.close("work", { state: "paused", forMs: 5000, failure: FAILURE });
  assert.deepEqual(await closedFor(queue, clock), ["needs_auth", 5000, "SIGN_IN_NEEDED"]);
});

test("that a person is needed is said at once, whatever the lane was paused for", async () => {
  const { queue, clock } = await openQueue();
  await queue.lanes.close("work", { state: "paused", forMs: 5000, failure: FAILURE });
  await queue.lanes.close("work", {
    state: "needs_auth",
    forMs: 1000,
    failure: { ...FAILURE, code: "SIGN_IN_NEEDED" },
  });
  assert.deepEqual(await closedFor(queue, clock), ["needs_auth", 1000, "SIGN_IN_NEEDED"]);
});

test("pauses that come together are one, the longest of them; those that come in a row grow, whatever their reasons", async () => {
  const { queue, clock } = await openQueue();
  const pause = (code: string, forMs: number): Promise<void> =>
    queue.lanes.close("work", { state: "paused", forMs, upToMs: 10 * forMs, failure: { ...FAILURE, code } });
  await pause("SERVICE_BUSY", 1000);
  await pause("SERVICE_BUSY", 1000);
  await pause("QUOTA_REACHED", 3000);
  await pause("SERVICE_BUSY", 1000);
  assert.deepEqual(await closedFor(queue, clock), ["paused", 3000, "QUOTA_REACHED"]);
  clock.advance(3000);
  await pause("SERVICE_BUSY", 1000);
  assert.deepEqual(await closedFor(queue, clock), ["paused", 2000, "SERVICE_BUSY"]);
  clock.advance(2000);
  await pause("SERVICE_UNREACHABLE", 1000);
  assert.deepEqual(await closedFor(queue, clock), ["paused", 4000, "SERVICE_UNREACHABLE"]);
});
