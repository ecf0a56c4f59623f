/** What the disks of a server do to it, and what it does about that. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { openSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { ProblemAnswer, StatusAnswer, UploadAnswer } from "../../src/api.ts";
import { file, form } from "../support/form.ts";
import { type Home, makeHome, runPhotolog, SECRET, serve, type Serving } from "../support/photolog.ts";
import { sha256 } from "../support/pictures.ts";
import { copiesOf, startServices } from "../support/services.ts";
import { mountSmallDisk, noMounts } from "../support/small-disk.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { noTrace } from "../support/traced.ts";
import { until } from "../support/until.ts";

const KB = 1024;
const MB = 1024 * KB;
const JPEG_HEAD = Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex");
const BEARER = { authorization: `Bearer ${SECRET}` };
const fileOf = (bytes: number): Buffer => Buffer.concat([JPEG_HEAD, randomBytes(bytes - JPEG_HEAD.length)]);

/** With `Transfer-Encoding: chunked` nobody is told how long the body will be. */
function post({ url }: Serving, bytes: Buffer, how: "announced" | "chunked" = "announced"): Promise<Response> {
  if (how === "announced") {
    return fetch(`${url}/photos/`, { method: "POST", body: form({ photo_file: file(bytes) }), headers: BEARER });
  }
  const body = Buffer.concat([
    Buffer.from('--x\r\nContent-Disposition: form-data; name="photo_file"; filename="a.jpg"\r\n\r\n'),
    bytes,
    Buffer.from("\r\n--x--\r\n"),
  ]);
  return fetch(`${url}/photos/`, {
    method: "POST",
    body: new Blob([body]).stream(),
    duplex: "half",
    headers: { ...BEARER, "content-type": "multipart/form-data; boundary=x" },
  } as RequestInit);
}

async function accepted(answer: Response): Promise<UploadAnswer> {
  assert.equal(answer.status, 202, await answer.clone().text());
  return (await answer.json()) as UploadAnswer;
}

async function refusal(answer: Response): Promise<string> {
  const { status, code } = (await answer.json()) as ProblemAnswer;
  assert.equal(answer.status, status);
  return `${status} ${code}`;
}

/** As the person does who has mended the disk. */
async function retry(home: Home, destination: string): Promise<void> {
  const args = ["jobs", "retry", "--all", "--destination", destination, "--settings", "settings.yaml"];
  const { code, stderr } = await runPhotolog(home, args);
  assert.equal(code, 0, stderr);
}

const released = (server: Serving): Promise<StatusAnswer> =>
  until("everything is everywhere", async () => {
    const status = await server.get<StatusAnswer>("/status");
    return status.spool.photos === 0 && status;
  });

async function originalsIn(archive: string): Promise<Record<string, number>> {
  const entries = await readdir(join(archive, "originals"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".jpg"));
  const read = files.map(async (entry) => ({ sha256: sha256(await readFile(join(entry.parentPath, entry.name))) }));
  return copiesOf(await Promise.all(read));
}

const oneOfEach = (photos: readonly Buffer[]): Record<string, number> =>
  Object.fromEntries(photos.map((bytes) => [sha256(bytes), 1]));

