import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { archive } from "../../src/pipeline/archive.ts";
import { release } from "../../src/pipeline/release.ts";
import { render } from "../../src/pipeline/render.ts";
import { flipOneBit } from "../support/accept-photo.ts";
import { openPipeline, SIGNAL } from "../support/open-pipeline.ts";
import { picture, sha256 } from "../support/pictures.ts";

test("bytes that rot before they are archived are not archived; uploaded again, the photo is whole, with renditions of the good bytes", async () => {
  const { folder, catalog, queue, spool, parts, upload, claim, run } = await openPipeline();
  const bytes = await picture({ seed: 1, width: 640, height: 480 });
  const { id, spoolName = "" } = await upload(bytes);
  await flipOneBit({ path: spool.path(spoolName), bytes: bytes.length, sha256: sha256(bytes) });
  await run(render(parts));
  const made = await catalog.renditions(id);
  const job = await claim("archive");
  const failure = { code: "ORIGINAL_CHANGED", message: "Other bytes." };
  await assert.rejects(archive(parts).run(job, SIGNAL), {
    code: failure.code,
    message: /the same size but other bytes/,
  });
  await queue.discard(job, failure, { outcome: "known" });
  const { blobKey = "" } = (await catalog.findById(id)) ?? {};
  assert.ok(!existsSync(join(folder, "archive", blobKey)));

  await upload(bytes);
  await run(archive(parts));
  await run(render(parts));
  await run(release(parts));
  assert.deepEqual(await readFile(join(folder, "archive", blobKey)), bytes);
  assert.notDeepEqual(await catalog.renditions(id), made);
});
