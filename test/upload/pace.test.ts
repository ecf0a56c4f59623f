import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../src/upload/pace.ts";
import { stoppedClock } from "../support/clock.ts";

/** Keeps as many busy as may be, and lets so many bytes a second through for some seconds. */
async function busy(
  pace: Pace,
  clock: ReturnType<typeof stoppedClock>,
  { rate, seconds }: Record<"rate" | "seconds", number>,
) {
  const leaves: (() => void)[] = [];
  for (let second = 0; second < seconds; second++) {
    while (leaves.length < pace.limit) leaves.push(await pace.enter());
    while (leaves.length > pace.limit) leaves.pop()?.();
    clock.advance(1000);
    pace.moved(rate);
  }
  for (const leave of leaves) leave();
  return pace.limit;
}

test("a good line is used by as many as are allowed", async () => {
  const clock = stoppedClock();
  const pace = new Pace({ most: 4, now: clock.now });
  assert.equal(await busy(pace, clock, { rate: 5_000_000, seconds: 60 }), 4);
});

test("on a slow line fewer photos are under way, and more again when it gets better", async () => {
  const clock = stoppedClock();
  const pace = new Pace({ most: 8, now: clock.now });
  assert.equal(await busy(pace, clock, { rate: 30_000, seconds: 30 }), 1);
  assert.equal(await busy(pace, clock, { rate: 150_000, seconds: 60 }), 3);
  assert.equal(await busy(pace, clock, { rate: 5_000_000, seconds: 120 }), 8);
});

test("a server that asks for patience gets half as many, then slowly more", async () => {
  const clock = stoppedClock();
  const pace = new Pace({ most: 8, now: clock.now });
  pace.ease();
  assert.equal(pace.limit, 4);
  for (let times = 0; times < 5; times++) pace.ease();
  assert.equal(pace.limit, 1);
  assert.equal(await busy(pace, clock, { rate: 5_000_000, seconds: 21 }), 3);
});

test("who waits for a turn gets it, and a sleep says nothing about the line", async () => {
  const clock = stoppedClock();
  const pace = new Pace({ most: 1, now: clock.now });
  const leave = await pace.enter();
  let hasEntered = false;
  const waiting = pace.enter().then((leaveToo) => {
    hasEntered = true;
    leaveToo();
  });
  await Promise.resolve();
  assert.equal(hasEntered, false);
  clock.advance(8 * 60 * 60_000);
  pace.moved(1000);
  assert.equal(pace.limit, 1);
  leave();
  await waiting;
});
