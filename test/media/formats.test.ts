import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { directoryBytes, type TiffEntry } from "../../scripts/samples/tiff-exif.ts";
import { type Format, isSidecarName, kindOfName, recognise } from "../../src/media/formats.ts";
import { box } from "../support/iso-boxes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function recogniseBytes(bytes: Uint8Array, filename = "upload.bin"): Promise<Format | undefined> {
  const path = join(folder, "spooled");
  await writeFile(path, bytes);
  const found = await recognise(path, filename);
  assert.deepEqual(
    await recognise(path, filename, Buffer.from(bytes.subarray(0, 16))),
    found,
    "as told by its beginning",
  );
  return found;
}

async function mimeOf(bytes: Uint8Array, filename?: string): Promise<string | undefined> {
  return (await recogniseBytes(bytes, filename))?.mime;
}

/** Fills up to the 64 bytes that a file has at least. */
function beginning(...parts: readonly (string | readonly number[])[]): Buffer {
  const bytes = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  );
  return Buffer.concat([bytes, Buffer.alloc(64)]);
}

/** An ISO media file of these brands with some bytes after its first box. */
function branded(major: string, ...compatible: readonly string[]): Buffer {
  const size = 16 + compatible.length * 4;
  return beginning([0, 0, 0, size], "ftyp", major, [0, 0, 0, 0], compatible.join(""));
}

function tiff(...directories: readonly (readonly TiffEntry[])[]): Buffer {
  let bytes = Buffer.from("II*\0\x08\0\0\0", "latin1");
  for (const [index, entries] of directories.entries()) {
    const last = index === directories.length - 1;
    const size = directoryBytes(entries, bytes.length).length;
    bytes = Buffer.concat([bytes, directoryBytes(entries, bytes.length, last ? 0 : bytes.length + size)]);
  }
  return bytes;
}

const make = (value: string): TiffEntry => ({ tag: 271, type: 2, value });
const sensor: TiffEntry = { tag: 262, type: 3, value: [32803] };
const colour: TiffEntry = { tag: 262, type: 3, value: [2] };
test("names are sorted by their extension, however it is written", () => {
  const names = {
    "IMG_0001.jpg": "image",
    "IMG_0001.JPEG": "image",
    "photo.HeIc": "image",
    "scan.TIFF": "image",
    "DSC_0001.NEF": "raw",
    "_MG_0001.cr3": "raw",
    "P1.RW2": "raw",
    "00012.MTS": "video",
    "clip.m2ts": "video",
    "clip.3gp": "video",
    "a.mkv": "video",
    "a.webm": "video",
    "a.ogv": "video",
    "IMG_0001.xmp": "sidecar",
    "IMG_0001.JPG.xmp": "sidecar",
    "MVI_0001.THM": "sidecar",
    "IMG_E0001.AAE": "sidecar",
  } as const;
  for (const [name, kind] of Object.entries(names)) assert.equal(kindOfName(name), kind, name);
});

test("names of other files have no kind", () => {
  for (const name of [
    "notes.txt",
    "page.html",
    "logo.svg",
    "report.pdf",
    "song.mp3",
    "jpg",
    ".jpg",
    "a.jpg.exe",
    "",
    "constructor",
  ]) {
    assert.equal(kindOfName(name), undefined, name);
  }
});

test("sidecars are told from photos by their name", () => {
  assert.equal(isSidecarName("IMG_0001.XMP"), true);
  assert.equal(isSidecarName("IMG_0001.JPG"), false);
});
test("a picture is what its content is, whatever it is called", async () => {
  const picture = sharp({ create: { width: 32, height: 24, channels: 3, background: "teal" } });
  for (const format of ["jpeg", "png", "webp", "gif", "avif", "tiff"] as const) {
    const bytes = await picture.clone().toFormat(format).toBuffer();
    for (const name of ["", "a.txt", "a.exe", "a.svg", "a.mp4", "\0../x.jpg"]) {
      const found = await recogniseBytes(bytes, name);
      assert.deepEqual([found?.mime, found?.kind], [`image/${format}`, "image"], `${format} called ${name}`);
    }
  }
});

