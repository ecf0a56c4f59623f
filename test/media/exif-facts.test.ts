import assert from "node:assert/strict";
import { test } from "node:test";
import type { TiffEntry } from "../../scripts/samples/tiff-exif.ts";
import { sourceOfBuffer } from "../../src/media/byte-source.ts";
import { exifInTiff } from "../../src/media/exif-directories.ts";
import { factsOfExif } from "../../src/media/exif-facts.ts";
import type { Facts } from "../../src/photo.ts";
import { exifBlock, type ExifEntries, fraction, TAG, text } from "../support/exif.ts";

async function factsOfBlock(block: Buffer): Promise<Facts> {
  return await factsOfExif(await exifInTiff(sourceOfBuffer(block)));
}

async function factsOfEntries(entries: ExifEntries): Promise<Facts> {
  return await factsOfBlock(exifBlock(entries));
}

const moments: readonly (readonly [what: string, entries: readonly TiffEntry[], taken: Facts["taken"]])[] = [
  [
    "without zone and fraction",
    [text(TAG.taken, "2019:12:31 23:59:59")],
    { local: "2019-12-31T23:59:59", source: "exif" },
  ],
  [
    "with a zone without colon",
    [text(TAG.taken, "2019:12:31 23:59:59"), text(36881, "-0330")],
    { local: "2019-12-31T23:59:59", offset: "-03:30", source: "exif" },
  ],
  [
    "with nonsense for a zone and a fraction",
    [text(TAG.taken, "2019:12:31 23:59:59"), text(36881, "+99:00"), text(37521, "half")],
    { local: "2019-12-31T23:59:59", source: "exif" },
  ],
  [
    "in ISO 8601",
    [text(TAG.taken, "2023-05-06T07:08:09Z")],
    { local: "2023-05-06T07:08:09", offset: "+00:00", source: "exif" },
  ],
  ["without a time", [text(TAG.taken, "2003:08:30")], { local: "2003-08-30T00:00:00", source: "exif" }],
  ["of a leap day", [text(TAG.taken, "2024:02:29 12:00:00")], { local: "2024-02-29T12:00:00", source: "exif" }],
  [
    "of digitising where the original is missing",
    [text(TAG.digitised, "2011:04:02 18:30:10"), text(37522, "7"), text(36882, "+02:00")],
    { local: "2011-04-02T18:30:10.7", offset: "+02:00", source: "exif" },
  ],
  [
    "of digitising where the original is nonsense",
    [text(TAG.taken, "0000:00:00 00:00:00"), text(TAG.digitised, "2011:04:02 18:30:10")],
    { local: "2011-04-02T18:30:10", source: "exif" },
  ],
];
for (const [what, exif, taken] of moments) {
  test(`a moment ${what} is understood`, async () => {
    assert.deepEqual((await factsOfEntries({ exif })).taken, taken);
  });
}

test("moments that cannot be are none", async () => {
  const impossible = [
    "0000:00:00 00:00:00",
    "    :  :     :  :  ",
    "2024:13:01 10:00:00",
    "2023:02:29 10:00:00",
    "2024:06:31 10:00:00",
    "2024:06:30 24:00:00",
    "2024:06:30 10:60:00",
    "0001:01:01 00:00:00",
    "yesterday",
    "",
  ];
  for (const written of impossible) {
    assert.equal((await factsOfEntries({ exif: [text(TAG.taken, written)] })).taken, undefined, written);
  }
});

test("when a file was last changed is not when it was taken", async () => {
  assert.equal((await factsOfEntries({ main: [text(306, "2024:06:30 10:00:00")] })).taken, undefined);
});

test("names are cleaned of what hostile and sloppy cameras put into them", async () => {
  const camera = async (make: string, model: string) =>
    (await factsOfEntries({ main: [text(TAG.make, make), text(TAG.model, model)] })).camera;
  assert.deepEqual(await camera("  NIKON\t\tCORPORATION  ", "E3200\0garbage"), {
    make: "NIKON CORPORATION",
    model: "E3200",
  });
  assert.deepEqual(await camera("A\u0007B\u001b[31m", "\u202Egpj.exe\u2066"), { make: "A B [31m", model: "gpj.exe" });
  assert.deepEqual(await camera("<script>alert(1)</script>", "Größe 写真"), {
    make: "<script>alert(1)</script>",
    model: "Größe 写真",
  });
  assert.equal(await camera(" ", "\u0001\u0002"), undefined);
  assert.deepEqual(await camera("", "X".repeat(5000)), { model: "X".repeat(100) });
});

