/** The catalog of the Python program, its originals in a bucket as it left them, and what becomes of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import type { PhotosAnswer, VerifyAnswer } from "../../src/api.ts";
import { keyInArchive } from "../../src/pipeline/python-catalog.ts";
import { makeHome, runPhotolog, SECRET, serve } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { startBucket } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const SCHEMA = `
  CREATE TABLE pictures (id INTEGER PRIMARY KEY, name TEXT, filename TEXT, notes TEXT, key TEXT, checksum TEXT,
    original TEXT, thumb TEXT, flickr TEXT, gphotos TEXT, year INTEGER, month INTEGER, day INTEGER, width INTEGER,
    height INTEGER, size INTEGER, camera TEXT, upload_date TEXT, format TEXT);
  CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE tagged_pics (tag_id INTEGER, picture_id INTEGER);
`;

interface Given {
  readonly bytes: Buffer;
  readonly original: string;
  /** Of the object in the bucket; undefined where it is lost. */
  readonly key?: string;
  readonly row?: Readonly<Record<string, string | number | null>>;
  readonly tags?: readonly string[];
}

async function openOld(pictures: (bucket: string) => Promise<readonly Given[]>) {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const { s3, settings: archive } = await startBucket();
  const file = join(folder, "old.db");
  const database = new Database(file);
  database.exec(SCHEMA);
  const given = await pictures(s3.bucket);
  for (const [index, { bytes, original, key, row, tags = [] }] of given.entries()) {
    const md5 = createHash("md5").update(bytes).digest("hex");
    const written = { id: index + 1, filename: `DSC${index}.JPG`, checksum: md5, original, ...row };
    const columns = Object.keys(written);
    database
      .prepare(`INSERT INTO pictures (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`)
      .run(...Object.values(written));
    for (const tag of tags) {
      const { lastInsertRowid } = database.prepare("INSERT INTO tags (name) VALUES (?)").run(tag);
      database.prepare("INSERT INTO tagged_pics VALUES (?, ?)").run(lastInsertRowid, index + 1);
    }
    // As boto put it: with a type and nothing else.
    if (key !== undefined) {
      s3.objects.set(key, {
        bytes,
        etag: `"${md5}"`,
        headers: { "content-type": "image/jpeg" },
        modified: new Date(0),
      });
    }
  }
  database.close();
  const settings = { UPLOAD_FOLDER: join(folder, "spool"), DB_FILE: join(folder, "photolog.db"), ...archive };
  const run = (...args: string[]) =>
    runPhotolog(home, ["import-original", file, "--settings", join(folder, "settings.yaml"), "--json", ...args]);
  // The first start makes the database.
  await (await serve(home, settings)).end("SIGTERM");
  return { folder, home, s3, settings, run, start: () => serve(home, settings), file };
}

const originals = await Promise.all([1, 2, 3].map((seed) => picture({ seed: 70_000 + seed, width: 800, height: 600 })));
const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = originals;

test("photos of the Python program are known, shown and never sent again, and their originals lie where they lay", async () => {
  const old = await openOld((bucket) =>
    Promise.resolve([
      {
        bytes: first,
        original: `https://${bucket}.s3.amazonaws.com/2016/04/03/DSC%201.JPG`,
        key: "2016/04/03/DSC 1.JPG",
        row: {
          name: "Caf\u00e9",
          notes: "In the rain",
          flickr: "https://www.flickr.com/photos/ana/26171234567/",
          gphotos: "https://photos.google.com/photo/AF1Qip",
          year: 2016,
          month: 4,
          day: 3,
          upload_date: "2016-04-05 10:11:12",
        },
        tags: ["vegas", "travel"],
      },
      // Another of the same name but for the extension, and nothing is known of it.
      {
        bytes: second,
        original: `https://s3.amazonaws.com/${bucket}/2016/04/03/DSC%201.jpeg`,
        key: "2016/04/03/DSC 1.jpeg",
        row: { year: null, month: null, day: null, filename: null },
      },
    ]),
  );
  const before = new Map([...old.s3.objects].map(([key, { bytes }]) => [key, sha256(bytes)]));
  const dry = await old.run("--dry-run");
  assert.deepEqual(JSON.parse(dry.stdout), { pictures: 2, imported: 2, known: 0, failed: [] });
  const done = await old.run();
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(JSON.parse(done.stdout), { pictures: 2, imported: 2, known: 0, failed: [] });

  const server = await old.start();
  const { photos } = await until("both are shown", async () => {
    const answer = await server.get<PhotosAnswer>("/photos/");
    return answer.photos.every(({ state }) => state === "done") && answer;
  });
  assert.equal(photos.length, 2);
  const cafe = photos.find((photo) => photo.sha256 === sha256(first));
  assert.deepEqual(cafe?.tags, ["travel", "vegas"]);
  assert.equal(cafe?.destinations.flickr?.url, "https://www.flickr.com/photos/ana/26171234567/");
  assert.equal(cafe?.destinations.gphotos?.state, "done");
  const verified = await fetch(`${server.url}/photos/verify/`, {
    method: "POST",
    headers: { Authorization: `Bearer ${SECRET}`, "content-type": "application/json" },
    body: JSON.stringify({ sha256: [sha256(first), sha256(second)] }),
  });
  assert.equal(Object.keys(((await verified.json()) as VerifyAnswer).known).length, 2);
  const records = (): string[] => [...old.s3.objects.keys()].filter((key) => key.endsWith(".json")).toSorted();
  await until("both have their records", () => records().length === 2);
  assert.deepEqual(records(), ["2016/04/03/DSC 1.JPG.json", "2016/04/03/DSC 1.jpeg.json"]);
  await server.end("SIGTERM");

  for (const [key, checksum] of before)
    assert.equal(sha256(old.s3.objects.get(key)?.bytes ?? Buffer.alloc(0)), checksum);
  const puts = old.s3.requests.filter(({ method }) => method === "PUT").map(({ key }) => key);
  assert.deepEqual(
    puts.filter((key) => before.has(key)),
    [],
    "no original is put again",
  );
  const site = join(old.folder, "site");
  const published = await runPhotolog(old.home, [
    "gallery",
    "publish",
    "--to",
    site,
    "--settings",
    join(old.folder, "settings.yaml"),
    "--json",
  ]);
  assert.equal((JSON.parse(published.stdout) as { pictures: number }).pictures, 4);

  const reads = old.s3.requests.length;
  const again = await old.run();
  assert.deepEqual(JSON.parse(again.stdout), { pictures: 2, imported: 0, known: 2, failed: [] });
  assert.equal(old.s3.requests.length, reads, "what is known is not read again");
});

