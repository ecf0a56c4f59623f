import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { orAborted } from "../../../src/destinations/or-aborted.ts";
import { singleFlight } from "../../../src/destinations/google-photos/single-flight.ts";

const never = (): AbortSignal => new AbortController().signal;

describe("work that several ask for", () => {
  it("is done once for all who ask while it is done, and anew afterwards", async () => {
    let times = 0;
    const fly = singleFlight(async () => {
      times++;
      await new Promise(setImmediate);
      return times;
    });
    assert.deepEqual(await Promise.all([fly(never()), fly(never()), fly(never())]), [1, 1, 1]);
    assert.equal(await fly(never()), 2);
  });

  it("fails for all of them, and is done anew afterwards", async () => {
    let times = 0;
    const fly = singleFlight(async () => {
      times++;
      if (times === 1) throw new Error("no");
      return times;
    });
    const results = await Promise.allSettled([fly(never()), fly(never())]);
    assert.ok(results.every(({ status }) => status === "rejected"));
    assert.equal(await fly(never()), 2);
  });

  it("goes on while one still waits, and is told to stop by the last who leaves", async () => {
    let told: AbortSignal | undefined;
    const fly = singleFlight((signal) => {
      told = signal;
      return new Promise<never>(() => undefined);
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [fly(one.signal), fly(two.signal)];
    one.abort();
    await assert.rejects(waiting[0] ?? Promise.resolve(), (error) => error === one.signal.reason);
    assert.equal(told?.aborted, false);
    two.abort();
    await assert.rejects(waiting[1] ?? Promise.resolve(), (error) => error === two.signal.reason);
    assert.equal(told?.aborted, true);
  });

  it("is not begun by somebody who has left already", async () => {
    let begun = false;
    const fly = singleFlight(async () => {
      begun = true;
    });
    const signal = AbortSignal.abort();
    await assert.rejects(fly(signal), (error) => error === signal.reason);
    assert.equal(begun, false);
  });

  it("may fail after everybody has left without anybody being startled", async () => {
    const stop = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = orAborted(promise, stop.signal);
    stop.abort();
    await assert.rejects(waiting, (error) => error === stop.signal.reason);
    reject(new Error("too late"));
    await new Promise(setImmediate);
  });
});
