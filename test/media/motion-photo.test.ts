import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sourceOfBuffer } from "../../src/media/byte-source.ts";
import { findMotion, type Motion } from "../../src/media/motion-photo.ts";
import { heic } from "../support/heic.ts";
import { box, u32 } from "../support/iso-boxes.ts";
import { picture } from "../support/pictures.ts";

const photo = await picture({ seed: 1 });
const film = Buffer.concat([box("ftyp", Buffer.from("mp42\0\0\0\0isom")), box("mdat", Buffer.alloc(500, 7))]);

async function motionIn(bytes: Buffer, mime = "image/jpeg"): Promise<Motion | undefined> {
  return await findMotion(sourceOfBuffer(bytes), { mime, size: bytes.length });
}

function withXmp(content: string): Buffer {
  const xmp = Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/">${content}</x:xmpmeta>`);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, (xmp.length + 2) >> 8, (xmp.length + 2) & 0xff]);
  return Buffer.concat([head, xmp, photo.subarray(2)]);
}

function samsung(): Buffer {
  const little = (...values: readonly number[]) => Buffer.concat(values.map((value) => u32(value).swap32()));
  const name = Buffer.from("MotionPhoto_Data");
  const block = Buffer.concat([little(0x0a30 << 16, name.length), name, film]);
  const directory = Buffer.concat([Buffer.from("SEFH"), little(107, 1, 0x0a30 << 16, block.length, block.length)]);
  return Buffer.concat([photo, block, directory, little(directory.length), Buffer.from("SEFT")]);
}

test("the film in a motion photo is found as its maker wrote it", async () => {
  const google = withXmp(
    `<Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary"/>` +
      `<Container:Item Item:Semantic="MotionPhoto" Item:Length="${film.length}"/>`,
  );
  assert.deepEqual(await motionIn(Buffer.concat([google, film])), { offset: google.length, length: film.length });
  const older = withXmp(`<rdf:Description GCamera:MicroVideo="1" GCamera:MicroVideoOffset="${film.length}"/>`);
  assert.deepEqual(await motionIn(Buffer.concat([older, film])), { offset: older.length, length: film.length });
  const still = heic();
  const boxed = Buffer.concat([still, box("mpvd", film)]);
  assert.deepEqual(await motionIn(boxed, "image/heic"), { offset: still.length + 8, length: film.length });
  const bytes = samsung();
  assert.deepEqual(await motionIn(bytes), { offset: bytes.indexOf(film), length: film.length });
});

test("there is none where the place holds no film, and in ordinary pictures", async () => {
  assert.equal(await motionIn(photo), undefined);
  assert.equal(await motionIn(heic(), "image/heic"), undefined);
  for (const length of [0, 10, film.length - 1, 1e11]) {
    const google = withXmp(`<rdf:Description GCamera:MicroVideoOffset="${length}"/>`);
    assert.equal(await motionIn(Buffer.concat([google, film])), undefined, String(length));
  }
});

test("no bytes make it reject", async () => {
  const whole = samsung();
  const change = fc.record({ back: fc.integer({ min: 1, max: 700 }), to: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 10 }), async (changes) => {
      const bytes = Buffer.from(whole);
      for (const { back, to } of changes) bytes[bytes.length - back] = to;
      await motionIn(bytes);
    }),
    { numRuns: 300, seed: 2026 },
  );
});
