import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import type { ShownPhoto } from "../../src/catalog.ts";
import { openGazetteer } from "../../src/gallery/gazetteer.ts";
import type { SiteLook } from "../../src/gallery/layout.ts";
import { tagPath } from "../../src/gallery/list-paths.ts";
import { addDay, daysOf, emptyOutline } from "../../src/gallery/outline.ts";
import { photoIdOf } from "../../src/gallery/photo-id.ts";
import { fullPagesOfEach, listPages } from "../../src/gallery/photo-list.ts";
import { type SiteFile, siteFiles } from "../../src/gallery/site.ts";
import { SCRIPTS } from "../../src/gallery/script.ts";
import { slugOf } from "../../src/gallery/slug.ts";
import { type Crawled, crawl } from "../support/crawl.ts";
import { DATA, toldOf } from "../support/facts.ts";
import { LOOK, rendered, shown, timelineOf } from "../support/gallery.ts";

const KEY = "ab".repeat(32);
const WITH_PLACES: SiteLook = { ...LOOK, places: openGazetteer() };

/** Without what a day's page tells the viewer, and without the page's own script, which has nothing between its tags. */
function withoutScripts(page: string): string {
  return page.replace(DATA, "").replace(OWN_SCRIPT, "");
}

const OWN_SCRIPT = /<script src="(?:\.\.\/)*_\/\w+\.[0-9a-f]{10}\.js"(?: data-[a-z-]+="[./\w]+")* defer><\/script>/;

function filesOf(photos: readonly ShownPhoto[], look: SiteLook = LOOK): AsyncGenerator<SiteFile> {
  return siteFiles({ timeline: timelineOf(photos), galleryKey: KEY, look });
}

/** The text of each file; a picture is an empty one. */
async function textsOf(photos: readonly ShownPhoto[], look?: SiteLook): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const { path, body } of filesOf(photos, look)) {
    assert.ok(!texts.has(path), `${path} comes twice`);
    texts.set(path, "text" in body ? body.text : "");
  }
  return texts;
}

async function crawlOf(texts: ReadonlyMap<string, string>): Promise<Crawled> {
  return await crawl((path) => texts.get(path));
}

function id({ photo }: ShownPhoto): string {
  return photoIdOf(KEY, photo.sha256);
}

/** `count` photos of one day, a minute apart, with pictures. */
function photosOf(day: string, count: number, from = 0): ShownPhoto[] {
  return Array.from({ length: count }, (_, index) => {
    const minute = String(index % 60).padStart(2, "0");
    const local = `${day}T${String(Math.floor(index / 60)).padStart(2, "0")}:${minute}:00`;
    const photo = shown(from + index, { facts: { taken: { local, source: "exif" } } });
    return { ...photo, renditions: rendered(photo.photo.sha256, { width: 480, height: 320 }) };
  });
}

const REALISTIC = {
  camera: { make: "SONY", model: "ILCE-7M4" },
  lens: "FE 24-105mm F4 G OSS",
  width: 7008,
  height: 4672,
} as const;

/** With all that can be known, and as unlike each other as real ones. */
function detailed(index: number, local: string): ShownPhoto {
  const photo = shown(index, { tags: index % 3 === 0 ? ["travel", "vegas"] : ["travel"] });
  const { sha256 } = photo.photo;
  const chance = (digits: number): number => parseInt(sha256.slice(digits, digits + 6), 16) / 0xffffff;
  const facts = {
    ...REALISTIC,
    taken: { local, offset: "-07:00", source: "exif" },
    exposure: {
      time: 1 / Math.round(30 + chance(0) * 2000),
      fNumber: 4,
      iso: 100,
      focalLength: Math.round(24 + chance(2) * 81),
    },
    place: { latitude: 36 + chance(4), longitude: -115 - chance(6), altitude: 600 + Math.round(chance(8) * 90) },
  } as const;
  return {
    ...photo,
    day: local.slice(0, 10),
    photo: { ...photo.photo, facts, bytes: Math.round(4e6 + chance(10) * 8e6) },
    renditions: rendered(sha256, chance(12) > 0.25 ? { width: 480, height: 320 } : { width: 213, height: 320 }),
    receipts: {
      flickr: { id: sha256.slice(0, 11), url: `https://www.flickr.com/photos/ana/${parseInt(sha256.slice(0, 9), 16)}` },
      gphotos: {
        id: "1",
        url: `https://photos.google.com/lr/photo/AF1Qip${Buffer.from(sha256, "hex").toString("base64url")}`,
      },
    },
  };
}

