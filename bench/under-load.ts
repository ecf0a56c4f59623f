/**
 * The server while it makes renditions of files of all sorts: how long the API takes to answer meanwhile, whether both cores are
 * used, whether memory stays flat. Beside it: the same decoding without a server, one process a core.
 *
 *   npm run build && node bench/under-load.ts [--photos DIR] [--full] [--json]
 *
 * 200 files, with `--full` 1,000; `--photos DIR` takes a folder's files in turn, until there are as many. A byte or two behind each
 * makes it one of its own.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { openDatabase } from "../src/database.ts";
import { SETTLED } from "../src/queue/job.ts";
import { Queue } from "../src/queue/queue.ts";
import { type Cost, costOf, latencyOf, spentBelow } from "./cost.ts";
import { cacheFolder, makePhotos } from "./inputs.ts";
import { show } from "./outcome.ts";
import { closeLanes, makeHome, PHOTOLOG, type Process, startServing } from "./serving.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    full: { type: "boolean" },
    rounds: { type: "string" },
    json: { type: "boolean" },
  },
});
const COUNT = values.full === true ? 1000 : 200;
const ASK_EVERY_MS = 20;
const LOOK_EVERY_MS = 200;
const IDLE_MS = 5000;
const ENDED: ReadonlySet<string> = new Set([...SETTLED, "failed"]);
const CORES = cpus().length;
/** One process a core, each with the files of one folder. */
const SHARED_OUT = 'for share in "$2"/*; do "$0" "$1" "$2" "$share"/* & done; wait';
const RENDER_ALL = fileURLToPath(new URL("render-all.ts", import.meta.url));

const work = await mkdtemp(join(cacheFolder(), "under-load-"));
const home = await makeHome();
try {
  fill(join(work, "files"), values.photos === undefined ? await makeKinds() : filesIn(values.photos));
  const { count, idle } = await receive();

  const server = await startServing(home);
  const rendered = await whileAsking(server, drain);
  const { peak } = server.spent();
  await server.stop();
  const alone = await costOf(["bash", "-c", SHARED_OUT, process.execPath, RENDER_ALL, join(work, "files")]);

  show({
    title: "Under load: renditions of files of all sorts in the server, and its API meanwhile",
    cases: [
      {
        work: "renditions, all sorts of files",
        unit: "file",
        count,
        entries: [
          { name: "photolog serve, answers of /healthz", role: "ours", cost: rendered },
          { name: `decoding alone, ${CORES} processes`, role: "limit", cost: alone },
        ],
      },
      {
        work: "/healthz without any other work",
        unit: "request",
        count: idle.asked,
        entries: [{ name: "photolog serve", role: "ours", cost: idle }],
      },
    ],
    absent: [],
    remarks: [
      `Of ${CORES} cores ${(rendered.cpu / rendered.wall).toFixed(2)} were busy with the server's work (the process that asks takes some of the rest).`,
      `Memory of the server and its decoders, the most in each fifth of the time: ${rendered.fifths.map((bytes) => Math.round(bytes / 1e6)).join(", ")} MB; of the server itself at most ${Math.round(peak / 1e6)} MB.`,
    ],
  });
} finally {
  await rm(work, { recursive: true, force: true });
  home.remove();
}

