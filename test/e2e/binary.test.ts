import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Home, makeHome, runPhotolog, SECRET, serve } from "../support/photolog.ts";
import { writePicture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBuiltHere = process.platform === "linux" && process.arch === "x64";
const options = isBuiltHere ? {} : { skip: "the single executable is made for Linux on x64" };

let binary: string;

before(async () => {
  if (!isBuiltHere) return;
  binary = join(await temporaryFolder(), "photolog");
  await run(process.execPath, [join(ROOT, "scripts/build-binary.ts"), binary], { cwd: ROOT });
});

/** No Node.js, and nothing else, can be found from there. */
async function openEmpty(): Promise<Home> {
  const home = await makeHome(await temporaryFolder());
  const { NODE_DISABLE_COMPILE_CACHE: _, ...environment } = home.environment;
  return { ...home, environment: { ...environment, PATH: "" }, program: [binary] };
}

const unpackedIn = (home: Home) => join(home.environment["HOME"] ?? "", ".cache/photolog");

test("the single executable has every command", options, async () => {
  const home = await openEmpty();
  assert.match((await runPhotolog(home, ["--version"])).stdout, /^photolog\/\d+\.\d+\.\d+ linux-x64 node-v24/);
  const { commands } = JSON.parse(await readFile(join(ROOT, "oclif.manifest.json"), "utf8")) as { commands: object };
  for (const id of Object.keys(commands)) {
    const { code, stdout, stderr } = await runPhotolog(home, [...id.split(":"), "--help"]);
    assert.equal(code, 0, `${id}: ${stderr}`);
    assert.match(stdout, /USAGE/);
  }
  assert.equal((await runPhotolog(home, ["nonsense"])).code, 2);
  const { code, stdout } = await runPhotolog(home, ["doctor", "--json"]);
  assert.equal(code, 0, stdout);
});

test("the single executable takes a photo all the way and publishes it", options, async () => {
  const home = await openEmpty();
  const photos = join(home.folder, "photos");
  await mkdir(photos);
  await writePicture(join(photos, "one.jpg"), { seed: 1, taken: "2024:05:17 10:00:00", width: 3000, height: 2000 });
  const data = join(home.folder, "data");
  const server = await serve(home, {
    UPLOAD_FOLDER: join(data, "spool"),
    DB_FILE: join(data, "photolog.db"),
    ARCHIVE_FOLDER: join(data, "archive"),
  });
  const sent = await runPhotolog(home, ["upload", photos, "--host", server.url, "--wait"], { PHOTOLOG_SECRET: SECRET });
  assert.equal(sent.code, 0, sent.stderr + sent.stdout);
  assert.match(sent.stdout, /1 found = 1 uploaded/);
  const renditions = await readdir(join(data, "archive/renditions"), { recursive: true });
  assert.equal(renditions.filter((name) => name.endsWith(".webp")).length, 2);
  const settings = join(home.folder, "settings.yaml");
  const site = join(home.folder, "site");
  const published = await runPhotolog(home, ["gallery", "publish", "--to", site, "--settings", settings]);
  assert.equal(published.code, 0, published.stderr);
  assert.match(await readFile(join(site, "index.html"), "utf8"), /17 May 2024/);
  assert.equal((await server.end("SIGTERM")).code, 0);
});

test("the single executable unpacks itself once, and again where its files were damaged", options, async () => {
  const home = await openEmpty();
  await runPhotolog(home, ["doctor"]);
  const folders = await readdir(unpackedIn(home));
  assert.equal(folders.length, 1);
  const start = join(unpackedIn(home), folders[0] ?? "", "bin/start.js");
  await truncate(start, 10);
  assert.equal((await runPhotolog(home, ["--version"])).code, 0);
  assert.deepEqual(await readdir(unpackedIn(home)), folders);
  assert.ok((await readFile(start)).length > 10);
});

test("the single executable says so where it cannot unpack itself", options, async () => {
  const home = await openEmpty();
  const file = join(home.folder, "a-file");
  await writeFile(file, "");
  const { code, stderr } = await runPhotolog(home, ["--version"], { XDG_CACHE_HOME: file, TMPDIR: file });
  assert.equal(code, 1);
  assert.match(stderr, /XDG_CACHE_HOME/);
});

test("named upload2photolog it is photolog upload", options, async () => {
  const home = await openEmpty();
  const alias = join(home.folder, "upload2photolog");
  await cp(binary, alias);
  const { stdout } = await runPhotolog({ ...home, program: [alias] }, ["--help"]);
  assert.match(stdout, /\$ photolog upload \[PATH/);
});
