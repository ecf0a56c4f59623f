import assert from "node:assert/strict";
import { test } from "node:test";
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
