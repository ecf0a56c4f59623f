import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Outcome } from "../../bench/outcome.ts";

const SCRIPT = fileURLToPath(new URL("../../bench/queue.ts", import.meta.url));

test("the comparison with another queue comes to its end", async () => {
  const args = [SCRIPT, "--waiting", "10", "--rounds", "1", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  const { cases } = JSON.parse(stdout) as Outcome;
  assert.deepEqual(
    cases[0]?.entries.map(({ name }) => name),
    ["photolog", "plainjob"],
  );
});
