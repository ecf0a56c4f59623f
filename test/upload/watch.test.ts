import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { PhotosAnswer } from "../../src/api.ts";
import { BIN, type Home, makeHome, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256, writePicture } from "../support/pictures.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

interface Watching {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function startWatching(home: Home, args: readonly string[]): Watching {
  const child = spawn(process.execPath, [BIN, "upload", "inbox", "--watch", ...args], {
    cwd: home.folder,
    env: { ...home.environment, PHOTOLOG_SECRET: SECRET },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  whenDone(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return { child, output: () => output };
}

const photosOf = async (server: Serving): Promise<string[]> =>
  (await server.get<PhotosAnswer>("/photos/")).photos.map((photo) => photo.sha256);

test("a watched folder is sent as it fills: whole files only, through a server's absence, until Ctrl-C", async () => {
  const home = await makeHome(await temporaryFolder());
  const data = join(home.folder, "data");
  const settings = {
    UPLOAD_FOLDER: join(data, "spool"),
    DB_FILE: join(data, "photolog.db"),
    ARCHIVE_FOLDER: join(data, "archive"),
  };
  const inbox = join(home.folder, "inbox");
  mkdirSync(inbox);
  const server = await serve(home, settings);
  const port = Number(new URL(server.url).port);
  const old = await writePicture(join(inbox, "old.jpg"), { seed: 1 });
  utimesSync(old.path, 1e9, 1e9);
  const { child, output } = startWatching(home, ["--host", server.url]);
  await until("what was there is sent", async () => (await photosOf(server)).includes(old.sha256));

  const slow = join(inbox, "new/slow.jpg");
  mkdirSync(join(inbox, "new"));
  const whole = Buffer.concat([await picture({ seed: 2 }), Buffer.alloc(1000)]);
  writeFileSync(slow, whole.subarray(0, 500));
  // Two looks of the watch see it as it grows.
  await pause(2000);
  appendFileSync(slow, whole.subarray(500));
  await until("it is sent whole", async () => (await photosOf(server)).includes(sha256(whole)));
  assert.equal((await photosOf(server)).length, 2);

  await server.end("SIGKILL");
  const later = await writePicture(join(inbox, "later.jpg"), { seed: 3 });
  await until("the loss is told", () => output().includes("Cannot reach"));
  const revived = await serve(home, settings, { port });
  await until("what came meanwhile is sent", async () => (await photosOf(revived)).includes(later.sha256));

  const ended = once(child, "exit");
  child.kill("SIGINT");
  assert.deepEqual(await ended, [130, null]);
  assert.match(output(), /Uploaded 3 photos/);
  assert.equal(output().match(/^uploaded /gm)?.length, 3);
});
