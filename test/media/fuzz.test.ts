/** Broken pictures of every kind, through the process that decodes them. `PHOTOLOG_TEST_FUZZ` is how many, by default a hundred. */
import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { PhotologError } from "../../src/errors.ts";
import { recognise } from "../../src/media/formats.ts";
import { readFacts } from "../../src/media/metadata.ts";
import { openRenderer } from "../../src/media/renderer.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";

// eslint-disable-next-line node/no-process-env -- a longer campaign is asked for from outside
const TIMES = Number(process.env["PHOTOLOG_TEST_FUZZ"] ?? 100);
const SEED = 2026;

test(`${TIMES} broken pictures cost nothing but their own renditions`, async (t) => {
  let state = SEED;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const drawn = sharp({ create: { width: 640, height: 480, channels: 3, background: "#456" } }).withExif({
    IFD0: { Make: "FUJIFILM" },
    IFD2: { DateTimeOriginal: "2024:05:03 20:31:07" },
  });
  const whole = await Promise.all(
    (["jpeg", "png", "webp", "gif", "tiff", "avif"] as const).map((format) =>
      drawn.clone().toFormat(format).toBuffer(),
    ),
  );
  const folder = await temporaryFolder();
  const renderer = openRenderer({ time: 20_000 });
  whenDone(async () => renderer.close());
  const outcomes = { shown: 0, refused: 0, unrecognised: 0 };
  for (let count = 0; count < TIMES; count++) {
    const original = whole[count % whole.length] ?? Buffer.alloc(0);
    const bytes = Buffer.from(count % 5 === 0 ? original.subarray(0, 1 + random(original.length)) : original);
    for (let flips = 1 + random(12); flips > 0; flips--) bytes[random(Math.min(bytes.length, 2048))] = random(256);
    if (count % 7 === 0) bytes.fill(0, random(bytes.length));
    const path = join(folder, "broken");
    const into = join(folder, `into-${count}`);
    await mkdir(into);
    await writeFile(path, bytes);
    const format = await recognise(path, "broken");
    if (format === undefined) {
      outcomes.unrecognised++;
      continue;
    }
    await readFacts(path, format);
    try {
      await renderer.render({ path, mime: format.mime, kind: format.kind, into }, new AbortController().signal);
      outcomes.shown++;
    } catch (error) {
      assert.ok(error instanceof PhotologError && error.code === "UNDECODABLE", String(error));
      outcomes.refused++;
    }
    const left = (await readdir(into)).filter((name) => name !== "grid.webp" && name !== "view.webp");
    assert.deepEqual(left, []);
  }
  t.diagnostic(JSON.stringify(outcomes));
  assert.ok(outcomes.refused > 0 && outcomes.shown > 0);
});
