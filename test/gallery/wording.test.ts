import assert from "node:assert/strict";
import { test } from "node:test";
import * as wording from "../../src/gallery/wording.ts";

const exposure = (of: Parameters<typeof wording.exposureOf>[0]): readonly (string | undefined)[] =>
  wording.exposureOf(of).map((text) => text?.replaceAll("\u00a0", " "));

test("exposures read as photographers write them", () => {
  assert.deepEqual(exposure({ time: 1 / 250, fNumber: 2.8, iso: 200, focalLength: 35 }), [
    "1/250 s",
    "f/2.8",
    "ISO 200",
    "35 mm",
  ]);
  assert.deepEqual(exposure({ time: 0.000125, fNumber: 8 }), ["1/8000 s", "f/8", undefined, undefined]);
  assert.deepEqual(exposure({ time: 0.5 }), ["0.5 s", undefined, undefined, undefined]);
  assert.deepEqual(exposure({ time: 30, focalLength: 6.765 }), ["30 s", undefined, undefined, "6.8 mm"]);
});

test("sizes are in powers of a thousand, with as many digits as help", () => {
  assert.deepEqual([0, 999, 1000, 6_340_000, 99_600_000, 999_600, 12_345_678_901].map(wording.sizeOf), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "6.3 MB",
    "100 MB",
    "1.0 MB",
    "12.3 GB",
  ]);
});

test("counts have their thousands apart and their nouns right", () => {
  assert.deepEqual(
    [0, 1, 999, 1000, 1_234_567].map((count) => wording.counted(count, "photo")),
    ["0 photos", "1 photo", "999 photos", "1,000 photos", "1,234,567 photos"],
  );
});

test("zones are told by their distance from UTC", () => {
  assert.deepEqual(["+00:00", "-00:00", "+02:00", "-08:00", "+05:30"].map(wording.zoneOf), [
    "UTC",
    "UTC",
    "UTC+2",
    "UTC\u22128",
    "UTC+5:30",
  ]);
});

test("places are told by hemisphere, to about a metre", () => {
  assert.equal(wording.placeOf({ latitude: 48.858370123, longitude: 2.29448 }), "48.85837° N, 2.29448° E");
  assert.equal(
    wording.placeOf({ latitude: -33.85, longitude: -70.5, altitude: 520.4 }),
    "33.85000° S, 70.50000° W · 520 m",
  );
});

test("the maker of a camera is not told twice", () => {
  assert.equal(wording.cameraOf({ make: "Canon", model: "Canon EOS R5" }), "Canon EOS R5");
  assert.equal(wording.cameraOf({ make: "NIKON CORPORATION", model: "NIKON Z 6_2" }), "NIKON Z 6_2");
  assert.equal(wording.cameraOf({ make: "SONY", model: "ILCE-7M4" }), "SONY ILCE-7M4");
  assert.equal(wording.cameraOf({ make: "SONY" }), "SONY");
  assert.equal(wording.cameraOf({}), "");
});

test("days and months have names", () => {
  assert.equal(wording.dayTitle("2024-05-07"), "7 May 2024");
  assert.equal(wording.weekdayOf("2024-05-17"), "Friday");
  assert.equal(wording.monthTitle("1999-12"), "December 1999");
});
