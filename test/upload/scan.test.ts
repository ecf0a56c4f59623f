import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isFound, type Entry } from "../../src/upload/entry.ts";
import { chooserOf, type Globs } from "../../src/upload/globs.ts";
import { scan } from "../../src/upload/scan.ts";
import { asOrdinaryUser } from "../support/ordinary-user.ts";
import { photoTree } from "../support/photo-tree.ts";

const all = chooserOf({ include: [], exclude: [] });

async function scanned(cwd: string, ...paths: string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const some of scan(paths.length === 0 ? ["."] : paths, { cwd, chooser: all })) entries.push(...some);
  return entries;
}

function found(entries: readonly Entry[]): string[] {
  return entries.filter(isFound).map(({ path }) => path);
}

function passed(entries: readonly Entry[]): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap((entry) => (isFound(entry) ? [] : [[entry.path, `${entry.outcome}: ${entry.reason}`]])),
  );
}

test("files come in path order, whatever the order of the arguments", async () => {
  const cwd = await photoTree({
    "b/2.jpg": "x",
    "b/1.mov": "x",
    "b/1.cr2": "x",
    "a/9.jpg": "x",
    "a/z/1.jpg": "x",
    "a.jpg": "x",
    "a-b/1.jpg": "x",
    "c.HEIC": "x",
  });
  assert.deepEqual(found(await scanned(cwd, "b", "c.HEIC", "a", "a-b", "a.jpg")), [
    "a-b/1.jpg",
    "a.jpg",
    "a/9.jpg",
    "a/z/1.jpg",
    "b/1.cr2",
    "b/1.mov",
    "b/2.jpg",
    "c.HEIC",
  ]);
  assert.deepEqual(found(await scanned(cwd)), found(await scanned(cwd, "b", "c.HEIC", "a", "a-b", "a.jpg")));
});

test("a file is found as it is on disk", async () => {
  const cwd = await photoTree({ "trip/IMG_1.JPG": "12345" });
  const [entry] = await scanned(cwd, "trip/");
  assert.ok(entry !== undefined && isFound(entry));
  const { path, folder, name, kind, bytes, sidecars } = entry;
  assert.deepEqual(
    { path, folder, name, kind, bytes, sidecars },
    { path: "trip/IMG_1.JPG", folder: join(cwd, "trip"), name: "IMG_1.JPG", kind: "image", bytes: 5, sidecars: [] },
  );
});

test("junk, unknown types and empty files are skipped, each with its reason", async () => {
  const cwd = await photoTree({
    "1.jpg": "x",
    ".DS_Store": "x",
    "._1.jpg": "x",
    "Thumbs.db": "x",
    "desktop.ini": "x",
    "notes.TXT": "x",
    README: "x",
    "empty.jpg": "",
    "@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg": "x",
    "@eaDir/1.jpg/deep.xmp": "x",
    ".Spotlight-V100/Store-V2/0.jpg": "x",
  });
  const entries = await scanned(cwd);
  assert.deepEqual(found(entries), ["1.jpg"]);
  assert.deepEqual(passed(entries), {
    ".DS_Store": "skipped: junk (.DS_Store)",
    "._1.jpg": "skipped: junk (._*)",
    "Thumbs.db": "skipped: junk (Thumbs.db)",
    "desktop.ini": "skipped: junk (desktop.ini)",
    "notes.TXT": "skipped: unknown type (.txt)",
    README: "skipped: unknown type (no extension)",
    "empty.jpg": "skipped: empty",
    "@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg": "skipped: junk (inside @eaDir)",
    "@eaDir/1.jpg/deep.xmp": "skipped: junk (inside @eaDir)",
    ".Spotlight-V100/Store-V2/0.jpg": "skipped: junk (inside .Spotlight-V100)",
  });
});

test("links that lead in a circle end, and a folder reached twice is walked once", async () => {
  const cwd = await photoTree({ "a/1.jpg": "x", "a/b/2.jpg": "x" });
  symlinkSync("..", join(cwd, "a/b/up"));
  symlinkSync(join(cwd, "a"), join(cwd, "again"));
  symlinkSync("self.jpg", join(cwd, "self.jpg"));
  const entries = await scanned(cwd);
  assert.deepEqual(found(entries), ["a/1.jpg", "a/b/2.jpg"]);
  assert.deepEqual(passed(entries), { "self.jpg": "skipped: a link that leads in a circle" });
});

