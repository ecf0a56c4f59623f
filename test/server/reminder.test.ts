import assert from "node:assert/strict";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { pino } from "pino";
import { openDatabase } from "../../src/database.ts";
import { Queue } from "../../src/queue/queue.ts";
import { startReminder } from "../../src/server/reminder.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

test("a lane that waits for a person says so again and again, with what to do; a pause does not", async () => {
  const database = openDatabase(join(await temporaryFolder(), "queue.db"));
  const queue = new Queue(database, Date.now);
  const hint = "Run `photolog auth flickr`.";
  const failure = { code: "SIGN_IN_NEEDED", message: "The token was revoked.", hint };
  await queue.lanes.close("flickr", { state: "needs_auth", forMs: 1000, failure });
  await queue.lanes.close("gphotos", { state: "paused", forMs: 1000, failure });
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    }),
  );
  const stop = startReminder(queue, log, 10);
  await until("it was said twice", () => lines.length >= 2);
  stop();
  database.close();
  for (const line of lines) {
    assert.equal(line["lane"], "flickr");
    assert.equal(line["hint"], hint);
    assert.equal(line["level"], 40);
  }
});
