import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import ExifReader from "exifreader";
import sharp, { type Sharp } from "sharp";
import type { Format } from "../../src/media/formats.ts";
import { type RenderedFile, renderRenditions } from "../../src/media/renditions.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function render(
  bytes: Uint8Array,
  mime = "image/jpeg",
  kind: Format["kind"] = "image",
): Promise<readonly RenderedFile[]> {
  const path = join(folder, "spooled");
  await writeFile(path, bytes);
  return (await renderRenditions(path, { mime, kind }, folder)).files;
}

async function sizesOf(bytes: Uint8Array, mime?: string): Promise<Readonly<Record<string, string>>> {
  const rendered = await render(bytes, mime);
  return Object.fromEntries(rendered.map(({ name, width, height }) => [name, `${width}x${height}`]));
}

async function viewOf(bytes: Uint8Array, mime?: string): Promise<Buffer> {
  const view = (await render(bytes, mime)).find(({ name }) => name === "view");
  assert.ok(view);
  return await readFile(view.path);
}

/** Of a rendition's point, as its bytes are, whatever any profile may say. */
async function pixelAt(bytes: Buffer, left: number, top: number): Promise<readonly number[]> {
  const { data, info } = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
  const at = (top * info.width + left) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

function assertNear(actual: readonly number[], expected: readonly number[], within: number, what?: string): void {
  const near =
    actual.length === expected.length && actual.every((value, at) => Math.abs(value - (expected[at] ?? 0)) <= within);
  assert.ok(near, `${what ?? ""} ${actual.join(",")} is not ${expected.join(",")}`);
}

const BRICK = { r: 200, g: 60, b: 40 };

function plain(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: BRICK } });
}

test("a photo becomes a grid of 320 pixels' height and a view of 2048 pixels' length, each described truly", async () => {
  const rendered = await render(await plain(3000, 2000).jpeg().toBuffer());
  assert.deepEqual(
    rendered.map(({ name, width, height, mime }) => ({ name, width, height, mime })),
    [
      { name: "grid", width: 480, height: 320, mime: "image/webp" },
      { name: "view", width: 2048, height: 1365, mime: "image/webp" },
    ],
  );
  for (const { name, path, bytes, sha256, width, height } of rendered) {
    assert.equal(path, join(folder, `${name}.webp`));
    const written = await readFile(path);
    assert.equal(written.length, bytes);
    assert.equal(createHash("sha256").update(written).digest("hex"), sha256);
    const header = await sharp(written).metadata();
    assert.deepEqual([header.format, header.width, header.height], ["webp", width, height]);
  }
});

test("every format that is decoded becomes the same renditions", async () => {
  for (const format of ["jpeg", "png", "webp", "gif", "avif", "tiff"] as const) {
    const bytes = await plain(900, 600).toFormat(format).toBuffer();
    assert.deepEqual(await sizesOf(bytes, `image/${format}`), { grid: "480x320", view: "900x600" }, format);
  }
});

test("nothing is enlarged", async () => {
  assert.deepEqual(await sizesOf(await plain(200, 100).jpeg().toBuffer()), { grid: "200x100", view: "200x100" });
  assert.deepEqual(await sizesOf(await plain(1, 1).png().toBuffer(), "image/png"), { grid: "1x1", view: "1x1" });
});

test("panoramas and towers keep a grid that can be seen", async () => {
  const png = async (width: number, height: number) =>
    await sizesOf(await plain(width, height).png().toBuffer(), "image/png");
  assert.deepEqual(await png(8000, 1000), { grid: "2560x320", view: "2048x256" });
  assert.deepEqual(await png(9000, 500), { grid: "4096x228", view: "2048x114" });
  assert.deepEqual(await png(20_000, 1), { grid: "4096x1", view: "2048x1" });
  assert.deepEqual(await png(1, 20_000), { grid: "1x320", view: "1x2048" });
  assert.deepEqual(await png(500, 4000), { grid: "40x320", view: "256x2048" });
});

test("a photo is upright, whichever way its camera was held", async () => {
  // One quarter of the picture as it shall be shown is of another colour.
  const upright = await sharp({ create: { width: 60, height: 40, channels: 3, background: "white" } })
    .composite([{ input: { create: { width: 30, height: 20, channels: 3, background: "red" } }, left: 0, top: 0 }])
    .png()
    .toBuffer();
  const turned = async (degrees: number) => sharp(await sharp(upright).rotate(degrees).png().toBuffer());
  const stored: Readonly<Record<number, Sharp>> = {
    1: await turned(0),
    2: (await turned(0)).flop(),
    3: await turned(180),
    4: (await turned(0)).flip(),
    5: (await turned(90)).flop(),
    6: await turned(270),
    7: (await turned(270)).flop(),
    8: await turned(90),
  };
  for (const [orientation, picture] of Object.entries(stored)) {
    const bytes = await picture
      .withMetadata({ orientation: Number(orientation) })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .toBuffer();
    const view = await viewOf(bytes);
    const header = await sharp(view).metadata();
    assert.deepEqual([header.width, header.height], [60, 40], `orientation ${orientation}`);
    assertNear(await pixelAt(view, 8, 8), [254, 0, 0], 25, `orientation ${orientation}`);
    for (const [left, top] of [
      [52, 8],
      [8, 32],
      [52, 32],
    ] as const) {
      assertNear(await pixelAt(view, left, top), [255, 255, 255], 25, `orientation ${orientation} at ${left},${top}`);
    }
  }
});