test("a link to a photo is a photo; one that leads nowhere is a failure", async () => {
  const cwd = await photoTree({ "real/1.jpg": "x", "list/.keep": "x" });
  symlinkSync("../real/1.jpg", join(cwd, "list/link.jpg"));
  symlinkSync("/nowhere/at/all", join(cwd, "list/gone.jpg"));
  symlinkSync("/nowhere/photos", join(cwd, "list/unmounted"));
  linkSync(join(cwd, "real/1.jpg"), join(cwd, "list/hard.jpg"));
  const entries = await scanned(cwd, "list");
  assert.deepEqual(found(entries), ["list/hard.jpg", "list/link.jpg"]);
  assert.deepEqual(passed(entries), {
    "list/.keep": "skipped: unknown type (no extension)",
    "list/gone.jpg": "failed: no such file or folder (ENOENT)",
    "list/unmounted": "failed: no such file or folder (ENOENT)",
  });
});

test("what is given twice, or lies in a folder that is given too, is found once", async () => {
  const cwd = await photoTree({ "a/1.jpg": "x", "a/2.jpg": "x", "a/b/3.jpg": "x", "c/4.jpg": "x", "c/5.jpg": "x" });
  symlinkSync("c", join(cwd, "alias"));
  const given = ["a/b", "a/1.jpg", "a", "./a/", join(cwd, "a"), "a/1.jpg", "c/4.jpg", "alias/4.jpg", "c/4.jpg", "c"];
  assert.deepEqual(found(await scanned(cwd, ...given)).length, 5);
});

test("a folder that cannot be read is a failure and the others are found", async () => {
  const cwd = await photoTree({ "a/1.jpg": "x", "b/2.jpg": "x" });
  // Root may read everything: a folder that vanishes while it is being walked fails the same way.
  const entries: Entry[] = [];
  for await (const some of scan(["a", "b", "missing", "missing.jpg"], { cwd, chooser: all })) {
    entries.push(...some);
    rmSync(join(cwd, "b"), { recursive: true, force: true });
  }
  assert.deepEqual(found(entries), ["a/1.jpg"]);
  assert.deepEqual(passed(entries), {
    b: "failed: no such file or folder (ENOENT)",
    missing: "failed: no such file or folder (ENOENT)",
    "missing.jpg": "failed: no such file or folder (ENOENT)",
  });
});

test("an empty path is not the working directory", async () => {
  const cwd = await photoTree({ "1.jpg": "x" });
  assert.deepEqual(passed(await scanned(cwd, "")), { "": "failed: no such file or folder (ENOENT)" });
});

test("a folder without permission is a failure", (t) =>
  asOrdinaryUser(async () => {
    const cwd = await photoTree({ "a/1.jpg": "x", "b/2.jpg": "x" });
    chmodSync(join(cwd, "a"), 0);
    t.after(() => chmodSync(join(cwd, "a"), 0o700));
    const entries = await scanned(cwd);
    assert.deepEqual(found(entries), ["b/2.jpg"]);
    assert.deepEqual(passed(entries), { a: "failed: permission denied (EACCES)" });
  }));

test("sidecars go with their photo and are not counted", async () => {
  const cwd = await photoTree({
    "IMG_1.jpg": "x",
    "IMG_1.jpg.xmp": "x",
    "img_2.JPG": "x",
    "IMG_2.XMP": "x",
    "IMG_3.jpg": "x",
    "IMG_3.cr2": "x",
    "IMG_3.xmp": "x",
    "IMG_3.JPG.XMP": "x",
    "MVI_4.AVI": "x",
    "MVI_4.jpg": "x",
    "MVI_4.THM": "x",
    "alone.xmp": "x",
    "hollow.jpg": "x",
    "hollow.xmp": "",
  });
  const entries = await scanned(cwd);
  const sidecars = Object.fromEntries(
    entries.filter(isFound).map(({ path, sidecars }) => [path, sidecars.map((one) => one.path)]),
  );
  assert.deepEqual(sidecars, {
    "IMG_1.jpg": ["IMG_1.jpg.xmp"],
    "img_2.JPG": ["IMG_2.XMP"],
    "IMG_3.jpg": ["IMG_3.JPG.XMP"],
    "IMG_3.cr2": ["IMG_3.xmp"],
    "MVI_4.AVI": ["MVI_4.THM"],
    "MVI_4.jpg": [],
    "hollow.jpg": [],
  });
  assert.deepEqual(passed(entries), {
    "alone.xmp": "skipped: sidecar without its photo",
    "hollow.xmp": "skipped: empty",
  });
});

test("a single photo brings its sidecars along, and nothing else of its folder", async () => {
  const cwd = await photoTree({ "a/1.jpg": "x", "a/1.xmp": "x", "a/2.jpg": "x", "a/2.xmp": "x", "a/b/3.jpg": "x" });
  const entries = await scanned(cwd, "a/1.jpg");
  assert.deepEqual(
    entries.map((entry) => isFound(entry) && [entry.path, entry.sidecars.map(({ path }) => path)]),
    [["a/1.jpg", ["a/1.xmp"]]],
  );
  assert.deepEqual(passed(await scanned(cwd, "a/2.xmp")), { "a/2.xmp": "skipped: sidecar without its photo" });
});

