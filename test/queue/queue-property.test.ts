import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { openDatabase } from "../../src/database.ts";
import { type ClaimedJob, JOB_STATES, type JobState, type NewJob, TRANSITIONS } from "../../src/queue/job.ts";
import { insertJobs, Queue } from "../../src/queue/queue.ts";
import { stoppedClock } from "../support/clock.ts";
import { type Ending, QueueModel } from "../support/queue-model.ts";
import { whenDone } from "../support/temporary.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const FAILURE = { code: "SERVICE_BUSY", message: "The service is busy." };
const STEPS = ["archive", "flickr", "gphotos", "release"] as const;
const LAST = "release";
const WORKERS = 3;
const CLOSINGS = {
  busy: { state: "paused", forMs: SECOND, upToMs: 3 * SECOND },
  quota: { state: "paused", forMs: HOUR, upToMs: HOUR },
  signedOut: { state: "needs_auth", forMs: HOUR, upToMs: HOUR },
} as const;

/** What can happen to a queue. Numbers choose among what is there at that moment. */
const number = fc.nat(20);
const worker = fc.nat(WORKERS - 1);
const step = fc.constantFrom(...STEPS);
const steps = fc.option(fc.subarray([...STEPS], { minLength: 1 }), { nil: undefined });
const wait = fc.constantFrom(0, SECOND, 30 * SECOND, HOUR, DAY);
const how = fc.constantFrom<Ending>("complete", "complete", "complete", "decline", "retry", "snooze", "discard");
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ is: fc.constant("add"), skipped: fc.subarray(["flickr", "gphotos"]) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant("claim"),
      together: fc.array(fc.record({ worker, step }), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 9, arbitrary: fc.record({ is: fc.constant("end"), number, how, wait, isKnown: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("renew"), worker }) },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant("rescue"), which: fc.constantFrom("expired", "everything") }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("pass"), wait: fc.oneof(wait, fc.constantFrom(YEAR, -YEAR)) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant("revive"),
      number,
      steps,
      states: fc.option(fc.subarray([...JOB_STATES], { minLength: 1 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("cancel"), number, steps }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant("close"),
      step,
      why: fc.constantFrom(...(Object.keys(CLOSINGS) as (keyof typeof CLOSINGS)[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("open"), step }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** One connection a worker, as if each were a process of its own. In memory where there is such a place. */
const folder = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "photolog-queue-"));
const databases = Array.from({ length: WORKERS }, () => openDatabase(join(folder, "queue.db")));
whenDone(async () => {
  for (const database of databases) database.close();
  await rm(folder, { recursive: true });
});

async function open() {
  await databases[0]?.write((sql) => {
    for (const table of ["jobs", "lanes"]) sql.run(`DELETE FROM ${table}`);
  });
  const clock = stoppedClock();
  const model = new QueueModel();
  const queues = databases.map((database) => new Queue(database, clock.now));
  const queueOf = (worker: number): Queue => queues[worker] ?? assert.fail();
  const queue = queueOf(0);
  const claims: { readonly worker: number; readonly job: ClaimedJob }[] = [];
  let photos = 0;

  const wantedBy = (given: { number: number; steps: readonly string[] | undefined }, states: readonly JobState[]) => {
    const photoId = photos === 0 ? 1 : (given.number % photos) + 1;
    const wanted = model.jobs.filter(
      (job) =>
        job.photoId === photoId &&
        !job.isLast &&
        (given.steps?.includes(job.step) ?? true) &&
        states.includes(job.state),
    );
    return { wanted, filter: { photoIds: [photoId], ...(given.steps && { steps: given.steps }) } };
  };

  async function end(job: ClaimedJob, given: Extract<Event, { is: "end" }>): Promise<void> {
    const dueAt = clock.now() + given.wait;
    const outcome = given.isKnown ? "known" : "unknown";
    const isHeld = model.isHeld(job);
    const ended = await {
      complete: () => queue.complete(job),
      decline: () => queue.decline(job, FAILURE),
      retry: () => queue.retry(job, FAILURE, { dueAt, outcome }),
      snooze: () => queue.snooze(job, { outcome }),
      discard: () => queue.discard(job, FAILURE, { outcome }),
    }[given.how]();
    assert.equal(ended, isHeld, "only who holds the lease may end the job");
    const isKnown = given.isKnown || given.how === "complete" || given.how === "decline";
    model.end(job, given.how, { now: clock.now(), dueAt, isKnown });
  }

  async function happen(now: Event): Promise<void> {
    switch (now.is) {
      case "add": {
        const jobs = jobsOfPhoto(now.skipped);
        photos += 1;
        await databases[0]?.write((sql) => insertJobs(sql, photos, jobs, clock.now()));
        model.add(photos, jobs);
        return;
      }
      case "claim": {
        const given = await Promise.all(now.together.map(async ({ worker, step }) => queues[worker]?.claim(step)));
        // Each worker's claims are made in its turn, one worker's after another's.
        const order = now.together.map((claim, index) => ({ ...claim, job: given[index] }));
        for (const worker of order.map((claim) => claim.worker).filter((one, at, all) => all.indexOf(one) === at)) {
          for (const { step, job } of order.filter((claim) => claim.worker === worker)) {
            model.claim(step, job, clock.now());
            if (job !== undefined) claims.push({ worker, job });
          }
        }
        return;
      }
      case "end": {
        const [claim] = claims.length === 0 ? [] : claims.splice(now.number % claims.length, 1);
        // The last step is for every kind of photo.
        const how = claim?.job.step === LAST && now.how === "decline" ? "complete" : now.how;
        if (claim !== undefined) await end(claim.job, { ...now, how });
        return;
      }
      case "renew": {
        const own = claims.filter((claim) => claim.worker === now.worker).map(({ job }) => job);
        const held = own.filter((job) => model.isHeld(job));
        assert.deepEqual(await queueOf(now.worker).renew(own), held);
        for (const job of held) model.renew(job, clock.now());
        return;
      }
      case "rescue": {
        const which = now.which;
        assert.equal(await queue.rescue(which), model.rescue(which, clock.now()));
        return;
      }
      case "pass":
        return clock.advance(now.wait);
      case "revive": {
        const states: readonly JobState[] = now.states ?? ["waiting", "failed", "cancelled"];
        const from: readonly JobState[] = TRANSITIONS.revive.from;
        const { wanted, filter } = wantedBy(
          now,
          from.filter((state) => states.includes(state)),
        );
        assert.equal(await queue.revive({ ...filter, ...(now.states && { states: now.states }) }), wanted.length);
        for (const lane of now.steps ?? []) model.lanes.delete(lane);
        return model.revive(wanted);
      }
      case "cancel": {
        const { wanted, filter } = wantedBy(now, TRANSITIONS.cancel.from);
        assert.equal(await queue.cancel(filter), wanted.length);
        return model.cancel(wanted);
      }
      case "close": {
        const { state, forMs, upToMs } = CLOSINGS[now.why];
        await queue.lanes.close(now.step, { state, forMs, upToMs, failure: { ...FAILURE, code: now.why } });
        const lane = (await queue.lanes.closed()).find(({ step }) => step === now.step);
        return model.close(now.step, lane, { state, now: clock.now() });
      }
      case "open":
        await queue.lanes.open(now.step);
        model.lanes.delete(now.step);
        return;
    }
  }

  /** The queue is what the model is, and came there by the table. */
  let before = new Map<number, JobState>();
  async function compare(): Promise<void> {
    const jobs = await queue.list({});
    const seen = jobs.map(({ photoId, step, state, attempts }) => ({ photoId, step, state, attempts }));
    const expected = model.jobs.map(({ photoId, step, state, attempts }) => ({ photoId, step, state, attempts }));
    assert.deepEqual(seen, expected);
    for (const { id, state } of jobs) {
      const was = before.get(id);
      assert.ok(was === undefined || was === state || isWay(was, state), `${was} became ${state}`);
    }
    before = new Map(jobs.map(({ id, state }) => [id, state]));
    const lanes = await queue.lanes.closed();
    assert.deepEqual(
      lanes.map(({ step, until }) => [step, until]),
      [...model.lanes].map(([name, { until }]) => [name, until]).sort(),
    );
  }

  /** Some days on which nothing goes wrong, and people sign in where they are asked to: whatever can be done is done. */
  async function drain(): Promise<void> {
    await queue.rescue("everything");
    clock.advance(3 * DAY);
    for (const { step, state } of await queue.lanes.closed()) if (state !== "paused") await queue.lanes.open(step);
    for (const name of STEPS) {
      for (let job = await queue.claim(name); job !== undefined; job = await queue.claim(name)) {
        assert.equal(await queue.complete(job), true);
      }
    }
    const jobs = await queue.list({});
    assert.equal(jobs.length, model.jobs.length);
    for (const [, all] of Map.groupBy(jobs, (job) => job.photoId)) {
      const open = all.filter(({ state }) => ["queued", "waiting", "running", "blocked"].includes(state));
      const waitsForPerson = all.some(({ step, state }) => step !== LAST && state === "failed");
      const left = waitsForPerson ? open.filter(({ step }) => step !== LAST) : open;
      assert.deepEqual(left, [], "nothing waits for ever");
    }
  }

  return { happen, compare, drain };
}

function jobsOfPhoto(skipped: readonly string[]): NewJob[] {
  return STEPS.map((name) => ({
    step: name,
    state: name === LAST ? "blocked" : skipped.includes(name) ? "skipped" : "queued",
  }));
}

/** By one transition, or done and blocked at once: the last step was asked for once more while it was at work. */
function isWay(from: JobState, to: JobState): boolean {
  const ways = Object.values(TRANSITIONS) as { from: readonly JobState[]; to: JobState }[];
  if (from === "running" && (to === "blocked" || to === "queued")) return true;
  return ways.some((way) => way.to === to && way.from.includes(from));
}

test("whatever happens in whatever order, the queue is what its model is, and at the end nothing is left undone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60, size: "max" }), async (events) => {
      const { happen, compare, drain } = await open();
      for (const now of events) {
        await happen(now);
        await compare();
      }
      await drain();
    }),
    { numRuns: Number(process.env["PHOTOLOG_TEST_RUNS"] ?? 200) },
  );
});
