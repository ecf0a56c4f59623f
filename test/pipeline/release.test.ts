import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Catalog } from "../../src/catalog.ts";
import { archive } from "../../src/pipeline/archive.ts";
import { release } from "../../src/pipeline/release.ts";
import { render } from "../../src/pipeline/render.ts";
import { openPipeline, SIGNAL } from "../support/open-pipeline.ts";
import { picture } from "../support/pictures.ts";

async function recordOf(
  { folder, catalog }: { folder: string; catalog: Catalog },
  id: number,
): Promise<{ tags: string[]; links: Record<string, unknown> }> {
  const { blobKey = "" } = (await catalog.findById(id)) ?? {};
  return JSON.parse(await readFile(join(folder, "archive", blobKey.replace(/\.jpg$/i, ".json")), "utf8"));
}

test("the local file stays for a delivery that is asked for while it is being released, and goes once that is made", async () => {
  const { folder, catalog, queue, spool, parts, upload, claim, run } = await openPipeline();
  const bytes = await picture({ seed: 1 });
  const { id, spoolName = "" } = await upload(bytes);
  await run(archive(parts));
  await run(render(parts));
  const releasing = await claim("release");
  await upload(bytes, { flickr: "queued" });
  assert.equal(await release(parts).run(releasing, SIGNAL), "done");
  assert.ok(existsSync(spool.path(spoolName)), "Flickr has no copy yet");
  await queue.complete(releasing);
  assert.equal(await queue.claim("release"), undefined, "it waits for Flickr");
  const delivering = await claim("flickr");
  await catalog.recordReceipt(id, "flickr", { id: "54000000000" });
  await queue.complete(delivering);
  await run(release(parts));
  assert.ok(!existsSync(spool.path(spoolName)));
  assert.deepEqual(Object.keys((await recordOf({ folder, catalog }, id)).links), ["flickr"]);
});

test("tags that come while a photo is being released are in its record all the same", async () => {
  const { folder, catalog, queue, parts, upload, claim, run } = await openPipeline();
  const bytes = await picture({ seed: 2 });
  const { id } = await upload(bytes);
  await run(archive(parts));
  await run(render(parts));
  const releasing = await claim("release");
  await release(parts).run(releasing, SIGNAL);
  await upload(bytes, { tags: ["late"] });
  await queue.complete(releasing);
  await run(release(parts));
  assert.deepEqual((await recordOf({ folder, catalog }, id)).tags, ["late"]);
});
