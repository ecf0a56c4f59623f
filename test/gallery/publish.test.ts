import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { PhotologError } from "../../src/errors.ts";
import { checkPrivacy } from "../../src/gallery/privacy.ts";
import type { PublishProgress } from "../../src/gallery/publish.ts";
import type { Blob, BlobStore } from "../../src/storage/blob-store.ts";
import { openDirectory } from "../../src/storage/directory.ts";
import { openS3 } from "../../src/storage/s3.ts";
import { crawl } from "../support/crawl.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { openMemory } from "../support/memory-store.ts";
import { optionsFor, startS3Server } from "../support/s3-server.ts";

/** What goes through a store, and what may go wrong at the n-th change; a publisher's claim is neither. */
function watched(store: BlobStore, failAt = Infinity) {
  const puts: Blob[] = [];
  const deletes: string[] = [];
  let changes = 0;
  const change = (): void => {
    if (++changes >= failAt) throw new PhotologError("SERVICE_UNREACHABLE", "The bucket is gone.");
  };
  const to: BlobStore = {
    ...store,
    async put(blob, signal) {
      if (isClaim(blob.key)) return await store.put(blob, signal);
      change();
      const proof = await store.put(blob, signal);
      puts.push(blob);
      return proof;
    },
    async delete(key, signal) {
      if (isClaim(key)) return await store.delete(key, signal);
      change();
      await store.delete(key, signal);
      deletes.push(key);
    },
  };
  return { to, puts, deletes, keys: () => puts.map(({ key }) => key), changes: () => changes };
}

function isClaim(key: string): boolean {
  return key.includes("_/turn/");
}

/** From a folder on the disk. */
async function crawlFolder(site: string, from?: string) {
  return await crawl(async (path) => {
    const file = join(site, path);
    if (!existsSync(file)) return undefined;
    return path.endsWith(".html") ? await readFile(file, "utf8") : "";
  }, from);
}

async function contentsOf(store: BlobStore): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for await (const { key } of store.list("")) contents.set(key, (await store.stat(key))?.sha256 ?? "");
  return contents;
}

const KEPT = "public, max-age=31536000, immutable";
const SCRIPT = "text/javascript; charset=utf-8";
/** With what each path of the site is put: type, caching, and whether it is packed. */
const HEADERS = {
  "\\.html$": { contentType: "text/html; charset=utf-8", cacheControl: "no-cache", contentEncoding: "gzip" },
  "^a/..?/[\\w-]{22}-[gv]\\.webp$": { contentType: "image/webp", cacheControl: KEPT, contentEncoding: undefined },
  "^_/\\w+\\.[0-9a-f]{10}\\.css$": {
    contentType: "text/css; charset=utf-8",
    cacheControl: KEPT,
    contentEncoding: "gzip",
  },
  "^_/\\w+\\.[0-9a-f]{10}\\.js$": { contentType: SCRIPT, cacheControl: KEPT, contentEncoding: "gzip" },
  "^_/icon\\.[0-9a-f]{10}\\.svg$": { contentType: "image/svg+xml", cacheControl: KEPT, contentEncoding: "gzip" },
  "^data/(gallery|map)\\.js$": { contentType: SCRIPT, cacheControl: "no-cache", contentEncoding: "gzip" },
  "^data/[gmsy]/[\\w.-]+\\.[0-9a-f]{8,10}\\.js$": { contentType: SCRIPT, cacheControl: KEPT, contentEncoding: "gzip" },
  "^_/publish\\.json$": { contentType: "application/gzip", cacheControl: "no-store", contentEncoding: undefined },
} as const;

const SOME = [taken("2024-05-17T10:00:00"), taken("2024-05-17T11:00:00"), taken("2024-05-16"), taken("2023-01-01")];

test("a first publish puts everything, and the report adds up", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const { to, puts } = watched(gallery.target);
  const report = await gallery.publish({ to, url: "https://photos.example.org/" });
  assert.equal(report.pictures, 8);
  assert.equal(report.pages, 3 + 2 + 2 + 10);
  assert.ok(report.put > report.pages + report.pictures);
  assert.equal(puts.length, report.put + 1);
  assert.equal(report.unchanged, 0);
  assert.equal(report.deleted, 0);
  assert.equal(
    report.bytes,
    puts.slice(0, -1).reduce((sum, { size }) => sum + size, 0),
  );
  assert.equal(report.url, "https://photos.example.org/");
  const { photos, broken } = await crawlFolder(gallery.site);
  assert.equal(photos.size, 4);
  assert.deepEqual(broken, []);
});

