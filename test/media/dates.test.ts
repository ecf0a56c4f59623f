/** The links of the chain by which a photo gets its date, each by itself; `test/pipeline/dates.test.ts` has their order. */
import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import { join as joinPath } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { contentIdIn } from "../../src/media/apple-content-id.ts";
import { dateInName } from "../../src/media/file-name-date.ts";
import { parseIptc } from "../../src/media/iptc.ts";
import { placeOfIso6709 } from "../../src/media/iso-6709.ts";
import { readFacts } from "../../src/media/metadata.ts";
import { parseXmp } from "../../src/media/xmp.ts";
import type { Facts } from "../../src/photo.ts";
import { box, brandsOf, full, join, text, u16, u32 } from "../support/iso-boxes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function factsOf(bytes: Uint8Array, mime: string, kind: "image" | "video" = "video"): Promise<Facts> {
  const path = joinPath(folder, "spooled");
  await writeFile(path, bytes);
  return await readFacts(path, { mime, kind });
}

const XMP = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description
  xmp:Rating="4" xmp:CreateDate="2020-01-01T00:00:00" photoshop:DateCreated="2019-07-20T20:17:40+02:00">
  <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>Tom &amp; Ana</rdf:li><rdf:li> </rdf:li></rdf:Bag></dc:subject>
  <lr:hierarchicalSubject><rdf:Bag><rdf:li>Places|Italy|Rome</rdf:li></rdf:Bag></lr:hierarchicalSubject>
  <dc:description><rdf:Alt><rdf:li xml:lang="x-default">At the &#x1f30a;</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>`;

test("XMP tells date, stars, keywords and words, of a picture and of a sidecar", async () => {
  const expected = {
    taken: { local: "2019-07-20T20:17:40", offset: "+02:00" },
    rating: 4,
    keywords: ["sea", "Tom & Ana", "Rome"],
    description: "At the 🌊",
  };
  assert.deepEqual(parseXmp(Buffer.from(XMP)), expected);
  assert.deepEqual(parseXmp(Buffer.from(`\ufeff${XMP}`, "utf16le")), expected);
  const element =
    "<rdf:Description><exif:DateTimeOriginal>2018-05-01T10:11:12</exif:DateTimeOriginal></rdf:Description>";
  assert.deepEqual(parseXmp(Buffer.from(element)), { taken: { local: "2018-05-01T10:11:12" } });
  const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: "teal" } })
    .withXmp(XMP)
    .jpeg()
    .toBuffer();
  const { taken, keywords } = await factsOf(picture, "image/jpeg", "image");
  assert.deepEqual(taken, { ...expected.taken, source: "xmp" });
  assert.deepEqual(keywords, expected.keywords);
});

function dataset(number: number, value: string): Buffer {
  return join([0x1c, 2, number], u16(Buffer.byteLength(value)), Buffer.from(value));
}

test("IPTC tells date, keywords and caption", () => {
  const block = join(
    text("Photoshop 3.0\0"),
    text("8BIM"),
    [0x04, 0x04, 0, 0, 0, 0, 0, 90],
    [0x1c, 1, 90, 0, 3, 0x1b, 0x25, 0x47],
    dataset(55, "20180615"),
    dataset(60, "101112+0200"),
    dataset(25, "Zürich"),
    dataset(25, "lake"),
    dataset(120, "A caption"),
  );
  assert.deepEqual(parseIptc(block), {
    taken: { local: "2018-06-15T10:11:12", offset: "+02:00" },
    keywords: ["Zürich", "lake"],
    description: "A caption",
  });
  assert.deepEqual(parseIptc(join(dataset(55, "00000000"))), {});
});

const MAC = 2_082_844_800;

function movie(...more: readonly Buffer[]): Buffer {
  const created = u32(MAC + Date.UTC(2020, 3, 17, 16, 3, 47) / 1000);
  const matrix = [0, 0x10000, 0, 0xffff0000, 0, 0, 0, 0, 0x40000000].map(u32);
  const header = full("mvhd", created, created, u32(600), u32(4500), Buffer.alloc(80));
  const track = box("trak", full("tkhd", Buffer.alloc(36), ...matrix, u32(1920 * 65_536), u32(1080 * 65_536)));
  return join(brandsOf(["qt  "]), box("moov", header, track, ...more));
}

function apple(values: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(values).map((name) => join(u32(8 + name.length), text("mdta"), text(name)));
  const entries = Object.values(values).map((value, index) =>
    box(u32(index + 1).toString("latin1"), box("data", u32(1), u32(0), Buffer.from(value))),
  );
  const handler = full("hdlr", Buffer.alloc(20));
  return box("meta", handler, full("keys", u32(names.length), ...names), box("ilst", ...entries));
}

test("films tell when they were made, how long they are and how they lie", async () => {
  const facts = await factsOf(movie(), "video/quicktime");
  assert.deepEqual(facts, {
    taken: { local: "2020-04-17T16:03:47", offset: "+00:00", source: "quicktime" },
    duration: 7.5,
    width: 1080,
    height: 1920,
  });
});

