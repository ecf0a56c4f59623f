import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import Sqlite from "better-sqlite3";
import type { PhotoView, StatusAnswer, UploadAnswer } from "../../src/api.ts";
import { openDatabase } from "../../src/database.ts";
import { Queue } from "../../src/queue/queue.ts";
import { file, form } from "../support/form.ts";
import { makeHome, runPhotolog, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { copiesOf, startServices } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

async function open() {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const settings = {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: join(folder, "archive"),
  };
  return { home, settings };
}

async function upload({ url }: Serving, bytes: Buffer): Promise<UploadAnswer> {
  const body = form({ photo_file: file(bytes) });
  const answer = await fetch(`${url}/photos/`, {
    method: "POST",
    body,
    headers: { authorization: `Bearer ${SECRET}` },
  });
  assert.equal(answer.status, 202);
  return (await answer.json()) as UploadAnswer;
}

function pictures(count: number): Promise<Buffer[]> {
  return Promise.all(Array.from({ length: count }, (_, seed) => picture({ seed })));
}

const once = (photos: readonly Buffer[]): Record<string, number> =>
  Object.fromEntries(photos.map((bytes) => [sha256(bytes), 1]));

/** Not so where a process was frozen in the middle of a commit. */
function isFree(file: string): boolean {
  const sqlite = new Sqlite(file, { timeout: 50 });
  try {
    sqlite.exec("BEGIN IMMEDIATE; ROLLBACK");
    return true;
  } catch {
    return false;
  } finally {
    sqlite.close();
  }
}

const released = (server: Serving): Promise<true> =>
  until("everything is everywhere", async () => {
    const { spool } = await server.get<StatusAnswer>("/status");
    return spool.photos === 0;
  });

test("a second serve on the same database ends at once and says why, the first goes on, and takes over when that is killed", async () => {
  const { home, settings } = await open();
  const first = await serve(home, settings);
  const second = await runPhotolog(home, ["serve", "--settings", "settings.yaml", "--port", "0"]);
  assert.equal(second.code, 1);
  assert.equal(second.stdout, "");
  assert.ok(second.stderr.includes(settings.DB_FILE), second.stderr);
  assert.match(second.stderr, /^Error: Another `photolog serve` is using .*\nStop the other one, or /);

  const [photo] = await pictures(1);
  assert.ok(photo);
  const { key } = await upload(first, photo);
  await released(first);
  await first.end("SIGKILL");
  const next = await serve(home, settings);
  assert.equal((await next.get<PhotoView>(`/photos/${key}`)).state, "done");
});

test("a serve that was frozen in the middle, and whose jobs were taken for lost, delivers everything once", async () => {
  const { home, settings } = await open();
  const { flickr, google, settings: services } = await startServices();
  const server = await serve(home, { ...settings, ...services });
  const photos = await pictures(24);
  let rescued = 0;
  for (const [sent, photo] of photos.entries()) {
    await upload(server, photo);
    // Frozen until it was caught with something in its hands.
    if (sent < 3 || rescued > 0) continue;
    process.kill(server.pid, "SIGSTOP");
    if (isFree(settings.DB_FILE)) {
      // What another process would find after some minutes.
      const database = openDatabase(settings.DB_FILE);
      rescued = await new Queue(database, () => Date.now() + 10 * 60_000).rescue("expired");
      database.close();
    }
    process.kill(server.pid, "SIGCONT");
  }
  assert.ok(rescued > 0);
  await released(server);
  assert.deepEqual(copiesOf(flickr.photos), once(photos));
  assert.deepEqual(copiesOf(google.items), once(photos));
  assert.deepEqual(await readdir(settings.UPLOAD_FOLDER), []);
  assert.equal((await server.end("SIGTERM")).code, 0);
});

test("deliveries that hang hold up no stop, a second signal ends it at once, and the next start makes no second copy", async () => {
  const { home, settings } = await open();
  const { flickr, google, settings: services } = await startServices();
  const all = { ...settings, ...services };
  const hanging = [
    flickr.fault({ when: "upload", stored: true, answer: "hang" }),
    new Promise<void>((onHit) => {
      google.fault({ when: ({ path }) => path.endsWith(":batchCreate"), times: 2, answer: "hold", onHit });
    }),
  ];
  const impatient = await serve(home, all);
  const photos = await pictures(1);
  for (const photo of photos) await upload(impatient, photo);
  await Promise.all(hanging);
  process.kill(impatient.pid, "SIGTERM");
  await until(
    "it takes no more",
    async () => (await fetch(`${impatient.url}/readyz`).catch(() => undefined))?.ok !== true,
  );
  const atOnce = await impatient.end("SIGTERM");
  assert.equal(atOnce.code, 130);
  assert.ok(atOnce.milliseconds < 3000, `${atOnce.milliseconds} ms`);

  const patient = await serve(home, all);
  await until(
    "it hangs again",
    async () => google.requests.filter(({ path }) => path.endsWith(":batchCreate")).length === 2,
  );
  const { code, milliseconds } = await patient.end("SIGTERM");
  assert.equal(code, 0, patient.output());
  assert.ok(milliseconds < 10_000, `${milliseconds} ms`);

  const last = await serve(home, all);
  await released(last);
  assert.deepEqual(copiesOf(flickr.photos), once(photos));
  assert.deepEqual(copiesOf(google.items), once(photos));
});