test("an unchanged catalog puts and deletes nothing at all", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const first = await gallery.publish();
  const { to, changes } = watched(gallery.target);
  const again = await gallery.publish({ to });
  assert.equal(changes(), 0);
  assert.deepEqual({ ...again, seconds: 0 }, { ...first, put: 0, unchanged: first.put, bytes: 0, seconds: 0 });
});

test("one photo more on a day is eight files: its pictures, four pages, a piece and what leads to it", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  await gallery.publish();
  await gallery.addPictures([taken("2024-05-17T12:00:00")]);
  const { to, puts, keys } = watched(gallery.target);
  const report = await gallery.publish({ to });
  assert.equal(report.put, 8, keys().join("\n"));
  assert.equal(puts.length, report.put + 1);
  const nameless = keys().map((key) => key.replace(/[\w-]{22}(?=-[gv]\.)|(?<=\.)[0-9a-f]{8}(?=\.js)/, "…"));
  assert.deepEqual(nameless.toSorted(), [
    "2024/05/17/index.html",
    "2024/05/index.html",
    "2024/index.html",
    "_/publish.json",
    ...nameless.filter((key) => key.startsWith("a/")).toSorted(),
    "data/gallery.js",
    "data/m/2024-05.0.….js",
    "index.html",
  ]);
  assert.deepEqual(keys().slice(-2), ["index.html", "_/publish.json"]);
});

test("published twice from the start, the site has the same bytes", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures([...SOME, taken("2022-02-02", { tags: ["vegas", "Las Vegas"] })]);
  await gallery.publish();
  const before = await contentsOf(gallery.target);
  const elsewhere = openDirectory(join(gallery.folder, "elsewhere"));
  await gallery.publish({ to: elsewhere });
  assert.deepEqual(await contentsOf(elsewhere), before);
});

test("wherever a publish breaks off, pages have their pictures, no link is broken, and the next publish completes", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures([taken("2024-05-17T10:00:00"), taken("2024-05-16")]);
  const time = (): number => Date.UTC(2026, 0, 1);
  const older = openMemory();
  await gallery.publish({ to: older });
  // On a day of its own and on a known day, and with a tag: new pages, and changes of all kinds.
  await gallery.addPictures([taken("2024-05-17T09:00:00", { tags: ["vegas"] }), taken("2025-01-01")]);

  for (const [begin, mostHeld] of [
    [openMemory().blobs, 0],
    [older.blobs, 0],
    [older.blobs, 1e6],
  ] as const) {
    const whole = openMemory(begin);
    const { to, changes } = watched(whole);
    await gallery.publish({ to, mostHeld, time });
    for (let failAt = 1; failAt <= changes(); failAt++) {
      const target = openMemory(begin);
      await assert.rejects(gallery.publish({ to: watched(target, failAt).to, mostHeld, time }), {
        code: "SERVICE_UNREACHABLE",
      });
      const at = `from ${begin.size} blobs, ${mostHeld} held, broken off at ${failAt} of ${changes()}`;
      for (const page of target.blobs.keys()) {
        if (!page.endsWith(".html")) continue;
        const { assets, broken } = await crawl((path) => target.blobs.get(path)?.bytes.toString(), page);
        assert.deepEqual(
          [...assets].filter((path) => !target.blobs.has(path)),
          [],
          `${page} ${at}`,
        );
        if (page === "index.html") assert.deepEqual(broken, [], at);
      }
      await gallery.publish({ to: target, time });
      assert.deepEqual(await contentsOf(target), await contentsOf(whole), at);
    }
  }
});

test("a publish that is stopped is gone on with, not begun again", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  await gallery.publish();
  await gallery.addPictures([taken("2025-01-01"), taken("2025-01-02"), taken("2025-01-03")]);
  const { put } = await gallery.publish({ dryRun: true });
  const stop = new AbortController();
  const stopping = gallery.publish({
    signal: stop.signal,
    onProgress: ({ stage, done }) => {
      if (stage === "putting" && done === 5) stop.abort(new Error("stopped"));
    },
  });
  await assert.rejects(stopping, /stopped/);
  const report = await gallery.publish();
  assert.ok(report.put <= put - 5, `${report.put} of ${put}`);
  assert.deepEqual((await crawlFolder(gallery.site)).broken, []);
});

