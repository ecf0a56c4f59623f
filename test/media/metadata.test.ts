import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import sharp, { type Exif } from "sharp";
import { type TiffEntry, withTiffExif } from "../../scripts/samples/tiff-exif.ts";
import type { Format } from "../../src/media/formats.ts";
import { readFacts } from "../../src/media/metadata.ts";
import type { Facts } from "../../src/photo.ts";
import { exifBlock, type ExifEntries, fraction, jpegWith, segmentOf, TAG, text } from "../support/exif.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function factsOf(bytes: Uint8Array, format: Partial<Format> = {}): Promise<Facts> {
  const path = join(folder, "spooled");
  await writeFile(path, bytes);
  return await readFacts(path, { mime: "image/jpeg", kind: "image", ...format });
}

async function factsOfEntries(entries: ExifEntries): Promise<Facts> {
  return await factsOf(await jpegWith(exifBlock(entries)));
}

const COMPLETE: Exif = {
  IFD0: { Make: "FUJIFILM", Model: "X-T5" },
  IFD2: {
    DateTimeOriginal: "2024:05:03 20:31:07",
    SubSecTimeOriginal: "25",
    OffsetTimeOriginal: "+01:00",
    ExposureTime: "1/250",
    FNumber: "56/10",
    ISOSpeedRatings: "160",
    FocalLength: "23/1",
    LensModel: "XF23mmF2 R WR",
  },
  IFD3: {
    GPSLatitudeRef: "N",
    GPSLatitude: "38/1 42/1 3000/100",
    GPSLongitudeRef: "W",
    GPSLongitude: "9/1 8/1 2220/100",
    GPSAltitude: "125/10",
  },
};

test("every fact is read from every format that carries EXIF", async () => {
  const picture = sharp({ create: { width: 60, height: 40, channels: 3, background: "teal" } }).withExif(COMPLETE);
  for (const format of ["jpeg", "png", "webp", "avif"] as const) {
    const bytes = await picture.clone().toFormat(format).toBuffer();
    const { orientation: _, ...facts } = await factsOf(bytes, { mime: `image/${format}` });
    assert.deepEqual(
      facts,
      {
        taken: { local: "2024-05-03T20:31:07.25", offset: "+01:00", source: "exif" },
        camera: { make: "FUJIFILM", model: "X-T5" },
        lens: "XF23mmF2 R WR",
        exposure: { time: 0.004, fNumber: 5.6, iso: 160, focalLength: 23 },
        place: { latitude: 38.7083333, longitude: -9.1395, altitude: 12.5 },
        width: 60,
        height: 40,
      },
      format,
    );
  }
});

test("a TIFF picture says where its EXIF is", async () => {
  const plain = await sharp({ create: { width: 60, height: 40, channels: 3, background: "teal" } })
    .tiff()
    .toBuffer();
  const bytes = withTiffExif(plain, {
    main: [text(TAG.make, "PENTAX")],
    exif: [text(TAG.taken, "2024:05:07 18:50:00")],
  });
  const { orientation: _, ...facts } = await factsOf(bytes, { mime: "image/tiff" });
  assert.deepEqual(facts, {
    taken: { local: "2024-05-07T18:50:00", source: "exif" },
    camera: { make: "PENTAX" },
    width: 60,
    height: 40,
  });
});

test("a picture that says nothing has its size only", async () => {
  const bytes = await sharp({ create: { width: 7, height: 5, channels: 3, background: "red" } })
    .gif()
    .toBuffer();
  assert.deepEqual(await factsOf(bytes, { mime: "image/gif" }), { width: 7, height: 5 });
});

test("a file that is not there rejects with what the system says", async () => {
  const missing = join(folder, "missing");
  await assert.rejects(readFacts(missing, { mime: "image/jpeg", kind: "image" }), { code: "ENOENT" });
  await assert.rejects(readFacts(missing, { mime: "image/x-adobe-dng", kind: "raw" }), { code: "ENOENT" });
});

