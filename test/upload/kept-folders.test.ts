import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Home, makeHome, runPhotolog } from "../support/photolog.ts";
import { PhotologServer, SECRET } from "../support/photolog-server.ts";
import { put } from "../support/photo-tree.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** How many photos a question of so many bytes names. */
function photosIn(question: number): number {
  for (const rest of ['{"sha256":[]}', '{"sha256":[],"archive":true}']) {
    const left = question - rest.length;
    if (left === 0) return 0;
    if ((left + 1) % 67 === 0) return (left + 1) / 67;
  }
  return assert.fail(`a question of ${question} bytes`);
}

describe("a folder of which the server has every photo", () => {
  let home: Home;
  let server: PhotologServer;
  let photos: string;

  /** Answers what was asked, in photos a question, and how many were sent. */
  async function upload(...more: string[]): Promise<{ asked: number[]; sent: number; stdout: string }> {
    server.requests.length = 0;
    const args = ["upload", "photos", "--host", server.url, ...more];
    const { code, stdout, stderr } = await runPhotolog(home, args, { PHOTOLOG_SECRET: SECRET });
    assert.equal(code, 0, stderr);
    const asked = server.requests.filter(({ path }) => path === "/photos/verify/");
    return {
      asked: asked.map(({ contentLength }) => photosIn(contentLength)),
      sent: server.requests.filter(({ path }) => path === "/photos/").length,
      stdout,
    };
  }

  beforeEach(async () => {
    home = await makeHome(await temporaryFolder());
    server = await new PhotologServer().open();
    photos = join(home.folder, "photos");
    for (const name of ["a/1.jpg", "a/2.jpg", "b/3.jpg"]) put(join(photos, name), randomBytes(100));
    put(join(photos, "b/film.mov"), randomBytes(100));
    assert.deepEqual((await upload()).sent, 4);
  });

  afterEach(() => server.close());

  it("is not asked for photo by photo, while it and the server's session stay the same", async () => {
    for (let time = 0; time < 2; time++) {
      const { asked, sent, stdout } = await upload();
      assert.deepEqual([asked, sent], [[0], 0]);
      assert.match(stdout, /4 found = 0 uploaded \+ 4 duplicate \+ 0 skipped \+ 0 failed/);
    }
    server.forget();
    assert.deepEqual(await upload().then(({ asked, sent }) => [asked, sent]), [[0, 4], 4]);
    assert.equal(server.photos.size, 4);
    assert.deepEqual((await upload()).asked, [0]);
  });

  it("is asked for after the server has been started anew, and then no more", async () => {
    await server.close();
    await server.open();
    assert.deepEqual(await upload().then(({ asked, sent }) => [asked, sent]), [[0, 4], 0]);
    assert.deepEqual((await upload()).asked, [0]);
  });

  it("is asked for when a photo has come, has another size, time or place on the disk, or is gone", async () => {
    const one = join(photos, "a/1.jpg");
    for (const [change, asked, sent] of [
      [() => put(join(photos, "a/0.jpg"), randomBytes(100)), [0, 3], 1],
      [() => put(one, randomBytes(101)), [0, 3], 1],
      [() => put(`${one}.tmp`, randomBytes(101)), undefined, 0],
      [() => renameSync(`${one}.tmp`, one), [0, 3], 1],
      [() => rmSync(one), [0, 2], 0],
      [() => renameSync(join(photos, "a"), join(photos, "c")), [0, 2], 0],
    ] as const) {
      change();
      if (asked === undefined) continue;
      assert.deepEqual(await upload().then((told) => [told.asked, told.sent]), [asked, sent], String(change));
      assert.deepEqual((await upload()).asked, [0]);
    }
  });

  it("is asked for each time where more is wanted than that the server has it", async () => {
    for (const more of [["--json"], ["--wait"], ["--send-skipped"], ["--move-done", "../done", "--dry-run"]]) {
      for (let time = 0; time < 2; time++) {
        const { asked } = await upload(...more);
        assert.ok(asked.includes(4), `${more.join()}: ${asked.join()}`);
      }
    }
    assert.deepEqual((await upload()).asked, [0]);
  });

  it("is asked for each time while a sidecar lies in it", async () => {
    put(join(photos, "a/1.xmp"), "<x:xmpmeta/>");
    server.behave = ({ path }) => (path.endsWith("/sidecars") ? { late: 200, ...addedOne(path) } : undefined);
    for (let time = 0; time < 2; time++) assert.deepEqual((await upload()).asked, [0, 2]);
  });

  it("is asked for again where one of its photos was not sent, or may have changed meanwhile", async () => {
    put(join(photos, "a/bad.jpg"), randomBytes(100));
    server.behave = ({ path }) => (path === "/photos/" ? { late: 415 } : undefined);
    await assert.rejects(upload(), /415|failed/);
    server.behave = () => undefined;
    assert.deepEqual(await upload().then(({ asked, sent }) => [asked, sent]), [[0, 3], 1]);
    // As memory cards tell it, to the second.
    const now = join(photos, "b/now.jpg");
    writeFileSync(now, randomBytes(100));
    utimesSync(now, Math.ceil(Date.now() / 1000), Math.ceil(Date.now() / 1000));
    assert.deepEqual(await upload().then(({ asked, sent }) => [asked, sent]), [[0, 3], 1]);
    assert.deepEqual((await upload()).asked, [0, 3], "its time of change was too near to the moment it was read");
  });

  it("is asked for again where the answer to one of its photos was lost: who knows what came with it", async () => {
    put(join(photos, "a/new.jpg"), randomBytes(100));
    server.behave = ({ path, nth }) => (path === "/photos/" && nth === 4 ? { cut: "after" } : undefined);
    assert.equal((await upload()).sent, 1);
    assert.equal(server.photos.size, 5);
    assert.deepEqual((await upload()).asked, [0, 3]);
    assert.deepEqual((await upload()).asked, [0]);
  });

  it("is not taken for kept by a run in which the server was started anew", async () => {
    server.forget();
    put(join(photos, "a/new.jpg"), randomBytes(100));
    // After the first answer of this run, and before all that follow.
    server.behave = ({ path, nth }) => {
      if (path === "/photos/" && nth === 4) server.forget();
      return undefined;
    };
    await upload();
    server.behave = () => undefined;
    await upload();
    assert.equal(server.photos.size, 5);
    assert.deepEqual((await upload()).asked, [0]);
  });
});

function addedOne(path: string): { headers: Record<string, string>; body: string } {
  const [, , key] = path.split("/");
  return { headers: { "content-type": "application/json" }, body: JSON.stringify({ key, added: 1 }) };
}
