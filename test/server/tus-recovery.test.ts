/** What is found of uploads in pieces after the server was stopped at the worst of moments. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFile, readdir, rename, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { pino } from "pino";
import { startSweeping } from "../../src/server/sweeping.ts";
import { startServer } from "../../src/server/server.ts";
import { openPartials } from "../../src/storage/partials.ts";
import { openSpool } from "../../src/storage/spool.ts";
import { makeHome, SECRET, serve } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { openServer } from "../support/server.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";
import { tusAt, VERSION } from "../support/tus.ts";
import { until } from "../support/until.ts";

let seed = 70_000;
const fresh = (): Promise<Buffer> => picture({ seed: (seed += 1) });

/** An upload that lacks one byte, of a server that can be stopped and started again. */
async function begin(bytes: Buffer) {
  let server: { url: string; stop: () => Promise<void> } | undefined;
  const first = await openServer();
  server = first;
  const tus = tusAt(() => server?.url ?? "");
  const path = await tus.begin(bytes.length, { filename: "a.jpg" });
  assert.equal((await tus.patch(path, 0, bytes.subarray(0, -1))).status, 204);
  const id = path.slice("/uploads/".length);
  const spool = join(first.folder, "spool");
  return {
    tus,
    path,
    id,
    spool,
    file: join(spool, `${id}.upload`),
    async restart(meanwhile: () => Promise<unknown>): Promise<void> {
      await server?.stop();
      await meanwhile();
      const next = await startServer(first.settings, pino({ level: "silent" }));
      let stopped: Promise<void> | undefined;
      server = { url: next.url, stop: () => (stopped ??= next.stop()) };
      whenDone(server.stop);
    },
  };
}

test("the start of a server keeps what can be gone on with", async () => {
  const bytes = await fresh();
  const { tus, path, restart } = await begin(bytes);
  await restart(async () => undefined);
  assert.equal(await tus.offset(path), bytes.length - 1);
  const last = await tus.patch(path, bytes.length - 1, bytes.subarray(-1));
  assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
});

test("a power cut that took bytes is told, and they are sent again", async () => {
  const bytes = await fresh();
  const { tus, path, file, restart } = await begin(bytes);
  await restart(() => truncate(file, 500));
  assert.equal(await tus.offset(path), 500);
  assert.equal((await tus.patch(path, bytes.length - 1, bytes.subarray(-1))).status, 409);
  const last = await tus.patch(path, 500, bytes.subarray(500));
  assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
});

for (const stage of ["after the last byte", "after it was kept"]) {
  for (const how of ["its last byte again", "an empty piece"]) {
    test(`stopped ${stage}, before the catalog knew: ${how} completes it`, async () => {
      const bytes = await fresh();
      const { tus, path, id, spool, file, restart } = await begin(bytes);
      await restart(async () => {
        await appendFile(file, bytes.subarray(-1));
        if (stage === "after it was kept") await rename(file, join(spool, `${sha256(bytes)}-${id}`));
      });
      const from = how === "an empty piece" ? bytes.length : await tus.offset(path);
      // A client that sees a whole upload would take it for a finished one.
      if (how !== "an empty piece") assert.equal(from, bytes.length - 1);
      const last = await tus.patch(path, from, bytes.subarray(from));
      assert.equal(last.status, 204);
      assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
      assert.equal(last.headers.get("photolog-queued"), "true");
      await until("the spool is empty", async () => (await readdir(spool)).length === 0);
    });
  }
}

test("what nobody went on with for a day is gone, and so is what is no upload", async () => {
  const { tus, path, spool, file, restart } = await begin(await fresh());
  const stray = [
    `${crypto.randomUUID()}.upload`,
    `${crypto.randomUUID()}.upload.json`,
    `${crypto.randomUUID()}.upload.json`,
  ];
  await restart(async () => {
    const yesterday = Date.now() / 1000 - 24 * 3600 - 1;
    await utimes(file, yesterday, yesterday);
    for (const name of stray) await writeFile(join(spool, name), "{");
  });
  assert.equal((await tus.call("HEAD", path)).status, 404);
  assert.deepEqual(await readdir(spool), []);
});

test("a server that runs for long removes what was given up, too", async () => {
  const spool = openSpool(await temporaryFolder());
  let now = Date.now();
  const partials = openPartials(spool, () => now);
  await partials.create({ id: crypto.randomUUID(), length: 10, metadata: {} });
  const lines: { expired?: number }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as object) });
  const stop = startSweeping(partials, log, 5);
  try {
    now += 24 * 3_600_000;
    await until("it is gone", async () => (await readdir(spool.folder)).length === 0);
    await until("the log says so", () => lines.some(({ expired }) => expired === 1));
  } finally {
    stop();
  }
});

test("of a checked piece that a killed server got half of, nothing counts", async () => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const settings = { UPLOAD_FOLDER: join(folder, "spool"), DB_FILE: join(folder, "photolog.db") };
  let server = await serve(home, settings);
  const tus = tusAt(() => server.url);
  const bytes = Buffer.concat([await fresh(), randomBytes(1_000_000)]);
  const path = await tus.begin(bytes.length);
  const sha1 = (piece: Buffer): Record<string, string> => ({
    "upload-checksum": `sha1 ${createHash("sha1").update(piece).digest("base64")}`,
  });
  const first = bytes.subarray(0, 1000);
  assert.equal((await tus.patch(path, 0, first, sha1(first))).status, 204);
  const half = request(server.url + path, {
    method: "PATCH",
    headers: {
      ...VERSION,
      ...sha1(bytes.subarray(1000)),
      authorization: `Bearer ${SECRET}`,
      "content-type": "application/offset+octet-stream",
      "content-length": String(bytes.length - 1000),
      "upload-offset": "1000",
    },
  });
  half.on("error", () => undefined);
  half.write(bytes.subarray(1000, 900_000));
  const file = join(folder, "spool", `${path.slice("/uploads/".length)}.upload`);
  await until("some of it is on disk", async () => (await stat(file)).size > 300_000);
  await server.end("SIGKILL");
  half.destroy();

  server = await serve(home, settings);
  assert.equal(await tus.offset(path), 1000);
  const rest = bytes.subarray(1000);
  const last = await tus.patch(path, 1000, rest, sha1(rest));
  assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
});
