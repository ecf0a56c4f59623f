import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type {
  AmendAnswer,
  PhotoView,
  ProblemAnswer,
  SidecarsAnswer,
  UploadAnswer,
  VerifyAnswer,
} from "../../src/api.ts";
import { file, form } from "../support/form.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { BEARER, openServer } from "../support/server.ts";
import { startServices } from "../support/services.ts";
import { until } from "../support/until.ts";

const JSON_TYPE = { "content-type": "application/json" };

describe("a photo that the server has already", () => {
  let server: Awaited<ReturnType<typeof openServer>>;
  let services: Awaited<ReturnType<typeof startServices>>;
  let bytes: Buffer;
  let photo: UploadAnswer;

  const post = (path: string, body: FormData | object): Promise<Response> =>
    fetch(server.url + path, {
      method: "POST",
      body: body instanceof FormData ? body : JSON.stringify(body),
      headers: body instanceof FormData ? BEARER : { ...BEARER, ...JSON_TYPE },
    });
  const answerOf = async <T>(path: string, body: FormData | object): Promise<T> => {
    const answer = await post(path, body);
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return (await answer.json()) as T;
  };
  const view = async (): Promise<PhotoView> =>
    (await (await fetch(`${server.url}/photos/${photo.key}`, { headers: BEARER })).json()) as PhotoView;
  const isReleased = async (): Promise<boolean> =>
    (await view()).state === "done" &&
    (await readdir(join(server.folder, "spool"))).every((name) => !name.includes(photo.sha256));
  const record = async (): Promise<Record<string, unknown>> => {
    const { archive_key = "" } = await view();
    const path = join(server.folder, "archive", archive_key.replace(/\.[^.]*$/, ".json"));
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  };

  before(async () => {
    services = await startServices();
    server = await openServer(
      Object.fromEntries(Object.entries(services.settings).map(([name, value]) => [`PHOTOLOG_${name}`, value])),
    );
    bytes = await picture({ seed: 7, taken: "2024:05:01 10:00:00" });
    const data = form({
      photo_file: file(bytes, "one.jpg"),
      tags: "first",
      skip: "gphotos",
      modified: "1714557600000",
    });
    data.append("album", "Trip, part 1");
    data.append("album", "Best of 2024");
    photo = await answerOf("/photos/", data);
    await until("it is everywhere", isReleased);
  });

  test("is in the albums it was sent with", async () => {
    const { albums, destinations } = await view();
    const { known } = await answerOf<VerifyAnswer>("/photos/verify/", { sha256: [photo.sha256] });
    assert.deepEqual(known[photo.sha256], { key: photo.key, state: "done", skipped: ["gphotos"] });
    assert.deepEqual(albums, ["Best of 2024", "Trip, part 1"]);
    assert.equal(destinations.gphotos?.state, "skipped");
    assert.deepEqual(services.flickr.photosets.map(({ title }) => title).sort(), albums);
    assert.deepEqual((await record())["albums"], albums);
    assert.equal((await record())["modified"], "2024-05-01T10:00:00.000Z");
  });

  test("is told more of, in bulk, and what is new follows everywhere", async () => {
    const other = sha256(Buffer.from("the film"));
    const unknown = sha256(Buffer.from("unknown"));
    const question = {
      photos: [
        {
          sha256: photo.sha256,
          tags: ["first", "second"],
          albums: ["Later"],
          related: [`live:${other}`],
          want: ["google"],
        },
        { sha256: unknown, tags: ["x"] },
      ],
    };
    const { photos } = await answerOf<AmendAnswer>("/photos/amend/", question);
    assert.deepEqual(photos, { [photo.sha256]: { key: photo.key, changed: true } });
    await until("it is everywhere", async () => (await isReleased()) && services.google.items.length === 1);
    const { tags, albums, related, destinations } = await view();
    assert.deepEqual(tags, ["first", "second"]);
    assert.deepEqual(albums, ["Best of 2024", "Later", "Trip, part 1"]);
    assert.deepEqual(related, [{ relation: "live", sha256: other }]);
    assert.equal(destinations.gphotos?.state, "done");
    assert.equal(services.flickr.photos.length, 1, "no second copy");
    assert.ok(services.flickr.photosets.some(({ title }) => title === "Later"));
    await until("the record tells it, too", async () => ((await record())["tags"] as string[]).length === 2);
    const again = await answerOf<AmendAnswer>("/photos/amend/", question);
    assert.deepEqual(again.photos, { [photo.sha256]: { key: photo.key, changed: false } });
  });

  test("finds its partner, whichever of them says so", async () => {
    const still = await picture({ seed: 8 });
    const partner = await answerOf<UploadAnswer>(
      "/photos/",
      form({ photo_file: file(still, "one.png"), related: `raw:${photo.sha256}` }),
    );
    const raw = (await view()).related.filter(({ relation }) => relation === "raw");
    assert.deepEqual(raw, [{ relation: "raw", sha256: partner.sha256, key: partner.key }]);
  });

  test("gets a sidecar later, which comes to lie beside the original", async () => {
    const xmp = Buffer.from("<x:xmpmeta/>");
    const send = () =>
      answerOf<SidecarsAnswer>(`/photos/${photo.key}/sidecars`, form({ metadata_file: file(xmp, "one.xmp") }));
    assert.deepEqual(await send(), { key: photo.key, added: 1 });
    assert.deepEqual(await send(), { key: photo.key, added: 0 });
    assert.deepEqual((await view()).sidecars, [{ filename: "one.xmp", sha256: sha256(xmp), bytes: xmp.length }]);
    const { archive_key = "" } = await view();
    const path = join(server.folder, "archive", archive_key.replace(/\.[^.]*$/, ".xmp"));
    assert.deepEqual(await until("it is archived", () => readFile(path).catch(() => undefined)), xmp);
    await until("the record names it", async () => ((await record())["sidecars"] as unknown[]).length === 1);
    await until("the spool is empty", async () => (await readdir(join(server.folder, "spool"))).length === 0);
    const { known } = await answerOf<VerifyAnswer>("/photos/verify/", { sha256: [photo.sha256] });
    assert.deepEqual(known[photo.sha256], {
      key: photo.key,
      state: "done",
      sidecars: [sha256(xmp)],
    });
  });

  test("is archived only as long as the archive says so", async () => {
    const ask = () => post("/photos/verify/", { sha256: [photo.sha256], archive: true });
    const isArchived = async (): Promise<boolean | undefined> =>
      ((await (await ask()).json()) as VerifyAnswer).known[photo.sha256]?.archived;
    assert.equal(await isArchived(), true);
    const { archive_key = "" } = await view();
    const path = join(server.folder, "archive", archive_key);
    const flipped = Buffer.from(bytes);
    flipped[100] = 255 - (flipped[100] ?? 0);
    await writeFile(path, flipped);
    assert.equal(await isArchived(), false);
    await rm(path);
    assert.equal(await isArchived(), false);
  });

  test("what makes no sense is refused with its reason", async () => {
    for (const [path, body, reason] of [
      ["/photos/amend/", {}, /photos/],
      ["/photos/amend/", { photos: [{ sha256: "x" }] }, /SHA-256/],
      ["/photos/amend/", { photos: [{ sha256: photo.sha256, tags: "a" }] }, /tags/],
      ["/photos/amend/", { photos: [{ sha256: photo.sha256, want: ["myspace"] }] }, /want/],
      ["/photos/amend/", { photos: [{ sha256: photo.sha256, related: ["twin:1"] }] }, /related/],
      ["/photos/amend/", { photos: [{ sha256: photo.sha256, albums: ["x".repeat(201)] }] }, /album/],
      ["/photos/amend/", { photos: Array.from({ length: 1001 }, () => ({ sha256: photo.sha256 })) }, /1000/],
      ["/photos/", form({ photo_file: file(bytes), related: "live:1" }), /related/],
      ["/photos/", form({ photo_file: file(bytes), modified: "yesterday" }), /modified/],
    ] as const) {
      const answer = await post(path, body);
      const problem = (await answer.json()) as ProblemAnswer;
      assert.equal(answer.status, 400, JSON.stringify(problem));
      assert.equal(problem.code, "BAD_FIELD");
      assert.match(problem.detail, reason);
    }
    const nothing = await post(`/photos/${photo.key}/sidecars`, form({ tags: "x" }));
    assert.equal(((await nothing.json()) as ProblemAnswer).code, "NO_FILE");
    const wrong = createHash("sha256").update("nothing").digest("hex");
    assert.equal((await post(`/photos/${wrong}/sidecars`, form({ metadata_file: file(bytes) }))).status, 404);
    assert.deepEqual(await readdir(join(server.folder, "spool")), []);
  });
});
