import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Decodable, decodableOf } from "../../src/media/decodable.ts";
import { heic } from "../support/heic.ts";
import { picture } from "../support/pictures.ts";
import { asStrip, MAKE, ORIENTATION, raw, short, written } from "../support/raw.ts";
import { temporaryFolder } from "../support/temporary.ts";

const path = join(await temporaryFolder(), "original");
const RAW = { mime: "image/x-canon-cr2", kind: "raw" } as const;
const HEIC = { mime: "image/heic", kind: "image" } as const;

async function decodable(bytes: Uint8Array, format: Parameters<typeof decodableOf>[1]): Promise<Decodable> {
  await writeFile(path, bytes);
  return await decodableOf(path, format);
}

function cr2(jpeg: Buffer): Buffer {
  return raw({ blobs: [jpeg], main: ([at]) => [written(MAKE, "Canon"), short(ORIENTATION, 8), ...asStrip(at, jpeg)] });
}

test("a RAW file gives its preview and how it is to be turned, but no thumbnail", async () => {
  const jpeg = await picture({ width: 640, height: 480, seed: 1 });
  assert.deepEqual(await decodable(cr2(jpeg), RAW), { form: "encoded", bytes: jpeg, orientation: 8 });
  const thumbnail = await picture({ width: 60, height: 40, seed: 1 });
  await assert.rejects(decodable(cr2(thumbnail), RAW), {
    code: "UNDECODABLE",
    message: "The preview in this RAW file has only 60 × 40 pixels.",
  });
  await assert.rejects(decodable(raw({ blobs: [], main: () => [written(MAKE, "Canon")] }), RAW), {
    code: "UNDECODABLE",
    message: "There is no preview in this RAW file that could be shown.",
  });
});

test("a HEIC picture gives pixels, or says to a person why not", async () => {
  const found = await decodable(heic(), HEIC);
  assert.equal(found.form, "pixels");
  const whole = heic({ grid: { columns: 2, rows: 2, width: 128, height: 128 } });
  await assert.rejects(decodable(whole.subarray(0, whole.length - 40), HEIC), {
    code: "UNDECODABLE",
    message: "A part of this HEIC picture is missing.",
  });
  await assert.rejects(decodable(Buffer.from(whole.toString("latin1").replaceAll("hvc1", "av01"), "latin1"), HEIC), {
    code: "UNDECODABLE",
  });
});

test("a file that cannot be read is not called damaged", async () => {
  for (const format of [RAW, HEIC]) {
    await assert.rejects(decodableOf(join(path, "absent"), format), { code: "ENOTDIR" });
  }
});
