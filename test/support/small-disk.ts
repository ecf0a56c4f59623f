/** A file system of its own that is soon full, can be made read-only, and is gone when the test file has ended. Root only. */
import { execFile } from "node:child_process";
import { mkdir, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { whenDone } from "./temporary.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

/** False, or why no disk can be mounted here: what `skip` takes. */
export const noMounts: string | false = await run("unshare", ["--mount", "true"]).then(
  () => false as const,
  () => "only root may mount a disk",
);

export interface SmallDisk {
  readonly folder: string;
  /** Takes all space but so many bytes; again with more, gives some back. */
  leave(bytes: number): Promise<void>;
  setWritable(how: "ro" | "rw"): Promise<void>;
}

/** `size` in bytes. */
export async function mountSmallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "photolog-test", folder]);
  whenDone(() =>
    until("it is unmounted", () =>
      run("umount", [folder]).then(
        () => true,
        () => false,
      ),
    ),
  );
  const ballast = join(folder, "ballast");
  return {
    folder,
    async leave(bytes) {
      await writeFile(ballast, "");
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes))).catch((error: unknown) => {
        // Somebody else writes, too.
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      });
    },
    /** Waits for files that are open for writing. */
    async setWritable(how) {
      await until(`it is ${how}`, () =>
        run("mount", ["-o", `remount,${how}`, folder]).then(
          () => true,
          () => false,
        ),
      );
    },
  };
}
