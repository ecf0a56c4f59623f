/** A folder through `photolog upload` and `photolog serve` to an S3 server, and what both spend, decoders included. Linux. */
import { setTimeout as pause } from "node:timers/promises";
import { openDatabase } from "../src/database.ts";
import { type JobState, SETTLED } from "../src/queue/job.ts";
import { Queue } from "../src/queue/queue.ts";
import { type Cost, costOf, spentBelow } from "./cost.ts";
import { closeLanes, type Home, makeHome, PHOTOLOG, startServing } from "./serving.ts";

const LOOK_MS = 50;

export interface ToS3 {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Until every original is archived; with renditions, until nothing is left to be done. */
export async function throughServe(folder: string, to: ToS3, { renditions }: { renditions: boolean }): Promise<Cost> {
  const home = await makeHome({
    S3_BUCKET: to.bucket,
    S3_ENDPOINT: to.endpoint,
    S3_REGION: to.region,
    S3_ACCESS_KEY: to.accessKeyId,
    S3_SECRET_KEY: to.secretAccessKey,
    S3_PREFIX: `serve-${process.pid}-${Math.round(performance.now())}/`,
  });
  const server = await startServing(home);
  let watch: NodeJS.Timeout | undefined;
  try {
    if (!renditions) await closeLanes(home, ["renditions"]);
    const spent = (): { readonly cpu: number; readonly resident: number } => {
      const [own, below] = [server.spent(), spentBelow(server.pid)];
      return { cpu: own.cpu + below.cpu, resident: own.resident + below.resident };
    };
    const before = spent();
    const began = performance.now();
    let peak = 0;
    watch = setInterval(() => (peak = Math.max(peak, spent().resident)), LOOK_MS);
    const client = await costOf([...PHOTOLOG, "upload", folder, "--host", server.url, "--json"], home.environment);
    await untilDone(home, renditions ? ["archive", "renditions", "release"] : ["archive"]);
    const wall = (performance.now() - began) / 1000;
    return { wall, cpu: client.cpu + spent().cpu - before.cpu, peak: peak + client.peak };
  } finally {
    clearInterval(watch);
    await server.stop();
    home.remove();
  }
}

/** What a photo of the user's own may come to as well: a picture that nothing can be made of. */
const ENDS: readonly JobState[] = ["done", "unsupported"];

/** Rejects where a photo's step came to another end. */
export async function untilDone({ databaseFile }: Pick<Home, "databaseFile">, steps: readonly string[]): Promise<void> {
  const database = openDatabase(databaseFile);
  try {
    const queue = new Queue(database, Date.now);
    for (;;) {
      const counts = (await queue.counts()).filter(({ step }) => steps.includes(step));
      const wrong = counts.find(({ state }) => SETTLED.includes(state) && !ENDS.includes(state));
      if (wrong !== undefined) throw new Error(`${wrong.count} photos: ${wrong.step} ${wrong.state}.`);
      if (counts.every(({ state }) => ENDS.includes(state))) return;
      await pause(LOOK_MS);
    }
  } finally {
    database.close();
  }
}