test("width and height are those of the picture as it is shown", async () => {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const bytes = await sharp({ create: { width: 60, height: 40, channels: 3, background: "teal" } })
      .withMetadata({ orientation })
      .jpeg()
      .toBuffer();
    const facts = await factsOf(bytes);
    const upright = orientation < 5;
    assert.deepEqual([facts.width, facts.height], upright ? [60, 40] : [40, 60], `orientation ${orientation}`);
    assert.equal(facts.orientation, orientation);
  }
});

test("an orientation that does not exist is none", async () => {
  for (const value of [0, 9, 65_535]) {
    const facts = await factsOfEntries({ main: [{ tag: TAG.orientation, type: 3, value: [value] }] });
    assert.ok((facts.orientation ?? 1) === 1, `${value}`);
    assert.deepEqual([facts.width, facts.height], [48, 32]);
  }
});

const latitude = (...value: readonly (readonly [number, number])[]) => fraction(2, ...value);
const longitude = (...value: readonly (readonly [number, number])[]) => fraction(4, ...value);
const taken = text(TAG.taken, "2025:07:12 04:52:40");
const raw = (mime: string) => ({ mime, kind: "raw" }) as const;

test("RAW files built on TIFF are read, with the size that the camera meant", async () => {
  const block = exifBlock({
    main: [
      text(TAG.model, "NIKON Z 6_2"),
      { tag: TAG.orientation, type: 3, value: [8] },
      { tag: 256, type: 4, value: [160] },
    ],
    exif: [taken, { tag: 40962, type: 4, value: [6048] }, { tag: 40963, type: 4, value: [4024] }],
  });
  for (const [magic, mime] of [
    ["*\0", "image/x-nikon-nef"],
    ["RO", "image/x-olympus-orf"],
    ["U\0", "image/x-panasonic-rw2"],
  ]) {
    block.write(magic ?? "", 2, "latin1");
    assert.deepEqual(await factsOf(block, raw(mime ?? "")), {
      taken: { local: "2025-07-12T04:52:40", source: "exif" },
      camera: { model: "NIKON Z 6_2" },
      orientation: 8,
      width: 4024,
      height: 6048,
    });
  }
});

test("EXIF is read in big-endian order too", async () => {
  // Header, one entry (Make, six characters at byte 26), no next directory, the characters.
  const bytes = Buffer.from(
    "4d4d002a00000008 0001 010f0002000000060000001a 00000000 434f4f4c3200".replaceAll(" ", ""),
    "hex",
  );
  assert.deepEqual(await factsOf(bytes, raw("image/x-adobe-dng")), { camera: { make: "COOL2" } });
});

test("a Fujifilm RAF is read from the preview inside", async () => {
  const header = Buffer.alloc(160);
  header.write("FUJIFILMCCD-RAW 0201");
  header.writeUInt32BE(160, 84);
  const preview = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segmentOf(exifBlock({ main: [text(TAG.model, "X-T5")], exif: [taken] })),
  ]);
  const facts = await factsOf(Buffer.concat([header, preview]), raw("image/x-fuji-raf"));
  assert.equal(facts.taken?.local, "2025-07-12T04:52:40");
  assert.deepEqual(facts.camera, { model: "X-T5" });
});

test("what comes after the pixels of a preview is not taken for its EXIF", async () => {
  const header = Buffer.alloc(160);
  header.writeUInt32BE(160, 84);
  const start = Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 2]);
  const bytes = Buffer.concat([header, start, segmentOf(exifBlock({ main: [text(TAG.model, "Another")] }))]);
  assert.deepEqual(await factsOf(bytes, raw("image/x-fuji-raf")), {});
});

function box(type: string, ...content: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.reduce((sum, { length }) => sum + length, 0));
  head.write(type, 4, "latin1");
  return Buffer.concat([head, ...content]);
}