test("text that is not UTF-8 is read as Latin-1", async () => {
  const block = exifBlock({ main: [text(TAG.make, "G??sse")] });
  const at = block.indexOf("G??sse");
  block[at + 1] = 0xf6;
  block[at + 2] = 0xdf;
  assert.equal((await factsOfBlock(block)).camera?.make, "Gößsse");
});

test("a lens of dashes or zeros is none", async () => {
  for (const lens of ["----", "0.0 mm f/0.0", "0"]) {
    assert.equal((await factsOfEntries({ exif: [text(42036, lens)] })).lens, undefined, lens);
  }
  assert.equal((await factsOfEntries({ exif: [text(42036, "50mm f/1.8")] })).lens, "50mm f/1.8");
});

test("an exposure without a denominator, of zero or of a number too large is left out", async () => {
  const exif = [
    fraction(33434, [1, 0]),
    fraction(33437, [0, 10]),
    fraction(37386, [4_294_967_295, 1]),
    { tag: 34855, type: 3, value: [0] },
  ];
  assert.equal((await factsOfEntries({ exif })).exposure, undefined);
  assert.deepEqual((await factsOfEntries({ exif: [...exif.slice(1), fraction(33434, [10, 4])] })).exposure, {
    time: 2.5,
  });
});

test("a sensitivity too large for its field is read from the next one", async () => {
  const exif = [
    { tag: 34855, type: 3, value: [65_535] },
    { tag: 34866, type: 4, value: [102_400] },
  ];
  assert.deepEqual((await factsOfEntries({ exif })).exposure, { iso: 102_400 });
});

test("cameras that mix up the two directories are understood", async () => {
  const facts = await factsOfEntries({
    main: [text(TAG.taken, "1994:01:02 16:01:02"), fraction(33434, [1, 60])],
    exif: [text(TAG.make, "TEKOM"), text(TAG.model, "D30CC")],
  });
  assert.deepEqual(facts.taken, { local: "1994-01-02T16:01:02", source: "exif" });
  assert.deepEqual(facts.camera, { make: "TEKOM", model: "D30CC" });
  assert.deepEqual(facts.exposure, { time: 1 / 60 });
});

const latitude = (...value: readonly (readonly [number, number])[]) => fraction(2, ...value);
const longitude = (...value: readonly (readonly [number, number])[]) => fraction(4, ...value);
const placeOf = async (...gps: readonly TiffEntry[]) => (await factsOfEntries({ gps })).place;

test("a place in the south and west, below the sea, has negative numbers", async () => {
  const place = await placeOf(
    text(1, "S"),
    latitude([33, 1], [51, 1], [2448, 100]),
    text(3, "W"),
    longitude([70, 1], [39, 1], [0, 1]),
    { tag: 5, type: 1, value: [1] },
    fraction(6, [430, 10]),
  );
  assert.deepEqual(place, { latitude: -33.8568, longitude: -70.65, altitude: -43 });
});

test("minutes with a fraction and no seconds are enough for a place", async () => {
  const place = await placeOf(
    text(1, "N"),
    latitude([43, 1], [28_047, 1000], [0, 0]),
    text(3, "E"),
    longitude([11, 1], [53_107, 1000]),
  );
  assert.deepEqual(place, { latitude: 43.46745, longitude: 11.8851167 });
});

test("no place is made of half of one, of one without hemispheres, off the globe, or where a receiver had no fix", async () => {
  const north = text(1, "N");
  const east = text(3, "E");
  assert.equal(await placeOf(north, latitude([43, 1], [0, 1], [0, 1])), undefined);
  assert.equal(await placeOf(latitude([43, 1], [0, 1], [0, 1]), longitude([11, 1], [0, 1], [0, 1])), undefined);
  assert.equal(await placeOf(north, latitude([91, 1]), east, longitude([11, 1])), undefined);
  assert.equal(await placeOf(north, latitude([43, 1]), east, longitude([181, 1])), undefined);
  assert.equal(await placeOf(north, latitude([43, 0]), east, longitude([11, 1])), undefined);
  assert.equal(
    await placeOf(north, latitude([0, 1], [0, 1], [0, 1]), east, longitude([0, 1], [0, 1], [0, 1])),
    undefined,
  );
  assert.equal(await placeOf(), undefined);
});