test("JPEG-LS, which begins as JPEG does, is none that we take", async () => {
  assert.equal(await mimeOf(beginning([0xff, 0xd8, 0xff, 0xe0])), "image/jpeg");
  assert.equal(await mimeOf(beginning([0xff, 0xd8, 0xff, 0xf7]), "a.jpg"), undefined);
});

test("HEIC is told from AVIF by the brands inside", async () => {
  assert.equal(await mimeOf(branded("heic", "mif1")), "image/heic");
  assert.equal(await mimeOf(branded("mif1", "mif1", "heic")), "image/heic");
  assert.equal(await mimeOf(branded("mif1", "mif1", "avif")), "image/avif");
  assert.equal(await mimeOf(branded("avis", "msf1")), "image/avif");
  assert.equal(await mimeOf(branded("heix")), "image/heic");
  assert.equal(await mimeOf(branded("hevc")), "image/heic-sequence");
  assert.equal(await mimeOf(branded("mif1", "miaf")), "image/heif");
});

test("films are known by their containers", async () => {
  const packet = Buffer.alloc(188);
  packet[0] = 0x47;
  const films: Readonly<Record<string, Buffer>> = {
    "video/mp4": branded("isom", "mp42"),
    "video/quicktime": branded("qt  "),
    "video/x-m4v": branded("M4V "),
    "video/3gpp": branded("3gp5"),
    "video/x-msvideo": beginning("RIFF\x20\0\0\0AVI LIST"),
    "video/x-matroska": beginning([0x1a, 0x45, 0xdf, 0xa3, 0x8b, 0x42, 0x82, 0x88], "matroska"),
    "video/webm": beginning([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84], "webm"),
    "video/mp2t": Buffer.concat([packet, packet, packet, packet]),
    "video/mpeg": beginning([0, 0, 1, 0xba, 0x44]),
    "video/x-flv": beginning("FLV\x01"),
    "video/ogg": beginning("OggS", Array<number>(24).fill(0), "\x80theora"),
  };
  for (const [mime, bytes] of Object.entries(films)) {
    const found = await recogniseBytes(bytes);
    assert.deepEqual([found?.mime, found?.kind], [mime, "video"]);
  }
  const quicktimeWithoutBrand = beginning([0, 0, 0, 8], "wide", [0, 0, 0, 0], "mdat");
  assert.equal(await mimeOf(quicktimeWithoutBrand), "video/quicktime");
});

test("sound in a container of films is no film", async () => {
  const track = (handler: string) => box("trak", box("mdia", box("hdlr", Buffer.alloc(8), Buffer.from(handler))));
  const movie = (...handlers: readonly string[]) =>
    Buffer.concat([box("ftyp", Buffer.from("isom\0\0\0\0mp42")), box("moov", ...handlers.map(track))]);
  assert.equal(await mimeOf(movie("soun")), undefined);
  assert.equal(await mimeOf(movie("soun", "text")), undefined);
  assert.equal(await mimeOf(movie("soun", "vide")), "video/mp4");
  assert.equal(await mimeOf(movie()), "video/mp4", "a film that is written in fragments, or cut off");
  assert.equal(await mimeOf(branded("M4A ", "mp42")), undefined);

  const element = (id: readonly number[], ...parts: readonly (readonly number[])[]) => [
    ...id,
    0x80 | parts.flat().length,
    ...parts.flat(),
  ];
  const matroska = (...types: readonly number[]) => {
    const entries = types.map((type) => element([0xae], element([0xd7], [1]), element([0x83], [type])));
    const tracks = element([0x16, 0x54, 0xae, 0x6b], ...entries);
    return beginning(
      element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], [...Buffer.from("webm")])),
      element([0x18, 0x53, 0x80, 0x67], element([0xec], [0, 0]), tracks),
    );
  };
  assert.equal(await mimeOf(matroska(2)), undefined);
  assert.equal(await mimeOf(matroska(2, 1)), "video/webm");

  assert.equal(await mimeOf(beginning("RIFF\x40\0\0\0AVI LIST\x20\0\0\0hdrlstrhauds")), undefined);
  assert.equal(await mimeOf(beginning("FLV\x01\x04")), undefined);
  assert.equal(await mimeOf(beginning("FLV\x01\x05")), "video/x-flv");
  for (const name of ["a.mp3", "a.mp4"]) assert.equal(await mimeOf(beginning("ID3\x04\0\0\0\0\0\0"), name), undefined);
});