test("a Canon CR3 is read from its three boxes", async () => {
  const uuid = Buffer.from("85c0b687820f11e08111f4ce462b6a48", "hex");
  const bytes = Buffer.concat([
    box("ftyp", Buffer.from("crx \0\0\0\x01crx isom", "latin1")),
    box(
      "moov",
      box("uuid", Buffer.alloc(16, 1), box("CMT1", exifBlock({ main: [text(TAG.model, "Another")] }))),
      box(
        "uuid",
        uuid,
        box("CNCV", Buffer.from("CanonCR3_001")),
        box("CMT1", exifBlock({ main: [text(TAG.model, "Canon EOS R5")] })),
        box("CMT2", exifBlock({ main: [taken, fraction(33434, [1, 500])] })),
        box("CMT4", exifBlock({ main: [text(1, "N"), latitude([68, 1]), text(3, "E"), longitude([18, 1])] })),
      ),
    ),
    box("mdat", Buffer.alloc(100)),
  ]);
  assert.deepEqual(await factsOf(bytes, raw("image/x-canon-cr3")), {
    taken: { local: "2025-07-12T04:52:40", source: "exif" },
    camera: { model: "Canon EOS R5" },
    exposure: { time: 0.002 },
    place: { latitude: 68, longitude: 18 },
  });
});

test("of a huge file only a few kilobytes are read", async () => {
  const path = join(folder, "huge.dng");
  const file = await open(path, "w");
  const far = 3_000_000_000;
  const directory = exifBlock({ main: [text(TAG.make, "Le")] }).subarray(8);
  await file.write(Buffer.from("II*\0\0\0\0\0", "latin1"), 0, 8, 0);
  await file.write(Buffer.from([far & 255, (far >>> 8) & 255, (far >>> 16) & 255, (far >>> 24) & 255]), 0, 4, 4);
  await file.write(directory, 0, directory.length, far);
  await file.close();
  const before = process.memoryUsage().rss;
  assert.deepEqual(await readFacts(path, raw("image/x-adobe-dng")), { camera: { make: "Le" } });
  assert.ok(process.memoryUsage().rss - before < 100_000_000);
});

test("a JPEG that no decoder opens still says when it was taken", async () => {
  const bytes = await jpegWith(exifBlock({ main: [text(TAG.model, "E3200")], exif: [taken] }));
  const cut = bytes.subarray(0, bytes.indexOf(Buffer.from([0xff, 0xdb])));
  const facts = await factsOf(cut);
  assert.equal(facts.width, undefined);
  assert.equal(facts.taken?.local, "2025-07-12T04:52:40");
});

test("directories that point at themselves come to an end", async () => {
  const main = [text(TAG.make, "Loop"), { tag: 34665, type: 4, value: [8] }, { tag: 34853, type: 4, value: [8] }];
  assert.deepEqual((await factsOfEntries({ main })).camera, { make: "Loop" });
});

test("counts and offsets beyond the file are no harm", async () => {
  const entries: readonly TiffEntry[] = [
    { tag: 33434, type: 5, value: [0xffffffff], count: 0xffffffff },
    { tag: TAG.taken, type: 2, value: [0xfffffff0], count: 0x7fffffff },
    { tag: 34855, type: 3, value: [200], count: 0xffffffff },
    { tag: 37386, type: 77, value: [1] },
    { tag: 33437, type: 5, value: [0], count: 0 },
  ];
  const facts = await factsOf(exifBlock({ main: [text(TAG.make, "Wild")], exif: entries }), raw("image/x-adobe-dng"));
  assert.deepEqual(facts, { camera: { make: "Wild" } });
});

test("no bytes make it reject", async () => {
  const whole = exifBlock({
    main: [text(TAG.make, "FUJIFILM"), text(TAG.model, "X-T5")],
    exif: [taken, fraction(33434, [1, 250]), text(42036, "XF23mmF2 R WR")],
    gps: [text(1, "N"), latitude([38, 1], [42, 1], [30, 1]), text(3, "W"), longitude([9, 1], [8, 1], [22, 1])],
  });
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  const mime = fc.constantFrom("image/x-adobe-dng", "image/x-canon-cr3", "image/x-fuji-raf");
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), fc.nat(whole.length), mime, async (changes, length, name) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      await factsOf(bytes.subarray(0, length), raw(name));
    }),
    { seed: 20_26, numRuns: 150 },
  );
});