test("Apple's own date has its zone and goes before; place, camera and the identifier of a Live Photo stand beside it", async () => {
  const { taken, place, camera, contentId } = await factsOf(
    movie(
      apple({
        "com.apple.quicktime.creationdate": "2020-04-17T10:03:47-0600",
        "com.apple.quicktime.location.ISO6709": "+48.8577+002.2950+035.000/",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 14",
        "com.apple.quicktime.content.identifier": "4C0A5A40-0000-4000-8000-000000000001",
      }),
    ),
    "video/quicktime",
  );
  assert.deepEqual(taken, { local: "2020-04-17T10:03:47", offset: "-06:00", source: "quicktime" });
  assert.deepEqual(place, { latitude: 48.8577, longitude: 2.295, altitude: 35 });
  assert.deepEqual(camera, { make: "Apple", model: "iPhone 14" });
  assert.equal(contentId, "4C0A5A40-0000-4000-8000-000000000001");
});

test("places of films are believed within the world only", () => {
  assert.deepEqual(placeOfIso6709("+27.5916-086.5640/"), { latitude: 27.5916, longitude: -86.564 });
  for (const wrong of ["", "+95.0+010.0/", "+10.0+190.0/", "+00.0000+000.0000/", "north"]) {
    assert.equal(placeOfIso6709(wrong), undefined, wrong);
  }
});

test("Matroska and AVI tell when they were made", async () => {
  const date = Buffer.alloc(8);
  date.writeBigInt64BE(BigInt(Date.UTC(2021, 4, 6, 7, 8, 9) - Date.UTC(2001, 0, 1)) * 1_000_000n);
  const element = (id: readonly number[], content: Buffer): Buffer =>
    join(id, [0x08, 0, 0, 0].slice(0, 0), [0x80 | content.length], content);
  const float = Buffer.alloc(8);
  float.writeDoubleBE(12_500);
  const info = element([0x15, 0x49, 0xa9, 0x66], join(element([0x44, 0x61], date), element([0x44, 0x89], float)));
  const film = join(element([0x1a, 0x45, 0xdf, 0xa3], Buffer.alloc(4)), element([0x18, 0x53, 0x80, 0x67], info));
  const { taken, duration } = await factsOf(film, "video/x-matroska");
  assert.deepEqual(taken, { local: "2021-05-06T07:08:09", offset: "+00:00", source: "matroska" });
  assert.equal(duration, 12.5);
  const idit = Buffer.from("Fri Mar 26 21:19:07 2021\n\0");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(idit.length);
  const avi = join(text("RIFF"), u32(0), text("AVI LIST"), u32(0), text("hdrlIDIT"), length, idit);
  assert.deepEqual((await factsOf(avi, "video/x-msvideo")).taken, { local: "2021-03-26T21:19:07", source: "riff" });
});

test("names of files tell dates, if they are some", () => {
  for (const [name, local] of [
    ["IMG_20240501_123456.jpg", "2024-05-01T12:34:56"],
    ["PXL_20240501_123456789.MP.jpg", "2024-05-01T12:34:56"],
    ["20240501_123456.mp4", "2024-05-01T12:34:56"],
    ["VID-20240501-WA0001.mp4", "2024-05-01T00:00:00"],
    ["Screenshot_2024-05-01-12-34-56.png", "2024-05-01T12:34:56"],
    ["2024-05-01 12.34.56.jpg", "2024-05-01T12:34:56"],
    ["signal-2024-05-01-123456.jpg", "2024-05-01T12:34:56"],
    ["Photo 2024-05-01 at 12.34.56.png", "2024-05-01T12:34:56"],
    ["scan 1974-08-01.tif", "1974-08-01T00:00:00"],
  ] as const) {
    assert.equal(dateInName(name)?.local, local, name);
  }
  for (const name of [
    "IMG_1234.JPG",
    "DSC00647.JPG",
    "20241301.jpg",
    "20240231.jpg",
    "120240501.jpg",
    "19700101_000000.jpg",
  ]) {
    assert.equal(dateInName(name), undefined, name);
  }
});

test("a maker note of Apple's tells the identifier of a Live Photo", () => {
  const id = "4C0A5A40-0000-4000-8000-000000000001";
  const note = join(
    text("Apple iOS\0\0\x01MM"),
    u16(1),
    u16(0x11),
    u16(2),
    u32(id.length + 1),
    u32(40),
    Buffer.alloc(12),
    text(`${id}\0`),
  );
  assert.equal(contentIdIn(note), id);
  assert.equal(contentIdIn(note.subarray(0, 20)), undefined);
});

test("no bytes make the readers throw or hang", async () => {
  const whole = movie(apple({ "com.apple.quicktime.creationdate": "2020-04-17T10:03:47-0600" }));
  const path = joinPath(folder, "hostile");
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: whole.length - 1 }),
      fc.uint8Array({ maxLength: 16 }),
      async (at, bytes) => {
        const broken = Buffer.from(whole);
        broken.set(bytes.subarray(0, whole.length - at), at);
        await writeFile(path, broken);
        await readFacts(path, { mime: "video/quicktime", kind: "video" });
        parseXmp(broken);
        parseIptc(broken);
        contentIdIn(broken);
      },
    ),
    { numRuns: 150, seed: 2026 },
  );
  const file = await open(path, "w");
  await file.close();
  for (const mime of ["video/quicktime", "video/x-matroska", "video/x-msvideo", "image/jpeg"]) {
    await readFacts(path, { mime, kind: mime.startsWith("video") ? "video" : "image" });
  }
});
