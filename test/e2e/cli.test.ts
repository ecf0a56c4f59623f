import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeHome, runPhotolog, SECRET, serve } from "../support/photolog.ts";
import { writePicture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const open = async () => makeHome(await temporaryFolder());

test("upload2photolog is photolog upload", async () => {
  const alias = fileURLToPath(new URL("../../bin/upload2photolog.js", import.meta.url));
  const { stdout } = await run(process.execPath, [alias, "--help"]);
  assert.match(stdout, /\$ photolog upload \[PATH/);
});

test("the version and the help are there", async () => {
  const home = await open();
  assert.match((await runPhotolog(home, ["--version"])).stdout, /^photolog\/\d+\.\d+\.\d+ \S+ node-v\d+/);
  for (const args of [["--help"], ["serve", "--help"], ["gallery", "publish", "--help"]]) {
    const { code, stdout } = await runPhotolog(home, args);
    assert.equal(code, 0);
    assert.match(stdout, /USAGE/);
  }
  assert.match((await runPhotolog(home, ["upload", "--help"])).stdout, /EXAMPLES/);
});

test("what is typed wrong ends with exit code 2, what is set wrong with 78 and every problem", async () => {
  const home = await open();
  for (const args of [
    ["nonsense"],
    ["serve", "--nonsense"],
    ["upload"],
    ["jobs", "retry"],
    ["jobs", "list", "--state", "lost"],
  ]) {
    assert.equal((await runPhotolog(home, args)).code, 2, args.join(" "));
  }
  await writeFile(join(home.folder, "wrong.yaml"), "PROT: 1\nPORT: x\n");
  for (const command of [["serve"], ["status"], ["doctor"], ["gallery", "publish"]]) {
    const { code, stderr } = await runPhotolog(home, [...command, "--settings", "wrong.yaml"]);
    assert.equal(code, 78, command.join(" "));
    assert.match(stderr, /wrong\.yaml:1: PROT is no setting\. Did you mean PORT\?/);
    assert.match(stderr, /wrong\.yaml:2: PORT must be/);
  }
});

test("--json is JSON and nothing else, in failure too", async () => {
  const home = await open();
  const { code, stdout } = await runPhotolog(home, ["status", "--json"]);
  assert.equal(code, 1);
  const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
  assert.equal(error.code, "NOT_FOUND");
  assert.match(error.hint, /photolog serve/);
});

test("with no settings at all the server starts, and a client on the same machine needs none either", async () => {
  const home = await open();
  const server = await serve(
    { ...home, environment: { ...home.environment, PHOTOLOG_API_SECRET: "" } },
    { API_SECRET: undefined },
  );
  await until("it says what to do next", () => /Next, in another terminal: photolog upload DIR/.test(server.output()));
  await writePicture(join(home.folder, "photos/a.jpg"), { seed: 1 });
  const { code, stdout, stderr } = await runPhotolog(home, ["upload", "photos", "--host", server.url, "--wait"]);
  assert.equal(code, 0, stdout + stderr);
  const status = await runPhotolog(home, ["status"]);
  assert.match(status.stdout, /^1 photo; /);
  assert.match(status.stdout, /archive +1 +open/);
  const { stdout: findings } = await runPhotolog(home, ["doctor"]);
  assert.match(findings, /^ok +archive: .*written, read back and deleted$/m);
  assert.match(findings, /^ok +decoders: .*HEIC/m);
  const { code: bare, stdout: without } = await runPhotolog(home, ["doctor"], { PATH: home.folder });
  assert.match(without, /^warning +video: ffmpeg is not on the PATH: videos .* get no poster$/m);
  assert.match(without, /apt-get install ffmpeg/);
  assert.equal(bare, 0);
});

test("deliveries can be listed, given up and tried again", async () => {
  const home = await open();
  const settings = {
    UPLOAD_FOLDER: join(home.folder, "spool"),
    DB_FILE: join(home.folder, "photolog.db"),
    ARCHIVE_FOLDER: join(home.folder, "archive"),
    FLICKR_API_KEY: "fake-key",
    FLICKR_API_SECRET: "not-a-real-secret-either",
  };
  const server = await serve(home, settings);
  await writePicture(join(home.folder, "photos/a.jpg"), { seed: 1 });
  await runPhotolog(home, ["upload", "photos", "--host", server.url], { PHOTOLOG_SECRET: SECRET });
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse((await runPhotolog(home, [...args, "--settings", "settings.yaml", "--json"])).stdout) as T;
  const list = (...args: string[]) =>
    json<{ jobs: { key: string; state: string; hint?: string }[] }>("jobs", "list", ...args);
  const [parked] = await until("Flickr waits for somebody to sign in", async () => {
    const { jobs } = await list("--destination", "flickr", "--state", "parked");
    return jobs.length === 1 && jobs;
  });
  const { stdout: status } = await runPhotolog(home, ["status", "--settings", "settings.yaml"]);
  assert.match(status, /flickr needs auth: .*photolog auth flickr/);
  const key = parked?.key ?? "";
  assert.deepEqual(await json("jobs", "cancel", key, "--destination", "flickr"), { cancelled: 1 });
  assert.equal((await list(key, "--all", "--destination", "flickr")).jobs[0]?.state, "cancelled");
  assert.deepEqual(await json("jobs", "retry", key.slice(0, 6), "--destination", "flickr"), { revived: 1 });
  await until("it waits again", async () => (await list("--destination", "flickr")).jobs[0]?.state === "parked");
  assert.equal(
    (await runPhotolog(home, ["jobs", "cancel", "--destination", "archive", "--settings", "settings.yaml"])).code,
    2,
  );
});