test("playlists are no films", async () => {
  for (const list of [
    "#EXTM3U\n#EXTINF:1,\na.ts\n",
    "ffconcat version 1.0\nfile a.ts\n",
    "[playlist]\nFile1=a.mp4\n",
  ]) {
    assert.equal(await mimeOf(beginning(list), "a.mp4"), undefined);
  }
});

test("pictures that are kept though not shown are known too", async () => {
  assert.equal(await mimeOf(beginning("8BPS\0\x01")), "image/vnd.adobe.photoshop");
  assert.equal(await mimeOf(beginning([0xff, 0x0a, 0, 0]), "a.jxl"), "image/jxl");
  assert.equal(await mimeOf(beginning([0xff, 0x0a, 0, 0]), "a.bin"), undefined, "two bytes alone are not enough");
  assert.equal(await mimeOf(beginning([0, 0, 0, 12], "JXL ", [0x0d, 0x0a, 0x87, 0x0a])), "image/jxl");
  assert.equal(await mimeOf(beginning("BM", Array<number>(12).fill(0), [40, 0, 0, 0])), "image/bmp");
});
test("RAW files with a beginning of their own are known", async () => {
  const raws: readonly (readonly [Buffer, string])[] = [
    [branded("crx ", "isom"), "image/x-canon-cr3"],
    [beginning("II\x1a\0\0\0HEAPCCDR"), "image/x-canon-crw"],
    [beginning("II*\0\x10\0\0\0CR\x02\0"), "image/x-canon-cr2"],
    [beginning("FUJIFILMCCD-RAW 0201"), "image/x-fuji-raf"],
    [beginning("IIRO\x08\0\0\0"), "image/x-olympus-orf"],
    [beginning("IIU\0\x18\0\0\0"), "image/x-panasonic-rw2"],
    [beginning("\0MRM"), "image/x-minolta-mrw"],
    [beginning("FOVb"), "image/x-sigma-x3f"],
    [beginning("II*\0\x08\0\0\0IIII"), "image/x-phaseone-iiq"],
  ];
  for (const [bytes, mime] of raws) {
    const found = await recogniseBytes(bytes, "a.jpg");
    assert.deepEqual([found?.mime, found?.kind], [mime, "raw"]);
  }
});

test("RAW in TIFF is told from pictures by the sensor's values, wherever in it they are", async () => {
  assert.equal(await mimeOf(tiff([make("NIKON CORPORATION"), sensor])), "image/x-nikon-nef");
  assert.equal(await mimeOf(tiff([make("SONY"), colour], [sensor])), "image/x-sony-arw");
  const withSub = (offset: number) => tiff([make("PENTAX"), colour, { tag: 330, type: 4, value: [offset] }]);
  const sub = withSub(0).length;
  const bytes = Buffer.concat([withSub(sub), directoryBytes([sensor], sub)]);
  assert.equal(await mimeOf(bytes, "scan.tif"), "image/x-pentax-pef");
  assert.equal(await mimeOf(tiff([make("Nobody"), sensor])), "image/x-raw");
  assert.equal(
    await mimeOf(tiff([make("Nobody"), { tag: 259, type: 3, value: [34713] }]), "a.nef"),
    "image/x-nikon-nef",
  );
});

test("a DNG, and a name that says RAW, are believed", async () => {
  const dng = tiff([make("Leica"), { tag: 50706, type: 1, value: [1, 4, 0, 0] }]);
  assert.equal(await mimeOf(dng, "a.tif"), "image/x-adobe-dng");
  assert.equal(await mimeOf(dng, "GOPR0001.GPR"), "image/x-gopro-gpr");
  assert.equal(await mimeOf(tiff([make("Eastman Kodak Company"), colour]), "A.KDC"), "image/x-kodak-kdc");
});

