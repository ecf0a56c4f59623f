import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import type { PhotosAnswer } from "../../src/api.ts";
import { BIN, type Home, makeHome, runPhotolog, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256, writePicture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

let home: Home;
let server: Serving;
let photos: string;
let done: string;
let archive: string;

const upload = (...args: readonly string[]): ReturnType<typeof runPhotolog> =>
  runPhotolog(home, ["upload", "photos", "--host", server.url, ...args], { PHOTOLOG_SECRET: SECRET });
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .sort()
    : [];

beforeEach(async () => {
  home = await makeHome(await temporaryFolder());
  const data = join(home.folder, "data");
  archive = join(data, "archive");
  server = await serve(home, {
    UPLOAD_FOLDER: join(data, "spool"),
    DB_FILE: join(data, "photolog.db"),
    ARCHIVE_FOLDER: archive,
  });
  photos = join(home.folder, "photos");
  done = join(home.folder, "done");
  mkdirSync(photos);
});

test("files move once the archive holds them, with their sidecars and below the same folders, and nothing is overwritten", async () => {
  const one = await writePicture(join(photos, "trip/one.jpg"), { seed: 1 });
  writeFileSync(join(photos, "trip/one.xmp"), "<x:xmpmeta/>");
  writeFileSync(join(photos, "notes.txt"), "not a photo");
  const two = await writePicture(join(photos, "two.jpg"), { seed: 2 });
  await writePicture(join(done, "two.jpg"), { seed: 3 });
  const tried = await upload("--move-done", "done", "--dry-run");
  assert.match(tried.stdout, /Would clear away 0 photos/);
  const { code, stdout, stderr } = await upload("--move-done", "done");
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /Cleared away 2 photos that the archive holds/);
  assert.deepEqual(filesIn(photos), ["notes.txt"]);
  assert.deepEqual(filesIn(done), ["trip/one.jpg", "trip/one.xmp", "two (2).jpg", "two.jpg"]);
  assert.deepEqual(readFileSync(join(done, "trip/one.jpg")), one.bytes);
  assert.deepEqual(readFileSync(join(done, "two (2).jpg")), two.bytes);
});

test("files that the server had already are deleted by what they hold, never by their name", async () => {
  await writePicture(join(photos, "one.jpg"), { seed: 1 });
  await upload("--wait");
  // Same name, other bytes; and other name, same bytes.
  await writePicture(join(photos, "sub/one.jpg"), { seed: 2 });
  writeFileSync(join(photos, "copy.jpg"), readFileSync(join(photos, "one.jpg")));
  const { code, stdout } = await upload("--delete-done");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /Cleared away 3 photos/);
  assert.deepEqual(filesIn(photos), []);
  const { photos: kept } = await server.get<PhotosAnswer>("/photos/");
  assert.equal(kept.length, 2);
});

test("a file stays whose original the archive has lost, and one that is a link", async () => {
  const { sha256: lost } = await writePicture(join(photos, "lost.jpg"), { seed: 1 });
  const elsewhere = await writePicture(join(home.folder, "elsewhere.jpg"), { seed: 2 });
  symlinkSync(elsewhere.path, join(photos, "link.jpg"));
  await upload("--wait");
  // As long as the server has the original in its spool, it makes good what the archive loses.
  await until("the spool is empty", () => filesIn(join(home.folder, "data/spool")).length === 0);
  const key = (await server.get<{ archive_key: string }>(`/photos/${lost}`)).archive_key;
  rmSync(join(archive, key));
  const impatiently = { ...home, program: [process.execPath, IMPATIENT] as const };
  const { code, stdout } = await runPhotolog(impatiently, ["photos", "--host", server.url, "--delete-done"], {
    PHOTOLOG_SECRET: SECRET,
  });
  assert.equal(code, 1, stdout);
  assert.match(stdout, /Left where they are:/);
  assert.match(stdout, /lost\.jpg: not in the archive yet/);
  assert.match(stdout, /link\.jpg: it is a link, and stays/);
  assert.deepEqual(filesIn(photos), ["link.jpg", "lost.jpg"]);
});

const IMPATIENT = new URL("../support/upload-impatiently.ts", import.meta.url).pathname;

test("folders that overlap are refused before anything is sent", async () => {
  await writePicture(join(photos, "one.jpg"), { seed: 1 });
  symlinkSync(photos, join(home.folder, "also-photos"));
  for (const target of ["photos", "photos/done", ".", "also-photos/done", "photos/../photos"]) {
    const { code, stderr } = await upload("--move-done", target);
    assert.equal(code, 2, target);
    assert.match(stderr, /overlaps with photos/);
  }
  assert.equal((await upload("--move-done", "done", "--delete-done")).code, 2);
  assert.deepEqual((await server.get<PhotosAnswer>("/photos/")).photos, []);
});

test("killed at any moment, each file is whole in one of both places", async () => {
  const expected = new Map<string, string>();
  for (let seed = 1; seed <= 40; seed++) {
    const bytes = await picture({ seed });
    writeFileSync(join(photos, `${seed}.jpg`), bytes);
    expected.set(`${seed}.jpg`, sha256(bytes));
  }
  await upload("--wait");
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [BIN, "upload", "photos", "--host", server.url, "--move-done", "done"], {
      cwd: home.folder,
      env: { ...home.environment, PHOTOLOG_SECRET: SECRET },
      stdio: "ignore",
    });
    const before = filesIn(done).length;
    await until("it has begun to move", () => child.exitCode !== null || filesIn(done).length > before + round);
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    for (const [name, sum] of expected) {
      const places = [join(photos, name), join(done, name)].filter(existsSync);
      assert.ok(
        places.some((path) => sha256(readFileSync(path)) === sum),
        name,
      );
    }
  }
  assert.equal((await upload("--move-done", "done")).code, 0);
  assert.deepEqual(filesIn(photos), []);
  const kept = new Set(filesIn(done).map((name) => sha256(readFileSync(join(done, name)))));
  assert.deepEqual(kept, new Set(expected.values()));
});