test(
  "a disk that fills up refuses photos with 507, keeps no halves, and loses none that were accepted",
  { skip: noMounts },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const disk = await mountSmallDisk(join(folder, "disk"), 16 * MB);
    const archive = join(folder, "archive");
    await writeFile(archive, "in the way");
    const spool = join(disk.folder, "spool");
    const settings = {
      UPLOAD_FOLDER: spool,
      DB_FILE: join(disk.folder, "photolog.db"),
      ARCHIVE_FOLDER: archive,
      SPOOL_RESERVE: "1MB",
    };
    const server = await serve(home, settings);
    const photos: Buffer[] = [];

    // Before the reserve is touched, by what is announced; and at once, by all who announce nothing.
    await disk.leave(4 * MB);
    for (let full = false; !full;) {
      const bytes = fileOf(700 * KB);
      const answer = await post(server, bytes);
      full = answer.status !== 202;
      if (full) assert.equal(await refusal(answer), "507 DISK_FULL");
      else photos.push(bytes);
    }
    assert.ok(photos.length >= 2, `${photos.length} were accepted`);
    await disk.leave(1.5 * MB);
    assert.equal(await refusal(await post(server, fileOf(1.2 * MB), "chunked")), "507 DISK_FULL");
    await disk.leave(4 * MB);
    const many = Array.from({ length: 6 }, () => fileOf(700 * KB));
    const answers = await Promise.all(many.map((bytes) => post(server, bytes, "chunked")));
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 202) photos.push(many[index] ?? assert.fail());
      else assert.equal(await refusal(answer), "507 DISK_FULL");
    }
    assert.ok(answers.some(({ status }) => status === 507));
    await disk.leave(0);
    assert.equal(await refusal(await post(server, fileOf(100 * KB), "chunked")), "507 DISK_FULL");
    assert.equal((await readdir(spool)).length, photos.length, "nothing but what was accepted");
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 507);
    assert.equal((await server.get<StatusAnswer>("/status")).photos, photos.length);

    await disk.leave(6 * MB);
    const last = fileOf(700 * KB);
    photos.push(last);
    await accepted(await post(server, last));
    await rm(archive);
    assert.equal((await server.end("SIGTERM")).code, 0, server.output());
    const next = await serve(home, settings);
    await retry(home, "archive");
    await retry(home, "renditions");
    await released(next);
    assert.deepEqual(await originalsIn(archive), oneOfEach(photos));
    assert.deepEqual(await readdir(spool), []);
  },
);

test(
  "a database whose disk is full in the middle of deliveries takes no photo, loses none, and makes no second copy",
  { skip: noMounts },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const { flickr, google, settings: services } = await startServices();
    const disk = await mountSmallDisk(join(folder, "disk"), 8 * MB);
    const spool = join(folder, "spool");
    const archive = join(folder, "archive");
    const settings = {
      UPLOAD_FOLDER: spool,
      DB_FILE: join(disk.folder, "photolog.db"),
      ARCHIVE_FOLDER: archive,
      ...services,
    };
    const server = await serve(home, settings);
    const photos: Buffer[] = [];
    const send = async (): Promise<Response> => {
      const bytes = fileOf(5 * KB);
      const answer = await post(server, bytes);
      if (answer.status === 202) photos.push(bytes);
      return answer;
    };
    for (let i = 0; i < 4; i++) await accepted(await send());
    await until("Flickr has some", () => flickr.photos.length > 0);
    await disk.leave(0);
    const refused = await until("nothing can be written any more", async () => {
      const answer = await send();
      return answer.status !== 202 && answer;
    });
    assert.equal(await refusal(refused), "507 DISK_FULL");
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    await disk.leave(4 * MB);
    await accepted(await send());

    // What could not even say that it had failed is taken for lost after a minute, or by the next start.
    assert.equal((await server.end("SIGTERM")).code, 0, server.output());
    const next = await serve(home, settings);
    for (const destination of ["archive", "flickr", "gphotos"]) await retry(home, destination);
    await released(next);
    assert.deepEqual(await originalsIn(archive), oneOfEach(photos));
    assert.deepEqual(copiesOf(flickr.photos), oneOfEach(photos));
    assert.deepEqual(copiesOf(google.items), oneOfEach(photos));
    assert.deepEqual(await readdir(spool), []);
  },
);

test(
  "an archive that becomes read-only pauses, saying why, and has everything once it can be written again",
  { skip: noMounts },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const disk = await mountSmallDisk(join(folder, "disk"), 8 * MB);
    const server = await serve(home, {
      UPLOAD_FOLDER: join(folder, "spool"),
      DB_FILE: join(folder, "photolog.db"),
      ARCHIVE_FOLDER: disk.folder,
    });
    const photos = [fileOf(5 * KB), fileOf(6 * KB), fileOf(7 * KB)];
    const [first, ...others] = photos;
    await accepted(await post(server, first ?? assert.fail()));
    await released(server);
    await disk.setWritable("ro");
    for (const bytes of others) await accepted(await post(server, bytes));
    const paused = await until("the archive is paused", async () => {
      const { destinations } = await server.get<StatusAnswer>("/status");
      return destinations.archive?.lane.state === "paused" && destinations.archive;
    });
    assert.match(paused.lane.reason ?? "", /read-only file system/);
    assert.match(paused.lane.hint ?? "", /ARCHIVE_FOLDER/);
    assert.equal(paused.counts.failed, 0);
    await disk.setWritable("rw");
    await retry(home, "archive");
    await retry(home, "renditions");
    await released(server);
    assert.deepEqual(await originalsIn(disk.folder), oneOfEach(photos));
  },
);

