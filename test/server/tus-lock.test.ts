import assert from "node:assert/strict";
import { test } from "node:test";
import { openUploadLocks } from "../../src/server/tus-lock.ts";

const signal = new AbortController().signal;
const never = (): void => undefined;

test("whoever comes later cuts who was there, and goes on once it has let go", async () => {
  const locks = openUploadLocks({ drainMs: 1 });
  let cuts = 0;
  const first = locks
    .of({
      cut() {
        cuts++;
        void first.unlock();
      },
    })
    .newLock("a");
  await first.lock(signal, never);
  const second = locks.of({ cut: never }).newLock("a");
  await second.lock(signal, never);
  assert.equal(cuts, 1);
  await locks.of({ cut: never }).newLock("b").lock(signal, never);
});

test("what cannot be cut is not waited for without end", async () => {
  const locks = openUploadLocks({ drainMs: 1, patienceMs: 20 });
  const first = locks.of({ cut: never }).newLock("a");
  await first.lock(signal, never);
  await assert.rejects(locks.of({ cut: never }).newLock("a").lock(signal, never), { code: "UPLOAD_LOCKED" });
  await first.unlock();
  await locks.of({ cut: never }).newLock("a").lock(signal, never);
});

test("of many who wait, each gets its turn alone", async () => {
  const locks = openUploadLocks({ drainMs: 1 });
  let inside = 0;
  const turns = Array.from({ length: 30 }, async () => {
    const lock = locks.of({ cut: never }).newLock("a");
    await lock.lock(signal, never);
    assert.equal(++inside, 1);
    await new Promise(setImmediate);
    inside--;
    await lock.unlock();
  });
  await Promise.all(turns);
});
