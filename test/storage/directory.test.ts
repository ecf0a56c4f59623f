import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import { openDirectory } from "../../src/storage/directory.ts";
import { blobOf, collect, describeBlobStore, withCode } from "../conformance/blob-store.ts";

const MIB = 1024 * 1024;
const run = promisify(execFile);

describeBlobStore("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "photolog-directory-"));
  return {
    store: openDirectory(join(folder, "deep", "archive")),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

describe("a blob in a folder", { timeout: 120_000 }, () => {
  let outside: string;
  let root: string;
  let store: BlobStore;
  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), "photolog-directory-"));
    root = join(outside, "archive");
    store = openDirectory(root);
  });
  afterEach(async () => {
    await rm(outside, { recursive: true, force: true });
  });

  it("is never put into an empty folder where the archive should be, as when its disk is not mounted", async () => {
    const blob = blobOf("originals/a.jpg", Buffer.from("a picture"));
    await mkdir(root);
    const later = openDirectory(root, { begun: true });
    const away = { code: "LOCAL_FAULT", message: /is not the archive that was used before/, hint: /^Mount its disk\./ };
    for (let i = 0; i < 2; i++) {
      await assert.rejects(later.put(blob), away);
      await assert.rejects(later.get(blob.key), away);
      await assert.rejects(later.stat(blob.key), away);
    }
    assert.deepEqual(await readdir(root), []);

    await store.put(blob);
    assert.equal((await later.stat(blob.key))?.size, blob.size);
    for (const opened of [store, later]) {
      await rename(root, `${root}-away`);
      await mkdir(root);
      await assert.rejects(opened.put(blob), away);
      assert.deepEqual(await readdir(root), []);
      await rmdir(root);
      await assert.rejects(opened.put(blob), { code: "LOCAL_FAULT" });
      await rename(`${root}-away`, root);
      await opened.put(blob);
    }
  });

  it("is a plain file that people can open", async () => {
    await store.put(blobOf("originals/2026/11/25/a.jpg", Buffer.from("a picture")));
    assert.equal(await readFile(join(root, "originals/2026/11/25/a.jpg"), "utf8"), "a picture");
    assert.equal(store.address, root);
  });

  it("needs a folder only once it is put", async () => {
    assert.equal(await store.stat("a"), undefined);
    assert.deepEqual(await collect(store.list("")), []);
    await store.delete("a");
    await assert.rejects(stat(root), { code: "ENOENT" });
  });

  it("that is let go of, or whose file changed, leaves no half of itself", async () => {
    const stop = new AbortController();
    const putting = store.put(blobOf("a", randomBytes(64 * MIB)), stop.signal);
    await firstFileIn(join(root, ".photolog-tmp"), MIB);
    stop.abort(new Error("enough"));
    await assert.rejects(putting, { message: "enough" });
    await assert.rejects(store.put({ ...blobOf("a", randomBytes(MIB)), size: 1 }), withCode("ORIGINAL_CHANGED"));
    assert.deepEqual(await readdir(join(root, ".photolog-tmp")), []);
    assert.deepEqual(await collect(store.list("")), []);
  });

  it("tells the checksum of what the disk holds now", async () => {
    const blob = blobOf("a", Buffer.from("a picture"));
    await store.put(blob);
    await writeFile(join(root, "a"), "A picture");
    assert.notEqual((await store.stat("a"))?.sha256, blob.sha256);
  });

  it("is not proven where the disk holds something else than was written", async () => {
    const putting = store.put(blobOf("rotten", randomBytes(64 * MIB)));
    const temporary = await firstFileIn(join(root, ".photolog-tmp"), MIB);
    const file = await open(temporary, "r+");
    const first = Buffer.alloc(1);
    await file.read(first, 0, 1, 0);
    await file.write(Buffer.from([(first[0] ?? 0) ^ 1]), 0, 1, 0);
    await file.close();
    await assert.rejects(putting, withCode("NOT_PROVEN"));
    assert.equal(await store.stat("rotten"), undefined);
    assert.deepEqual(await readdir(join(root, ".photolog-tmp")), []);
  });

  it("never leaves the folder through a link", async () => {
    await mkdir(root);
    const secret = join(outside, "secret");
    await mkdir(secret);
    await writeFile(join(secret, "passwords"), "not-a-real-secret");
    await symlink(secret, join(root, "door"));
    await symlink(join(secret, "passwords"), join(root, "window"));
    for (const key of ["door/passwords", "window"]) {
      await assert.rejects(store.get(key), withCode("BLOB_MISSING"));
      assert.equal(await store.stat(key), undefined);
    }
    await assert.rejects(store.put(blobOf("door/new", Buffer.from("x"))), withCode("LOCAL_FAULT"));
    await assert.rejects(store.put(blobOf("door/deep/new", Buffer.from("x"))), withCode("LOCAL_FAULT"));
    await store.delete("door/passwords");
    assert.deepEqual(await collect(store.list("")), []);
    assert.deepEqual(await readdir(secret), ["passwords"]);
    await store.put(blobOf("window", Buffer.from("curtain")));
    assert.equal(await readFile(join(secret, "passwords"), "utf8"), "not-a-real-secret");
    assert.equal(await readFile(join(root, "window"), "utf8"), "curtain");
  });

  it("may lie in a folder that is itself reached through a link", async () => {
    await mkdir(join(outside, "disk"));
    await symlink(join(outside, "disk"), root);
    await store.put(blobOf("a/b", Buffer.from("x")));
    assert.deepEqual(await collect(store.list("")), [{ key: "a/b", size: 1 }]);
  });

  it("is not confused with pipes, folders and strange names", async () => {
    await store.put(blobOf("real", Buffer.from("x")));
    await mkdir(join(root, "folder"));
    await writeFile(join(root, "two\nlines"), "x");
    await run("mkfifo", [join(root, "pipe")]);
    for (const key of ["folder", "pipe"]) {
      assert.equal(await store.stat(key), undefined);
      await assert.rejects(store.get(key), withCode("BLOB_MISSING"));
    }
    assert.deepEqual(await collect(store.list("")), [{ key: "real", size: 1 }]);
  });

  it("is refused where its name is a folder's, or a part of its name a file's", async () => {
    await store.put(blobOf("a/b", Buffer.from("x")));
    await assert.rejects(store.put(blobOf("a", Buffer.from("x"))), withCode("PHOTO_REFUSED"));
    await assert.rejects(store.put(blobOf("a/b/c", Buffer.from("x"))), (error) => {
      return withCode("PHOTO_REFUSED")(error) && /a\/b is a file/.test(String(error));
    });
    await assert.rejects(store.put(blobOf("a/b/c/d", Buffer.from("x"))), withCode("PHOTO_REFUSED"));
    await assert.rejects(store.put(blobOf("x".repeat(300), Buffer.from("x"))), withCode("PHOTO_REFUSED"));
    assert.equal(await store.stat("a/b/c"), undefined);
    assert.equal(await store.stat("x".repeat(300)), undefined);
    assert.deepEqual(await collect(store.list("")), [{ key: "a/b", size: 1 }]);
  });

  it("half written before a crash is swept away after a day, and never listed", async () => {
    const temporary = join(root, ".photolog-tmp");
    await mkdir(temporary, { recursive: true });
    for (const [name, hours] of [
      ["old", 25],
      ["young", 23],
    ] as const) {
      await writeFile(join(temporary, name), "half");
      const then = Date.now() / 1000 - hours * 3600;
      await utimes(join(temporary, name), then, then);
    }
    await store.put(blobOf("a", Buffer.from("x")));
    assert.deepEqual(await readdir(temporary), ["young"]);
    assert.deepEqual(await collect(store.list("")), [{ key: "a", size: 1 }]);
  });

  it("that does not fit on the disk leaves nothing behind and says so", async (t) => {
    await mkdir(root);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", root]);
    } catch {
      t.skip("may not mount a small disk here");
      return;
    }
    try {
      await store.put(blobOf("small", Buffer.from("x")));
      await assert.rejects(store.put(blobOf("large", randomBytes(8 * MIB))), withCode("DISK_FULL"));
      assert.deepEqual(await readdir(join(root, ".photolog-tmp")), []);
      await store.put(blobOf("fits", randomBytes(2 * MIB)));
      assert.deepEqual(
        (await collect(store.list(""))).map(({ key }) => key),
        ["fits", "small"],
      );
      await run("mount", ["-o", "remount,ro", root]);
      await assert.rejects(store.put(blobOf("late", Buffer.from("x"))), withCode("LOCAL_FAULT"));
    } finally {
      await run("umount", [root]);
    }
  });
});

/** Waits until somebody has written so many bytes to a file in this folder. */
async function firstFileIn(folder: string, size: number): Promise<string> {
  for (;;) {
    const [name] = await readdir(folder).catch(() => []);
    const path = join(folder, name ?? "");
    if (name !== undefined && (await stat(path)).size >= size) return path;
    await setImmediate();
  }
}
