import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import {
  type PhotosAnswer,
  type PhotoView,
  type ProblemAnswer,
  SESSION_HEADER,
  type StatusAnswer,
  type UploadAnswer,
  type VerifyAnswer,
} from "../../src/api.ts";
import { MD5_OF_SECRET, SECRET } from "../support/photolog.ts";
import { picture } from "../support/pictures.ts";
import { file, form } from "../support/form.ts";
import { BEARER, openServer } from "../support/server.ts";
import { until } from "../support/until.ts";

describe("the upload API", () => {
  let server: Awaited<ReturnType<typeof openServer>>;
  const photos: { bytes: Buffer; answer: UploadAnswer }[] = [];
  const get = (path: string, headers: Record<string, string> = BEARER): Promise<Response> =>
    fetch(server.url + path, { headers, redirect: "manual" });
  const json = async <T>(path: string): Promise<T> => (await (await get(path)).json()) as T;

  before(async () => {
    server = await openServer();
    for (let seed = 1; seed <= 5; seed++) {
      const bytes = await picture({ seed, taken: `2024:0${seed}:01 10:00:00` });
      const body = form({ photo_file: file(bytes, `p${seed}.jpg`) });
      const answer = await fetch(`${server.url}/photos/`, { method: "POST", body, headers: BEARER });
      photos.push({ bytes, answer: (await answer.json()) as UploadAnswer });
    }
    await until("all are done", async () => (await json<PhotosAnswer>("/photos/?state=done")).photos.length === 5);
  });

  test("health needs no secret; everything else does", async () => {
    for (const path of ["/healthz", "/readyz"]) assert.equal((await get(path, {})).status, 200, path);
    for (const path of [
      "/photos/",
      `/photos/${photos[0]?.answer.key}`,
      "/photos/verify/?checksum=x",
      "/status",
      "/metrics",
    ]) {
      const answer = await get(path, {});
      assert.equal(answer.status, 401, path);
      assert.equal(((await answer.json()) as ProblemAnswer).code, "NOT_AUTHENTICATED");
    }
    assert.equal((await get("/status", { "x-photolog-secret": MD5_OF_SECRET })).status, 200);
  });

  test("the original's question is answered by MD5, also right after the upload", async () => {
    const bytes = await picture({ seed: 99 });
    const md5 = (of: Buffer): string => createHash("md5").update(of).digest("hex");
    const ask = (name: string, of: Buffer): Promise<Response> =>
      get(`/photos/verify/?filename=${name}&checksum=${md5(of)}`);
    assert.equal((await ask("p1.jpg", photos[0]?.bytes ?? bytes)).status, 204);
    assert.equal((await ask("new.jpg", bytes)).status, 404);
    await fetch(`${server.url}/photos/`, {
      method: "POST",
      body: form({ photo_file: file(bytes, "new.jpg") }),
      headers: BEARER,
    });
    assert.equal((await ask("new.jpg", bytes)).status, 204);
    assert.equal((await get("/photos/verify/?checksum=short")).status, 400);
  });

  test("a thousand checksums may be asked for at once, and no more", async () => {
    const ask = (sha256: unknown): Promise<Response> =>
      fetch(`${server.url}/photos/verify/`, {
        method: "POST",
        body: JSON.stringify({ sha256 }),
        headers: { ...BEARER, "content-type": "application/json" },
      });
    const known = photos[0]?.answer;
    assert.ok(known);
    const many = Array.from({ length: 999 }, (_, i) => i.toString(16).padStart(64, "0"));
    const answer = await ask([known.sha256.toUpperCase(), ...many]);
    assert.deepEqual(((await answer.json()) as VerifyAnswer).known, {
      [known.sha256]: { key: known.key, state: "done" },
    });
    const session = answer.headers.get(SESSION_HEADER);
    assert.ok(session);
    assert.equal((await ask([])).headers.get(SESSION_HEADER), session);
    assert.equal((await ask([...many, ...many])).status, 400);
    assert.equal((await ask(["short"])).status, 400);
    assert.equal((await ask("none")).status, 400);
  });

  test("a photo tells where it is kept", async () => {
    const view = await json<PhotoView>(`/photos/${photos[1]?.answer.key}`);
    assert.equal(view.filename, "p2.jpg");
    assert.equal(view.sha256, photos[1]?.answer.sha256);
    assert.equal(view.bytes, photos[1]?.bytes.length);
    assert.equal(view.taken_at, "2024-02-01T10:00:00");
    assert.equal(view.archive_key, `originals/2024/02/01/p2-${view.key}.jpg`);
    assert.deepEqual(view.destinations, {
      archive: { state: "done", attempts: 1 },
      renditions: { state: "done", attempts: 1 },
    });
  });

  test("a photo is found by the beginning of its key and by its checksum; what is no photo is 404", async () => {
    const { key, sha256 } = photos[2]?.answer ?? { key: "", sha256: "" };
    for (const name of [key, key.slice(0, 8), key.toUpperCase(), sha256]) {
      assert.equal((await json<PhotoView>(`/photos/${name}`)).key, key);
    }
    for (const name of ["ffffffffffff", "abc", "nothing", "%00", "..%2f"]) {
      const answer = await get(`/photos/${name}`);
      assert.equal(answer.status, 404, name);
      assert.match(answer.headers.get("content-type") ?? "", /problem\+json/);
    }
  });

  test("the list comes in pages, the newest first, and can be narrowed", async () => {
    const first = await json<PhotosAnswer>("/photos/?limit=2&destination=archive");
    assert.equal(first.photos.length, 2);
    const rest = await json<PhotosAnswer>(`/photos/?limit=100&destination=archive&after=${first.next}`);
    const keys = [...first.photos, ...rest.photos].map((photo) => photo.key);
    assert.equal(new Set(keys).size, keys.length);
    assert.deepEqual(keys.slice(-5), photos.map(({ answer }) => answer.key).toReversed());
    assert.equal(rest.next, undefined);
    assert.deepEqual(await json<PhotosAnswer>("/photos/?state=failed"), { photos: [] });
    assert.deepEqual(await json<PhotosAnswer>("/photos/?state=parked&destination=flickr"), { photos: [] });
    for (const query of ["limit=0", "limit=x", "state=lost", "destination=moon", "after=zzzz"]) {
      const { status } = await get(`/photos/?${query}`);
      assert.ok(status === 400 || status === 404, query);
    }
  });

  test("the status counts every delivery", async () => {
    const status = await until("all are done", async () => {
      const now = await json<StatusAnswer>("/status");
      return now.spool.photos === 0 && now;
    });
    assert.equal(status.destinations.archive?.counts.done, status.photos);
    assert.deepEqual(status.destinations.archive?.lane, { state: "open" });
    assert.equal(status.destinations.flickr, undefined);
    assert.ok(status.spool.free_bytes > 0);
  });

  test("the metrics are what Prometheus reads", async () => {
    const answer = await get("/metrics");
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    assert.match(text, /^photolog_jobs\{step="archive",state="done"\} \d+$/m);
    assert.match(text, /^photolog_uploads_total\{outcome="photo"\} \d+$/m);
    assert.match(text, /^photolog_upload_bytes_total [1-9]\d*$/m);
    assert.match(text, /^photolog_step_duration_seconds_count\{step="archive",outcome="completed"\} [1-9]\d*$/m);
    assert.match(text, /^photolog_spool_free_bytes [1-9]\d*(e\+\d+)?$/m);
    for (const line of text.split("\n").filter((one) => one !== ""))
      assert.match(line, /^(# (HELP|TYPE) |[a-z][a-z0-9_]*(\{[^}]*\})? \S+$)/);
  });

  test("retrying a photo of which everything is done changes nothing", async () => {
    const { key } = photos[0]?.answer ?? { key: "" };
    const answer = await fetch(`${server.url}/photos/${key}/retry`, { method: "POST", headers: BEARER });
    assert.equal(((await answer.json()) as PhotoView).state, "done");
  });

  test("the gallery is shown after signing in with the secret, and only then", async () => {
    const stranger = await get("/", {});
    assert.equal(stranger.status, 401);
    assert.match(await stranger.text(), /<form method="post" action="\/sign-in">/);
    const signIn = (secret: string, next = "/"): Promise<Response> =>
      fetch(`${server.url}/sign-in`, {
        method: "POST",
        body: new URLSearchParams({ secret, next }),
        redirect: "manual",
      });
    const wrong = await signIn("wrong");
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers.get("set-cookie"), null);
    const right = await signIn(SECRET, "//elsewhere.example");
    assert.equal(right.status, 303);
    assert.equal(right.headers.get("location"), "/", "never to another site");
    const cookie = right.headers.get("set-cookie") ?? "";
    assert.match(cookie, /; HttpOnly/i);
    assert.match(cookie, /; SameSite=Strict/i);
    assert.doesNotMatch(cookie, new RegExp(SECRET));
    const value = cookie.split(";")[0] ?? "";
    const page = await get("/", { cookie: value });
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>.*Photolog/);
    const forged = value.replace(/photolog=\d+/, "photolog=9999999999999");
    assert.equal((await get("/", { cookie: forged })).status, 401);
    assert.equal((await get("/nowhere/", { cookie: value })).status, 404);
  });
});
