import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { profiledTiff } from "../../src/media/profiled-tiff.ts";

test("pixels keep their colours and their transparency through it", async () => {
  const red = { create: { width: 33, height: 21, channels: 3, background: "#f00" } } as const;
  const { icc } = await sharp(await sharp(red).withIccProfile("p3").png().toBuffer()).metadata();
  assert.ok(icc);
  // The red of sRGB, as Display P3 writes it.
  const inP3 = [234, 51, 35];
  for (const channels of [3, 4] as const) {
    const data = Buffer.from(Array.from({ length: 33 * 21 }, () => [...inP3, 128].slice(0, channels)).flat());
    const tiff = profiledTiff({ data, width: 33, height: 21, channels, icc });
    const { data: shown, info } = await sharp(tiff).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [33, 21, channels]);
    const [r = 0, g = 0, b = 0, alpha] = shown;
    assert.ok(r > 250 && g < 8 && b < 8, `${r},${g},${b}`);
    assert.equal(alpha === 128, channels === 4);
  }
});