test("more than a tenth of the site is not deleted, and nothing is changed, until it is forced", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  await gallery.publish();
  const other = await openTestGallery();
  await other.addPictures([taken("2020-01-01")]);
  await other.catalog.notes("gallery").write("key", (await gallery.catalog.notes("gallery").read("key")) ?? "");
  const { to, changes, deletes } = watched(gallery.target);
  await assert.rejects(other.publish({ to }), (error: PhotologError) => {
    assert.equal(error.code, "TOO_MANY_DELETIONS");
    assert.match(error.message, /would delete \d+ of the 25 files/);
    return true;
  });
  assert.equal(changes(), 0);
  const report = await other.publish({ to, force: true });
  assert.equal(report.deleted, deletes.length);
  assert.deepEqual(
    [...(await contentsOf(gallery.target)).keys()].filter((key) => key.startsWith("2023")),
    [],
  );
  assert.deepEqual((await crawlFolder(gallery.site)).broken, []);
});

test("what is gone is deleted after everything else, pages before their pictures", async () => {
  const gallery = await openTestGallery();
  const many = Array.from({ length: 12 }, (_, index) => taken(`2024-05-17T10:00:${String(index).padStart(2, "0")}`));
  await gallery.addPictures([...many, taken("2023-01-01")]);
  await gallery.publish();
  const record = join(gallery.site, "_/publish.json");
  const known = gunzipSync(await readFile(record)).toString();
  const gone = '"2001/01/01/index.html":"1","a/zz/zzzzzzzzzzzzzzzzzzzzzz-g.webp":"1"';
  await writeFile(record, known.replace('"files":{', `"files":{${gone},`));
  const { to, deletes, puts } = watched(gallery.target);
  const report = await gallery.publish({ to, sweepNow: true });
  assert.deepEqual(deletes, ["2001/01/01/index.html", "a/zz/zzzzzzzzzzzzzzzzzzzzzz-g.webp"]);
  assert.equal(report.deleted, 2);
  assert.deepEqual(
    puts.map(({ key }) => key),
    ["_/publish.json"],
  );
});

test("a lost record costs no picture a second put, and nothing that is not ours is deleted", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const first = await gallery.publish();
  for (const loss of ["deleted", "damaged", "of something else"] as const) {
    const record = join(gallery.site, "_/publish.json");
    await rm(record);
    if (loss === "damaged") await writeFile(record, Buffer.from("1f8b0800", "hex"));
    if (loss === "of something else")
      await writeFile(record, '{"version":1,"encoding":"identity","files":{"../../etc/passwd":"1"}}');
    await mkdir(join(gallery.site, "2001"), { recursive: true });
    await writeFile(join(gallery.site, "2001/index.html"), "mine");
    const { to, keys, deletes } = watched(gallery.target);
    const report = await gallery.publish({ to });
    assert.deepEqual(keys(), ["_/publish.json"], loss);
    assert.deepEqual(deletes, []);
    assert.equal(report.unchanged, first.put);
  }
});

test("where the record is lost, a page that somebody changed is put again", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  await gallery.publish();
  await rm(join(gallery.site, "_/publish.json"));
  await writeFile(join(gallery.site, "status/index.html"), "changed");
  const { to, keys } = watched(gallery.target);
  await gallery.publish({ to });
  assert.deepEqual(keys(), ["status/index.html", "_/publish.json"]);
});

test("a site of something else is not overwritten, until it is forced", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  await mkdir(gallery.site);
  await writeFile(join(gallery.site, "index.html"), "<h1>My home page</h1>");
  const { to, changes } = watched(gallery.target);
  await assert.rejects(gallery.publish({ to }), { code: "CONFLICT" });
  assert.equal(changes(), 0);
  await gallery.publish({ to, force: true });
  assert.match(await readFile(join(gallery.site, "index.html"), "utf8"), /content="photolog"/);
});

test("a dry run tells what would be done and does nothing", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const { to, changes } = watched(gallery.target);
  const dry = await gallery.publish({ to, dryRun: true });
  assert.equal(changes(), 0);
  assert.equal(await gallery.catalog.notes("gallery").read("key"), undefined);
  const real = await gallery.publish();
  assert.deepEqual({ ...dry, bytes: 0, seconds: 0 }, { ...real, bytes: 0, seconds: 0 });
});

test("for a server every file has its type and caching, text is stored packed and says so, pictures as they are", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const { to, puts } = watched(gallery.target);
  await gallery.publish({ to, encoding: "gzip", prefix: "gallery/" });
  const met = new Set<string>();
  for (const { key, source, contentEncoding, contentType, cacheControl } of puts) {
    assert.ok("bytes" in source && key.startsWith("gallery/"));
    const path = key.slice("gallery/".length);
    const rows = Object.entries(HEADERS).filter(([pattern]) => new RegExp(pattern).test(path));
    assert.equal(rows.length, 1, `${path} has one row of the table`);
    const [[pattern, headers] = ["", {}]] = rows;
    assert.deepEqual({ contentType, cacheControl, contentEncoding }, headers, path);
    met.add(pattern);
    const bytes = Buffer.from(source.bytes);
    if (contentEncoding === "gzip") assert.ok(gunzipSync(bytes).length > 0, path);
    if (path.endsWith(".webp")) assert.equal(bytes.subarray(8, 12).toString(), "WEBP");
    if (path.endsWith(".html")) assert.match(gunzipSync(bytes).toString(), /^<!doctype html>/);
  }
  assert.deepEqual([...met].sort(), Object.keys(HEADERS).sort(), "the site has a file for each row");
  const { to: again, changes } = watched(gallery.target);
  await gallery.publish({ to: again, encoding: "gzip", prefix: "gallery/" });
  assert.equal(changes(), 0);
});

