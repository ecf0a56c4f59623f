/** The reference client of tus against the program as it runs, killed and slowed in the middle. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Upload } from "tus-js-client";
import type { PhotoView } from "../../src/api.ts";
import { makeHome, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const MIB = 1024 * 1024;
const headers = { Authorization: `Bearer ${SECRET}` };

type Options = ConstructorParameters<typeof Upload>[1];

interface Sent {
  readonly key: string | undefined;
  readonly queued: string | undefined;
}

/** Resolves when the client says that it is done. */
function send(
  what: Buffer | ReturnType<typeof createReadStream>,
  options: Options,
): { upload: Upload; sent: Promise<Sent> } {
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  const upload = new Upload(what as Buffer, {
    headers,
    retryDelays: null,
    ...options,
    onError: reject,
    onSuccess: ({ lastResponse }) =>
      resolve({ key: lastResponse.getHeader("Photolog-Key"), queued: lastResponse.getHeader("Photolog-Queued") }),
  });
  upload.start();
  return { upload, sent: promise };
}

async function home() {
  const folder = await temporaryFolder();
  const settings = {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: join(folder, "archive"),
  };
  return { folder, start: (more = {}) => makeHome(folder).then((home) => serve(home, { ...settings, ...more })) };
}

const archived = (server: Serving, key: string): Promise<PhotoView> =>
  until("it is everywhere", async () => {
    const view = await server.get<PhotoView>(`/photos/${key}`);
    return view.state === "done" && view;
  });

const nothingIsLeft = (folder: string): Promise<unknown> =>
  until("nothing is left in the spool", async () => (await readdir(join(folder, "spool"))).length === 0);

/** Looks like a film; no two parts of it are the same. */
async function writeFilm(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  const head = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42", "latin1");
  for (let at = 0; at < bytes; at += MIB) {
    const part = randomBytes(Math.min(MIB, bytes - at));
    if (at === 0) head.copy(part);
    hash.update(part);
    await file.write(part);
  }
  await file.close();
  return hash.digest("hex");
}

async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

test("in small chunks, and many at a time", async () => {
  const { folder, start } = await home();
  const server = await start();
  const photos = await Promise.all(Array.from({ length: 20 }, (_, seed) => picture({ seed: 60_000 + seed })));
  const all = await Promise.all(
    photos.map(
      (bytes, index) =>
        send(bytes, {
          endpoint: `${server.url}/uploads/`,
          chunkSize: 500,
          metadata: { filename: `${index}.jpg`, sha256: sha256(bytes), tags: "lake" },
        }).sent,
    ),
  );
  assert.deepEqual(
    all,
    photos.map((bytes) => ({ key: sha256(bytes).slice(0, 12), queued: "true" })),
  );
  for (const { key } of all) assert.deepEqual((await archived(server, key ?? "")).tags, ["lake"]);
  await nothingIsLeft(folder);
  assert.match(server.output(), /"pieces":true.*"received"/);
});

test("300 MB go through a server that is killed in the middle, in memory that stays flat", async () => {
  const { folder, start } = await home();
  const film = join(folder, "film.mp4");
  const bytes = 300 * MIB;
  const checksum = await writeFilm(film, bytes);
  const metadata = { filename: "film.mp4", sha256: checksum };

  const first = await start();
  const { upload, sent } = send(createReadStream(film), { endpoint: `${first.url}/uploads/`, metadata });
  const failed = sent.catch((error: unknown) => error);
  const [name] = await until("half of it has come", async () => {
    const names = (await readdir(join(folder, "spool"))).filter((name) => name.endsWith(".upload"));
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, "spool", name))).size));
    return sizes.some((size) => size > 100 * MIB) && names;
  });
  await first.end("SIGKILL");
  assert.ok((await failed) instanceof Error);
  const arrived = (await stat(join(folder, "spool", name ?? ""))).size;
  assert.ok(arrived < bytes, "it was killed in the middle");

  const second = await start();
  const before = await mostMemory(second.pid);
  let begunAt: number | undefined;
  const rest = send(createReadStream(film), {
    uploadUrl: second.url + new URL(upload.url ?? "").pathname,
    metadata,
    onProgress: (sent) => (begunAt ??= sent),
  });
  assert.deepEqual(await rest.sent, { key: checksum.slice(0, 12), queued: "true" });
  assert.ok((begunAt ?? 0) >= arrived, `it went on at ${begunAt}, and ${arrived} had arrived`);
  const used = (await mostMemory(second.pid)) - before;
  assert.ok(used < 100 * MIB, `${used} bytes of memory more`);
  const { archive_key: key, sha256: kept } = await archived(second, checksum.slice(0, 12));
  assert.equal(kept, checksum);
  assert.equal(sha256(await readFile(join(folder, "archive", key ?? ""))), checksum);
  await nothingIsLeft(folder);
});

test("a client that gives up takes its bytes away again", async () => {
  const { folder, start } = await home();
  const server = await start();
  const begun = Promise.withResolvers<void>();
  const { upload } = send(randomBytes(5 * MIB), {
    endpoint: `${server.url}/uploads/`,
    chunkSize: 100_000,
    onChunkComplete: () => begun.resolve(),
  });
  await begun.promise;
  await upload.abort(true);
  await nothingIsLeft(folder);
});

test("a server that stops refuses new pieces, keeps the old ones, and goes on with them later", async () => {
  const { start } = await home();
  const server = await start();
  const bytes = Buffer.concat([await picture({ seed: 60_100 }), randomBytes(200_000)]);
  const begun = Promise.withResolvers<void>();
  const { upload, sent } = send(bytes, {
    endpoint: `${server.url}/uploads/`,
    chunkSize: 1000,
    onChunkComplete: () => begun.resolve(),
  });
  const failed = sent.catch((error: unknown) => error);
  await begun.promise;
  assert.equal((await server.end("SIGTERM")).code, 0);
  assert.ok((await failed) instanceof Error);
  const next = await start();
  const rest = send(bytes, { uploadUrl: next.url + new URL(upload.url ?? "").pathname });
  assert.equal((await rest.sent).key, sha256(bytes).slice(0, 12));
});
