/**
 * The queue: jobs claimed and done, as the server's lanes do it, with 10, 10^4 and 10^6 others waiting, against plainjob, which is built
 * on SQLite too.
 *
 *   node bench/queue.ts [--waiting N,N] [--rounds N] [--json]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Sqlite from "better-sqlite3";
import { better, defineQueue } from "plainjob";
import { openDatabase } from "../src/database.ts";
import { insertJobs, Queue } from "../src/queue/queue.ts";
import { compete, type Contender, type Cost, latencyOf } from "./cost.ts";
import { cacheFolder } from "./inputs.ts";
import { type Case, show } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    waiting: { type: "string", default: "10,10000,1000000" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean" },
  },
});
const JOBS = 4000;
/** Jobs in hand: as many as the server has lanes, and a few more. */
const AT_ONCE = 16;
const SILENT = { error() {}, warn() {}, info() {}, debug() {} };
const CHUNK = 10_000;
const SIZES = values.waiting.split(",").map(Number);

const work = await mkdtemp(join(cacheFolder(), "queue-"));
const opened: { close(): void }[] = [];
try {
  const cases: Case[] = [];
  for (const size of SIZES) {
    const entries = await compete([await ours(size), plainjob(size)], Number(values.rounds));
    cases.push({ work: `with ${size.toLocaleString("en")} waiting`, unit: "job", count: JOBS, entries });
  }
  show({
    title: "Queue: jobs claimed and done",
    cases,
    absent: [],
    remarks: [
      "What limits it: commits, which photolog writes through to the disk, several jobs in one, and plainjob leaves to the system: after a power cut it has forgotten what was done last. plainjob keeps no lanes and no leases.",
    ],
  });
} finally {
  for (const one of opened) one.close();
  await rm(work, { recursive: true, force: true });
}

async function ours(waiting: number): Promise<Contender> {
  const database = openDatabase(join(work, `ours-${waiting}.db`));
  opened.push(database);
  const queue = new Queue(database, Date.now);
  let photo = 0;
  const add = (count: number): Promise<void> =>
    database.write((sql) => {
      for (let job = 0; job < count; job++)
        insertJobs(sql, ++photo, [{ step: "archive", state: "queued" }], Date.now());
    });
  for (let left = waiting; left > 0; left -= CHUNK) await add(Math.min(left, CHUNK));
  return {
    name: "photolog",
    role: "ours",
    async run() {
      await add(JOBS);
      return await measured(async (isLeft, claims) => {
        // As the server's lanes do: a job is ended and the next one claimed in one commit.
        let job = await queue.claim("archive");
        while (job !== undefined) {
          const began = performance.now();
          const [isEnded, next] = await Promise.all([
            queue.complete(job),
            isLeft() ? queue.claim("archive") : undefined,
          ]);
          if (!isEnded) throw new Error("The job was lost.");
          claims.push(performance.now() - began);
          job = next;
        }
      });
    },
  };
}

function plainjob(waiting: number): Contender {
  const connection = new Sqlite(join(work, `plainjob-${waiting}.db`));
  const queue = defineQueue({ connection: better(connection), logger: SILENT });
  // Left open, it comes to clean up once a minute.
  opened.push(queue);
  for (let left = waiting; left > 0; left -= CHUNK) {
    queue.addMany(
      "archive",
      Array.from({ length: Math.min(left, CHUNK) }, (_, job) => ({ job })),
    );
  }
  return {
    name: "plainjob",
    role: "peer",
    run() {
      queue.addMany(
        "archive",
        Array.from({ length: JOBS }, (_, job) => ({ job })),
      );
      return measured((isLeft, claims) => {
        while (isLeft()) {
          const began = performance.now();
          const job = queue.getAndMarkJobAsProcessing("archive");
          if (job === undefined) throw new Error("The job was lost.");
          queue.markJobAsDone(job.id);
          claims.push(performance.now() - began);
        }
        return Promise.resolve();
      });
    },
  };
}

/** `lane` works while jobs are left, and notes how many milliseconds each took to be claimed and ended. */
async function measured(lane: (isLeft: () => boolean, claims: number[]) => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const began = performance.now();
  const claims: number[] = [];
  let left = JOBS;
  const isLeft = (): boolean => left-- > 0;
  await Promise.all(Array.from({ length: AT_ONCE }, () => lane(isLeft, claims)));
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - began) / 1000, cpu: (user + system) / 1e6, peak: 0, latency: latencyOf(claims) };
}
