import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { crawl } from "../support/crawl.ts";
import { openTestGallery, taken } from "../support/gallery.ts";
import { BIN, makeHome, runPhotolog, SECRET } from "../support/photolog.ts";

/** `photolog gallery publish` of a catalog, into `site`. */
async function openPublishing() {
  const gallery = await openTestGallery();
  const home = await makeHome(gallery.folder);
  const at = (name: string): string => join(gallery.folder, name);
  const settings = {
    PHOTOLOG_DB_FILE: at("photolog.db"),
    PHOTOLOG_ARCHIVE_FOLDER: at("archive"),
    PHOTOLOG_UPLOAD_FOLDER: at("spool"),
    PHOTOLOG_API_SECRET: SECRET,
  };
  const args = (to: string): string[] => ["gallery", "publish", "--to", to, "--json"];
  return {
    ...gallery,
    finish: async (to = gallery.site): Promise<void> => {
      const { code, stderr } = await runPhotolog(home, [...args(to), "--now"], settings);
      assert.equal(code, 0, stderr);
    },
    /** Kills it once this is so. */
    killWhen: async (isThere: () => boolean): Promise<void> => {
      const environment = { ...home.environment, ...settings };
      const child = spawn(process.execPath, [BIN, ...args(gallery.site)], { env: environment, stdio: "ignore" });
      const ended = once(child, "exit");
      while (!isThere()) {
        assert.equal(child.exitCode, null, "it was done before it could be killed");
        await pause(2);
      }
      child.kill("SIGKILL");
      assert.deepEqual(await ended, [null, "SIGKILL"]);
    },
  };
}

function filesOf(site: string): string[] {
  if (!existsSync(site)) return [];
  return readdirSync(site, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(html|webp|js|css|svg)$/.test(name),
  );
}

async function assertWhole(site: string, at: string): Promise<void> {
  const read = async (path: string): Promise<string | undefined> => {
    if (!existsSync(join(site, path))) return undefined;
    return path.endsWith(".html") ? await readFile(join(site, path), "utf8") : "";
  };
  if (existsSync(join(site, "index.html"))) assert.deepEqual((await crawl(read)).broken, [], at);
  for (const page of filesOf(site).filter((name) => name.endsWith(".html"))) {
    const { assets } = await crawl(
      async (path) => (path.endsWith(".html") && path !== page ? "" : await read(path)),
      page,
    );
    assert.deepEqual(
      [...assets].filter((path) => !existsSync(join(site, path))),
      [],
      `${page} ${at}`,
    );
  }
}

test("however often a publish is killed, the site is the old or the new one, and the next publish completes it", async () => {
  const { addPictures, close, finish, killWhen, site, folder } = await openPublishing();
  const photos = Array.from({ length: 40 }, (_, index) =>
    taken(`2024-0${1 + (index % 5)}-1${index % 3}T10:${10 + index}:00`, { tags: ["vegas"] }),
  );
  await addPictures(photos);
  const pages = (): number => filesOf(site).filter((name) => name.endsWith(".html")).length;
  for (const count of [3, 30, 80]) {
    await killWhen(() => filesOf(site).length >= count);
    await assertWhole(site, `killed at ${count} files`);
  }
  await killWhen(() => pages() >= 18);
  await assertWhole(site, "killed at its pages");
  await finish();
  await assertWhole(site, "finished");

  await addPictures([
    ...Array.from({ length: 12 }, (_, index) => taken(`2025-06-01T10:${10 + index}:00`, { tags: ["new"] })),
    taken("2024-01-10T09:00:00"),
  ]);
  const pictures = filesOf(site).filter((name) => name.endsWith(".webp")).length;
  for (const more of [1, 14, 25]) {
    await killWhen(() => filesOf(site).filter((name) => name.endsWith(".webp")).length >= pictures + more);
    await assertWhole(site, `killed at ${more} new pictures`);
  }
  await killWhen(() => existsSync(join(site, "2025/06/01/index.html")));
  await assertWhole(site, "killed at a new page");
  await finish();
  const another = join(folder, "another");
  await finish(another);
  assert.deepEqual(filesOf(site).sort(), filesOf(another).sort());
  for (const name of filesOf(site)) {
    assert.ok((await readFile(join(site, name))).equals(await readFile(join(another, name))), name);
  }
  close();
});
