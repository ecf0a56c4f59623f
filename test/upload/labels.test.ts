import assert from "node:assert/strict";
import { test } from "node:test";
import { openLabels } from "../../src/upload/labels.ts";

const none = { tags: [], tagsFromFolders: false, albumFromFolders: false };

test("tags and an album are given to every photo", () => {
  const labelsOf = openLabels({ ...none, tags: ["sea", "sun"], album: "Trip, part 1" });
  assert.deepEqual(labelsOf({ below: ["2024"] }), { tags: ["sea", "sun"], albums: ["Trip, part 1"] });
});

test("folders below the named one give tags and an album, but not those that only cameras care for", () => {
  const labelsOf = openLabels({ ...none, tags: ["sea"], tagsFromFolders: true, albumFromFolders: true });
  assert.deepEqual(labelsOf({ below: ["Italy", "Rome 2019", "DCIM", "100CANON"] }), {
    tags: ["sea", "Italy", "Rome 2019"],
    albums: ["Rome 2019"],
  });
  for (const name of ["2024", "2024-05", "2024-05-17", "20240517", "DCIM", "101_PANA", "Camera Roll", "raw", "7"]) {
    assert.deepEqual(labelsOf({ below: [name] }), { tags: ["sea"], albums: [] }, name);
  }
  assert.deepEqual(labelsOf({ below: [] }), { tags: ["sea"], albums: [] });
  assert.deepEqual(labelsOf({ below: ["a, b\n c", "x".repeat(300)] }), {
    tags: ["sea", "a b c", "x".repeat(200)],
    albums: ["x".repeat(200)],
  });
});

test("labels that are none are refused", () => {
  assert.throws(() => openLabels({ ...none, album: " " }), /--album/);
  assert.throws(() => openLabels({ ...none, tags: ["x".repeat(201)] }), /--tags/);
});
