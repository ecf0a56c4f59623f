/**
 * A second run over a tree in which nothing has changed, against `rclone copy` and `restic backup`.
 *
 *   npm run build && node bench/second-run.ts [--full] [--rounds N] [--json]
 *
 * 10,000 files, with `--full` 100,000.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compete, costOf, installed } from "./cost.ts";
import { cacheFolder, makePhotos } from "./inputs.ts";
import { show } from "./outcome.ts";
import { closeLanes, makeHome, PHOTOLOG, startServing } from "./serving.ts";

const { values } = parseArgs({
  options: { full: { type: "boolean" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const COUNT = values.full === true ? 100_000 : 10_000;

const { folder, paths } = await makePhotos({ width: 64, height: 48, count: COUNT });
const copies = await mkdtemp(join(cacheFolder(), "copies-"));
const home = await makeHome();
const server = await startServing(home);
try {
  await closeLanes(home, ["archive", "renditions"]);
  const upload = [...PHOTOLOG, "upload", folder, "--host", server.url, "--json"];
  const restic = ["restic", "--repo", join(copies, "restic")];
  const resticEnvironment = { RESTIC_CACHE_DIR: join(copies, "cache"), RESTIC_PASSWORD: "not-a-real-secret" };
  const { present, absent } = await installed([
    { name: "photolog upload", role: "ours", run: () => costOf(upload, home.environment) },
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
      "What limits it: a look at every file. photolog also asks the server whether it still knows each of them.",
    ],
  });
} finally {
  await server.stop();
  home.remove();
  await rm(copies, { recursive: true, force: true });
}
