import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import type { PhotosAnswer, StatusAnswer } from "../../src/api.ts";
import { makeHome, runPhotolog, SECRET, serve } from "../support/photolog.ts";
import { sha256, writePicture } from "../support/pictures.ts";
import { copiesOf, startBucket, startServices } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

interface Kept {
  /** Key → bytes of everything in the archive. */
  read(): Promise<ReadonlyMap<string, Buffer>>;
  readonly settings: Readonly<Record<string, string>>;
}

async function inFolder(folder: string): Promise<Kept> {
  const archive = join(folder, "archive");
  return {
    settings: { ARCHIVE_FOLDER: archive },
    async read() {
      const entries = await readdir(archive, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const read = files.map(async (file) => [relative(archive, file), await readFile(file)] as const);
      return new Map(await Promise.all(read));
    },
  };
}

async function inBucket(): Promise<Kept> {
  const { s3, settings } = await startBucket();
  return {
    settings,
    read: () => Promise.resolve(new Map([...s3.objects].map(([key, object]) => [key, Buffer.from(object.bytes)]))),
  };
}

for (const [name, open] of Object.entries({ "a folder": inFolder, "a bucket": inBucket })) {
  test(`three folders of photos go all the way, with the archive in ${name}`, async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const { flickr, google, settings: services } = await startServices();
    const kept = await open(folder);
    const settings = {
      UPLOAD_FOLDER: join(folder, "spool"),
      DB_FILE: join(folder, "photolog.db"),
      ...kept.settings,
      ...services,
    };
    const photos = {
      lisbon: [
        await writePicture(join(folder, "lisbon/one.jpg"), {
          seed: 1,
          taken: "2024:05:17 10:00:00",
          width: 3000,
          height: 2000,
        }),
        await writePicture(join(folder, "lisbon/deep/two.png"), { seed: 2, format: "png" }),
      ],
      phone: [await writePicture(join(folder, "phone/three.jpg"), { seed: 3, taken: "2025:01:02 03:04:05" })],
      lake: [
        await writePicture(join(folder, "lake/four.webp"), { seed: 4, format: "webp" }),
        await writePicture(join(folder, "lake/one.jpg"), { seed: 5, taken: "2023:08:09 12:00:00" }),
      ],
    };
    const all = Object.values(photos).flat();
    const server = await serve(home, settings);
    const upload = (args: readonly string[]) =>
      runPhotolog(home, ["upload", ...args, "--host", server.url, "--json", "--wait"], { PHOTOLOG_SECRET: SECRET });

    for (const args of [
      ["lisbon", "--tags", "Lisbon trip,2024"],
      ["phone", "--skip", "google"],
      ["lake", "--tags", "lake", "--skip", "flickr,google"],
    ]) {
      const { code, stdout, stderr } = await upload(args);
      assert.equal(code, 0, stderr + stdout);
      const { summary } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as { summary: Record<string, number> };
      const expected = photos[args[0] as keyof typeof photos].length;
      assert.equal(summary["uploaded"], expected, stdout);
      assert.equal(summary["found"], expected);
    }

    const archive = await until("the spool is empty", async () => {
      const status = await server.get<StatusAnswer>("/status");
      return status.spool.photos === 0 && kept.read();
    });
    const originals = [...archive].filter(([key]) => key.startsWith("originals/") && !key.endsWith(".json"));
    assert.deepEqual(
      originals.map(([, bytes]) => sha256(bytes)).toSorted(),
      all.map((photo) => photo.sha256).toSorted(),
    );
    assert.ok(archive.has(`originals/2024/05/17/one-${photos.lisbon[0]?.sha256.slice(0, 12)}.jpg`));
    for (const photo of all) {
      for (const rendition of ["grid", "view"]) {
        assert.ok(archive.has(`renditions/${photo.sha256}/${rendition}.webp`), `${rendition} of ${photo.path}`);
      }
    }
    // The catalog forgets a file before it is deleted.
    await until("its files are gone", async () => (await readdir(settings.UPLOAD_FOLDER)).length === 0);

    const once = (some: typeof all): Record<string, number> =>
      Object.fromEntries(some.map((photo) => [photo.sha256, 1]));
    assert.deepEqual(copiesOf(flickr.photos), once([...photos.lisbon, ...photos.phone]));
    assert.deepEqual(copiesOf(google.items), once(photos.lisbon));
    const tagged = flickr.photos.find((photo) => photo.sha256 === photos.lisbon[0]?.sha256);
    assert.match(tagged?.fields["tags"] ?? "", /"Lisbon trip"/);
    assert.deepEqual(
      flickr.photos.map(({ fields }) => [fields["is_public"], fields["is_friend"], fields["is_family"]]),
      flickr.photos.map(() => ["0", "0", "0"]),
    );

    const records = [...archive].filter(([key]) => key.startsWith("originals/") && key.endsWith(".json"));
    const record = records
      .map(([, bytes]) => JSON.parse(bytes.toString()) as Record<string, unknown>)
      .find((one) => one["sha256"] === photos.lisbon[0]?.sha256);
    assert.equal(records.length, all.length);
    assert.deepEqual(record?.["tags"], ["2024", "Lisbon trip"]);
    assert.deepEqual(Object.keys(record?.["links"] as object).toSorted(), ["flickr", "gphotos"]);

    const again = await upload(["lisbon", "phone", "lake"]);
    assert.equal(again.code, 0);
    assert.match(again.stdout, /"duplicate":5/);
    const { photos: listed } = await server.get<PhotosAnswer>("/photos/?state=done");
    assert.equal(listed.length, all.length);

    const published = await runPhotolog(home, ["gallery", "publish", "--settings", "settings.yaml", "--json"]);
    assert.equal(published.code, 0, published.stdout + published.stderr);
    const report = JSON.parse(published.stdout) as { pictures: number; put: number };
    assert.equal(report.pictures, all.length * 2);
    const site = await kept.read();
    assert.ok(site.has("gallery/index.html"));
    const unchanged = await runPhotolog(home, ["gallery", "publish", "--settings", "settings.yaml", "--json"]);
    assert.equal((JSON.parse(unchanged.stdout) as { put: number }).put, 0);

    const { code, milliseconds } = await server.end("SIGTERM");
    assert.equal(code, 0, server.output());
    assert.ok(milliseconds < 10_000);
    for (const secret of [SECRET, ...flickr.secrets(), ...google.secrets(), settings.FLICKR_API_SECRET]) {
      assert.ok(!server.output().includes(secret), "no secret is ever logged");
      assert.ok(![...site.values()].some((bytes) => bytes.includes(secret)), "no secret is ever published");
    }
  });
}
