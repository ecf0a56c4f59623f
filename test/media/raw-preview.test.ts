import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { recognise } from "../../src/media/formats.ts";
import { type RawPreview, readRawPreview } from "../../src/media/raw-preview.ts";
import { box } from "../support/iso-boxes.ts";
import { picture } from "../support/pictures.ts";
import {
  asInterchange,
  asStrip,
  long,
  LOSSLESS_JPEG,
  MAKE,
  noise,
  ORIENTATION,
  raw,
  SENSOR,
  short,
  written,
} from "../support/raw.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();
const small = await picture({ width: 160, height: 120, seed: 1 });
const large = await picture({ width: 1620, height: 1080, seed: 2 });
const larger = await picture({ width: 3200, height: 2000, seed: 3 });

async function previewIn(bytes: Uint8Array, filename: string): Promise<RawPreview | undefined> {
  const path = join(folder, "spooled");
  await writeFile(path, bytes);
  const format = await recognise(path, filename);
  assert.equal(format?.kind, "raw", filename);
  return await readRawPreview(path, format.mime);
}

function assertIs(found: RawPreview | undefined, jpeg: Buffer, orientation?: number): void {
  assert.ok(found);
  assert.ok(found.jpeg.equals(jpeg), `${found.width} × ${found.height}`);
  assert.equal(found.orientation, orientation);
}

test("the largest JPEG that any directory points to is the preview, turned as the RAW says", async () => {
  const nef = raw({
    blobs: [small, large, noise(4000)],
    main: () => [written(MAKE, "NIKON CORPORATION"), short(ORIENTATION, 6)],
    sub: [([, at]) => asInterchange(at, large), () => SENSOR],
    next: ([at]) => asInterchange(at, small),
  });
  assertIs(await previewIn(nef, "DSC_0001.NEF"), large, 6);

  const cr2 = raw({
    magic: "II*\0",
    blobs: [small, large, LOSSLESS_JPEG],
    main: ([, at]) => [written(MAKE, "Canon"), short(ORIENTATION, 1), ...asStrip(at, large)],
    sub: [([, , at]) => [...asStrip(at, LOSSLESS_JPEG), ...SENSOR]],
    next: ([at]) => asInterchange(at, small),
  });
  assertIs(await previewIn(cr2, "IMG_0001.CR2"), large, 1);
});

test("a Panasonic's preview is found in its tag, a Fujifilm's in its header", async () => {
  const rw2 = raw({
    magic: "IIU\0",
    blobs: [large],
    main: ([at]) => [short(ORIENTATION, 8), { tag: 46, type: 4, value: [at ?? 0], count: large.length }],
  });
  assertIs(await previewIn(rw2, "P1000001.RW2"), large, 8);

  const raf = Buffer.concat([Buffer.alloc(148), large, noise(4000)]);
  raf.write("FUJIFILMCCD-RAW 0201FF393701X-T2", "latin1");
  raf.writeUInt32BE(148, 84);
  raf.writeUInt32BE(large.length, 88);
  assertIs(await previewIn(raf, "DSCF0001.RAF"), large);
});

test("where no directory points to it, the file is searched", async () => {
  const orf = raw({
    magic: "IIRO",
    blobs: [noise(100_000), large, noise(3_000_000), larger, noise(1000)],
    main: () => [written(MAKE, "OLYMPUS"), short(ORIENTATION, 3)],
  });
  assertIs(await previewIn(orf, "P1010001.ORF"), larger, 3);
  const mrw = Buffer.concat([Buffer.from("\0MRM", "latin1"), noise(5000), large, noise(5000)]);
  assertIs(await previewIn(mrw, "PICT0001.MRW"), large);
});

test("a Canon CR3 gives the picture in its media, turned as its own EXIF says", async () => {
  const canon = Buffer.from("85c0b687820f11e08111f4ce462b6a48", "hex");
  const cmt1 = raw({ blobs: [], main: () => [written(MAKE, "Canon"), short(ORIENTATION, 6)] });
  const cr3 = Buffer.concat([
    box("ftyp", Buffer.from("crx \0\0\0\x01crx isom", "latin1")),
    box("moov", box("uuid", canon, box("CMT1", cmt1), box("THMB", Buffer.alloc(16), small))),
    box("mdat", larger, noise(2000)),
  ]);
  assertIs(await previewIn(cr3, "IMG_0001.CR3"), larger, 6);
});

test("a preview that is upright already is not turned again", async () => {
  const upright = await picture({ width: 1080, height: 1620, seed: 4 });
  const dng = raw({
    blobs: [upright],
    main: ([at]) => [written(MAKE, "Phone"), short(ORIENTATION, 6), long(50706, 1), ...asStrip(at, upright)],
    sub: [() => SENSOR],
  });
  assertIs(await previewIn(dng, "a.dng"), upright, 1);
});

test("a cut off preview does not count, a smaller whole one does", async () => {
  const arw = raw({
    blobs: [small],
    main: () => [written(MAKE, "SONY"), ...asInterchange(1_000_000, large)],
    sub: [() => SENSOR],
    next: ([at]) => asInterchange(at, small),
  });
  assertIs(await previewIn(arw, "DSC00001.ARW"), small);
  const cut = Buffer.concat([Buffer.from("FOVb", "latin1"), Buffer.alloc(60), large.subarray(0, large.length - 100)]);
  assert.equal(await previewIn(cut, "a.x3f"), undefined);
});

test("a sensor's lossless JPEG is no preview", async () => {
  const dng = raw({
    blobs: [LOSSLESS_JPEG],
    main: ([at]) => [long(50706, 1), ...asStrip(at, LOSSLESS_JPEG), ...SENSOR],
  });
  assert.equal(await previewIn(dng, "a.dng"), undefined);
});

test("directories that point to themselves or to nowhere end the search", async () => {
  const loop = raw({ blobs: [small], main: ([at]) => [long(50706, 1), ...asStrip(at, small)] });
  const first = loop.readUInt32LE(4);
  loop.writeUInt32LE(first, loop.length - 4);
  assertIs(await previewIn(loop, "a.dng"), small);
  const nowhere = raw({
    blobs: [],
    main: () => [long(50706, 1), { tag: 330, type: 4, value: Array.from({ length: 40 }, (_, index) => index * 1e8) }],
  });
  assert.equal(await previewIn(nowhere, "a.dng"), undefined);
});

test("thousands of beginnings of pictures are not followed for ever", async () => {
  const beginning = small.subarray(0, small.indexOf(Buffer.from([0xff, 0xda])) + 40);
  const many = Buffer.concat([Buffer.from("FOVb", "latin1"), ...Array.from({ length: 5000 }, () => beginning)]);
  assert.equal(await previewIn(many, "a.x3f"), undefined);
});

test("no bytes make it reject", async () => {
  const whole = raw({
    blobs: [small, LOSSLESS_JPEG],
    main: ([at]) => [written(MAKE, "NIKON"), short(ORIENTATION, 6), ...asStrip(at, small)],
    sub: [([, at]) => [...asStrip(at, LOSSLESS_JPEG), ...SENSOR]],
  });
  const path = join(folder, "fuzzed");
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), async (changes) => {
      const bytes = Buffer.from(whole);
      for (const { at, to } of changes) bytes[at] = to;
      await writeFile(path, bytes);
      const found = await readRawPreview(path, "image/x-nikon-nef");
      assert.ok(found === undefined || found.jpeg.length <= bytes.length);
    }),
    { numRuns: 200, seed: 2026 },
  );
});
