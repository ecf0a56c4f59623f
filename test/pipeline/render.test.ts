import assert from "node:assert/strict";
import { test } from "node:test";
import { PhotologError } from "../../src/errors.ts";
import { render } from "../../src/pipeline/render.ts";
import { openPipeline, SIGNAL } from "../support/open-pipeline.ts";
import { picture } from "../support/pictures.ts";

test("a picture during whose decoding the server dies again and again is left without renditions instead of being tried for ever", async () => {
  const { queue, parts, upload, claim } = await openPipeline();
  const { id } = await upload(await picture({ seed: 1 }));
  for (let death = 1; death <= 100; death++) {
    await claim("renditions");
    await queue.rescue("everything");
  }
  const job = await claim("renditions");
  const result = await render(parts).run(job, SIGNAL);
  assert.ok(result !== "done");
  assert.match(result.unsupported, /The server was stopped 100 times while it was making them/);
  await queue.decline(job, { code: "UNSUPPORTED", message: result.unsupported });

  await queue.revive({ photoIds: [id], steps: ["renditions"], states: ["unsupported"] });
  assert.equal(await render(parts).run(await claim("renditions"), SIGNAL), "done", "a person may have it tried again");
});

test("a picture over which the decoder is lost twice in a row is left without renditions; once is bad luck", async () => {
  const { queue, parts, upload, claim } = await openPipeline();
  await upload(await picture({ seed: 1 }));
  const lost = new PhotologError("DECODER_LOST", "The decoder broke down on it (SIGSEGV).");
  const losing = { ...parts, renderer: { render: () => Promise.reject(lost), close: () => undefined } };
  const first = await claim("renditions");
  await assert.rejects(render(losing).run(first, SIGNAL), lost);
  await queue.retry(first, { code: lost.code, message: lost.message }, { dueAt: 0, outcome: "known" });
  const result = await render(losing).run(await claim("renditions"), SIGNAL);
  assert.ok(result !== "done");
  assert.match(result.unsupported, /SIGSEGV.*That happened twice/);
});
