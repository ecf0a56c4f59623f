/**
 * The most memory that `photolog serve` takes while 1 and 64 clients send it a file of 1 GB each at the same time.
 *
 *   npm run build && node bench/memory.ts [--full] [--json]
 *
 * Of 64 files only the beginning is sent, then all are cut off at once: memory is for what is under way, not for how much of it has
 * come. `--full` sends all 64 GB, which needs as much room on the disk.
 */
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import type { Cost } from "./cost.ts";
import { type Case, show } from "./outcome.ts";
import { closeLanes, makeHome, SECRET, startServing } from "./serving.ts";

const { values } = parseArgs({
  options: { full: { type: "boolean" }, rounds: { type: "string" }, json: { type: "boolean" } },
});
const SIZE = 1e9;
const BEGINNING = values.full === true ? SIZE : 100e6;
const CHUNK = 256 * 1024;
const BOUNDARY = "photolog-bench";
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
const noise = randomBytes(CHUNK);

const cases: Case[] = [];
for (const [clients, bytes] of [
  [1, SIZE],
  [64, BEGINNING],
] as const) {
  const much = bytes === SIZE ? "" : `, the first ${BEGINNING / 1e6} MB of each`;
  cases.push({
    work: `${clients === 1 ? "an upload" : `${clients} uploads at once`} of 1 GB${much}`,
    unit: "GB",
    count: (clients * bytes) / 1e9,
    entries: [{ name: "photolog serve", role: "ours", cost: await sending(clients, bytes) }],
  });
}
show({
  title: "Memory of the server",
  cases,
  absent: [],
  remarks: ["One round. Time and memory are the server's, what it has when nothing comes included."],
});

async function sending(clients: number, bytes: number): Promise<Cost> {
  const home = await makeHome({ MAX_CONCURRENT_UPLOADS: clients });
  const server = await startServing(home);
  await closeLanes(home, ["archive", "renditions"]);
  try {
    const before = server.spent();
    const began = performance.now();
    const uploads = Array.from({ length: clients }, (_, number) => begin(new URL("photos/", server.url), number));
    await Promise.all(uploads.map((upload) => send(upload, bytes)));
    if (bytes === SIZE) await Promise.all(uploads.map(accepted));
    else for (const upload of uploads) upload.destroy();
    const { cpu, peak } = server.spent();
    return { wall: (performance.now() - began) / 1000, cpu: cpu - before.cpu, peak };
  } finally {
    await server.stop();
    home.remove();
  }
}

/** Its form up to the photo's first bytes, which tell it from all others. */
function begin(url: URL, number: number): ClientRequest {
  const head = Buffer.from(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="photo_file"; filename="${number}.jpg"\r\n\r\n`,
  );
  const upload = request(url, {
    method: "POST",
    agent: false,
    headers: {
      authorization: `Bearer ${SECRET}`,
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
      "content-length": head.length + SIZE + TAIL.length,
    },
  });
  // Of those that are cut off.
  upload.on("error", () => undefined);
  upload.write(Buffer.concat([head, JPEG, Buffer.from([number])]));
  return upload;
}

async function send(upload: ClientRequest, bytes: number): Promise<void> {
  for (let left = bytes - JPEG.length - 1; left > 0; left -= CHUNK) {
    if (!upload.write(noise.subarray(0, Math.min(left, CHUNK)))) await once(upload, "drain");
  }
}

async function accepted(upload: ClientRequest): Promise<void> {
  upload.end(TAIL);
  const [answer] = (await once(upload, "response")) as [NodeJS.ReadableStream & { statusCode: number }];
  answer.resume();
  if (answer.statusCode !== 202) throw new Error(`The server answered ${answer.statusCode}.`);
}
