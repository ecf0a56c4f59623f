/** How other programs lost photos, told of this one. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { pino } from "pino";
import type { PhotoView, StatusAnswer, UploadAnswer } from "../../src/api.ts";
import { openDatabase } from "../../src/database.ts";
import { examine } from "../../src/server/doctor.ts";
import { startServer } from "../../src/server/server.ts";
import { Queue } from "../../src/queue/queue.ts";
import { SECRET } from "../support/photolog.ts";
import { flipOneBit } from "../support/accept-photo.ts";
import { file, form } from "../support/form.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { BEARER, openServer } from "../support/server.ts";
import { startServices } from "../support/services.ts";
import { whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

async function open(settings: Readonly<Record<string, string>> = {}) {
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`PHOTOLOG_${name}`, value]));
  const server = await openServer(environment);
  const archive = join(server.folder, "archive");
  let { url, stop } = server;
  const get = async <T>(path: string): Promise<T> => (await (await fetch(url + path, { headers: BEARER })).json()) as T;
  const post = (bytes: Uint8Array, { name = "photo.jpg", ...fields }: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}/photos/`, {
      method: "POST",
      body: form({ photo_file: file(bytes, name), ...fields }),
      headers: BEARER,
    });
  return {
    ...server,
    archive,
    get,
    post,
    spooled: (): Promise<string[]> => readdir(server.settings.uploadFolder),
    async upload(bytes: Uint8Array, fields?: Readonly<Record<string, string>>): Promise<UploadAnswer> {
      const answer = await post(bytes, fields);
      assert.ok(answer.ok, await answer.clone().text());
      return (await answer.json()) as UploadAnswer;
    },
    view: (key: string): Promise<PhotoView> => get<PhotoView>(`/photos/${key}`),
    released: (): Promise<StatusAnswer> =>
      until("everything is everywhere", async () => {
        const status = await get<StatusAnswer>("/status");
        return status.spool.photos === 0 && status;
      }),
    async restart(meanwhile: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
      await stop();
      await meanwhile();
      const again = await startServer(server.settings, pino({ level: "silent" }));
      let stopped: Promise<void> | undefined;
      stop = () => (stopped ??= again.stop());
      whenDone(stop);
      url = again.url;
    },
    /** As `photolog jobs retry` does. */
    async retry(...steps: string[]): Promise<void> {
      const database = openDatabase(server.settings.dbFile);
      await new Queue(database, Date.now).revive({ steps });
      database.close();
    },
    /** Nothing can be archived until it is called off. */
    async blockArchive(): Promise<() => Promise<void>> {
      await rm(archive, { recursive: true, force: true });
      await writeFile(archive, "in the way");
      return () => rm(archive);
    },
  };
}

const originals = async (archive: string): Promise<Buffer[]> => {
  const folder = join(archive, "originals");
  const entries = existsSync(folder) ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".json"));
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
};

test("an original that the archive has lost is archived again when its photo is uploaded again, instead of being called a duplicate", async () => {
  const { archive, upload, view, released, spooled } = await open();
  const bytes = await picture({ seed: 1 });
  const { key } = await upload(bytes);
  await released();
  const { archive_key = "" } = await view(key);
  await rm(join(archive, archive_key));
  assert.equal((await upload(bytes)).reason, "duplicate");
  await released();
  assert.equal((await view(key)).archive_key, archive_key, "a key never changes");
  assert.deepEqual(await readFile(join(archive, archive_key)), bytes);
  assert.deepEqual(await spooled(), []);
});

test("bytes that rot between arriving and being archived are never archived as if they were good, and a second upload mends it", async () => {
  const { archive, settings, upload, view, released, retry, spooled, blockArchive } = await open();
  const unblock = await blockArchive();
  const bytes = await picture({ seed: 2 });
  const { key } = await upload(bytes);
  await until("both were tried", async () => {
    const { archive, renditions } = (await view(key)).destinations;
    return archive?.error !== undefined && renditions?.error !== undefined;
  });
  const [name = ""] = await spooled();
  await flipOneBit({ path: join(settings.uploadFolder, name), bytes: bytes.length, sha256: sha256(bytes) });
  await unblock();
  await retry("archive", "renditions");
  await until("it is said", async () => {
    const { error = "" } = (await view(key)).destinations.archive ?? {};
    return error.includes("the same size but other bytes");
  });
  assert.deepEqual(await originals(archive), []);
  await upload(bytes);
  await released();
  assert.equal((await view(key)).state, "done");
  assert.deepEqual((await originals(archive)).map(sha256), [sha256(bytes)]);
});

test("photos of the same name, date and size are different photos if their bytes differ, and an edited one replaces none", async () => {
  const { archive, upload, released } = await open();
  const one = await picture({ seed: 3, taken: "2024:05:17 10:00:00" });
  const other = Buffer.from(one);
  other[other.length - 20] = (other[other.length - 20] ?? 0) ^ 1;
  const keys = [(await upload(one)).key, (await upload(other)).key];
  assert.notEqual(keys[0], keys[1]);
  await released();
  assert.deepEqual((await originals(archive)).map(sha256).toSorted(), [one, other].map(sha256).toSorted());
});