test("no rendition says where, when or with what a photo was taken", async () => {
  const bytes = await plain(600, 400)
    .withIccProfile("p3")
    .withExif({
      IFD0: { Make: "FUJIFILM", Copyright: "Somebody" },
      IFD3: {
        GPSLatitudeRef: "N",
        GPSLatitude: "38/1 42/1 3000/100",
        GPSLongitudeRef: "W",
        GPSLongitude: "9/1 8/1 0/1",
      },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><r xmlns="urn:x">secret place</r></x:xmpmeta>')
    .jpeg()
    .toBuffer();
  assert.ok(ExifReader.load(bytes, { expanded: true }).gps, "the original has a place");
  for (const { path } of await render(bytes)) {
    const written = await readFile(path);
    const { exif, gps, xmp, icc, iptc } = ExifReader.load(written, { expanded: true });
    assert.deepEqual(
      { exif, gps, xmp, icc, iptc },
      { exif: undefined, gps: undefined, xmp: undefined, icc: undefined, iptc: undefined },
    );
    const header = await sharp(written).metadata();
    assert.deepEqual([header.exif, header.icc, header.xmp, header.iptc], [undefined, undefined, undefined, undefined]);
    assert.equal(written.includes("FUJIFILM"), false);
  }
});

test("colours come out right from wide gamuts, sixteen bits, CMYK and grey", async () => {
  const originals: Readonly<Record<string, readonly [Promise<Buffer>, string, readonly number[], number]>> = {
    "Display P3": [plain(64, 64).withIccProfile("p3").jpeg({ quality: 95 }).toBuffer(), "jpeg", [200, 60, 40], 6],
    "sixteen bits": [plain(64, 64).toColourspace("rgb16").png().toBuffer(), "png", [200, 60, 40], 6],
    "sixteen bits of Display P3": [
      plain(64, 64).toColourspace("rgb16").withIccProfile("p3").png().toBuffer(),
      "png",
      [200, 60, 40],
      6,
    ],
    "CMYK with a profile": [
      plain(64, 64).toColourspace("cmyk").withIccProfile("cmyk").tiff().toBuffer(),
      "tiff",
      [200, 60, 40],
      16,
    ],
    "CMYK JPEG without a profile": [plain(64, 64).toColourspace("cmyk").jpeg().toBuffer(), "jpeg", [200, 60, 40], 30],
    grey: [plain(64, 64).greyscale().toColourspace("b-w").png().toBuffer(), "png", [111, 111, 111], 4],
    "sixteen-bit grey": [plain(64, 64).greyscale().toColourspace("grey16").png().toBuffer(), "png", [111, 111, 111], 4],
  };
  for (const [what, [bytes, format, colour, within]] of Object.entries(originals)) {
    const view = await viewOf(await bytes, `image/${format}`);
    assertNear(await pixelAt(view, 30, 30), colour, within, what);
  }
});

test("transparency is kept, sixteen-bit and grey too", async () => {
  const glass = () => sharp({ create: { width: 64, height: 64, channels: 4, background: { ...BRICK, alpha: 0.5 } } });
  const originals = [
    glass().png(),
    glass().toColourspace("rgb16").withIccProfile("p3").png(),
    glass().webp({ lossless: true }),
    glass().greyscale().png(),
  ];
  for (const original of originals) {
    const { data, info } = await original.toBuffer({ resolveWithObject: true });
    const [, , , alpha] = await pixelAt(await viewOf(data, `image/${info.format}`), 30, 30);
    assert.ok(alpha !== undefined && Math.abs(alpha - 128) <= 2, `${info.format}: ${alpha}`);
  }
});

test("an animation moves in its view and stands still in the grid; a long one stands still in both", async () => {
  const animation = async (frames: number, size: number): Promise<Buffer> => {
    const colours = Array.from({ length: frames }, (_, index) => (index === 0 ? "red" : index % 2 ? "blue" : "green"));
    const pictures = colours.map((background) =>
      sharp({ create: { width: size, height: size, channels: 3, background } })
        .png()
        .toBuffer(),
    );
    return sharp(await Promise.all(pictures), { join: { animated: true } })
      .gif({ effort: 1 })
      .toBuffer();
  };
  const short = await render(await animation(3, 40), "image/gif");
  const pagesOf = async ({ path }: RenderedFile) => (await sharp(path).metadata()).pages ?? 1;
  assert.deepEqual(await Promise.all(short.map(pagesOf)), [1, 3]);
  assert.deepEqual(
    short.map(({ width, height }) => [width, height]),
    [
      [40, 40],
      [40, 40],
    ],
  );
  assertNear(await pixelAt(await readFile(short[0]?.path ?? ""), 15, 10), [254, 0, 0], 25);
  const long = await render(await animation(10, 3000), "image/gif");
  assert.deepEqual(await Promise.all(long.map(pagesOf)), [1, 1]);
});

test("the same photo becomes the same bytes", async () => {
  const bytes = await plain(900, 600).jpeg().toBuffer();
  const digests = async () => (await render(bytes)).map(({ sha256 }) => sha256);
  assert.deepEqual(await digests(), await digests());
});