for (const [what, name] of [
  ["name", "spool"],
  ["row", "photolog.db-wal"],
] as const) {
  test(
    `an upload whose ${what} cannot be forced to disk is not accepted, leaves nothing, and is taken when it is sent again`,
    { skip: noTrace },
    async () => {
      const folder = await temporaryFolder();
      const home = await makeHome(folder);
      const archive = join(folder, "archive");
      const spool = join(folder, "spool");
      const settings = { UPLOAD_FOLDER: spool, DB_FILE: join(folder, "photolog.db"), ARCHIVE_FOLDER: archive };
      const server = await serve(home, settings);
      const bytes = fileOf(50 * KB);
      const mend = await breakSync(server, join(folder, name));
      assert.equal(await refusal(await post(server, bytes)), "500 LOCAL_FAULT");
      assert.deepEqual(await readdir(spool), []);
      await mend();
      assert.equal((await server.get<StatusAnswer>("/status")).photos, 0);
      await accepted(await post(server, bytes));
      await released(server);
      assert.deepEqual(await originalsIn(archive), oneOfEach([bytes]));
    },
  );
}

test(
  "an upload is answered after its file, its name and its row were forced to disk, in this order",
  { skip: noTrace },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    await writeFile(join(folder, "archive"), "in the way");
    const settings = { UPLOAD_FOLDER: join(folder, "spool"), DB_FILE: join(folder, "photolog.db") };
    const server = await serve(home, { ...settings, ARCHIVE_FOLDER: join(folder, "archive") });
    const stop = await trace(server, ["-y", "-e", "trace=fsync,rename,write,writev"]);
    await accepted(await post(server, fileOf(50 * KB)));
    const calls = (await stop()).split("\n");
    const order = [
      /fsync\(\d+<[^>]*\/spool\/[^>]*\.part>/,
      /rename\("[^"]*\/spool\/[^"]*\.part", /,
      /fsync\(\d+<[^>]*\/spool>/,
      /fsync\(\d+<[^>]*\/photolog\.db-wal>/,
      /"HTTP\/1\.1 202 /,
    ].map((call) => calls.findIndex((line) => call.test(line)));
    assert.ok(!order.includes(-1), calls.join("\n"));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      calls.join("\n"),
    );
  },
);

/** From now on `fsync` of this path answers EIO, until the function that is returned is called. */
async function breakSync(server: Serving, path: string): Promise<() => Promise<void>> {
  const stop = await trace(server, ["-e", "trace=fsync", "-e", "inject=fsync:error=EIO", "-P", path]);
  return async () => assert.match(await stop(), /INJECTED/);
}

/** Follows the process until the function that is returned is called, which answers all that strace has said. */
async function trace({ pid }: Serving, options: readonly string[]): Promise<() => Promise<string>> {
  const strace = spawn("strace", ["-f", ...options, "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(strace, "close");
  let said = "";
  strace.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until("strace is attached", () => said.includes("attached"));
  return async () => {
    strace.kill("SIGINT");
    await ended;
    return said;
  };
}

test("a log that cannot be written loses its lines and nothing else", async () => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const archive = join(folder, "archive");
  const settings = {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: archive,
    LOG_LEVEL: "trace",
  };
  const server = await serve(home, settings, { stderr: openSync("/dev/full", "w") });
  const bytes = fileOf(5 * KB);
  await accepted(await post(server, bytes));
  await released(server);
  assert.deepEqual(await originalsIn(archive), oneOfEach([bytes]));
  assert.equal((await server.end("SIGTERM")).code, 0);
});
