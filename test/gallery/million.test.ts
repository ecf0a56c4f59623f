/** A gallery of a million photos: what its files are, and what it takes to make them. How long it takes, `npm run bench` tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { madeSite } from "../../bench/made-site.ts";

test("all pages and data of a million photos: few files, none of them large, in little memory", async () => {
  const { cost, files, largest } = await madeSite(1_000_000);
  const { page, data, directory } = largest;
  assert.ok(files <= 10_000, `${files} files besides the pictures`);
  assert.ok(page.bytes <= 120_000, JSON.stringify(page));
  assert.ok(page.packed <= 40_000, JSON.stringify(page));
  assert.ok(data.packed <= 80_000, JSON.stringify(data));
  assert.ok(directory.packed <= 30_000, JSON.stringify(directory));
  assert.ok(cost.peak <= 400e6, `${Math.round(cost.peak / 1e6)} MB`);
});
