import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { decodeHeic, type HeicPixels } from "../../src/media/heic.ts";
import { heicSequence } from "../support/heic-sequence.ts";
import { heic } from "../support/heic.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function decode(bytes: Uint8Array): Promise<HeicPixels> {
  const path = join(folder, "picture.heic");
  await writeFile(path, bytes);
  return await decodeHeic(path);
}

/** The names of the colours in the four corners: top left, top right, bottom left, bottom right. */
function cornersOf(picture: HeicPixels): string {
  const { width, height } = picture;
  const places = [
    [3, 3],
    [width - 4, 3],
    [3, height - 4],
    [width - 4, height - 4],
  ] as const;
  return places.map(([x, y]) => colourAt(picture, x, y)).join(" ");
}

function colourAt({ data, width, channels }: HeicPixels, x: number, y: number): string {
  const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * channels);
  const bright = [red, green, blue].map((value) => (value > 240 ? 1 : value < 15 ? 0 : 9)).join("");
  return { "100": "red", "010": "green", "001": "blue", "111": "white" }[bright] ?? `${red},${green},${blue}`;
}

test("a HEIC picture of eight or ten bits is decoded", async () => {
  for (const bits of [8, 10] as const) {
    const picture = await decode(heic({ bits }));
    assert.deepEqual([picture.width, picture.height, picture.channels], [64, 64, 3]);
    assert.equal(cornersOf(picture), "red green blue white");
  }
});

test("it is turned and mirrored as the file says", async () => {
  assert.equal(cornersOf(await decode(heic({ turns: 1 }))), "green white red blue");
  assert.equal(cornersOf(await decode(heic({ turns: 2 }))), "white blue green red");
  assert.equal(cornersOf(await decode(heic({ turns: 3 }))), "blue red white green");
  assert.equal(cornersOf(await decode(heic({ mirror: 0 }))), "blue white red green");
  assert.equal(cornersOf(await decode(heic({ mirror: 1 }))), "green red white blue");
  assert.equal(cornersOf(await decode(heic({ turns: 1, mirror: 1 }))), "white green blue red");
});

test("tiles are put together, what they have too much is cut off, whichever way the picture is turned", async () => {
  const grid = { columns: 2, rows: 3, width: 100, height: 180 };
  const upright = await decode(heic({ grid }));
  assert.deepEqual([upright.width, upright.height], [100, 180]);
  for (const turns of [0, 1, 2, 3] as const) {
    for (const mirror of [undefined, 0, 1] as const) {
      const turned = await decode(heic({ grid, turns, ...(mirror !== undefined && { mirror }) }));
      const { data, width, height, channels } = upright;
      let expected = sharp(data, { raw: { width, height, channels } }).rotate(-90 * turns);
      expected = sharp(await expected.raw().toBuffer(), {
        raw: { width: turned.width, height: turned.height, channels },
      });
      if (mirror !== undefined) expected = mirror === 0 ? expected.flip() : expected.flop();
      assert.ok(turned.data.equals(await expected.raw().toBuffer()), `${turns} turns, mirror ${mirror}`);
    }
  }
});

test("transparency is kept, with tiles and without", async () => {
  const picture = await decode(heic({ alpha: true }));
  assert.equal(picture.channels, 4);
  assert.deepEqual([picture.data[3 * 4 + 3], picture.data[60 * 4 + 3]], [255, 0]);
  const tiled = await decode(heic({ alpha: true, grid: { columns: 2, rows: 1, width: 128, height: 64 } }));
  assert.deepEqual([tiled.width, tiled.channels], [128, 4]);
});

test("a very large picture is made smaller while it is decoded", async () => {
  const picture = await decode(heic({ grid: { columns: 97, rows: 10, width: 6200, height: 640 } }));
  assert.deepEqual([picture.width, picture.height], [3100, 320]);
  assert.equal(cornersOf(picture), "red green blue white");
  // The same place in the last tile but one of the large picture.
  assert.deepEqual([colourAt(picture, 3060, 10), colourAt(picture, 3060, 25)], ["green", "white"]);
});

test("the colour profile comes with it", async () => {
  const { icc } = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .withIccProfile("p3")
    .jpeg()
    .toBuffer()
    .then((bytes) => sharp(bytes).metadata());
  assert.ok(icc);
  assert.deepEqual((await decode(heic({ icc }))).profile, { icc });
  const primaries = { primaries: 12, transfer: 13 };
  assert.deepEqual((await decode(heic({ primaries }))).profile, primaries);
  assert.equal((await decode(heic())).profile, undefined);
});

test("of an image sequence the first picture is decoded", async () => {
  const picture = await decode(heicSequence());
  assert.equal(cornersOf(picture), "red green blue white");
});

test("what is damaged, cut off or empty is said to be so, and the next picture is decoded all the same", async () => {
  const whole = heic({ grid: { columns: 2, rows: 2, width: 128, height: 128 } });
  const damaged = Buffer.from(whole);
  damaged.fill(0, whole.length - 90);
  const nowhere = Buffer.from(whole.toString("latin1").replaceAll("pitm", "free"), "latin1");
  for (const bytes of [
    damaged,
    whole.subarray(0, whole.length - 40),
    whole.subarray(0, 100),
    nowhere,
    Buffer.alloc(64),
  ]) {
    await assert.rejects(decode(bytes), { name: "HeifError" });
    assert.equal(cornersOf(await decode(whole)), "red green blue white");
  }
});

test("a picture that claims to be gigantic is refused before any memory is taken for it", async () => {
  const bomb = heic({ grid: { columns: 30, rows: 30, width: 60_000, height: 60_000 } });
  await assert.rejects(decode(bomb), { name: "HeifError" });
});