test("a sidecar whose photo was given by itself is not counted when the folder follows under another name", async () => {
  const cwd = await photoTree({ "b/1.jpg": "x", "b/1.xmp": "x", "b/2.jpg": "x" });
  symlinkSync("b", join(cwd, "a"));
  const entries = await scanned(cwd, "a/1.jpg", "b");
  assert.deepEqual(found(entries), ["a/1.jpg", "b/2.jpg"]);
  assert.deepEqual(passed(entries), {});
});

test("the same name in two Unicode forms or two cases is two files", async () => {
  const names = ["\u00e9t\u00e9.jpg", "e\u0301te\u0301.jpg", "A.jpg", "a.jpg", "line\nbreak.jpg", "🌄.jpg"];
  const cwd = await photoTree(Object.fromEntries(names.map((name) => [name, name])));
  assert.deepEqual(found(await scanned(cwd)).toSorted(), names.toSorted());
});

test("a name that is not UTF-8 is a failure that says so", async () => {
  const cwd = await photoTree({ "good.jpg": "x" });
  writeFileSync(Buffer.concat([Buffer.from(`${cwd}/caf`), Buffer.from([0xe9]), Buffer.from(".jpg")]), "x");
  const entries = await scanned(cwd);
  assert.deepEqual(found(entries), ["good.jpg"]);
  assert.deepEqual(Object.values(passed(entries)), ["failed: its name is not valid UTF-8; rename it"]);
});

test("pipes and folders named like photos are not read", async () => {
  const cwd = await photoTree({ "x.jpg/1.jpg": "x" });
  mkdirSync(join(cwd, "empty.jpg"));
  execFileSync("mkfifo", [join(cwd, "pipe.jpg")]);
  const entries = await scanned(cwd);
  assert.deepEqual(found(entries), ["x.jpg/1.jpg"]);
  assert.deepEqual(passed(entries), { "pipe.jpg": "skipped: not a file (a socket, pipe or device)" });
});

async function chosen(globs: Partial<Globs>): Promise<string[]> {
  const cwd = await photoTree({
    "2023/a.jpg": "x",
    "2023/b.PNG": "x",
    "2024/05/c.jpg": "x",
    "2024/drafts/d.jpg": "x",
    "drafts/e.jpg": "x",
  });
  const entries: Entry[] = [];
  const chooser = chooserOf({ include: [], exclude: [], ...globs });
  for await (const some of scan(["."], { cwd, chooser })) entries.push(...some);
  return found(entries);
}

test("patterns choose: without a slash by name at any depth, with one by the whole path", async () => {
  assert.deepEqual(await chosen({ include: ["*.png"] }), ["2023/b.PNG"]);
  assert.deepEqual(await chosen({ include: ["2024/**"] }), ["2024/05/c.jpg", "2024/drafts/d.jpg"]);
  assert.deepEqual(await chosen({ exclude: ["drafts"] }), ["2023/a.jpg", "2023/b.PNG", "2024/05/c.jpg"]);
  assert.deepEqual(await chosen({ exclude: ["/drafts/"] }), [
    "2023/a.jpg",
    "2023/b.PNG",
    "2024/05/c.jpg",
    "2024/drafts/d.jpg",
  ]);
  assert.deepEqual(await chosen({ include: ["*.jpg"], exclude: ["2023/*", "e.*"] }), [
    "2024/05/c.jpg",
    "2024/drafts/d.jpg",
  ]);
  assert.throws(() => chooserOf({ include: [""], exclude: [] }), /--include/);
});

test("a film and a RAW file know the pictures of their name", async () => {
  const cwd = await photoTree({ "IMG_1.HEIC": "x", "img_1.mov": "x", "DSC2.ARW": "x", "DSC2.JPG": "x", "3.mov": "x" });
  const partners = (await scanned(cwd)).flatMap((entry) =>
    isFound(entry) && entry.partners.length > 0 ? [[entry.name, entry.partners.map(({ name }) => name)]] : [],
  );
  assert.deepEqual(partners, [
    ["DSC2.ARW", ["DSC2.JPG"]],
    ["img_1.mov", ["IMG_1.HEIC"]],
  ]);
});

test("a scan ends when it is told to", async () => {
  const cwd = await photoTree({ "a/1.jpg": "x", "b/2.jpg": "x" });
  const controller = new AbortController();
  const entries = scan(["."], { cwd, chooser: all, signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(entries.next(), /enough/);
});
