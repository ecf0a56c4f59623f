import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { type RenderedFile, renderRenditions } from "../../src/media/renditions.ts";
import { temporaryFolder } from "../support/temporary.ts";

const folder = await temporaryFolder();

async function render(bytes: Uint8Array, mime = "image/jpeg"): Promise<readonly RenderedFile[]> {
  const path = join(folder, "spooled");
  await writeFile(path, bytes);
  return (await renderRenditions(path, { mime, kind: "image" }, folder)).files;
}

function plain(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: "firebrick" } });
}

function undecodable(message: RegExp) {
  return { code: "UNDECODABLE", message, retry: { class: "item" } };
}

test("kinds that cannot be decoded are refused in a sentence", async () => {
  await writeFile(join(folder, "any"), "any");
  const refused = [
    [{ mime: "image/heic", kind: "image" }, /^This HEIC picture is damaged or of an unknown sort\.$/],
    [{ mime: "image/x-nikon-nef", kind: "raw" }, /^There is no preview in this RAW file that could be shown\.$/],
    [{ mime: "image/jxl", kind: "image" }, /^JPEG XL pictures cannot be decoded by this version\.$/],
    [{ mime: "image/svg+xml", kind: "image" }, /cannot be decoded by this version\.$/],
  ] as const;
  for (const [format, message] of refused) {
    await assert.rejects(renderRenditions(join(folder, "any"), format, folder), undecodable(message));
  }
});

/** Something that no format can store in a few bytes. */
async function busy(): Promise<Sharp> {
  const pixels = Buffer.from(Array.from({ length: 300 * 200 * 3 }, (_, at) => (at * at * 31) >> 7));
  return sharp(pixels, { raw: { width: 300, height: 200, channels: 3 } });
}

test("a picture whose end is missing is not shown as if it were whole", async () => {
  const originals = {
    jpeg: await (await busy()).jpeg().toBuffer(),
    png: await (await busy()).png().toBuffer(),
    webp: await (await busy()).webp().toBuffer(),
    tiff: await (await busy()).tiff({ compression: "none" }).toBuffer(),
    avif: await (await busy()).avif({ effort: 0 }).toBuffer(),
    gif: await (await busy()).gif().toBuffer(),
  };
  for (const [format, bytes] of Object.entries(originals)) {
    for (const part of [0.3, 0.9]) {
      const cut = bytes.subarray(0, bytes.length * part);
      await assert.rejects(render(cut, `image/${format}`), { code: "UNDECODABLE" }, `${format} ${part}`);
    }
  }
  await assert.rejects(
    render(originals.jpeg.subarray(0, originals.jpeg.length / 2)),
    undecodable(/^A part of this JPEG picture is missing\.$/),
  );
});

test("a JPEG with a part lost in its middle is refused, one with bytes too many is shown", async () => {
  const bytes = await (await busy()).jpeg().toBuffer();
  const middle = bytes.length / 2;
  const lost = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(bytes.length - 2)]);
  await assert.rejects(render(lost), { code: "UNDECODABLE" });

  const tables = bytes.indexOf(Buffer.from([0xff, 0xdb]));
  const extraneous = Buffer.concat([bytes.subarray(0, tables), Buffer.alloc(3, 1), bytes.subarray(tables)]);
  await assert.rejects(sharp(extraneous).raw().toBuffer(), /extraneous/);
  assert.deepEqual(
    (await render(extraneous)).map(({ width }) => width),
    [300, 300],
  );
  const withTail = Buffer.concat([bytes, Buffer.alloc(5000, "PK\x03\x04")]);
  assert.deepEqual(
    (await render(withTail)).map(({ width }) => width),
    [300, 300],
  );
});

test("what only begins like a picture is refused", async () => {
  await assert.rejects(render(Buffer.from([0xff, 0xd8, 0xff])), undecodable(/^This JPEG picture is damaged/));
  await assert.rejects(render(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "image/png"), { code: "UNDECODABLE" });
  await assert.rejects(render(Buffer.alloc(0)), { code: "UNDECODABLE" });
});

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(content.length);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}

/** A few bytes that claim to be a grey picture of this size. */
function claimedPng(width: number, height: number, interlaced: 0 | 1): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, interlaced], 8);
  const pixels = chunk("IDAT", deflateSync(Buffer.alloc(100_000)));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    pixels,
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

test("a picture that claims to be gigantic is refused before it is decoded", async () => {
  const before = process.memoryUsage().rss;
  const message = /^This PNG picture is too large to decode: 60000 × 60000 pixels\.$/;
  await assert.rejects(render(claimedPng(60_000, 60_000, 0), "image/png"), undecodable(message));
  await assert.rejects(
    render(claimedPng(12_000, 12_000, 1), "image/png"),
    undecodable(/12000 × 12000/),
    "interlaced pictures are held in memory as a whole",
  );
  assert.ok(process.memoryUsage().rss - before < 100_000_000);
});

test("a file that is not there rejects with what the system says", async () => {
  const format = { mime: "image/jpeg", kind: "image" } as const;
  await assert.rejects(renderRenditions(join(folder, "missing"), format, folder), { code: "ENOENT" });
  await assert.rejects(renderRenditions(folder, format, folder), { code: "EISDIR" });
});

test("a folder that cannot be written to rejects with what the system says", async () => {
  const path = join(folder, "fine.jpg");
  await writeFile(path, await plain(30, 20).jpeg().toBuffer());
  const nowhere = join(folder, "nowhere");
  await mkdir(nowhere);
  await rm(nowhere, { recursive: true });
  await assert.rejects(renderRenditions(path, { mime: "image/jpeg", kind: "image" }, nowhere), { code: "ENOENT" });
});

test("rendering stops when it is told to", async () => {
  const path = join(folder, "fine.jpg");
  await writeFile(path, await plain(3000, 2000).jpeg().toBuffer());
  const format = { mime: "image/jpeg", kind: "image" } as const;
  const reason = new Error("enough");
  await assert.rejects(renderRenditions(path, format, folder, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const running = renderRenditions(path, format, folder, controller.signal);
  setImmediate(() => controller.abort(reason));
  await assert.rejects(running, reason);
});
