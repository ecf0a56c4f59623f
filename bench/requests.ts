/**
 * The API under 1, 8 and 64 clients, each with a connection of its own that sends one photo after the other, and asks for `/healthz`
 * one after the other. Processor time and memory are the server's alone.
 *
 *   npm run build && node bench/requests.ts [--rounds N] [--json]
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { compete, type Cost, latencyOf } from "./cost.ts";
import { makePhotos, unlikeOthers } from "./inputs.ts";
import { type Case, show } from "./outcome.ts";
import { closeLanes, makeHome, SECRET, startServing } from "./serving.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" }, json: { type: "boolean" } } });
const CLIENTS = [1, 8, 64];
interface Kind {
  readonly name: string;
  readonly bytes: Buffer;
}

const SMALL = 2000;
const LARGE = 100;
const QUESTIONS = 2000;
const BOUNDARY = "photolog-bench";

const kindsOf = async (width: number, height: number): Promise<readonly Kind[]> => {
  const { paths } = await makePhotos({ width, height, count: 8 });
  return paths.map((path) => ({ name: basename(path), bytes: readFileSync(path) }));
};
const small = await kindsOf(960, 640);
const large = await kindsOf(4752, 3168);
let sent = 0;

const cases: Case[] = [];
for (const [what, count, ask] of [
  [`POST /photos/, ${kilobytes(small)} kB`, SMALL, postPhoto(small)],
  [`POST /photos/, ${kilobytes(large)} kB`, LARGE, postPhoto(large)],
  ["GET /healthz", QUESTIONS, getHealth],
] as const) {
  const entries = await compete(
    CLIENTS.map((clients) => ({
      name: `${clients} ${clients === 1 ? "client" : "clients"}`,
      role: "ours" as const,
      run: () => asking({ clients, count, ask }),
    })),
    Number(values.rounds),
  );
  cases.push({ work: what, unit: "request", count, entries });
}
show({
  title: "Requests: what the API answers, in a second",
  cases,
  absent: [],
  remarks: [
    "A photo is answered once it is hashed, on disk and its jobs are committed; the clients share the machine's cores with the server.",
  ],
});

async function asking({
  clients,
  count,
  ask,
}: {
  readonly clients: number;
  readonly count: number;
  readonly ask: (pool: Pool) => Promise<number>;
}): Promise<Cost> {
  const home = await makeHome({ MAX_CONCURRENT_UPLOADS: Math.max(...CLIENTS) });
  const server = await startServing(home);
  await closeLanes(home, ["archive", "renditions"]);
  const pool = new Pool(new URL(server.url).origin, { connections: clients });
  try {
    const before = server.spent();
    const began = performance.now();
    const took: number[] = [];
    let left = count;
    const client = async (): Promise<void> => {
      while (left-- > 0) {
        const asked = performance.now();
        const status = await ask(pool);
        if (status !== 200 && status !== 202) throw new Error(`The server answered ${status}.`);
        took.push(performance.now() - asked);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    const { cpu, peak } = server.spent();
    return { wall: (performance.now() - began) / 1000, cpu: cpu - before.cpu, peak, latency: latencyOf(took) };
  } finally {
    await pool.close();
    await server.stop();
    home.remove();
  }
}

function kilobytes(kinds: readonly Kind[]): number {
  return Math.round(kinds.reduce((sum, { bytes }) => sum + bytes.length, 0) / kinds.length / 1000);
}

function postPhoto(kinds: readonly Kind[]): (pool: Pool) => Promise<number> {
  return (pool) => {
    const number = sent++;
    return postOne(pool, kinds[number % kinds.length], number);
  };
}

async function postOne(pool: Pool, kind: Kind | undefined, number: number): Promise<number> {
  const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="photo_file"; filename="${kind?.name}"\r\ncontent-type: image/jpeg\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(head),
    unlikeOthers(kind?.bytes ?? Buffer.alloc(0), number),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
  const answer = await pool.request({
    method: "POST",
    path: "/photos/",
    headers: { authorization: `Bearer ${SECRET}`, "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body,
  });
  await answer.body.dump();
  return answer.statusCode;
}

async function getHealth(pool: Pool): Promise<number> {
  const answer = await pool.request({ method: "GET", path: "/healthz" });
  await answer.body.dump();
  return answer.statusCode;
}
