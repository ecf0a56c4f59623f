import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { buffer } from "node:stream/consumers";
import { textAt } from "../../src/gallery/day-facts.ts";
import { type LiveAnswer, type LiveOptions, openLiveGallery } from "../../src/gallery/live.ts";
import { crawl } from "../support/crawl.ts";
import { stoppedClock } from "../support/clock.ts";
import { dayFactsOf } from "../support/facts.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { openMemory } from "../support/memory-store.ts";

const { signal } = new AbortController();

async function openLive(options: Partial<LiveOptions> = {}) {
  const gallery = await openTestGallery();
  const clock = stoppedClock();
  const live = openLiveGallery({
    catalog: gallery.catalog,
    archive: gallery.archive,
    options: { title: "Photolog", public: false, originals: false, now: clock.now, ...options },
  });
  const ask = (path: string): Promise<LiveAnswer> => live.respond(path, signal);
  const textAt = async (path: string): Promise<string | undefined> => {
    const { status, body } = await ask(path);
    if (status === 404) return undefined;
    return typeof body === "string" ? body : "";
  };
  return { ...gallery, clock, ask, textAt };
}

const SOME = [
  taken("2024-05-17T10:00:00", { tags: ["vegas"] }),
  taken("2024-05-17T11:00:00"),
  taken("2024-05-16"),
  taken("2023-01-01", { tags: ["Las Vegas"] }),
];

test("everything can be reached, and every page is the one that would be published", async () => {
  const { addPictures, add, publish, textAt } = await openLive();
  await addPictures([
    ...SOME,
    ...Array.from({ length: 160 }, (_, index) =>
      taken(`2022-02-02T10:${String(index % 60).padStart(2, "0")}:00`, { filename: `${index}.JPG` }),
    ),
  ]);
  await add([{ filename: "film.mov", kind: "video", extension: "mov" }]);
  const { pages, assets, photos, broken } = await crawl((path) => textAt(`/${path}`));
  assert.deepEqual(broken, []);
  assert.equal(photos.size, SOME.length + 160 + 1);
  const published = openMemory();
  await publish({ to: published });
  const read = [...published.blobs.keys()].filter((path) => path.startsWith("data/"));
  assert.ok(read.includes("data/gallery.js") && read.length > 5);
  for (const path of [...pages, ...read]) {
    assert.equal(await textAt(path), published.blobs.get(path)?.bytes.toString(), path);
  }
  assert.deepEqual(
    [...assets].filter((path) => !published.blobs.has(path)),
    [],
  );
});

test("a folder stands for its index, and the first page is at the root", async () => {
  const { addPictures, textAt } = await openLive();
  await addPictures(SOME);
  assert.equal(await textAt("/"), await textAt("/index.html"));
  assert.equal(await textAt(""), await textAt("/index.html"));
  assert.equal(await textAt("/2024/05/17/"), await textAt("/2024/05/17/index.html"));
});

test("pictures come out of the archive, with their type", async () => {
  const { addPictures, archive, ask, textAt } = await openLive();
  const [photo] = await addPictures([taken("2024-05-17")]);
  assert.ok(photo);
  const page = (await textAt("/2024/05/17/")) ?? "";
  const [view = "", grid = ""] = [...page.matchAll(/"\.\.\/\.\.\/\.\.(\/a\/[^"]*)"/g)].map(([, path = ""]) => path);
  for (const [path, name] of [
    [grid, "grid"],
    [view, "view"],
  ] as const) {
    const { status, contentType, cacheControl, body } = await ask(path);
    assert.equal(status, 200);
    assert.equal(contentType, "image/webp");
    assert.equal(cacheControl, "max-age=86400");
    assert.ok(typeof body !== "string");
    assert.deepEqual(await buffer(body), await buffer(await archive.get(`renditions/${photo.sha256}/${name}.webp`)));
  }
});

