/** Uploads in pieces while the machine is in trouble. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import Sqlite from "better-sqlite3";
import type { ProblemAnswer } from "../../src/api.ts";
import { makeHome, serve } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { openServer } from "../support/server.ts";
import { mountSmallDisk, noMounts } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { tusAt } from "../support/tus.ts";

const MB = 1024 * 1024;

async function refusal(answer: Response): Promise<string> {
  return `${answer.status} ${((await answer.json()) as ProblemAnswer).code}`;
}

test("a catalog that cannot take the photo costs no byte: the last piece again completes it", async () => {
  const server = await openServer();
  const tus = tusAt(() => server.url);
  const bytes = await picture({ seed: 80_000 });
  const path = await tus.begin(bytes.length);
  const other = new Sqlite(join(server.folder, "photolog.db"));
  other.exec("CREATE TRIGGER broken BEFORE INSERT ON photos BEGIN SELECT RAISE(ABORT, 'out of order'); END");
  assert.equal(await refusal(await tus.patch(path, 0, bytes)), "500 INTERNAL");
  assert.equal(await tus.offset(path), bytes.length - 1);
  assert.equal(await refusal(await tus.patch(path, bytes.length, new Uint8Array())), "500 INTERNAL");
  other.exec("DROP TRIGGER broken");
  other.close();
  const last = await tus.patch(path, bytes.length, new Uint8Array());
  assert.equal(last.status, 204);
  assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
  assert.equal((await tus.call("HEAD", path)).status, 404);
});

test("an address that guesses secrets has to wait here, too", async () => {
  const server = await openServer();
  const tus = tusAt(() => server.url);
  const guess = (): Promise<Response> =>
    tus.call("HEAD", `/uploads/${crypto.randomUUID()}`, { authorization: "Bearer x" });
  let answer = await guess();
  for (let tries = 0; tries < 50 && answer.status === 401; tries++) answer = await guess();
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
});

test(
  "a disk that fills up refuses uploads and pieces with 507, and what has come is gone on with",
  { skip: noMounts },
  async () => {
    const folder = await temporaryFolder();
    const disk = await mountSmallDisk(join(folder, "disk"), 16 * MB);
    const spool = join(disk.folder, "spool");
    const server = await serve(await makeHome(folder), {
      UPLOAD_FOLDER: spool,
      DB_FILE: join(folder, "photolog.db"),
      ARCHIVE_FOLDER: join(folder, "archive"),
      SPOOL_RESERVE: "1MB",
    });
    const tus = tusAt(() => server.url);
    const photo = Buffer.concat([await picture({ seed: 80_001 }), randomBytes(6 * MB)]);
    const path = await tus.begin(photo.length);
    assert.equal((await tus.patch(path, 0, photo.subarray(0, MB))).status, 204);

    // What it still needs is promised to it.
    await disk.leave(8 * MB);
    assert.equal(await refusal(await tus.create(4 * MB)), "507 DISK_FULL");
    const small = await tus.begin(MB);
    assert.equal((await tus.call("DELETE", small)).status, 204);

    await disk.leave(3 * MB);
    assert.equal(await refusal(await tus.patch(path, MB, photo.subarray(MB))), "507 DISK_FULL");
    assert.equal(await tus.offset(path), MB);
    await disk.leave(9 * MB);
    const last = await tus.patch(path, MB, photo.subarray(MB));
    assert.equal(last.headers.get("photolog-key"), sha256(photo).slice(0, 12));
    assert.ok((await readdir(spool)).every((name) => !name.includes(".upload")));
  },
);
