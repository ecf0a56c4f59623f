import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { putPrivateFile } from "../../src/storage/private-file.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("a file is for its owner alone, in a folder that is made for it, whatever it was before", async () => {
  const path = join(await temporaryFolder(), "a/b/file");
  await putPrivateFile(path, "one");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(path))).mode & 0o777, 0o700);
  await chmod(path, 0o666);
  await putPrivateFile(path, "two");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(await readFile(path, "utf8"), "two");
  assert.deepEqual(await readdir(dirname(path)), ["file"]);
});

test("a link stays one, and what it points to is replaced", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "dotfiles"));
  await writeFile(join(folder, "dotfiles/real"), "one");
  await symlink("dotfiles/real", join(folder, "link"));
  await putPrivateFile(join(folder, "link"), "two");
  assert.ok((await lstat(join(folder, "link"))).isSymbolicLink());
  assert.equal(await readFile(join(folder, "dotfiles/real"), "utf8"), "two");
});

test("where it cannot be put the old file stays, and nothing else is left", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "file"));
  await assert.rejects(putPrivateFile(join(folder, "file"), "two"));
  assert.deepEqual(await readdir(folder), ["file"]);
});

const isRoot = process.getuid?.() === 0;

test(
  "a file that another group was allowed to read keeps its owner, that group and its right",
  { skip: !isRoot && "needs root" },
  async () => {
    const { chown } = await import("node:fs/promises");
    const path = join(await temporaryFolder(), "photolog.yaml");
    await writeFile(path, "one", { mode: 0o640 });
    await chown(path, 0, 4321);
    await putPrivateFile(path, "two");
    const { uid, gid, mode } = await stat(path);
    assert.deepEqual([uid, gid, mode & 0o777], [0, 4321, 0o640]);
  },
);
