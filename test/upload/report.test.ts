import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonReporter } from "../../src/upload/report.ts";
import type { Outcome } from "../../src/upload/tally.ts";

/** What programs read of one file. */
function told(path: string, outcome: Outcome, bytes?: number): unknown {
  const lines: string[] = [];
  const reporter = jsonReporter({ out: (line) => lines.push(line), err: assert.fail });
  const place = { path, folder: "/", name: path, outcome: "skipped", reason: "" } as const;
  reporter.ended(bytes === undefined ? place : { ...place, bytes }, outcome);
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
}

test("programs get JSON of each file, whatever its name, and whatever a server gave for a key or a reason", () => {
  const hostile = 'a "b" \\ \n\r\u2028 \u0000 \uD800 }{,"outcome":"uploaded" 🏔';
  const sha256 = "0".repeat(64);
  assert.deepEqual(told(hostile, { outcome: "failed", key: hostile, reason: hostile, sha256 }, 5), {
    path: hostile,
    sha256,
    bytes: 5,
    outcome: "failed",
    key: hostile,
    reason: hostile,
  });
});

test("programs are told of checksum and size that nobody knows as null, and of no key or reason where there is none", () => {
  assert.deepEqual(told("a.jpg", { outcome: "skipped" }), {
    path: "a.jpg",
    sha256: null,
    bytes: null,
    outcome: "skipped",
  });
  assert.deepEqual(told("a.jpg", { outcome: "failed", bytes: 7 }, 5), {
    path: "a.jpg",
    sha256: null,
    bytes: 7,
    outcome: "failed",
  });
});
