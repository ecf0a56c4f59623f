/**
 * A second run over a tree in which nothing has changed, against `rclone copy` and `restic backup`.
 *
 *   npm run build && node bench/second-run.ts [--files N] [--rounds N] [--json]
 *
 * 100,000 files. That the server has them all is written into its catalog; the first run, which is not counted, finds it so.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Catalog } from "../src/catalog.ts";
import { openDatabase } from "../src/database.ts";
import { checksumsOf } from "../src/media/checksum.ts";
import { compete, costOf, installed } from "./cost.ts";
import { cacheFolder, makePhotos } from "./inputs.ts";
import { show } from "./outcome.ts";
import { type Home, makeHome, PHOTOLOG, startServing } from "./serving.ts";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean" },
  },
});
const TOGETHER = 1000;

const { folder, paths } = await makePhotos({ width: 64, height: 48, count: Number(values.files) });
const copies = await mkdtemp(join(cacheFolder(), "copies-"));
const home = await makeHome();
await tellCatalog(home, paths);
const server = await startServing(home);
try {
  const upload = [...PHOTOLOG, "upload", folder, "--host", server.url];
  const restic = ["restic", "--repo", join(copies, "restic")];
  const resticEnvironment = { RESTIC_CACHE_DIR: join(copies, "cache"), RESTIC_PASSWORD: "not-a-real-secret" };
  const { present, absent } = await installed([
    { name: "photolog upload", role: "ours", run: () => costOf(upload, home.environment) },
    { name: "the same, --json", role: "ours", run: () => costOf([...upload, "--json"], home.environment) },
    {
      name: "rclone copy",
      role: "peer",
      needs: "rclone",
      run: () => costOf(["rclone", "copy", folder, join(copies, "rclone")]),
    },
    {
      name: "restic backup",
      role: "peer",
      needs: "restic",
      run: () => costOf([...restic, "backup", folder], resticEnvironment),
    },
    { name: "find -printf", role: "limit", run: () => costOf(["find", folder, "-type", "f", "-printf", "%s %T@\\n"]) },
  ]);
  if (!absent.includes("restic")) await costOf([...restic, "init"], resticEnvironment);
  // The first run of each is not what is asked here.
  for (const { run } of present) await run();
  show({
    title: "Second run over an unchanged tree",
    cases: [
      {
        work: "unchanged files",
        unit: "file",
        count: paths.length,
        entries: await compete(present, Number(values.rounds)),
      },
    ],
    absent,
    remarks: [
      "What limits it: a look at every file. photolog also asks the server whether it still has them all, and with --json, or when the server has been started since, whether it has each of them.",
    ],
  });
} finally {
  await server.stop();
  home.remove();
  await rm(copies, { recursive: true, force: true });
}

/** Every photo as one that was archived long ago. */
async function tellCatalog({ databaseFile }: Home, photos: readonly string[]): Promise<void> {
  const database = openDatabase(databaseFile);
  const catalog = new Catalog(database, Date.now);
  const adopt = async (path: string): Promise<void> => {
    const { bytes, sha256, md5 } = await checksumsOf(path, ["sha256", "md5"]);
    const filename = basename(path);
    const media = { mime: "image/jpeg", extension: "jpg", kind: "image" } as const;
    const place = { blobKey: `originals/${filename}`, receivedAt: Date.now(), facts: {}, tags: [], receipts: {} };
    await catalog.adopt({ sha256, md5, bytes, filename, ...media, ...place }, [{ step: "archive", state: "done" }]);
  };
  for (let from = 0; from < photos.length; from += TOGETHER) {
    await Promise.all(photos.slice(from, from + TOGETHER).map(adopt));
  }
  database.close();
}
