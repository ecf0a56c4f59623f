import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { openAsBlob } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { PhotoView, UploadAnswer } from "../../src/api.ts";
import { makeHome, SECRET, serve } from "../support/photolog.ts";
import { startBucket } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const MIB = 1024 * 1024;
const BYTES = 150_000_000;
const PARTS = Math.ceil(BYTES / (8 * MIB));

/** Mostly holes, so that it costs no disk, but no two parts of it are the same. */
async function writeFilm(path: string): Promise<void> {
  const file = await open(path, "wx");
  await file.write(Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42", "latin1"));
  for (let at = MIB; at < BYTES; at += MIB) await file.write(randomBytes(64), 0, 64, at);
  await file.truncate(BYTES);
  await file.close();
}

test("a film of 150 MB whose upload to the bucket was killed goes on where it was, and no part is sent twice", async () => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const { s3, settings: bucket } = await startBucket();
  const settings = { UPLOAD_FOLDER: join(folder, "spool"), DB_FILE: join(folder, "photolog.db"), ...bucket };
  const film = join(folder, "film.mp4");
  await writeFilm(film);

  const hung = [9, 10].map((part) => {
    const isPart = ({ operation, query }: { operation: string; query: URLSearchParams }): boolean =>
      operation === "UploadPart" && query.get("partNumber") === String(part);
    s3.fault({ when: isPart, answer: "hang" });
    return s3.arrival(isPart);
  });
  const first = await serve(home, settings);
  const body = new FormData();
  body.set("photo_file", await openAsBlob(film), "film.mp4");
  const headers = { authorization: `Bearer ${SECRET}` };
  const answer = await fetch(`${first.url}/photos/`, { method: "POST", body, headers });
  assert.equal(answer.status, 202, await answer.clone().text());
  const { key, sha256 } = (await answer.json()) as UploadAnswer;
  await Promise.all(hung);
  await first.end("SIGKILL");

  const [upload] = s3.uploads.values();
  assert.deepEqual([...(upload?.parts.keys() ?? [])].toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
  s3.requests.length = 0;
  const second = await serve(home, settings);
  const view = await until("it is archived", async () => {
    const seen = await second.get<PhotoView>(`/photos/${key}`);
    return seen.state === "done" && seen;
  });
  assert.equal(view.destinations.archive?.state, "done");

  const operations = s3.requests.map(({ operation }) => operation);
  assert.equal(operations.filter((operation) => operation === "UploadPart").length, PARTS - 8);
  assert.equal(operations.filter((operation) => operation === "CreateMultipartUpload").length, 0);
  assert.equal(s3.pendingUploads, 0);
  const kept = [...s3.objects].find(([name]) => name.endsWith(".mp4"))?.[1];
  assert.equal(
    createHash("sha256")
      .update(kept?.bytes ?? "")
      .digest("hex"),
    sha256,
  );
  assert.equal((await second.end("SIGTERM")).code, 0);
});