test("an original that is lost, changed, elsewhere or no picture is named, and the others come along", async () => {
  const text = Buffer.from("Dear diary");
  const old = await openOld((bucket) =>
    Promise.resolve([
      { bytes: first, original: `s3://${bucket}/lost.jpg` },
      { bytes: second, original: `s3://${bucket}/changed.jpg`, key: "changed.jpg", row: { checksum: "0".repeat(32) } },
      { bytes: second, original: "https://another.s3.amazonaws.com/elsewhere.jpg" },
      { bytes: text, original: "diary.txt", key: "diary.txt" },
      { bytes: third, original: "plain.jpg", key: "plain.jpg" },
    ]),
  );
  const { code, stdout } = await old.run();
  assert.equal(code, 1);
  const report = JSON.parse(stdout) as { imported: number; failed: { picture: number; error: string }[] };
  assert.equal(report.imported, 1);
  const errors = new Map(report.failed.map(({ picture, error }) => [picture, error]));
  assert.deepEqual([...errors.keys()].toSorted(), [1, 2, 3, 4]);
  assert.match(errors.get(2) ?? "", /not 0{32}/);
  assert.match(errors.get(3) ?? "", /S3_BUCKET/);
  assert.match(errors.get(4) ?? "", /neither a picture nor a video/);
  assert.equal(old.s3.requests.filter(({ method }) => method === "PUT").length, 0);
});

test("a file that is no such catalog is refused with one line", async () => {
  const old = await openOld(() => Promise.resolve([]));
  for (const [file, code] of [
    [join(old.folder, "nothing.db"), "NOT_FOUND"],
    [join(old.folder, "photolog.db"), "BAD_FIELD"],
    [join(old.folder, "settings.yaml"), "BAD_FIELD"],
  ] as const) {
    const run = await runPhotolog(old.home, [
      "import-original",
      file,
      "--settings",
      join(old.folder, "settings.yaml"),
      "--json",
    ]);
    assert.equal(run.code, 1);
    assert.equal((JSON.parse(run.stdout) as { error: { code: string } }).error.code, code, file);
  }
});

test("addresses of originals lead to keys of this archive only", () => {
  const place = { bucket: "ana", prefix: "photos/" };
  for (const [original, key] of [
    ["https://ana.s3.amazonaws.com/photos/a%20b.jpg", "a b.jpg"],
    ["https://ana.s3-eu-west-1.amazonaws.com/photos/a.jpg?x=1", "a.jpg"],
    ["https://s3.eu-west-1.amazonaws.com/ana/photos/a.jpg", "a.jpg"],
    ["http://minio.local:9000/ana/photos/a.jpg", "a.jpg"],
    ["s3://ana/photos/a.jpg", "a.jpg"],
    ["/photos/a.jpg", "a.jpg"],
    ["https://bob.s3.amazonaws.com/photos/a.jpg", undefined],
    ["https://ana.s3.amazonaws.com/elsewhere/a.jpg", undefined],
    ["photos/../secrets", undefined],
    ["ftp://ana/photos/a.jpg", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(keyInArchive(original, place), key, original);
  }
});
