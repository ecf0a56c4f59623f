import assert from "node:assert/strict";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { PhotoView, UploadAnswer } from "../../src/api.ts";
import { openDatabase } from "../../src/database.ts";
import { Queue } from "../../src/queue/queue.ts";
import { startFlickrServer } from "../support/flickr-server.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { file, form } from "../support/form.ts";
import { BEARER, openServer } from "../support/server.ts";
import { whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

async function open() {
  const flickr = await startFlickrServer();
  whenDone(() => flickr.close());
  const server = await openServer({
    PHOTOLOG_FLICKR_API_KEY: flickr.apiKey,
    PHOTOLOG_FLICKR_API_SECRET: flickr.apiSecret,
    PHOTOLOG_FLICKR_APP_TOKEN: flickr.token,
    PHOTOLOG_FLICKR_APP_SECRET: flickr.tokenSecret,
    PHOTOLOG_FLICKR_BASE_URL: flickr.url,
  });
  const upload = async (bytes: Buffer, name = "photo.jpg"): Promise<UploadAnswer> => {
    const body = form({ photo_file: file(bytes, name) });
    const answer = await fetch(`${server.url}/photos/`, { method: "POST", body, headers: BEARER });
    assert.equal(answer.status, 202);
    return (await answer.json()) as UploadAnswer;
  };
  const view = async (key: string): Promise<PhotoView> =>
    (await (await fetch(`${server.url}/photos/${key}`, { headers: BEARER })).json()) as PhotoView;
  const done = (key: string): Promise<PhotoView> =>
    until("everything about it is done", async () => {
      const now = await view(key);
      return now.state === "done" && (await spool()).length === 0 && now;
    });
  const spool = (): Promise<string[]> => readdir(server.settings.uploadFolder);
  /** Flickr asks to sign in, so that photos are archived while their delivery waits. */
  const park = (): Promise<void> => flickr.fault({ when: "upload", answer: { fail: 98 } });
  const parked = (key: string): Promise<PhotoView> =>
    until("it is archived, and its delivery parked", async () => {
      const { archive, renditions, flickr: delivery } = (await view(key)).destinations;
      return archive?.state === "done" && renditions?.state !== "queued" && delivery?.state === "parked" && view(key);
    });
  const reopen = async (): Promise<void> => {
    const database = openDatabase(server.settings.dbFile);
    await new Queue(database, Date.now).lanes.open("flickr");
    database.close();
  };
  return { flickr, server, upload, view, done, spool, park, parked, reopen };
}

test("a picture that nobody can decode is archived and delivered all the same", async () => {
  const { flickr, server, upload, done } = await open();
  const broken = (await picture({ seed: 1, width: 640, height: 480 })).subarray(0, 2000);
  const { key } = await upload(broken);
  const { destinations, archive_key = "" } = await done(key);
  assert.equal(destinations.archive?.state, "done");
  assert.equal(destinations.flickr?.state, "done");
  assert.equal(destinations.renditions?.state, "unsupported");
  assert.ok((destinations.renditions?.error ?? "").length > 0);
  assert.deepEqual(await readFile(join(server.folder, "archive", archive_key)), broken);
  assert.equal(flickr.photos[0]?.sha256, sha256(broken));
});

test("a delivery that waited is made from the archive when the local file is gone or damaged", async () => {
  const { flickr, server, upload, done, park, parked, reopen, spool } = await open();
  for (const damage of [(path: string) => rm(path), (path: string) => truncate(path, 10)]) {
    const closing = park();
    const bytes = await picture({ seed: flickr.photos.length + 10 });
    const { key } = await upload(bytes);
    await closing;
    await parked(key);
    const [name = ""] = await spool();
    await damage(join(server.settings.uploadFolder, name));
    await reopen();
    await done(key);
    assert.equal(flickr.photos.at(-1)?.sha256, sha256(bytes));
  }
  assert.equal(flickr.photos.length, 2);
});

test("the local file stays until the archive proves to hold the original, and is archived again if it does not", async () => {
  const { server, upload, done, park, parked, reopen, spool } = await open();
  const closing = park();
  const bytes = await picture({ seed: 20 });
  const { key } = await upload(bytes);
  await closing;
  const { archive_key = "" } = await parked(key);
  assert.equal((await spool()).length, 1);
  const archived = join(server.folder, "archive", archive_key);
  await writeFile(archived, "something else");
  await reopen();
  await done(key);
  assert.deepEqual(await readFile(archived), bytes);
});

test("a photo whose only file was lost is said to be failed, and taken again when it is uploaded again", async () => {
  const { flickr, server, upload, view, done } = await open();
  const bytes = await picture({ seed: 30 });
  // Nothing can be archived for a moment.
  await rm(join(server.folder, "archive"), { recursive: true, force: true });
  await writeFile(join(server.folder, "archive"), "in the way");
  const { key } = await upload(bytes);
  await until("archiving and rendering were tried", async () => {
    const { archive, renditions } = (await view(key)).destinations;
    return archive?.error !== undefined && renditions?.error !== undefined;
  });
  for (const name of await readdir(server.settings.uploadFolder)) await rm(join(server.settings.uploadFolder, name));
  await rm(join(server.folder, "archive"));
  const retry = async (): Promise<void> => {
    const database = openDatabase(server.settings.dbFile);
    await new Queue(database, Date.now).revive({ steps: ["archive", "renditions"] });
    database.close();
  };
  await retry();
  const lost = await until("it is failed", async () => {
    const now = await view(key);
    return now.destinations.archive?.state === "failed" && now;
  });
  assert.match(lost.destinations.archive?.error ?? "", /neither in the spool nor in the archive/);
  const again = await fetch(`${server.url}/photos/`, {
    method: "POST",
    body: form({ photo_file: file(bytes) }),
    headers: BEARER,
  });
  assert.equal(again.status, 200);
  await done(key);
  assert.equal(flickr.photos.length, 1);
});