test("an upload that breaks off five times leaves nothing, and the sixth is one photo", async () => {
  const { archive, url, upload, released, spooled } = await open();
  const bytes = await picture({ seed: 4 });
  const { port, hostname } = new URL(url);
  const head = '--x\r\nContent-Disposition: form-data; name="photo_file"; filename="a.jpg"\r\n\r\n';
  for (const [tries, length] of [
    [1, "Content-Length: 99999"],
    [2, "Transfer-Encoding: chunked"],
    [3, "Content-Length: 99999"],
    [4, "Transfer-Encoding: chunked"],
    [5, "Content-Length: 99999"],
  ] as const) {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const part = Buffer.concat([Buffer.from(head), bytes.subarray(0, tries * 1000)]);
    const chunk = length.startsWith("T") ? `${part.length.toString(16)}\r\n` : "";
    socket.write(
      `POST /photos/ HTTP/1.1\r\nHost: photolog\r\nAuthorization: Bearer ${SECRET}\r\n${length}\r\n` +
        `Content-Type: multipart/form-data; boundary=x\r\n\r\n${chunk}`,
    );
    socket.write(part);
    await until("it has begun", async () => (await spooled()).length === 1);
    socket.destroy();
    await until("nothing is left of it", async () => (await spooled()).length === 0);
  }
  await upload(bytes);
  const { photos } = await released();
  assert.equal(photos, 1);
  assert.deepEqual((await originals(archive)).map(sha256), [sha256(bytes)]);
});

test("the numbers add up: each photo is in one state at each destination, duplicates are no photos, and a broken one holds up no other", async () => {
  const { flickr, settings } = await startServices();
  const { upload, get, archive } = await open(settings);
  const good = await Promise.all([5, 6, 7].map((seed) => picture({ seed })));
  const broken = good.map((bytes, nth) => Buffer.concat([bytes.subarray(0, 400 + nth), Buffer.alloc(100)]));
  const film = Buffer.concat([
    Buffer.from("00000018667479706d703432000000006d70343269736f6d", "hex"),
    Buffer.alloc(50),
  ]);
  const tiny = Buffer.from("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==", "base64");
  void flickr.fault({ when: "upload", answer: { fail: 5 } });
  for (const bytes of [...broken, ...good, ...good]) await upload(bytes);
  await upload(film, { name: "film.mp4" });
  await upload(tiny, { name: "tiny.gif", skip: "flickr,google" });
  const { photos, destinations } = await until("nothing is to be done any more", async () => {
    const status = await get<StatusAnswer>("/status");
    const counts = Object.values(status.destinations).map((to) => to.counts);
    return counts.every(({ queued, waiting, running, parked }) => queued + waiting + running + parked === 0) && status;
  });
  assert.equal(photos, 8);
  for (const [name, { counts }] of Object.entries(destinations)) {
    assert.equal(
      Object.values(counts).reduce((sum, count) => sum + count, 0),
      photos,
      name,
    );
  }
  const some = (name: keyof typeof destinations) =>
    Object.fromEntries(Object.entries(destinations[name]?.counts ?? {}).filter(([, count]) => count > 0));
  assert.deepEqual(some("archive"), { done: 8 });
  assert.deepEqual(some("renditions"), { done: 4, unsupported: 4 });
  assert.deepEqual(some("flickr"), { done: 6, failed: 1, skipped: 1 });
  assert.deepEqual(some("gphotos"), { done: 7, skipped: 1 });
  assert.deepEqual(
    (await originals(archive)).map(sha256).toSorted(),
    [...good, ...broken, film, tiny].map(sha256).toSorted(),
  );
});

test("rows that make no sense fail alone and stop nobody", async () => {
  const { settings, upload, released, get } = await open();
  const database = new Sqlite(settings.dbFile);
  const insert = database.prepare(
    "INSERT INTO jobs (photo_id, step, state, is_last, changed_at) VALUES (?, ?, ?, ?, 0)",
  );
  for (const [photo, step, state, isLast] of [
    [999, "archive", "queued", 0],
    [999, "renditions", "waiting", 0],
    [999, "release", "queued", 1],
    [998, "release", "queued", 1],
    [997, "unheard of", "queued", 0],
    [996, "archive", "nonsense", 0],
  ] as const) {
    insert.run(photo, step, state, isLast);
  }
  await upload(await picture({ seed: 8 }));
  const { destinations } = await released();
  assert.equal(destinations.archive?.counts.failed, 1);
  assert.equal(destinations.archive?.counts.done, 1);
  assert.deepEqual((await get<{ photos: unknown[] }>("/photos/?state=failed")).photos, []);
  database.close();
});