/** One of each sort that the decoder can also write, in shares that a folder of a family has. */
async function makeKinds(): Promise<readonly string[]> {
  const { paths } = await makePhotos({ width: 4752, height: 3168, count: 12 });
  const [large = ""] = paths;
  const folder = join(work, "kinds");
  mkdirSync(folder);
  const picture = sharp(large).resize({ width: 2048 });
  const frames = Array.from({ length: 8 }, (_, turn) =>
    sharp(large)
      .resize({ width: 320, height: 240 })
      .modulate({ hue: turn * 45 })
      .png()
      .toBuffer(),
  );
  const others = {
    "small.jpg": picture.clone().jpeg({ quality: 85 }),
    "progressive.jpg": picture.clone().jpeg({ progressive: true }),
    "screen.png": picture.clone().resize({ width: 1280 }).png(),
    "scan.tif": picture.clone().greyscale().tiff({ compression: "lzw" }),
    "picture.webp": picture.clone().webp({ effort: 0 }),
    "moving.gif": sharp(await Promise.all(frames), { join: { animated: true } }).gif(),
  };
  for (const [name, made] of Object.entries(others)) await made.toFile(join(folder, name));
  return [...paths.slice(0, 4), ...filesIn(folder)];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** One folder a core. */
function fill(folder: string, kinds: readonly string[]): void {
  for (let core = 0; core < CORES; core++) mkdirSync(join(folder, String(core)), { recursive: true });
  for (let number = 0; number < COUNT; number++) {
    const kind = kinds[number % kinds.length] ?? "";
    const name = `${String(number).padStart(6, "0")}${extname(kind)}`;
    // Decoders do not look behind the end of a picture.
    const bytes = Buffer.concat([readFileSync(kind), Buffer.from(`\n${number}\n`)]);
    writeFileSync(join(folder, String(number % CORES), name), bytes);
  }
}

/** Until all are accepted and nothing is done yet; how many were, and how the API answers then. */
async function receive(): Promise<{ readonly count: number; readonly idle: Watched }> {
  const server = await startServing(home);
  await closeLanes(home, ["archive", "renditions"]);
  await costOf([...PHOTOLOG, "upload", join(work, "files"), "--host", server.url, "--json"], home.environment).catch(
    () => undefined, // Files that are no pictures are refused.
  );
  const idle = await whileAsking(server, () => pause(IDLE_MS));
  await server.stop();
  const count = await withQueue(async (queue) => {
    for (const step of ["archive", "renditions"]) await queue.lanes.open(step);
    return (await queue.counts()).find(({ step }) => step === "renditions")?.count ?? 0;
  });
  return { count, idle };
}

async function withQueue<T>(ask: (queue: Queue) => Promise<T>): Promise<T> {
  const database = openDatabase(home.databaseFile);
  try {
    return await ask(new Queue(database, Date.now));
  } finally {
    database.close();
  }
}

/** Until no rendition is left to be made. */
async function drain(): Promise<void> {
  await withQueue(async (queue) => {
    for (;;) {
      const counts = await queue.counts();
      const open = counts.filter(({ step, state }) => step === "renditions" && !ENDED.has(state));
      if (open.length === 0) return;
      await pause(250);
    }
  });
}

interface Watched extends Cost {
  readonly asked: number;
  /** The most bytes resident in each fifth of the time. */
  readonly fifths: readonly number[];
}

/** Asks the API again and again, as a monitor and a load balancer would, only much more often. */
async function whileAsking({ url, pid, spent: spentByServer }: Process, work: () => Promise<void>): Promise<Watched> {
  const spent = (): { readonly cpu: number; readonly resident: number } => {
    const [server, below] = [spentByServer(), spentBelow(pid)];
    return { cpu: server.cpu + below.cpu, resident: server.resident + below.resident };
  };
  const took: number[] = [];
  const resident: number[] = [];
  const over = new AbortController();
  const before = spent();
  const began = performance.now();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const asked = performance.now();
      const answer = await fetch(new URL("healthz", url));
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`/healthz answered ${answer.status}.`);
      took.push(performance.now() - asked);
      await pause(ASK_EVERY_MS);
    }
  })();
  const watching = (async () => {
    while (!over.signal.aborted) {
      resident.push(spent().resident);
      await pause(LOOK_EVERY_MS);
    }
  })();
  await work();
  over.abort();
  await Promise.all([asking, watching]);
  const wall = (performance.now() - began) / 1000;
  const fifth = Math.ceil(resident.length / 5);
  const fifths = [0, 1, 2, 3, 4].map((n) => Math.max(...resident.slice(n * fifth, (n + 1) * fifth)));
  return {
    wall,
    cpu: spent().cpu - before.cpu,
    peak: Math.max(...resident),
    latency: latencyOf(took),
    asked: took.length,
    fifths,
  };
}
