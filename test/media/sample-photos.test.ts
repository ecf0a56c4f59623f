import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { test } from "node:test";
import { makeSamplePhotos } from "../../scripts/sample-photos.ts";
import { SAMPLE_PHOTOS } from "../../scripts/samples/list.ts";
import { recognise } from "../../src/media/formats.ts";
import { readFacts } from "../../src/media/metadata.ts";
import { sha256 } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("sample photos carry what cameras write and are the same on every run", async () => {
  const digests: string[][] = [];
  for (let run = 0; run < 2; run++) {
    const folder = await temporaryFolder();
    const paths = await makeSamplePhotos(folder, { count: 2 });
    digests.push(await Promise.all(paths.map(async (path) => sha256(await readFile(path)))));
    for (const [index, path] of paths.entries()) {
      const sample = SAMPLE_PHOTOS[index];
      assert.equal(relative(folder, dirname(path)), sample?.folder);
      const format = await recognise(path, basename(path));
      assert.ok(format);
      const facts = await readFacts(path, format);
      assert.deepEqual([facts.width, facts.height], [sample?.width, sample?.height]);
      assert.equal(facts.camera?.model, sample?.camera.model);
      assert.ok(facts.taken && facts.lens && facts.exposure && facts.place);
    }
  }
  assert.deepEqual(digests[0], digests[1]);
});

test("the list of samples has many folders, months and kinds, and no name twice", () => {
  const names = new Set(SAMPLE_PHOTOS.map(({ folder, filename }) => `${folder}/${filename}`));
  assert.equal(names.size, SAMPLE_PHOTOS.length);
  assert.equal(new Set(SAMPLE_PHOTOS.map(({ folder }) => folder)).size, 3);
  assert.equal(new Set(SAMPLE_PHOTOS.map(({ taken }) => taken.slice(0, 4))).size, 3);
  const extensions = new Set(SAMPLE_PHOTOS.map(({ filename }) => filename.split(".").at(-1)?.toLowerCase()));
  assert.deepEqual(extensions, new Set(["jpg", "avif", "tif", "png", "webp"]));
});
