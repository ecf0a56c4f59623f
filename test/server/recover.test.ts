/** What is found in the spool at the start: halves of files, wholes that belong to photos, and wholes that nobody knows. */
import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pino } from "pino";
import type { PhotoView } from "../../src/api.ts";
import { openDatabase } from "../../src/database.ts";
import { Queue } from "../../src/queue/queue.ts";
import { startServer } from "../../src/server/server.ts";
import type { Settings } from "../../src/settings.ts";
import { openSpool } from "../../src/storage/spool.ts";
import { file, form } from "../support/form.ts";
import { picture } from "../support/pictures.ts";
import { BEARER, openServer } from "../support/server.ts";
import { whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

async function upload(url: string, bytes: Buffer): Promise<string> {
  const body = form({ photo_file: file(bytes) });
  const answer = await fetch(`${url}/photos/`, { method: "POST", body, headers: BEARER });
  assert.ok(answer.ok);
  return ((await answer.json()) as { key: string }).key;
}

const view = async (url: string, key: string): Promise<PhotoView> =>
  (await (await fetch(`${url}/photos/${key}`, { headers: BEARER })).json()) as PhotoView;

async function start(settings: Settings) {
  const warnings: { found: number; msg: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void warnings.push(JSON.parse(line)) });
  const server = await startServer(settings, log);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= server.stop());
  whenDone(stop);
  return { url: server.url, stop, warnings };
}

/** A file that is whole and safe, as an upload leaves it until its row is committed. */
async function leave(folder: string, bytes: Buffer): Promise<string> {
  const incoming = await openSpool(folder).receive();
  await incoming.write(bytes);
  const { name } = await incoming.finish();
  await incoming.keep();
  return name;
}

test("a database that was lost, or another one named by mistake, costs no accepted photo", async () => {
  const first = await openServer();
  const { settings } = first;
  await writeFile(join(first.folder, "archive"), "in the way");
  const bytes = await picture({ seed: 1 });
  const key = await upload(first.url, bytes);
  await first.stop();
  const accepted = await readdir(settings.uploadFolder);
  assert.equal(accepted.length, 1);

  const mistaken = await start({ ...settings, dbFile: join(first.folder, "other.db") });
  await mistaken.stop();
  assert.deepEqual(await readdir(settings.uploadFolder), accepted);
  assert.deepEqual(
    mistaken.warnings.map(({ msg, found }) => [msg, found]),
    [["files of photos that this database does not know are in the spool", 1]],
  );

  await rm(join(first.folder, "archive"));
  const right = await start(settings);
  assert.deepEqual(right.warnings, []);
  const database = openDatabase(settings.dbFile);
  await new Queue(database, Date.now).revive({ steps: ["archive", "renditions"] });
  database.close();
  const { archive_key = "" } = await until("it is done", async () => {
    const now = await view(right.url, key);
    return now.state === "done" && (await readdir(settings.uploadFolder)).length === 0 && now;
  });
  assert.deepEqual(await readFile(join(first.folder, "archive", archive_key)), bytes);
});

test("halves of files go, and so do wholes of photos that are safe without them", async () => {
  const server = await openServer();
  const bytes = await picture({ seed: 2 });
  const key = await upload(server.url, bytes);
  const { uploadFolder } = server.settings;
  await until("it is released", async () => (await readdir(uploadFolder)).length === 0);
  assert.equal((await view(server.url, key)).state, "done");
  await server.stop();
  // Killed between the commit that released it and the deletion.
  await leave(uploadFolder, bytes);
  const half = await openSpool(uploadFolder).receive();
  await half.write(bytes);
  await half.finish();
  const again = await start(server.settings);
  assert.deepEqual(await readdir(uploadFolder), []);
  assert.deepEqual(again.warnings, []);
});

test("a file that was whole when its upload was killed stays until the photo is sent again, and goes with it", async () => {
  const server = await openServer();
  await server.stop();
  const { uploadFolder } = server.settings;
  const bytes = await picture({ seed: 3 });
  const name = await leave(uploadFolder, bytes);
  const again = await start(server.settings);
  assert.deepEqual(await readdir(uploadFolder), [name]);
  await upload(again.url, bytes);
  await until("nothing is left", async () => (await readdir(uploadFolder)).length === 0);
});
