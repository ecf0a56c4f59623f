import assert from "node:assert/strict";
import { test } from "node:test";
import { RATIOS, ratioStepOf, rowClass } from "../../src/gallery/ratio.ts";

test("no tile is cropped by more than one per cent", () => {
  for (let width = 640; width <= 6000; width += 7) {
    for (const height of [1600, 1080, 2048]) {
      const ratio = width / height;
      if (ratio < 0.41 || ratio > 3.9) continue;
      const shown = RATIOS[ratioStepOf({ width, height })] ?? 0;
      assert.ok(Math.abs(shown / ratio - 1) < 0.0101, `${width} × ${height}: ${shown}`);
    }
  }
});

test("the commonest ratio is exact, and taken where the size is not known", () => {
  assert.equal(RATIOS[ratioStepOf({ width: 6000, height: 4000 })], 1.5);
  assert.equal(RATIOS[ratioStepOf(undefined)], 1.5);
  assert.equal(RATIOS[ratioStepOf({ width: 0, height: 100 })], 1.5);
});

test("slivers and panoramas are cropped to what fits in a row", () => {
  assert.equal(ratioStepOf({ width: 1, height: 20_000 }), 0);
  assert.equal(ratioStepOf({ width: 20_000, height: 1 }), RATIOS.length - 1);
});

test("a row is known by the sum of its ratios", () => {
  const wide = ratioStepOf({ width: 3, height: 2 });
  assert.equal(rowClass([wide]), "s6");
  assert.equal(rowClass([wide, wide]), "s12");
  assert.equal(rowClass([ratioStepOf({ width: 2, height: 3 })]), "s3 lone");
  assert.equal(rowClass(Array.from({ length: 6 }, () => wide)), "full");
});
