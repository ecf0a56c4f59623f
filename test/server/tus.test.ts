import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { PhotoView, ProblemAnswer } from "../../src/api.ts";
import { MD5_OF_SECRET, SECRET } from "../support/photolog.ts";
import { picture, sha256 } from "../support/pictures.ts";
import { BEARER, openServer } from "../support/server.ts";
import { metadataHeader, tusAt } from "../support/tus.ts";
import { until } from "../support/until.ts";

let seed = 50_000;
const fresh = (): Promise<Buffer> => picture({ seed: (seed += 1) });
const digest = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest("base64");

describe("/uploads/", () => {
  let server: Awaited<ReturnType<typeof openServer>>;
  before(async () => {
    server = await openServer({ PHOTOLOG_MAX_UPLOAD_SIZE: "3MB" });
  });
  const tus = tusAt(() => server.url);
  const spooled = (): Promise<string[]> => readdir(join(server.folder, "spool"));

  async function refused(answer: Response, status: number, code: string): Promise<void> {
    assert.equal(answer.status, status);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
    const problem = (await answer.json()) as ProblemAnswer;
    assert.equal(problem.code, code);
    assert.doesNotMatch(JSON.stringify(problem), new RegExp(SECRET));
  }
  const nothingIsLeft = (): Promise<unknown> =>
    until("nothing is left in the spool", async () => (await spooled()).length === 0);
  const view = async (key: string): Promise<PhotoView> =>
    (await (await fetch(`${server.url}/photos/${key}`, { headers: BEARER })).json()) as PhotoView;

  test("tells what it can", async () => {
    const answer = await tus.call("OPTIONS", "/uploads/");
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("tus-version"), "1.0.0");
    assert.equal(answer.headers.get("tus-max-size"), String(3 * 1024 * 1024));
    assert.deepEqual(answer.headers.get("tus-extension")?.split(",").toSorted(), [
      "checksum",
      "creation",
      "creation-with-upload",
      "expiration",
      "termination",
    ]);
    assert.equal(answer.headers.get("tus-checksum-algorithm"), "sha256,sha1,md5");
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  });

  test("takes a photo in pieces; the last one is answered with its key", async () => {
    const bytes = await fresh();
    const fields = { filename: "lake.jpg", sha256: sha256(bytes), tags: "lake, été", target_date: "2011-12-13" };
    const begun = await tus.create(bytes.length, fields);
    assert.equal(begun.status, 201);
    const path = begun.headers.get("location") ?? "";
    assert.match(path, /^\/uploads\/[0-9a-f-]{36}$/);
    assert.ok(Date.parse(begun.headers.get("upload-expires") ?? "") > Date.now() + 23 * 3_600_000);

    const cut = Math.floor(bytes.length / 2);
    const first = await tus.patch(path, 0, bytes.subarray(0, cut));
    assert.equal(first.status, 204);
    assert.equal(first.headers.get("upload-offset"), String(cut));
    assert.ok(Date.parse(first.headers.get("upload-expires") ?? "") > Date.now() + 23 * 3_600_000);
    assert.equal(first.headers.get("photolog-key"), null);

    const head = await tus.call("HEAD", path);
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("upload-offset"), String(cut));
    assert.equal(head.headers.get("upload-length"), String(bytes.length));
    assert.equal(head.headers.get("upload-metadata"), metadataHeader(fields));
    assert.equal(head.headers.get("cache-control"), "no-store");

    const last = await tus.patch(path, cut, bytes.subarray(cut));
    assert.equal(last.status, 204);
    assert.equal(last.headers.get("tus-resumable"), "1.0.0");
    assert.equal(last.headers.get("photolog-queued"), "true");
    const key = last.headers.get("photolog-key") ?? "";
    assert.equal(key, sha256(bytes).slice(0, 12));
    assert.equal((await tus.call("HEAD", path)).status, 404);
    const photo = await until("it is everywhere", async () => {
      const photo = await view(key);
      return photo.state === "done" && photo;
    });
    assert.equal(photo.filename, "lake.jpg");
    assert.deepEqual(photo.tags, ["lake", "été"]);
    assert.match(photo.archive_key ?? "", /^originals\/2011\/12\/13\//);
    assert.deepEqual(await readFile(join(server.folder, "archive", photo.archive_key ?? "")), bytes);
    await nothingIsLeft();
  });

  test("a photo that is known already is no second one, and leaves nothing behind", async () => {
    const bytes = await fresh();
    const keys = [];
    for (const queued of ["true", "false"]) {
      const last = await tus.patch(await tus.begin(bytes.length, { tags: queued }), 0, bytes);
      assert.equal(last.status, 204);
      assert.equal(last.headers.get("photolog-queued"), queued);
      keys.push(last.headers.get("photolog-key"));
    }
    assert.equal(keys[0], keys[1]);
    assert.deepEqual((await view(keys[0] ?? "")).tags, ["false", "true"]);
    await nothingIsLeft();
  });

  test("all in one request", async () => {
    const bytes = await fresh();
    const answer = await tus.call(
      "POST",
      "/uploads/",
      { "upload-length": String(bytes.length), "content-type": "application/offset+octet-stream" },
      bytes,
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("upload-offset"), String(bytes.length));
    assert.equal(answer.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
  });

  test("the beginning of it in the request that creates it", async () => {
    const bytes = await fresh();
    const answer = await tus.call(
      "POST",
      "/uploads/",
      { "upload-length": String(bytes.length), "content-type": "application/offset+octet-stream" },
      bytes.subarray(0, 100),
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("upload-offset"), "100");
    const path = answer.headers.get("location") ?? "";
    assert.equal(await tus.offset(path), 100);
    assert.equal((await tus.patch(path, 100, bytes.subarray(100))).headers.get("photolog-queued"), "true");
  });

  test("takes the secret from a header in both forms, and no other", async () => {
    const length = { "upload-length": "10" };
    const created = await fetch(`${server.url}/uploads/`, {
      method: "POST",
      headers: { "tus-resumable": "1.0.0", "x-photolog-secret": MD5_OF_SECRET, ...length },
    });
    assert.equal(created.status, 201);
    const path = created.headers.get("location") ?? "";
    const wrong = { authorization: "Bearer wrong" };
    for (const method of ["POST", "OPTIONS"]) {
      await refused(await tus.call(method, "/uploads/", { ...length, ...wrong }), 401, "NOT_AUTHENTICATED");
    }
    assert.equal((await tus.call("HEAD", path, wrong)).status, 401);
    await refused(await tus.call("DELETE", path, wrong), 401, "NOT_AUTHENTICATED");
    assert.equal(await tus.offset(path), 0);
    assert.equal((await tus.call("DELETE", path)).status, 204);
  });

  test("refuses a wrong secret before the body is sent", async () => {
    const socket = await open(server.url);
    socket.write(
      `PATCH /uploads/${crypto.randomUUID()} HTTP/1.1\r\nHost: photolog\r\nContent-Length: 1000000\r\nUpload-Offset: 0\r\n` +
        "Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\nAuthorization: Bearer wrong\r\n\r\n",
    );
    const [head] = (await once(socket, "data")) as [Buffer];
    assert.match(String(head), /^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  test("refuses at the beginning what it would refuse at the end", async () => {
    await refused(await tus.create(0), 400, "NO_FILE");
    await refused(await tus.create(3 * 1024 * 1024 + 1), 413, "TOO_LARGE");
    await refused(await tus.create(10, { sha256: "zero" }), 400, "BAD_FIELD");
    await refused(await tus.create(10, { skip: "picasa" }), 400, "BAD_FIELD");
    await refused(await tus.create(10, { target_date: "2023-02-30" }), 400, "BAD_FIELD");
    const broken = { "upload-length": "10", "upload-metadata": "sha256 ###" };
    await refused(await tus.call("POST", "/uploads/", broken), 400, "BAD_FIELD");
    await refused(await tus.call("POST", "/uploads/", {}), 400, "BAD_FIELD");
    await refused(await tus.call("POST", "/uploads/", { "upload-length": "-1" }), 400, "BAD_FIELD");
    await refused(await tus.call("POST", "/uploads/", { "upload-length": "1e9" }), 400, "BAD_FIELD");
    await refused(await tus.call("POST", "/uploads/", { "upload-defer-length": "1" }), 400, "BAD_FIELD");
    const parts = { "upload-length": "10", "upload-concat": "partial" };
    await refused(await tus.call("POST", "/uploads/", parts), 400, "BAD_FIELD");
    await refused(
      await tus.call("POST", "/uploads/", { "upload-length": "9", "tus-resumable": "0.2.2" }),
      412,
      "TUS_VERSION",
    );
    await refused(
      await tus.call("POST", `/uploads/${crypto.randomUUID()}`, { "upload-length": "9" }),
      404,
      "NOT_FOUND",
    );
    await nothingIsLeft();
  });

  test("refuses at the end what is no photo, or not the announced one, and the upload is gone", async () => {
    const bytes = await fresh();
    const cases: [Buffer, Record<string, string>, number, string][] = [
      [Buffer.from("%PDF-1.7 and so on"), { filename: "a.jpg" }, 415, "UNSUPPORTED_MEDIA"],
      [bytes, { sha256: "0".repeat(64) }, 422, "CHECKSUM_MISMATCH"],
    ];
    for (const [body, fields, status, code] of cases) {
      const path = await tus.begin(body.length, fields);
      await refused(await tus.patch(path, 0, body), status, code);
      assert.equal((await tus.call("HEAD", path)).status, 404);
      await nothingIsLeft();
    }
  });

  test("a piece whose checksum is wrong is not kept, a right one is, in each of the algorithms", async () => {
    const bytes = await fresh();
    const path = await tus.begin(bytes.length, { sha256: sha256(bytes) });
    let offset = 0;
    for (const algorithm of ["sha256", "sha1", "md5"]) {
      const piece = bytes.subarray(offset, offset + 50);
      const header = { "upload-checksum": `${algorithm} ${digest(algorithm, piece)}` };
      await refused(await tus.patch(path, offset, bytes.subarray(60, 160), header), 460, "CHUNK_MISMATCH");
      assert.equal(await tus.offset(path), offset);
      assert.equal((await tus.patch(path, offset, piece, header)).status, 204);
      assert.equal(await tus.offset(path), (offset += 50));
    }
    await refused(await tus.patch(path, offset, bytes, { "upload-checksum": "crc32 AAAA" }), 400, "BAD_FIELD");
    await refused(await tus.patch(path, offset, bytes, { "upload-checksum": "sha1 AAAA" }), 400, "BAD_FIELD");
    await refused(
      await tus.patch(path, offset, bytes.subarray(1), { "upload-checksum": `md5 ${"A".repeat(22)}==` }),
      413,
      "TOO_LARGE",
    );
    assert.equal(await tus.offset(path), offset);
    const last = await tus.patch(path, offset, bytes.subarray(offset));
    assert.equal(last.headers.get("photolog-queued"), "true");
  });

  test("refuses what does not go on where the upload stands", async () => {
    const bytes = await fresh();
    const path = await tus.begin(bytes.length);
    await refused(await tus.patch(path, 10, bytes), 409, "CONFLICT");
    await refused(await tus.patch(path, 0, Buffer.concat([bytes, bytes])), 413, "TOO_LARGE");
    await refused(await tus.patch(path, 0, bytes, { "content-type": "image/jpeg" }), 415, "UNSUPPORTED_MEDIA");
    await refused(await tus.patch(path, 0, bytes, { "upload-offset": "x" }), 400, "BAD_FIELD");
    await refused(await tus.patch("/uploads/../photolog.db", 0, bytes), 404, "NOT_FOUND");
    await refused(await tus.patch("/uploads/..%2Fphotolog.db", 0, bytes), 404, "NOT_FOUND");
    assert.equal(await tus.offset(path), 0);
    assert.equal((await tus.call("DELETE", path)).status, 204);
    assert.equal((await tus.call("HEAD", path)).status, 404);
    await refused(await tus.patch(path, 0, bytes), 404, "NOT_FOUND");
    await refused(await tus.call("DELETE", path), 404, "NOT_FOUND");
    await nothingIsLeft();
  });

  test("a proxy that lets only POST through may name the method in a header", async () => {
    const bytes = await fresh();
    const path = await tus.begin(bytes.length);
    const headers = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
    const last = await tus.call("POST", path, { ...headers, "x-http-method-override": "PATCH" }, bytes);
    assert.equal(last.status, 204);
    assert.equal(last.headers.get("photolog-queued"), "true");
  });

  test("metadata is only ever data", async () => {
    const names = [
      "../../../etc/passwd",
      "a\u0000b.jpg",
      "🌋 été\u202Egpj.exe",
      `${"x".repeat(300)}.jpg`,
      "",
      "..",
      "CON.jpg",
    ];
    for (const filename of names) {
      const bytes = await fresh();
      const path = await tus.begin(bytes.length, { filename, __proto__x: "1", constructor: "2", "../a": "3" });
      const last = await tus.patch(path, 0, bytes);
      assert.equal(last.status, 204, filename);
      const { archive_key: archived } = await until("it is archived", async () => {
        const photo = await view(last.headers.get("photolog-key") ?? "");
        return photo.state === "done" && photo;
      });
      assert.match(archived ?? "", /^originals\/\d{4}\/\d{2}\/\d{2}\/[^/]+-[0-9a-f]{12}\.[A-Za-z0-9]+$/);
      assert.doesNotMatch(archived ?? "", /[\p{Cc}\p{Cf}]|\/\.{1,2}\//u);
    }
    for (const header of ["filename ###", "filename", ",,,", "filename a,filename b", "__proto__ AAAA", " "]) {
      const answer = await tus.call("POST", "/uploads/", { "upload-length": "10", "upload-metadata": header });
      assert.equal(answer.status, 201, header);
      assert.equal((await tus.call("DELETE", answer.headers.get("location") ?? "")).status, 204);
    }
    assert.deepEqual(
      (await readdir(server.folder)).filter((name) => /passwd|exe/.test(name)),
      [],
    );
    await nothingIsLeft();
  });

  test("a connection that breaks costs nothing that has come, and one that only hangs is cut for the next", async () => {
    const bytes = Buffer.concat([await fresh(), randomBytes(400_000)]);
    const path = await tus.begin(bytes.length);
    const broken = await piece(server.url, path, { offset: 0, length: bytes.length });
    broken.write(bytes.subarray(0, 300_000));
    await until("some of it has come", async () => (await bytesOf(path)) > 200_000);
    broken.destroy();
    const arrived = await until("all of it is there", async () => {
      const offset = await tus.offset(path);
      return offset === 300_000 && offset;
    });

    const hanging = await piece(server.url, path, { offset: arrived, length: bytes.length - arrived });
    hanging.write(bytes.subarray(arrived, arrived + 10));
    const [answer] = (await Promise.all([once(hanging, "data"), tus.call("HEAD", path)])) as [[Buffer], Response];
    assert.match(String(answer[0]), /^HTTP\/1\.1 423 /);
    const offset = await tus.offset(path);
    assert.equal(offset, arrived + 10);
    const last = await tus.patch(path, offset, bytes.subarray(offset));
    assert.equal(last.headers.get("photolog-key"), sha256(bytes).slice(0, 12));
    hanging.destroy();
  });

  test("who is refused in the middle of a body sees why, and not only that the line broke", async () => {
    const path = await tus.begin(300_000);
    const socket = await piece(server.url, path, { offset: 5, length: 300_000 });
    const faults: Error[] = [];
    socket.on("error", (error) => faults.push(error));
    const [head] = (await once(socket, "data")) as [Buffer];
    assert.match(String(head), /^HTTP\/1\.1 409 /);
    for (const part of [randomBytes(100_000), randomBytes(199_999), randomBytes(1)]) {
      await fetch(`${server.url}/healthz`);
      assert.equal(socket.closed || socket.readableEnded, false, "it waits for the body");
      socket.write(part);
    }
    await once(socket, "close");
    assert.deepEqual(faults, []);
    assert.equal((await tus.call("DELETE", path)).status, 204);
  });

  test("an upload can be ended while a piece of it is coming", async () => {
    const path = await tus.begin(1000);
    const socket = await piece(server.url, path, { offset: 0, length: 1000 });
    socket.write("some");
    const [, answer] = (await Promise.all([once(socket, "data"), tus.call("DELETE", path)])) as [Buffer[], Response];
    assert.equal(answer.status, 204);
    socket.destroy();
    await nothingIsLeft();
  });

  test("an upload whose bytes somebody removed is gone", async () => {
    const path = await tus.begin(1000);
    await rm(join(server.folder, "spool", `${path.slice("/uploads/".length)}.upload`));
    await refused(await tus.patch(path, 0, Buffer.from("some")), 404, "NOT_FOUND");
    assert.equal((await tus.call("HEAD", path)).status, 404);
    await nothingIsLeft();
  });

  test("of two who send the same piece at once, the upload takes one", async () => {
    const bytes = await fresh();
    const path = await tus.begin(bytes.length);
    const answers = await Promise.all(Array.from({ length: 4 }, () => tus.patch(path, 0, bytes)));
    assert.equal(answers.filter((answer) => answer.headers.get("photolog-queued") === "true").length, 1);
    for (const answer of answers) assert.ok([204, 404, 409, 423].includes(answer.status), String(answer.status));
    assert.equal(answers.filter((answer) => answer.status === 204).length, 1);
    await nothingIsLeft();
  });

  test("a body without a length may not be longer than the upload", async () => {
    const bytes = await fresh();
    const path = await tus.begin(bytes.length);
    const socket = await open(server.url);
    socket.write(
      `PATCH ${path} HTTP/1.1\r\nHost: photolog\r\nTransfer-Encoding: chunked\r\nUpload-Offset: 0\r\nTus-Resumable: 1.0.0\r\n` +
        `Content-Type: application/offset+octet-stream\r\nAuthorization: Bearer ${SECRET}\r\n\r\n`,
    );
    for (const part of [bytes, Buffer.from("more")]) {
      socket.write(`${part.length.toString(16)}\r\n`);
      socket.write(part);
      socket.write("\r\n");
    }
    const [head] = (await once(socket, "data")) as [Buffer];
    assert.match(String(head), /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.equal((await tus.call("DELETE", path)).status, 204);
  });

  test("counts what it took like any other upload", async () => {
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: BEARER })).text();
    assert.match(metrics, /photolog_uploads_total\{outcome="photo"\} [1-9]/);
    assert.match(metrics, /photolog_uploads_total\{outcome="duplicate"\} 1\n/);
  });

  async function bytesOf(path: string): Promise<number> {
    const name = `${path.slice("/uploads/".length)}.upload`;
    return (await readFile(join(server.folder, "spool", name))).length;
  }
});

async function open(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function piece(
  url: string,
  path: string,
  { offset, length }: { offset: number; length: number },
): Promise<Socket> {
  const socket = await open(url);
  socket.write(
    `PATCH ${path} HTTP/1.1\r\nHost: photolog\r\nContent-Length: ${length}\r\nUpload-Offset: ${offset}\r\nTus-Resumable: 1.0.0\r\n` +
      `Content-Type: application/offset+octet-stream\r\nAuthorization: Bearer ${SECRET}\r\n\r\n`,
  );
  return socket;
}
