import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Busboy } from "@fastify/busboy";
import { multipart, type Part } from "../../src/upload/multipart.ts";

function file(name: string, filename: string, bytes: Buffer): Part {
  return {
    name,
    filename,
    bytes: bytes.length,
    async *read() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    },
  };
}

async function parsed(parts: readonly Part[]) {
  const form = multipart(parts);
  const chunks: Uint8Array[] = [];
  for await (const chunk of form.body()) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const seen: unknown[] = [];
  const busboy = new Busboy({ headers: { "content-type": form.contentType }, preservePath: true });
  busboy.on("field", (name, value) => void seen.push([name, value]));
  busboy.on("file", (name, stream, filename, _encoding, mime) => {
    const hash = createHash("sha256");
    stream.on("data", (chunk: Buffer) => void hash.update(chunk));
    stream.on("end", () => void seen.push([name, filename, mime, hash.digest("hex")]));
  });
  await new Promise((resolve, reject) => {
    busboy.once("finish", resolve).once("error", reject);
    Readable.from([body]).pipe(busboy);
  });
  return { form, body, seen };
}

const sum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

test("fields and files arrive as they were, in order, and the length is exact", async () => {
  const photo = randomBytes(300_123);
  const sidecar = Buffer.from("<x:xmpmeta/>");
  const { form, body, seen } = await parsed([
    { name: "sha256", value: "f".repeat(64) },
    { name: "tags", value: "Zürich,Straße,🏔" },
    file("metadata_file", "IMG_1.xmp", sidecar),
    file("photo_file", "IMG_1.jpg", photo),
  ]);
  assert.equal(body.length, form.length);
  assert.deepEqual(seen, [
    ["sha256", "f".repeat(64)],
    ["tags", "Zürich,Straße,🏔"],
    ["metadata_file", "IMG_1.xmp", "application/octet-stream", sum(sidecar)],
    ["photo_file", "IMG_1.jpg", "application/octet-stream", sum(photo)],
  ]);
});

test("bytes that look like a boundary are only bytes", async () => {
  const photo = Buffer.from(
    '\r\n--photolog-0000\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--photolog-0000--\r\n',
  );
  const { seen } = await parsed([file("photo_file", "a.jpg", photo)]);
  assert.deepEqual(seen, [["photo_file", "a.jpg", "application/octet-stream", sum(photo)]]);
});

for (const name of ['quote".jpg', "back\\slash.jpg", "sémi;colon.jpg", "日本 🌄.jpg", `${"x".repeat(251)}.jpg`]) {
  test(`a file may be called ${name.slice(0, 20)}`, async () => {
    const { seen } = await parsed([file("photo_file", name, Buffer.from("x"))]);
    assert.deepEqual(
      seen.map((one) => (one as string[])[1]),
      [name],
    );
  });
}

test("a line break in a name cannot add a header", async () => {
  const { body, seen } = await parsed([file("photo_file", "a\r\nX-Evil: 1\r\n\r\n.jpg", Buffer.from("x"))]);
  assert.doesNotMatch(body.toString(), /^X-Evil/m);
  assert.equal(seen.length, 1);
});
