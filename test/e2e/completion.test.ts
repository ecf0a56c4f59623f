import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { makeHome, runPhotolog } from "../support/photolog.ts";
import { temporaryFolder } from "../support/temporary.ts";

const run = promisify(execFile);
let folder: string;
let home: Awaited<ReturnType<typeof makeHome>>;

before(async () => {
  folder = await temporaryFolder();
  home = await makeHome(folder);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runPhotolog(home, ["completion", shell]);
    assert.equal(code, 0);
    await writeFile(join(folder, shell), stdout);
  }
  await writeFile(join(folder, "photo.jpg"), "");
});

/** What bash offers after these words. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _photolog 2>/dev/null; printf '%s\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run("bash", ["-c", script, "bash", ...words], { cwd: folder });
  return stdout.split("\n").filter((word) => word !== "");
}

test("bash completes commands, flags, their values, and files", async () => {
  assert.ok((await offered("photolog", "")).includes("upload"));
  assert.deepEqual(await offered("photolog", "gal"), ["gallery"]);
  assert.deepEqual(await offered("photolog", "gallery", ""), ["publish"]);
  assert.deepEqual(await offered("photolog", "jobs", "retry", "--dest"), ["--destination"]);
  assert.deepEqual(await offered("photolog", "jobs", "retry", "--destination", "f"), ["flickr"]);
  assert.deepEqual(await offered("photolog", "upload", "--move"), ["--move-done"]);
  assert.deepEqual(await offered("photolog", "upload", "pho"), ["photo.jpg"]);
  assert.deepEqual(await offered("upload2photolog", "--dry"), ["--dry-run"]);
  assert.deepEqual(await offered("photolog", "completion", "x"), []);
});

for (const [shell, check] of [
  ["zsh", ["-n"]],
  ["fish", ["--no-execute"]],
] as const) {
  const isThere = await run("sh", ["-c", `command -v ${shell}`]).then(
    () => true,
    () => false,
  );
  test(`${shell} understands its script`, isThere ? {} : { skip: `${shell} is not installed` }, async () => {
    await run(shell, [...check, join(folder, shell)]);
  });
}

test("a command that is none is told with what was meant, and ends with exit code 2", async () => {
  const { code, stderr } = await runPhotolog(home, ["sttus"]);
  assert.equal(code, 2);
  assert.equal(stderr, 'Error: There is no command "sttus".\nDid you mean `photolog status`?\n');
  assert.match((await runPhotolog(home, ["jobs", "retri"])).stderr, /Did you mean `photolog jobs retry`\?/);
  assert.match((await runPhotolog(home, ["frobnicate"])).stderr, /`photolog --help` lists them all/);
});