test("a site that was stored plain is put again when it has to be packed", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const first = await gallery.publish({ encoding: "identity" });
  assert.equal((await gallery.publish({ encoding: "gzip" })).put, first.put);
});

test("the archive's own bucket is a fine place: what lies beside the site is left alone", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const before = await contentsOf(gallery.archive);
  await gallery.publish({ to: gallery.archive, prefix: "gallery/" });
  await gallery.publish({ to: gallery.archive, prefix: "gallery/" });
  const after = await contentsOf(gallery.archive);
  for (const [key, sha256] of before) assert.equal(after.get(key), sha256);
  assert.ok([...after.keys()].every((key) => before.has(key) || key.startsWith("gallery/")));
});

test("a rendition that the archive has lost or changed stops the publish, naming the photo and what to do", async () => {
  const gallery = await openTestGallery();
  const [photo] = await gallery.addPictures([taken("2024-05-17")]);
  assert.ok(photo);
  const key = `renditions/${photo.sha256}/view.webp`;
  await gallery.archive.delete(key);
  const hint = new RegExp(`jobs retry ${photo.key} --destination renditions`);
  await assert.rejects(
    gallery.publish(),
    (error: PhotologError) => error.code === "BLOB_MISSING" && hint.test(error.hint ?? ""),
  );
  await writeFile(join(gallery.archive.address, key), "something else");
  await assert.rejects(
    gallery.publish(),
    (error: PhotologError) => error.code === "NOT_PROVEN" && hint.test(error.hint ?? ""),
  );
  assert.ok(!existsSync(join(gallery.site, "2024/05/17/index.html")));
  assert.ok(!existsSync(join(gallery.site, "index.html")));
});

test("a photo that gets its picture later is put with it", async () => {
  const gallery = await openTestGallery();
  const [photo] = await gallery.addPictures([taken("2024-05-17")]);
  assert.ok(photo);
  const renditions = await gallery.catalog.renditions(photo.id);
  await gallery.catalog.recordRenditions(photo.id, []);
  assert.equal((await gallery.publish()).pictures, 0);
  await gallery.catalog.recordRenditions(photo.id, renditions);
  const { to, keys } = watched(gallery.target);
  assert.equal((await gallery.publish({ to })).pictures, 2);
  const put = keys();
  const firstPage = put.findIndex((key) => key.endsWith(".html"));
  assert.equal(put.slice(0, firstPage).filter((key) => key.startsWith("a/")).length, 2);
  assert.deepEqual((await crawlFolder(gallery.site)).broken, []);
});

test("progress goes from comparing to putting, and counts up to its total", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const told: PublishProgress[] = [];
  const { put } = await gallery.publish({ onProgress: (progress) => told.push(progress) });
  assert.deepEqual([...new Set(told.map(({ stage }) => stage))], ["comparing", "putting"]);
  assert.deepEqual(told.at(-1), { stage: "putting", done: put, total: put });
});

test("in a bucket: private to strangers, not put again while unchanged, and known again where the record is lost", async () => {
  const server = await startS3Server();
  after(() => server.close());
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  const bucket = openS3(optionsFor(server));
  const options = { encoding: "gzip", prefix: "gallery/" } as const;
  const { put } = await gallery.publish({ ...options, to: bucket });
  assert.deepEqual(
    await checkPrivacy({
      target: bucket,
      prefix: "gallery/",
      public: false,
      fetch,
      signal: new AbortController().signal,
    }),
    [],
  );
  assert.equal(server.objects.get("gallery/index.html")?.headers["content-encoding"], "gzip");

  const unchanged = watched(bucket);
  await gallery.publish({ ...options, to: unchanged.to });
  assert.equal(unchanged.changes(), 0);

  await bucket.delete("gallery/_/publish.json");
  const lost = watched(bucket);
  const report = await gallery.publish({ ...options, to: lost.to });
  assert.deepEqual(lost.keys(), ["gallery/_/publish.json"]);
  assert.equal(report.unchanged, put);
});