test("every photo, page and picture can be reached from the index, and no link is broken", async () => {
  const photos = [
    ...photosOf("2024-05-17", 9),
    ...photosOf("2024-05-16", 1, 100),
    ...photosOf("2023-12-31", 30, 200),
    ...photosOf("2019-01-01", 2, 300),
    shown(400, { tags: ["vegas", "Las Vegas"] }),
  ];
  const texts = await textsOf(photos);
  const { pages, assets, photos: reached, broken, foreign } = await crawlOf(texts);
  assert.deepEqual(broken, []);
  assert.equal(reached.size, photos.length);
  const scripts = SCRIPTS.map(({ path }) => path);
  const read = [...texts.keys()].filter((path) => path.startsWith("data/"));
  assert.deepEqual(new Set([...pages, ...assets, ...scripts, ...read, "404.html"]), new Set(texts.keys()));
  assert.deepEqual([...foreign.loads], []);
});

test("pictures come before the pages that show them, pages before those that lead to them, the index last", async () => {
  const seen = new Set<string>();
  let last: SiteFile | undefined;
  for await (const file of filesOf([...photosOf("2024-05-17", 3), ...photosOf("2023-05-17", 3, 10)])) {
    if ("text" in file.body && file.kind === "page") {
      for (const [, source = ""] of file.body.text.matchAll(/src="(?:\.\.\/)*([^"]*)"/g))
        assert.ok(seen.has(source), source);
    }
    seen.add(file.path);
    last = file;
  }
  assert.equal(last?.path, "index.html");
  assert.equal(last.kind, "index");
  const order = [...seen].filter((path) => path.startsWith("20"));
  assert.deepEqual(order, [
    "2024/05/17/index.html",
    "2023/05/17/index.html",
    "2024/05/index.html",
    "2023/05/index.html",
    "2024/index.html",
    "2023/index.html",
  ]);
});

test("the same photos give the same bytes", async () => {
  const photos = [...photosOf("2024-05-17", 200), shown(900, { tags: ["b", "a"] })];
  assert.deepEqual([...(await textsOf(photos))], [...(await textsOf(photos))]);
});

