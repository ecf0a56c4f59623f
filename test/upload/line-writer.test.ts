import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openLineWriter } from "../../src/upload/line-writer.ts";

test("lines of one turn of the event loop go out together at its end", async () => {
  const writes: string[] = [];
  const lines = openLineWriter((text) => writes.push(text));
  lines.line("one");
  lines.line("two");
  assert.deepEqual(writes, []);
  await setImmediate();
  lines.line("three");
  await setImmediate();
  assert.deepEqual(writes, ["one\ntwo\n", "three\n"]);
});

test("what is flushed is written at once, and once", async () => {
  const writes: string[] = [];
  const lines = openLineWriter((text) => writes.push(text));
  lines.line("one");
  lines.flush();
  lines.flush();
  assert.deepEqual(writes, ["one\n"]);
  await setImmediate();
  assert.deepEqual(writes, ["one\n"]);
});

test("no more is kept back than so much, however long the turn", () => {
  const writes: string[] = [];
  const lines = openLineWriter((text) => writes.push(text));
  for (let number = 0; number < 100_000; number++) lines.line(`line ${number}`);
  lines.flush();
  assert.ok(writes.every((text) => text.endsWith("\n") && text.length < 70_000));
  assert.deepEqual(
    writes.join("").trimEnd().split("\n"),
    Array.from({ length: 100_000 }, (_, number) => `line ${number}`),
  );
});
