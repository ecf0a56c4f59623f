/** The plug is pulled: whatever was not forced to disk is gone. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { StatusAnswer } from "../../src/api.ts";
import { file, form } from "../support/form.ts";
import { makeHome, SECRET, serve } from "../support/photolog.ts";
import { sha256 } from "../support/pictures.ts";
import { copiesOf } from "../support/services.ts";
import { noMounts } from "../support/small-disk.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const noPowerCut: string | false =
  noMounts ||
  (await run("sh", ["-c", "command -v mkfs.ext4 && command -v xfs_io && losetup --find"]).then(
    () => false as const,
    () => "needs ext4, xfs_io and a loop device",
  ));

/** An ext4 of its own, whose journal holds what was forced to disk and nothing else when the power is cut. */
async function openDisk(folder: string) {
  const [image, mounted] = [join(folder, "image"), join(folder, "disk")];
  await mkdir(mounted);
  await writeFile(image, "");
  await truncate(image, 64 * 1024 * 1024);
  await run("mkfs.ext4", ["-q", "-F", image]);
  const mount = () => run("mount", ["-o", "loop", image, mounted]);
  const unmount = () =>
    until("it is unmounted", () =>
      run("umount", [mounted]).then(
        () => true,
        () => false,
      ),
    );
  await mount();
  whenDone(unmount);
  return {
    folder: mounted,
    cut: () => run("xfs_io", ["-x", "-c", "shutdown", mounted]),
    async restore(): Promise<void> {
      await unmount();
      await mount();
    },
  };
}

test(
  "whatever was accepted before the power was cut is archived, byte for byte, once it is back",
  { skip: noPowerCut },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const disk = await openDisk(folder);
    const [spool, archive] = [join(disk.folder, "spool"), join(disk.folder, "archive")];
    const settings = { UPLOAD_FOLDER: spool, DB_FILE: join(disk.folder, "photolog.db"), ARCHIVE_FOLDER: archive };
    const server = await serve(home, settings);
    const accepted = new Set<string>();
    let cut: Promise<unknown> | undefined;

    async function send(): Promise<void> {
      while (cut === undefined) {
        const bytes = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), randomBytes(50_000)]);
        const answer = await fetch(`${server.url}/photos/`, {
          method: "POST",
          body: form({ photo_file: file(bytes) }),
          headers: { authorization: `Bearer ${SECRET}` },
        });
        if (answer.status === 202) accepted.add(sha256(bytes));
        if (accepted.size >= 20) cut ??= disk.cut();
      }
    }
    await Promise.all([send(), send(), send()]);
    await cut;
    await server.end("SIGKILL");
    await disk.restore();

    const next = await serve(home, settings);
    await until("everything is everywhere", async () => (await next.get<StatusAnswer>("/status")).spool.photos === 0);
    const entries = await readdir(join(archive, "originals"), { recursive: true, withFileTypes: true });
    const originals = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".jpg"));
    const copies = copiesOf(
      await Promise.all(
        originals.map(async ({ parentPath, name }) => ({ sha256: sha256(await readFile(join(parentPath, name))) })),
      ),
    );
    for (const checksum of accepted) assert.equal(copies[checksum], 1);
    await next.end("SIGTERM");
  },
);
