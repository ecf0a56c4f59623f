import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { makeHome, SECRET, serve } from "../support/photolog.ts";
import { picture } from "../support/pictures.ts";
import { file, form } from "../support/form.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

test("the log tells photo, step, attempt and class of whatever went wrong, as lines of JSON", async () => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  await writeFile(join(folder, "archive"), "in the way");
  const server = await serve(home, {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: join(folder, "archive"),
    LOG_LEVEL: "debug",
  });
  const answer = await fetch(`${server.url}/photos/`, {
    method: "POST",
    body: form({ photo_file: file(await picture({ seed: 1 })) }),
    headers: { authorization: `Bearer ${SECRET}` },
  });
  const { key } = (await answer.json()) as { key: string };
  const lines = (): Record<string, unknown>[] =>
    server
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const snoozed = await until("the trouble is logged", () =>
    lines().find(({ msg, step }) => msg === "snoozed" && step === "archive"),
  );
  assert.equal(snoozed["key"], key);
  assert.equal(snoozed["class"], "pause");
  assert.equal(snoozed["attempt"], 1);
  assert.equal(snoozed["code"], "LOCAL_FAULT");
  assert.ok(lines().some(({ msg, step, level }) => msg === "lane closed" && step === "archive" && level === 40));
  assert.ok(lines().some(({ msg, key: of }) => msg === "received" && of === key));
  assert.ok(!server.output().includes(SECRET));
  await rm(join(folder, "archive"));
});
