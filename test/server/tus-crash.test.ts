import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Upload } from "tus-js-client";
import type { PhotosAnswer, StatusAnswer, VerifyAnswer } from "../../src/api.ts";
import { makeHome, SECRET, serve, type Serving } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const KILLS = Number(process.env["PHOTOLOG_TEST_KILLS"] ?? 8);
const PHOTOS = 24;
const headers = { Authorization: `Bearer ${SECRET}` };

interface Sender {
  readonly bytes: Buffer;
  /** Where its upload is, once the server has said so. */
  path: string | undefined;
  key: string | undefined;
  /** How much the server has acknowledged. */
  acknowledged: number;
}

/** Goes on with it at that server, whatever happened before. Rejects when the server is gone. */
async function goOn(sender: Sender, { url }: Serving): Promise<void> {
  const checksum = sha256(sender.bytes);
  const asked = await fetch(`${url}/photos/verify/`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ sha256: [checksum] }),
  });
  const { known } = (await asked.json()) as VerifyAnswer;
  sender.key ??= known[checksum]?.key;
  if (sender.key !== undefined) return;
  const done = Promise.withResolvers<void>();
  let first = true;
  const upload = new Upload(sender.bytes, {
    endpoint: `${url}/uploads/`,
    uploadUrl: sender.path === undefined ? null : url + sender.path,
    headers,
    metadata: { filename: "film.jpg", sha256: checksum },
    retryDelays: null,
    chunkSize: 50_000,
    onUploadUrlAvailable() {
      const { pathname } = new URL(upload.url ?? "");
      if (pathname !== sender.path) sender.acknowledged = 0;
      sender.path = pathname;
    },
    onProgress(sent) {
      // Of a whole upload that is no photo yet, the last byte is asked for again.
      const least = Math.min(sender.acknowledged, sender.bytes.length - 1);
      if (first && sent < least) done.reject(new Error(`lost: ${sent} of ${sender.acknowledged}`));
      first = false;
    },
    onChunkComplete: (_size, accepted) => void (sender.acknowledged = accepted),
    onError: done.reject,
    onSuccess({ lastResponse }) {
      sender.key = lastResponse.getHeader("Photolog-Key");
      done.resolve();
    },
  });
  upload.start();
  await done.promise;
}

test(`killed up to ${KILLS} times at random instants, photos in pieces arrive once, and no acknowledged byte is sent again`, async (context) => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const settings = {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: join(folder, "archive"),
  };
  const senders = await Promise.all(
    Array.from({ length: PHOTOS }, async (_, seed): Promise<Sender> => {
      const bytes = Buffer.concat([await picture({ seed: 90_000 + seed }), randomBytes(150_000 * (seed + 1))]);
      return { bytes, path: undefined, key: undefined, acknowledged: 0 };
    }),
  );
  const lost: string[] = [];
  for (let kill = 0; ; kill++) {
    const server = await serve(home, settings);
    const isLast = kill === KILLS || senders.every(({ key }) => key !== undefined);
    const run = Promise.allSettled(
      senders.filter(({ key }) => key === undefined).map((sender) => goOn(sender, server)),
    );
    if (!isLast) {
      await pause(randomInt(200, 1200));
      await server.end("SIGKILL");
    }
    for (const end of await run) {
      if (end.status === "rejected" && (end.reason as Error).message.startsWith("lost")) lost.push(String(end.reason));
    }
    context.diagnostic(`${senders.filter(({ key }) => key !== undefined).length} of ${PHOTOS} acknowledged`);
    if (!isLast) continue;
    assert.deepEqual(lost, []);
    assert.deepEqual(
      senders.map(({ key }) => key),
      senders.map(({ bytes }) => sha256(bytes).slice(0, 12)),
    );
    await until("everything is everywhere", async () => {
      const { spool } = await server.get<StatusAnswer>("/status");
      return spool.photos === 0;
    });
    const { photos } = await server.get<PhotosAnswer>("/photos/?limit=1000");
    assert.equal(photos.length, PHOTOS);
    assert.ok(photos.every(({ state }) => state === "done"));
    // An upload whose beginning the server was killed before it could confirm waits for a sender that never heard of it.
    const heardOf = senders.map(({ path = "?" }) => path.split("/").at(-1) ?? "?");
    await until("nothing that a sender heard of is left in the spool", async () => {
      const left = await readdir(join(folder, "spool"));
      return left.every((name) => name.includes(".upload") && !heardOf.some((id) => name.startsWith(id)));
    });
    return;
  }
});
