import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { PhotoView, ProblemAnswer, UploadAnswer } from "../../src/api.ts";
import { MD5_OF_SECRET, SECRET } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { file, form } from "../support/form.ts";
import { BEARER, openServer } from "../support/server.ts";
import { until } from "../support/until.ts";

let seed = 0;
const fresh = (): Promise<Buffer> => picture({ seed: (seed += 1) });

describe("POST /photos/", () => {
  let server: Awaited<ReturnType<typeof openServer>>;
  before(async () => {
    server = await openServer({ PHOTOLOG_MAX_UPLOAD_SIZE: "3MB" });
  });
  const post = (body: FormData, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/photos/`, { method: "POST", body, headers });
  const spooled = (): Promise<string[]> => readdir(join(server.folder, "spool"));

  async function refused(answer: Response, status: number, code: string): Promise<void> {
    assert.equal(answer.status, status);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    const problem = (await answer.json()) as ProblemAnswer;
    assert.equal(problem.code, code);
    assert.equal(problem.status, status);
    assert.ok(problem.detail.length > 0);
    assert.doesNotMatch(JSON.stringify(problem), new RegExp(SECRET));
    await until("nothing is left in the spool", async () => (await spooled()).length === 0);
  }

  const accepted = async (answer: Response): Promise<UploadAnswer> => {
    assert.equal(answer.status, 202);
    return (await answer.json()) as UploadAnswer;
  };
  const settled = (key: string): Promise<PhotoView> =>
    until("the photo is everywhere", async () => {
      const view = (await (await fetch(`${server.url}/photos/${key}`, { headers: BEARER })).json()) as PhotoView;
      return view.state === "done" && view;
    });

  test("takes the secret in each of its forms, the field after the file included", async () => {
    const bodies = [
      form({ photo_file: file(await fresh()), secret: MD5_OF_SECRET }),
      form({ secret: MD5_OF_SECRET.toUpperCase(), photo_file: file(await fresh()) }),
    ];
    for (const body of bodies) assert.equal((await accepted(await post(body))).queued, true);
    for (const headers of [BEARER, { "X-PHOTOLOG-SECRET": MD5_OF_SECRET }]) {
      await accepted(await post(form({ photo_file: file(await fresh()) }), headers));
    }
  });

  test("answers with key and checksum, and a second time with 200 and the reason", async () => {
    const bytes = await fresh();
    const first = await accepted(await post(form({ photo_file: file(bytes) }), BEARER));
    assert.equal(first.sha256, sha256(bytes));
    assert.equal(first.key, first.sha256.slice(0, 12));
    const second = await post(form({ photo_file: file(bytes, "other.jpg"), tags: "again" }), BEARER);
    assert.equal(second.status, 200);
    assert.deepEqual(await second.json(), { ...first, queued: false, reason: "duplicate" });
    assert.deepEqual((await settled(first.key)).tags, ["again"]);
  });

  test("two uploads of the same bytes at the same moment are one photo", async () => {
    const bytes = await fresh();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(form({ photo_file: file(bytes) }), BEARER)));
    assert.deepEqual(answers.map((answer) => answer.status).toSorted(), [200, 200, 200, 200, 200, 200, 200, 202]);
  });

  test("refuses a wrong secret in the header before the body is sent", async () => {
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      "POST /photos/ HTTP/1.1\r\nHost: photolog\r\nContent-Length: 1000000\r\nContent-Type: multipart/form-data; boundary=x\r\n" +
        "Authorization: Bearer wrong\r\n\r\n",
    );
    const [head] = await new Promise<Buffer[]>(
      (resolve) => void socket.once("data", (chunk: Buffer) => resolve([chunk])),
    );
    assert.match(String(head), /^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  test("refuses a wrong or missing field and leaves nothing on disk", async () => {
    await refused(await post(form({ photo_file: file(await fresh()), secret: "wrong" })), 401, "NOT_AUTHENTICATED");
    await refused(await post(form({ secret: "wrong", photo_file: file(await fresh()) })), 401, "NOT_AUTHENTICATED");
    await refused(await post(form({ photo_file: file(await fresh()) })), 401, "NOT_AUTHENTICATED");
  });

  test("refuses what is no photo, with a code that says why", async () => {
    const cases: [FormData, number, string][] = [
      [form({ tags: "a" }), 400, "NO_FILE"],
      [form({ photo_file: file(Buffer.alloc(0)) }), 400, "NO_FILE"],
      [form({ photo_file: file(Buffer.from("<svg onload=alert(1)>"), "a.jpg") }), 415, "UNSUPPORTED_MEDIA"],
      [form({ photo_file: file(Buffer.from("%PDF-1.7"), "a.jpg") }), 415, "UNSUPPORTED_MEDIA"],
      [form({ photo_file: file(await fresh()), sha256: "0".repeat(64) }), 422, "CHECKSUM_MISMATCH"],
      [form({ photo_file: file(await fresh()), sha256: "zero" }), 400, "BAD_FIELD"],
      [form({ photo_file: file(await fresh()), skip: "picasa" }), 400, "BAD_FIELD"],
      [form({ photo_file: file(await fresh()), target_date: "2023-02-30" }), 400, "BAD_FIELD"],
      [form({ photo_file: file(await fresh()), other_file: file(Buffer.from("x")) }), 400, "BAD_FIELD"],
      [form({ photo_file: file(randomBytes(4 * 1024 * 1024)) }), 413, "TOO_LARGE"],
      [form({ photo_file: file(randomBytes(9 * 1024 * 1024)) }), 413, "TOO_LARGE"],
    ];
    for (const [body, status, code] of cases) await refused(await post(body, BEARER), status, code);
    const json = await fetch(`${server.url}/photos/`, {
      method: "POST",
      body: "{}",
      headers: { ...BEARER, "content-type": "application/json" },
    });
    await refused(json, 400, "NO_FILE");
  });

  test("keeps nothing of a body that is cut short", async () => {
    const { port, hostname } = new URL(server.url);
    for (const end of ["a whole lot less", ""]) {
      const socket = connect(Number(port), hostname);
      socket.write(
        "POST /photos/ HTTP/1.1\r\nHost: photolog\r\nContent-Length: 1000000\r\nContent-Type: multipart/form-data; boundary=x\r\n" +
          `Authorization: Bearer ${SECRET}\r\n\r\n--x\r\nContent-Disposition: form-data; name="photo_file"; filename="a.jpg"\r\n\r\n${"some bytes ".repeat(100)}`,
      );
      await until("the file has begun", async () => (await spooled()).length === 1);
      socket.end(end);
      await until("the file is gone", async () => (await spooled()).length === 0);
      socket.destroy();
    }
  });

  test("answers 400 where the body ends without its last boundary", async () => {
    const body = `--x\r\nContent-Disposition: form-data; name="photo_file"; filename="a.jpg"\r\n\r\nnot the end`;
    const answer = await fetch(`${server.url}/photos/`, {
      method: "POST",
      body,
      headers: { ...BEARER, "content-type": "multipart/form-data; boundary=x" },
    });
    await refused(answer, 400, "BODY_CUT_SHORT");
  });

  test("a file name is only ever data", async () => {
    const names = [
      "../../../etc/passwd",
      "a\u0000b.jpg",
      "🌋 été\u202Egpj.exe",
      `${"x".repeat(300)}.jpg`,
      "",
      "..",
      'quo"te.jpg',
      "CON.jpg",
      "-rf.jpg",
      "back\\slash.jpg",
    ];
    for (const name of names) {
      const { key } = await accepted(await post(form({ photo_file: file(await fresh(), name) }), BEARER));
      const view = await settled(key);
      assert.match(view.archive_key ?? "", /^originals\/\d{4}\/\d{2}\/\d{2}\/[^/]+-[0-9a-f]{12}\.[A-Za-z0-9]+$/);
      assert.doesNotMatch(view.archive_key ?? "", /[\p{Cc}\p{Cf}]|\/\.{1,2}\//u);
    }
    assert.deepEqual(
      (await readdir(server.folder)).filter((name) => /passwd|exe/.test(name)),
      [],
    );
  });

  test("takes a part without a file name, as some scripts send it", async () => {
    const bytes = await fresh();
    const body = Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="photo_file"\r\n\r\n'),
      bytes,
      Buffer.from("\r\n--x--\r\n"),
    ]);
    const answer = await fetch(`${server.url}/photos/`, {
      method: "POST",
      body: new Uint8Array(body),
      headers: { ...BEARER, "content-type": "multipart/form-data; boundary=x" },
    });
    assert.equal((await accepted(answer)).sha256, sha256(bytes));
  });

  test("keeps tags as they were meant: trimmed, each once, of any script", async () => {
    const { key } = await accepted(
      await post(form({ photo_file: file(await fresh()), tags: " lake , été,lake,,Las Vegas, 日本 " }), BEARER),
    );
    assert.deepEqual((await settled(key)).tags, ["Las Vegas", "lake", "été", "日本"]);
  });

  test("a sidecar goes with its photo, and the given day counts where the file has none", async () => {
    const { key } = await accepted(
      await post(
        form({
          metadata_file: file(Buffer.from("<x:xmpmeta/>"), "a.xmp"),
          photo_file: file(await fresh()),
          target_date: "2011-12-13",
        }),
        BEARER,
      ),
    );
    const view = await settled(key);
    const folder = join(server.folder, "archive/originals/2011/12/13");
    const beside = `photo-${view.key}`;
    assert.deepEqual((await readdir(folder)).toSorted(), [`${beside}.jpg`, `${beside}.json`, `${beside}.xmp`]);
  });
});

test("an address that keeps guessing has to wait, and is told how long", async () => {
  const server = await openServer();
  const guess = (): Promise<Response> => fetch(`${server.url}/status`, { headers: { authorization: "Bearer guess" } });
  let answer = await guess();
  for (let tries = 0; tries < 50 && answer.status === 401; tries++) answer = await guess();
  assert.equal(answer.status, 429);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.equal(((await answer.json()) as ProblemAnswer).code, "TOO_MANY_ATTEMPTS");
});
