import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { withColours } from "../../src/media/heic-colours.ts";

const pixelsOf = (rgb: readonly number[]) =>
  ({ data: Buffer.from([...rgb, ...rgb]), width: 2, height: 1, channels: 3 }) as const;

async function shown(rgb: readonly number[], profile?: { readonly primaries: number; readonly transfer: number }) {
  const picture = await withColours({ ...pixelsOf(rgb), ...(profile && { profile }) });
  if ("pixels" in picture) return [...picture.pixels.data.subarray(0, 3)];
  return [...(await sharp(picture.tiff).toColourspace("srgb").raw().toBuffer()).subarray(0, 3)];
}

function assertNear(actual: readonly number[], expected: readonly number[], within = 8): void {
  const far = actual.some((value, index) => Math.abs(value - (expected[index] ?? 0)) > within);
  assert.ok(!far, `${actual.join()} is not near ${expected.join()}`);
}

test("Display P3 is shown as sRGB, and sRGB as it is", async () => {
  assertNear(await shown([234, 51, 35], { primaries: 12, transfer: 13 }), [255, 0, 0]);
  assert.deepEqual(await shown([234, 51, 35], { primaries: 1, transfer: 13 }), [234, 51, 35]);
  assert.deepEqual(await shown([234, 51, 35]), [234, 51, 35]);
});

test("HDR is mapped to the range of a screen", async () => {
  // The white of paper: 75 % of the HLG signal, 58 % of PQ. White stays below it, black is black.
  for (const [transfer, paper] of [
    [18, 191],
    [16, 148],
  ] as const) {
    const [white = 0] = await shown([paper, paper, paper], { primaries: 9, transfer });
    assert.ok(white > 190 && white < 245, String(white));
    assertNear(await shown([255, 255, 255], { primaries: 9, transfer }), [255, 255, 255], 3);
    assertNear(await shown([0, 0, 0], { primaries: 9, transfer }), [0, 0, 0], 1);
    const [red = 0, green = 0, blue = 0] = await shown([150, 80, 80], { primaries: 9, transfer });
    assert.ok(red > 1.5 * green && green <= blue + 30, `${red},${green},${blue}`);
  }
});
