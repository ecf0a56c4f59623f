import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UnfinishedUploads } from "../../../src/destinations/google-photos/unfinished-uploads.ts";
import type { Unfinished } from "../../../src/destinations/google-photos/unfinished-uploads.ts";
import { stoppedClock } from "../../support/clock.ts";
import { notesInMemory } from "../../support/open-google-photos.ts";

const HOUR = 3_600_000;
const PHOTO = "a".repeat(64);

function unfinishedAt(now: number, more: Partial<Unfinished> = {}): Unfinished {
  return { signedInAt: 1, touchedAt: now, token: { text: "CAIS", since: now }, inDoubt: true, ...more };
}

describe("unfinished uploads", () => {
  it("are there again in the next run once they are saved", async () => {
    const { now } = stoppedClock();
    const notes = notesInMemory();
    const first = new UnfinishedUploads(notes, now);
    const left = unfinishedAt(now(), { token: { text: "CAIS", since: now(), refused: true } });
    await first.put(PHOTO, left);
    assert.equal((await new UnfinishedUploads(notes, now).find(PHOTO, 1)).token, undefined);
    await first.save();
    assert.deepEqual(await new UnfinishedUploads(notes, now).find(PHOTO, 1), left);
  });

  it("are of no use to another sign-in", async () => {
    const { now } = stoppedClock();
    const all = new UnfinishedUploads(notesInMemory(), now);
    await all.put(PHOTO, unfinishedAt(now()));
    assert.equal((await all.find(PHOTO, 2)).token, undefined);
  });

  it("lose their bytes after a day", async () => {
    const clock = stoppedClock();
    const all = new UnfinishedUploads(notesInMemory(), clock.now);
    await all.put(PHOTO, unfinishedAt(clock.now(), { session: { url: "https://x", since: clock.now() } }));
    clock.advance(22 * HOUR);
    assert.equal((await all.find(PHOTO, 1)).token?.text, "CAIS");
    clock.advance(HOUR);
    const { token, session, inDoubt } = await all.find(PHOTO, 1);
    assert.deepEqual([token, session, inDoubt], [undefined, undefined, undefined]);
  });

  it("are forgotten, the oldest first, when there are too many or when they are two days old", async () => {
    const clock = stoppedClock();
    const all = new UnfinishedUploads(notesInMemory(), clock.now);
    for (let n = 0; n <= 500; n++) await all.put(`photo ${n}`, unfinishedAt(clock.now()));
    assert.equal((await all.find("photo 0", 1)).token, undefined);
    assert.ok((await all.find("photo 1", 1)).token);
    clock.advance(49 * HOUR);
    await all.put("new", unfinishedAt(clock.now()));
    assert.deepEqual((await all.find("photo 500", 1)).inDoubt, undefined);
    assert.ok((await all.find("new", 1)).token);
  });

  it("are not written down where nothing has changed, nor once the photo is kept", async () => {
    const { now } = stoppedClock();
    const notes = notesInMemory();
    let writes = 0;
    const counted = { ...notes, write: (name: string, value: string) => (writes++, notes.write(name, value)) };
    const all = new UnfinishedUploads(counted, now);
    await all.put(PHOTO, { signedInAt: 1, touchedAt: now(), receipt: { id: "1" } });
    await all.save();
    assert.equal(writes, 0);
    assert.deepEqual((await all.find(PHOTO, 1)).receipt, { id: "1" });
    await all.put("other", unfinishedAt(now()));
    await all.save();
    await all.save();
    assert.equal(writes, 1);
    await all.forget("other");
    await all.save();
    assert.equal(writes, 2);
  });

  it("begin anew where the note cannot be read as one, and are asked for again where it cannot be read at all", async () => {
    const { now } = stoppedClock();
    const notes = notesInMemory();
    await notes.write("unfinished uploads", "{half");
    assert.equal((await new UnfinishedUploads(notes, now).find(PHOTO, 1)).token, undefined);
    let broken = true;
    const all = new UnfinishedUploads(
      { ...notes, read: (name) => (broken ? Promise.reject(new Error("locked")) : notes.read(name)) },
      now,
    );
    await assert.rejects(all.find(PHOTO, 1), /locked/);
    broken = false;
    assert.equal((await all.find(PHOTO, 1)).token, undefined);
  });
});