test("finished pictures from cameras and scanners stay pictures", async () => {
  const printed: TiffEntry = { tag: 50341, type: 7, value: [80, 114, 105, 110, 116, 73, 77, 0] };
  assert.equal(await mimeOf(tiff([make("NIKON CORPORATION"), colour, printed]), "scan.tif"), "image/tiff");
  const many = Array.from({ length: 28 }, (_, index): TiffEntry => ({ tag: 254 + index, type: 3, value: [0] }));
  assert.equal(await mimeOf(tiff(many)), "image/tiff");
  const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .jpeg()
    .toBuffer();
  assert.equal(await mimeOf(jpeg, "DSC_0001.NEF"), "image/jpeg");
});

test("TIFF directories that point at each other come to an end", async () => {
  const bytes = tiff([make("NIKON CORPORATION"), colour]);
  bytes.writeUInt32LE(8, 8 + 2 + 24);
  assert.equal(await mimeOf(bytes), "image/tiff");
});
const refused: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.from([0xff]),
  "plain text": Buffer.from("A letter, not a photo.\n".repeat(20)),
  "text that begins like a BMP": Buffer.from("BMW drives to the lake, said the text.\n".repeat(20)),
  "text that begins like a film": Buffer.from("The free world, said the text.\n".repeat(20)),
  "text with a brand": Buffer.from("The ftypisom box.\n".repeat(20)),
  "text that begins like a stream": Buffer.from(`G${"x".repeat(187)}`.repeat(2)),
  HTML: Buffer.from("<!doctype html><title>x</title><script>alert(1)</script>"),
  SVG: Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  PDF: beginning("%PDF-1.7\n%"),
  EPS: beginning("%!PS-Adobe-3.0 EPSF-3.0\n"),
  "a Windows program": beginning("MZ\x90\0"),
  "a Linux program": beginning("\x7fELF\x02\x01\x01"),
  "a ZIP archive": beginning("PK\x03\x04\x14\0"),
  "a gzip file": gzipSync(Buffer.alloc(100_000)),
  "an MP3": beginning("ID3\x04\0\0\0\0\0\0", [0xff, 0xfb, 0x90, 0x64]),
  "a WAV": beginning("RIFF\x24\0\0\0WAVEfmt "),
  "sound in an MP4 box": branded("M4A ", "isom"),
  "an icon": beginning([0, 0, 1, 0, 1, 0, 16, 16]),
  "a video playlist": Buffer.from("#EXTM3U\nhttp://example.org/a.ts\n"),
};
for (const [what, bytes] of Object.entries(refused)) {
  test(`${what} is refused under any name`, async () => {
    for (const name of ["photo.jpg", "photo.png", "film.mp4", "letter.txt"]) {
      assert.equal(await recogniseBytes(bytes, name), undefined, name);
    }
  });
}

test("the name settles whether a container holds film or sound", async () => {
  const skeleton = beginning("OggS", Array<number>(24).fill(0), "fishead\0");
  assert.equal(await mimeOf(skeleton, "a.ogv"), "video/ogg");
  assert.equal(await mimeOf(skeleton, "a.oga"), undefined);
});

test("no bytes make it reject", async () => {
  const starts = ["", "II*\0", "MM\0*", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "RIFF", "\0\0\0\x18ftyp", "OggS"];
  const bytes = fc
    .tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 300 }))
    .map(([start, rest]) => Buffer.concat([Buffer.from(start, "latin1"), rest]));
  const name = fc.constantFrom("a.jpg", "a.nef", "a.mp4", "a");
  await fc.assert(
    fc.asyncProperty(bytes, name, async (content, filename) => {
      await recogniseBytes(content, filename);
    }),
    { seed: 20_26, numRuns: 120 },
  );
});

test("no flipped and missing bytes of a real file make it reject", async () => {
  const whole = await sharp({ create: { width: 40, height: 30, channels: 3, background: "navy" } })
    .tiff()
    .toBuffer();
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, value, length) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      await recogniseBytes(bytes.subarray(0, length), "a.nef");
    }),
    { seed: 20_26, numRuns: 80 },
  );
});

test("a file that cannot be read rejects with what the system says", async () => {
  await assert.rejects(recognise(join(folder, "missing"), "a.jpg"), { code: "ENOENT" });
});