test("wrong addresses are answered with the page that says so, whatever they are", async () => {
  const { addPictures, ask } = await openLive();
  await addPictures(SOME);
  const wrong = [
    "/nothing",
    "/2024/05/18/",
    "/2024/13/",
    "/../../etc/passwd",
    "/a/zz/zzzzzzzzzzzzzzzzzzzzzz-g.webp",
    "/__proto__",
    "/tags/none/",
    "/originals/0123",
    "/404.html",
    "/a\0b",
    "//",
  ];
  for (const path of wrong) {
    const { status, contentType, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.equal(contentType, "text/html; charset=utf-8");
    assert.match(typeof body === "string" ? body : "", /<h1>Not found<\/h1>.*href="\/index\.html"/);
  }
});

test("a picture that the archive has lost is not found, and no error", async () => {
  const { addPictures, archive, ask, textAt } = await openLive();
  const [photo] = await addPictures([taken("2024-05-17")]);
  const path = /src="\.\.\/\.\.\/\.\.(\/a\/[^"]*)"/.exec((await textAt("/2024/05/17/")) ?? "")?.[1] ?? "";
  await archive.delete(`renditions/${photo?.sha256}/grid.webp`);
  assert.equal((await ask(path)).status, 404);
});

test("a new photo is there after two seconds, and until then the gallery does not look again", async () => {
  const { addPictures, textAt, clock } = await openLive();
  await addPictures([taken("2024-05-17")]);
  assert.match((await textAt("/")) ?? "", /<h1>1 photo</);
  await addPictures([taken("2024-05-18")]);
  assert.match((await textAt("/")) ?? "", /<h1>1 photo</);
  clock.advance(2000);
  assert.match((await textAt("/")) ?? "", /<h1>2 photos</);
});

test("many visitors at once look at the catalog once", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures(SOME);
  let looks = 0;
  const { catalog } = gallery;
  const timeline = catalog.timeline.bind(catalog);
  catalog.timeline = (pageSize) => {
    looks++;
    return timeline(pageSize);
  };
  const live = openLiveGallery({
    catalog,
    archive: gallery.archive,
    options: { title: "Photolog", public: false, originals: false },
  });
  await Promise.all(Array.from({ length: 20 }, () => live.respond("/", signal)));
  assert.equal(looks, 1);
});

test("a gallery that is slow to look at shows what it knows, and the news to the next visitor", async () => {
  const gallery = await openTestGallery();
  await gallery.addPictures([taken("2024-05-17")]);
  const clock = stoppedClock();
  const { catalog } = gallery;
  const timeline = catalog.timeline.bind(catalog);
  catalog.timeline = (pageSize) => {
    clock.advance(1000);
    return timeline(pageSize);
  };
  const live = openLiveGallery({
    catalog,
    archive: gallery.archive,
    options: { title: "Photolog", public: false, originals: false, now: clock.now },
  });
  const photos = async (): Promise<string> => {
    const { body } = await live.respond("/", signal);
    return /<h1>(\d+)/.exec(typeof body === "string" ? body : "")?.[1] ?? "";
  };
  assert.equal(await photos(), "1");
  await gallery.addPictures([taken("2024-05-18")]);
  clock.advance(19_000);
  assert.equal(await photos(), "1", "twenty times the cost has not passed yet");
  clock.advance(2000);
  assert.equal(await photos(), "1", "the visitor does not wait");
  while ((await photos()) === "1") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await photos(), "2");
});

test("originals are offered and sent only where that is wanted", async () => {
  const closed = await openLive();
  const [photo] = await closed.addPictures([taken("2024-05-17")]);
  assert.doesNotMatch((await closed.textAt("/2024/05/17/")) ?? "", /originals\/[0-9a-f]{12}"/);
  assert.equal((await closed.ask(`/originals/${photo?.key}`)).status, 404);

  const open = await openLive({ originals: true });
  const [offered] = await open.add([taken("2024-05-17")]);
  assert.ok(offered);
  const { blobKey = "" } = (await open.catalog.findByKey(offered.key)) ?? {};
  const bytes = Buffer.from("the original");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await open.archive.put({ key: blobKey, source: { bytes }, size: bytes.length, sha256, contentType: "image/jpeg" });
  const page = (await open.textAt("/2024/05/17/")) ?? "";
  assert.equal(textAt(dayFactsOf(page).originals, 0), `originals/${offered.key}`);
  assert.ok(page.includes(`href="../../../originals/${offered.key}"`));
  const { status, contentType, body } = await open.ask(`/originals/${offered.key}`);
  assert.equal(status, 200);
  assert.equal(contentType, "image/jpeg");
  assert.ok(typeof body !== "string");
  assert.deepEqual(await buffer(body), bytes);
});