test("types and caching: pictures and styles for ever, pages to be asked for again", async () => {
  for await (const { path, kind, contentType, cacheControl } of filesOf(photosOf("2024-05-17", 1))) {
    if (kind === "page" || kind === "index") {
      assert.equal(contentType, "text/html; charset=utf-8");
      assert.equal(cacheControl, "no-cache");
    } else if (kind === "directory") {
      assert.match(path, /^data\/gallery\.js$/);
      assert.equal(contentType, "text/javascript; charset=utf-8");
      assert.equal(cacheControl, "no-cache");
    } else {
      assert.equal(cacheControl, "public, max-age=31536000, immutable");
      assert.match(
        path,
        /^(a\/[\w-]{2}\/[\w-]{22}-[gv]\.webp|_\/(style|find|viewer|timeline|map)\.[0-9a-f]{10}\.css|_\/(app|viewer|timeline|search|map|outlines)\.[0-9a-f]{10}\.js|data\/[\w./-]+\.[0-9a-f]{8,10}\.js|_\/icon\.[0-9a-f]{10}\.svg)$/,
      );
      assert.match(contentType, /^(image\/webp|text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/);
    }
  }
});

test("a photo says when, how and where it was taken, and where it is kept", async () => {
  const photo = detailed(1, "2024-05-17T14:02:13");
  const page =
    (await textsOf([photo, detailed(3, "2024-05-17T15:02:13")], WITH_PLACES)).get("2024/05/17/index.html") ?? "";
  assert.match(page, /alt="Photo, 17 May 2024, 14:02"/);
  const { facts, ...told } = toldOf(page, 0);
  const { exposure, width, height } = photo.photo.facts ?? {};
  assert.deepEqual(facts, {
    Camera: "SONY ILCE-7M4",
    Lens: "FE 24-105mm F4 G OSS",
    Exposure: [
      `1/${Math.round(1 / (exposure?.time ?? 0))}\u00a0s`,
      "f/4",
      "ISO\u00a0100",
      `${exposure?.focalLength}\u00a0mm`,
    ].join(" \u00b7 "),
    File: "DSC00001.JPG",
    Size: `${(photo.photo.bytes / 1e6).toFixed(1)} MB JPG \u00b7 7,008 \u00d7 4,672`,
  });
  assert.deepEqual([width, height], [7008, 4672]);
  assert.match(told.coordinates, /^36\.\d{5}° N, 115\.\d{5}° W · \d+ m$/);
  assert.deepEqual(
    { ...told, coordinates: "", place: told.place.split(", ").at(-1) },
    {
      time: "14:02:13",
      offset: "-07:00",
      note: "",
      place: "United States of America",
      coordinates: "",
      sha256: photo.photo.sha256,
      tags: ["travel"],
      archive: photo.photo.blobKey,
      copies: { Flickr: photo.receipts.flickr?.url, "Google Photos": photo.receipts.gphotos?.url },
    },
  );
  const second = toldOf(page, 1);
  assert.deepEqual(second.tags, ["travel", "vegas"]);
  assert.notEqual(second.sha256, told.sha256);
  assert.equal(second.facts["Camera"], "SONY ILCE-7M4");
});

test("a gallery that tells no places tells none, and a public one may be found; a private one asks to stay unknown", async () => {
  const photo = detailed(1, "2024-05-17T14:02:13");
  const open = await textsOf([photo], { ...LOOK, public: true });
  for (const text of open.values()) {
    assert.doesNotMatch(text, /° N|115\./);
    assert.doesNotMatch(text, /noindex/);
    assert.doesNotMatch(text, /s3:\/\/bucket/);
  }
  for (const [path, text] of await textsOf([photo], WITH_PLACES)) {
    if (!path.endsWith(".html")) continue;
    assert.match(text, /<meta name="robots" content="noindex/);
    assert.match(text, /<meta name="referrer" content="no-referrer"/);
    assert.match(
      text,
      /Content-Security-Policy" content="default-src &#39;none&#39;; script-src &#39;self&#39;; style-src &#39;self&#39;; img-src &#39;self&#39;;/,
    );
    assert.doesNotMatch(withoutScripts(text), /<script|\sstyle=|\son\w+=|user-scalable/);
  }
});

test("a service that a photo was meant to reach and did not is named", async () => {
  const photo = shown(1, { receipts: { flickr: { id: "1" } } });
  const texts = await textsOf([photo], { ...LOOK, services: ["flickr", "gphotos"] });
  const page = texts.get("2024/05/17/index.html") ?? "";
  assert.deepEqual(toldOf(page, 0).copies, { Flickr: "-", "Google Photos": "" });
  assert.match(page, /Google Photos <b>0<\/b> of 1/);
  const status = texts.get("status/index.html") ?? "";
  assert.match(status, /Archive<\/th><td><span class="well">None: all are there</);
  assert.match(status, /Flickr<\/th><td><span class="well">None: all are there</);
  assert.match(status, /Google Photos<\/th><td><span class="wanting">1</);
  assert.doesNotMatch(status, /No problems known/);
  const alone = (await textsOf([photo])).get("2024/05/17/index.html") ?? "";
  assert.deepEqual(toldOf(alone, 0).copies, { Flickr: "-" });
});

test("names, tags and cameras that attack are only ever shown", async () => {
  const attacks = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "a\u202egpj.exe",
    "'; DROP TABLE photos",
    "\0\ud800",
  ];
  const photos = attacks.map((attack, index) =>
    shown(index, {
      filename: attack,
      tags: [attack],
      blobKey: attack,
      facts: { camera: { make: attack, model: attack }, lens: attack },
      receipts: { flickr: { id: attack, url: attack }, gphotos: { id: attack, url: `https://x/${attack}` } },
    }),
  );
  const texts = await textsOf(photos, { ...LOOK, title: attacks[1] ?? "" });
  const { broken, foreign } = await crawlOf(texts);
  assert.deepEqual(broken, []);
  assert.ok([...foreign.links].every((link) => link.startsWith("https://x/")));
  for (const [path, text] of texts) {
    if (!path.endsWith(".html")) continue;
    const tags = [...withoutScripts(text).matchAll(/<\/?([a-z0-9]+)/gi)].map(([, name]) => name);
    assert.ok(
      tags.every((name) => !["script", "iframe", "object", "style"].includes(name ?? "")),
      path,
    );
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    assert.doesNotMatch(text, /[\u0000\u202a-\u202e]/, path);
    for (const [tag] of withoutScripts(text).matchAll(/<[a-z][^>]*>/gi))
      assert.match(tag, /^<[a-z0-9]+( [a-z-]+(="[^"<>]*")?)*( ?\/)?>$/i, path);
  }
  assert.equal([...texts.keys()].filter((path) => path.startsWith("tags/")).length, 1 + attacks.length);
});

test("a photo without a picture is a tile with its type and name, and is counted as a problem", async () => {
  const photos = [
    shown(1, { filename: "IMG_4711.HEIC", extension: "heic", facts: { width: 3024, height: 4032 } }),
    shown(2, { filename: "MVI_0042.MOV", extension: "mov", kind: "video" }),
    shown(3, { filename: "", extension: "cr3", kind: "raw" }),
  ];
  const texts = await textsOf(photos);
  const { photos: reached, broken } = await crawlOf(texts);
  assert.equal(reached.size, 3);
  assert.deepEqual(broken, []);
  const page = texts.get("2024/05/17/index.html") ?? "";
  assert.match(page, /HEIC<\/span>.*IMG_4711\.HEIC/);
  assert.match(page, /Video, 17 May 2024/);
  assert.doesNotMatch(page, /\.webp/);
  assert.match(texts.get("status/index.html") ?? "", /3 photos kept in the archive, but without/);
});

test("a film with a picture says that it is one", async () => {
  const film = shown(1, { extension: "mov", kind: "video" });
  const texts = await textsOf([{ ...film, renditions: rendered(film.photo.sha256, { width: 568, height: 320 }) }]);
  assert.match(texts.get("index.html") ?? "", /<img[^>]*alt="Video, 17 May 2024".*class="film">MOV</);
});

test("a photo of an unknown day is shown on the day it was received, and says so", async () => {
  const texts = await textsOf([
    shown(1, { receivedAt: Date.UTC(2020, 1, 29, 23, 59) }),
    shown(2, { targetDate: "2020-03-01" }),
  ]);
  assert.match(toldOf(texts.get("2020/02/29/index.html") ?? "", 0).note, /^Day received/);
  assert.equal(toldOf(texts.get("2020/03/01/index.html") ?? "", 0).note, "");
  assert.match(texts.get("status/index.html") ?? "", /1 photo without a date/);
});

test("an empty gallery says so, and all its links work", async () => {
  const texts = await textsOf([]);
  assert.match(texts.get("index.html") ?? "", /No photos yet/);
  assert.deepEqual((await crawlOf(texts)).broken, []);
});

test("days, months and years lead to those before and after them", async () => {
  const texts = await textsOf([
    ...photosOf("2024-05-17", 1),
    ...photosOf("2024-05-02", 1, 10),
    ...photosOf("2023-11-30", 1, 20),
  ]);
  const turns = (path: string): string[] =>
    [...(/<nav class="turn".*?<\/nav>/.exec(texts.get(path) ?? "")?.[0] ?? "").matchAll(/href="([^"]*)">([^<]*)/g)].map(
      ([, to, name]) => `${to} ${name}`,
    );
  assert.deepEqual(turns("2024/05/02/index.html"), [
    "../../../2023/11/30/index.html 30 November 2023",
    "../../../2024/05/17/index.html 17 May 2024",
  ]);
  assert.deepEqual(turns("2024/05/index.html"), ["../../2023/11/index.html November 2023"]);
  assert.deepEqual(turns("2024/index.html"), ["../2023/index.html 2023"]);
});

test("a day goes from morning to night, and each photo leads to its large picture", async () => {
  const photos = photosOf("2024-05-17", 3);
  const page = (await textsOf([...photos, ...photosOf("2024-05-16", 1, 10)])).get("2024/05/17/index.html") ?? "";
  const links = [...page.matchAll(/<li class="[^"]*" id="p-([^"]*)"><a href="([^"]*)">/g)].map(([, at, to]) => [
    at,
    to,
  ]);
  assert.deepEqual(
    links,
    photos.map((photo) => [id(photo), `../../../a/${id(photo).slice(0, 2)}/${id(photo)}-v.webp`]),
  );
});

test("without scripts a film leads to itself where originals are offered, and what has no picture to its original", async () => {
  const film = shown(1, { kind: "video", extension: "mov", mime: "video/quicktime" });
  const photos = [{ ...film, renditions: rendered(film.photo.sha256, { width: 480, height: 320 }) }, shown(2)];
  const linksOf = async (look: SiteLook): Promise<(string | undefined)[]> => {
    const page = (await textsOf(photos, look)).get("2024/05/17/index.html") ?? "";
    return [...page.matchAll(/id="p-[^"]*"><a href="([^"]*)">/g)].map(([, to]) => to).sort();
  };
  const keys = photos.map(({ photo }) => `../../../originals/${photo.key}`).sort();
  assert.deepEqual(await linksOf({ ...LOOK, originals: "linked" }), keys);
  const [own, picture] = await linksOf(LOOK);
  assert.match(own ?? "", /^#p-/);
  assert.match(picture ?? "", /-v\.webp$/);
});

test("a long day has parts, and a photo stays in its part when later ones come", async () => {
  const day = photosOf("2024-05-17", 601);
  const pathOf = async (photos: ShownPhoto[], photo: ShownPhoto): Promise<string> => {
    const texts = await textsOf(photos);
    return [...texts].find(([, text]) => text.includes(`id="p-${id(photo)}"`))?.[0] ?? "";
  };
  const texts = await textsOf(day);
  assert.deepEqual(
    [...texts.keys()].filter((path) => path.startsWith("2024/05/17/")),
    ["2024/05/17/index.html", "2024/05/17/2/index.html", "2024/05/17/3/index.html"],
  );
  assert.deepEqual((await crawlOf(texts)).broken, []);
  assert.equal((await crawlOf(texts)).photos.size, 601);
  const middle = day[300];
  assert.ok(middle);
  assert.equal(await pathOf(day.slice(0, 301), middle), "2024/05/17/2/index.html");
  assert.equal(await pathOf(day, middle), "2024/05/17/2/index.html");
});

test("full pages of a tag never change again, whatever is added", async () => {
  const tagged = (count: number): ShownPhoto[] =>
    Array.from({ length: count }, (_, index) => {
      const day = new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);
      return shown(index, { tags: ["Las Vegas"], facts: { taken: { local: `${day}T12:00:00`, source: "exif" } } });
    });
  const slug = slugOf("Las Vegas");
  const few = await textsOf(tagged(450));
  const many = await textsOf(tagged(900));
  const pagesOf = (texts: Map<string, string>): string[] =>
    [...texts.keys()].filter((path) => path.startsWith(`tags/${slug}/`)).sort();
  assert.deepEqual(pagesOf(few), [`tags/${slug}/1/index.html`, `tags/${slug}/2/index.html`, `tags/${slug}/index.html`]);
  assert.equal(few.get(`tags/${slug}/1/index.html`), many.get(`tags/${slug}/1/index.html`));
  assert.deepEqual((await crawlOf(many)).broken, []);
  const ofTag = (path: string): string => (path.startsWith("20") ? "" : (many.get(path) ?? ""));
  assert.equal((await crawl(ofTag, `tags/${slug}/index.html`)).photos.size, 900);
});

test("lists of a very large gallery have their newest pages only, and the oldest of these leads to the search", async () => {
  const photos = Array.from({ length: 900 }, (_, index) => {
    const day = new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);
    return shown(index, { tags: ["Las Vegas"], facts: { taken: { local: `${day}T12:00:00`, source: "exif" } } });
  });
  const outline = emptyOutline();
  for await (const day of daysOf(timelineOf(photos))) addDay(outline, day, ({ photo }) => photoIdOf(KEY, photo.sha256));
  const tiles = outline.tags.get("Las Vegas");
  assert.ok(tiles);
  const list = { name: "Las Vegas", tiles, trail: [], pathOf: (page?: number) => tagPath("Las Vegas", page) };
  const pages = [...listPages(LOOK, list, 2)].map(({ path, render }) => [path.split("/").at(-2), render()] as const);
  assert.deepEqual(
    pages.map(([name]) => name),
    ["3", "4", slugOf("Las Vegas")],
  );
  assert.match(
    pages[0]?.[1] ?? "",
    /href="\.\.\/\.\.\/\.\.\/search\/index\.html\?q=Las%20Vegas">Older ones in the search/,
  );
  assert.ok(pages.slice(1).every(([, text]) => !text.includes("Older ones in the search")));
  const ids = new Set(pages.flatMap(([, text]) => [...text.matchAll(/#p-([\w-]{22})/g)].map(([, one]) => one)));
  assert.equal(ids.size, 500);
});

test("as many pages of lists are made as there is room for", () => {
  const lists = [{ length: 10_000 }, { length: 900 }, { length: 199 }];
  assert.equal(fullPagesOfEach(lists, 54), Infinity);
  assert.equal(fullPagesOfEach(lists, 53), 32);
  assert.equal(fullPagesOfEach(lists, 36), 32);
  assert.equal(fullPagesOfEach(lists, 35), 16);
  assert.equal(fullPagesOfEach(lists, 1), 0);
});

test("a large month shows the beginnings of its days, and where the rest is", async () => {
  const photos = [...photosOf("2024-05-17", 399), ...photosOf("2024-05-16", 5, 1000)];
  const month = (await textsOf(photos)).get("2024/05/index.html") ?? "";
  assert.equal(month.match(/<img/g)?.length, 8 + 5);
  assert.match(month, /All 399 photos of 17 May 2024/);
});

test("pages stay within their budgets", async () => {
  const photos = Array.from({ length: 400 }, (_, index) => {
    const at = new Date(Date.UTC(2024, 4, 17, 8) + index * 77_000).toISOString().slice(0, 19);
    return detailed(index, at);
  });
  const texts = await textsOf(photos, WITH_PLACES);
  for (const [path, text] of texts) {
    if (!path.endsWith(".html")) continue;
    assert.ok(Buffer.byteLength(text) <= 120_000, `${path}: ${Buffer.byteLength(text)} bytes`);
    const elements = withoutScripts(text).match(/<[a-z]/g)?.length ?? 0;
    assert.ok(elements <= 1500, `${path}: ${elements} elements`);
  }
  const packed = (path: string): number => gzipSync(texts.get(path) ?? "").length;
  for (const path of [...texts.keys()].filter((one) => one.startsWith("2024/05/17/"))) {
    assert.ok(packed(path) <= 40_000, `${path}: ${packed(path)}`);
  }
  const index = texts.get("index.html") ?? "";
  assert.ok(packed("index.html") <= 30_000);
  assert.ok((index.match(/<img/g)?.length ?? 0) <= 120);
  const style = [...texts.keys()].find((path) => path.endsWith(".css")) ?? "";
  assert.ok(packed(style) <= 5000, `${packed(style)}`);
});

test("ten thousand photos are built with a kilobyte of memory each, at most", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  async function* timeline(): AsyncGenerator<ShownPhoto> {
    for (let index = 0; index < 10_000; index++) {
      const at = new Date(Date.UTC(2026, 4, 17, 20) - index * 3_000_000).toISOString().slice(0, 19);
      yield detailed(index, at);
    }
  }
  collect();
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  const counts = { picture: 0, style: 0, data: 0, directory: 0, page: 0, index: 0 };
  for await (const { kind, path } of siteFiles({ timeline: timeline(), galleryKey: KEY, look: WITH_PLACES })) {
    counts[kind]++;
    if (kind !== "page" || (path !== "status/index.html" && counts.page % 100 !== 0)) continue;
    collect();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  assert.equal(counts.picture, 20_000);
  assert.ok(counts.page > 350);
  assert.ok(most < 10_000 * 1024, `${most} bytes`);
});
