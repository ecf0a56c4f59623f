/**
 * Intake: photos from a folder until the server has accepted all of them, against `curl` and against copying and hashing alone.
 *
 *   npm run build && node bench/intake.ts [--photos DIR] [--rounds N] [--json]
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compete, type Contender, type Cost, costOf, installed } from "./cost.ts";
import { cacheFolder, makePhotos, type PhotoFolder, photosIn } from "./inputs.ts";
import { type Case, show } from "./outcome.ts";
import { closeLanes, costWith, makeHome, PHOTOLOG, SECRET, startServing } from "./serving.ts";

const { values } = parseArgs({
  options: { photos: { type: "string" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const AT_ONCE = 8;
const LIMIT = 'for photo in "$@"; do cp "$photo" "$0" && sha256sum "$photo"; done && sync -f "$0"';

const work = await mkdtemp(join(cacheFolder(), "intake-"));
try {
  const sets: readonly (readonly [string, PhotoFolder])[] =
    values.photos === undefined
      ? [
          ["small photos", await makePhotos({ width: 1200, height: 800, count: 1000 })],
          ["photos of 15 megapixels", await makePhotos({ width: 4752, height: 3168, count: 60 })],
        ]
      : [["photos", photosIn(values.photos)]];
  const cases: Case[] = [];
  const absent = new Set<string>();
  for (const [name, photos] of sets) {
    const found = await installed(contenders(photos));
    for (const program of found.absent) absent.add(program);
    const megabytes = Math.round(photos.bytes / 1e6).toLocaleString("en");
    cases.push({
      work: `${name}, ${megabytes} MB`,
      unit: "photo",
      count: photos.paths.length,
      entries: await compete(found.present, Number(values.rounds)),
    });
  }
  show({
    title: "Intake: from a folder until everything is accepted, client and server together",
    cases,
    absent: [...absent],
    remarks: [
      "What limits it: reading, SHA-256, writing through to the disk, and a commit a photo. photolog upload asks first what is known and hashes for itself; curl does not.",
    ],
  });
} finally {
  await rm(work, { recursive: true, force: true });
}

function contenders({ folder, paths }: PhotoFolder): (Contender & { readonly needs?: string })[] {
  return [
    {
      name: "photolog upload",
      role: "ours",
      run: () =>
        accepting((url, environment) => costOf([...PHOTOLOG, "upload", folder, "--host", url, "--json"], environment)),
    },
    {
      name: "curl, one after the other",
      role: "peer",
      needs: "curl",
      run: () => accepting((url) => curl(url, paths, [])),
    },
    {
      name: `curl --parallel, ${AT_ONCE} at a time`,
      role: "peer",
      needs: "curl",
      run: () => accepting((url) => curl(url, paths, ["--parallel", "--parallel-max", String(AT_ONCE)])),
    },
    {
      name: "cp, sha256sum, sync",
      role: "limit",
      run: async () => {
        const into = await mkdtemp(join(work, "copy-"));
        const cost = await costOf(["bash", "-c", LIMIT, into, ...paths]);
        await rm(into, { recursive: true });
        return cost;
      },
    },
  ];
}

/** With a server that does nothing but accept. */
async function accepting(
  send: (url: string, environment: Readonly<Record<string, string>>) => Promise<Cost>,
): Promise<Cost> {
  const home = await makeHome();
  const server = await startServing(home);
  try {
    await closeLanes(home, ["archive", "renditions"]);
    return await costWith(server, () => send(server.url, home.environment));
  } finally {
    await server.stop();
    home.remove();
  }
}

/** One process for all photos, with a form each. */
async function curl(url: string, paths: readonly string[], more: readonly string[]): Promise<Cost> {
  const transfers = paths.map(
    (path) =>
      `url = "${url}/photos/"\nform = "photo_file=@${path}"\nheader = "Authorization: Bearer ${SECRET}"\noutput = "/dev/null"\nfail\nsilent\n`,
  );
  const config = join(work, "curl.conf");
  await writeFile(config, transfers.join("next\n"));
  return await costOf(["curl", ...more, "--config", config]);
}