test("where a service says that the day's quota is spent it is left alone, also by the next start", async () => {
  const { google, settings } = await startServices();
  const { upload, view, get, restart } = await open(settings);
  const isWrite = ({ path }: { path: string }): boolean => path.endsWith(":batchCreate");
  google.fault({
    when: isWrite,
    times: 99,
    answer: {
      status: 429,
      body: {
        error: {
          code: 429,
          status: "RESOURCE_EXHAUSTED",
          message: "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service 'x'.",
        },
      },
    },
  });
  const keys: string[] = [];
  for (const seed of [9, 10, 11]) keys.push((await upload(await picture({ seed }))).key);
  const parked = async (key: string): Promise<string | undefined> => {
    const { gphotos, flickr, archive } = (await view(key)).destinations;
    const others = [flickr?.state, archive?.state].join();
    return gphotos?.state === "parked" && others === "done,done" ? gphotos.retry_at : undefined;
  };
  const times = await Promise.all(keys.map((key) => until("it is parked", () => parked(key))));
  const calls = google.requests.length;
  await restart();
  const { lane, counts } = await until("it has looked for work", async () => {
    return (await get<StatusAnswer>("/status")).destinations.gphotos;
  });
  assert.equal(lane.state, "paused");
  assert.equal(lane.until, times[0]);
  assert.equal(counts.parked, 3);
  assert.equal(counts.failed, 0);
  assert.equal(google.requests.length, calls);
});

test("eight others that write to the database at the same time disturb neither uploads nor deliveries", async () => {
  const { settings, upload, released, archive } = await open();
  const script = `
    import { parentPort, workerData } from "node:worker_threads";
    const { openDatabase } = await import(workerData.module);
    const database = openDatabase(workerData.file);
    let stopped = false, written = 0;
    parentPort.on("message", () => (stopped = true));
    while (!stopped) {
      const name = workerData.nth + "." + written++;
      await database.write((sql) => sql.run("INSERT INTO notes (owner, name, value) VALUES ('test', ?, '')", name));
    }
    database.close();
    parentPort.postMessage(written);
    parentPort.close();`;
  const module = new URL("../../src/database.ts", import.meta.url).href;
  const writers = Array.from({ length: 8 }, (_, nth) => {
    const workerData = { module, file: settings.dbFile, nth };
    return new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData });
  });
  const written = writers.map(async (writer) => (await once(writer, "message"))[0] as number);
  const photos = await Promise.all([12, 13, 14, 15].map((seed) => picture({ seed })));
  await Promise.all(photos.map((bytes) => upload(bytes)));
  await released();
  for (const writer of writers) writer.postMessage("stop");
  const counts = await Promise.all(written);
  const database = new Sqlite(settings.dbFile);
  const notes = database.prepare("SELECT count(*) AS n FROM notes WHERE owner = 'test'").get() as { n: number };
  database.close();
  assert.equal(
    notes.n,
    counts.reduce((sum, count) => sum + count, 0),
  );
  assert.ok(counts.every((count) => count > 0));
  assert.deepEqual((await originals(archive)).map(sha256).toSorted(), photos.map(sha256).toSorted());
});

test("a spool that is taken away refuses uploads with an error, and takes them again when it is back", async () => {
  const { settings, url, post, upload, released } = await open();
  await upload(await picture({ seed: 16 }));
  await released();
  await rm(settings.uploadFolder, { recursive: true });
  const bytes = await picture({ seed: 17 });
  assert.equal((await post(bytes)).status, 500);
  assert.equal((await fetch(`${url}/readyz`)).status, 500);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  await mkdir(settings.uploadFolder);
  await upload(bytes);
  assert.equal((await released()).photos, 2);
});

for (const [when, isRestarted] of [
  ["while the server runs", false],
  ["while it is down", true],
] as const) {
  test(`an archive whose disk is unmounted ${when} is not begun anew in the empty folder, and has everything when it is back`, async () => {
    const { archive, settings, get, upload, released, retry, restart } = await open();
    const photos = await Promise.all([18, 19].map((seed) => picture({ seed })));
    await upload(photos[0] ?? assert.fail());
    await released();
    const unmount = async (): Promise<void> => {
      await rename(archive, `${archive}-away`);
      await mkdir(archive);
    };
    await (isRestarted ? restart(unmount) : unmount());
    await upload(photos[1] ?? assert.fail());
    const lane = await until("all that is to go there waits", async () => {
      const { archive, renditions } = (await get<StatusAnswer>("/status")).destinations;
      return archive?.counts.parked === 1 && renditions?.counts.parked === 1 && archive.lane;
    });
    assert.match(lane.hint ?? "", /^Mount its disk/);
    const found = (await Array.fromAsync(examine(settings))).find(({ check }) => check === "archive");
    assert.match(found?.fix ?? "", /^Mount its disk/);
    assert.deepEqual(await readdir(archive), []);
    await rmdir(archive);
    await rename(`${archive}-away`, archive);
    await retry("archive", "renditions");
    await released();
    assert.deepEqual((await originals(archive)).map(sha256).toSorted(), photos.map(sha256).toSorted());
  });
}
