import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { isSrgb } from "../../src/media/srgb-profile.ts";

async function profileOf(name: string): Promise<Buffer> {
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: "red" } });
  const { icc } = await sharp(await pixel.withIccProfile(name).png().toBuffer()).metadata();
  assert.ok(icc);
  return icc;
}

/** The same profile with other curves: a table, or one number for a plain gamma. */
function withCurve(icc: Buffer, curve: readonly number[]): Buffer {
  const table = Buffer.alloc(12 + curve.length * 2);
  table.write("curv", "latin1");
  table.writeUInt32BE(curve.length, 8);
  for (const [index, value] of curve.entries()) table.writeUInt16BE(value, 12 + index * 2);
  const changed = Buffer.concat([icc, table]);
  for (let number = 0; number < icc.readUInt32BE(128); number++) {
    const at = 132 + number * 12;
    if (!/^[rgb]TRC$/.test(icc.toString("latin1", at, at + 4))) continue;
    changed.writeUInt32BE(icc.length, at + 4);
    changed.writeUInt32BE(table.length, at + 8);
  }
  return changed;
}

function lightOf(shade: number): number {
  return shade <= 0.04045 ? shade / 12.92 : ((shade + 0.055) / 1.055) ** 2.4;
}

const tableOf = (curve: (shade: number) => number): number[] =>
  Array.from({ length: 1024 }, (_, index) => Math.round(curve(index / 1023) * 65_535));

test("sRGB is told by its primaries and its curve, as a formula or as a table", async () => {
  const srgb = await profileOf("srgb");
  assert.equal(isSrgb(srgb), true);
  assert.equal(isSrgb(withCurve(srgb, tableOf(lightOf))), true);
});

test("other colours, other curves, and what is no profile are not taken for sRGB", async () => {
  const srgb = await profileOf("srgb");
  assert.equal(isSrgb(await profileOf("p3")), false);
  assert.equal(
    isSrgb(
      withCurve(
        srgb,
        tableOf((shade) => shade ** 2.2),
      ),
    ),
    false,
  );
  assert.equal(isSrgb(withCurve(srgb, [Math.round(2.2 * 256)])), false);
  assert.equal(isSrgb(withCurve(srgb, [])), false);
  for (const length of [0, 100, 128, 140, 200, 300, 400]) assert.equal(isSrgb(srgb.subarray(0, length)), false);
});
