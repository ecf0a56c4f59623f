import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { Agent, createServer, type IncomingMessage, request as post } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import { PhotologError } from "../../src/errors.ts";
import { readPhotoForm } from "../../src/server/multipart.ts";
import { openSpool } from "../../src/storage/spool.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";

test("a body that comes drop by drop gives up its place, and leaves nothing behind", async () => {
  const spool = openSpool(await temporaryFolder());
  const { promise: outcome, resolve: end } = Promise.withResolvers<unknown>();
  const server = createServer((request) => {
    readPhotoForm(request, spool, { largest: () => 1e9, paceMs: 50, onField: () => Promise.resolve() }).then(end, end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => undefined);
  whenDone(async () => {
    socket.destroy();
    server.close();
  });
  socket.write(
    "POST / HTTP/1.1\r\nHost: photolog\r\nContent-Length: 1000000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n" +
      `--x\r\nContent-Disposition: form-data; name="photo_file"; filename="a.jpg"\r\n\r\n${"drop ".repeat(5000)}`,
  );
  const dripping = setInterval(() => socket.write("drop "), 5);
  const error = await outcome;
  clearInterval(dripping);
  assert.ok(error instanceof PhotologError);
  assert.equal(error.code, "TOO_SLOW");
  assert.equal(error.status, 408);
  assert.deepEqual(await readdir(spool.folder), []);
});

test("once a body is refused nobody looks at its pace any more, though its end was never read", async () => {
  const spool = openSpool(await temporaryFolder());
  const outcomes: Promise<unknown>[] = [];
  const server = createServer((request, response) => {
    const limits = { largest: () => 10, onField: () => Promise.resolve() };
    const outcome = readPhotoForm(request, spool, limits).catch((error: unknown) => error);
    outcomes.push(outcome);
    void outcome.then(() => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  whenDone(async () => void server.close());
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const body = new FormData();
  body.set("photo_file", new Blob(["more than ten bytes of a photo"]), "a.jpg");
  body.set("another_file", new Blob(["and a field that there is none of"]), "b.jpg");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  whenDone(async () => agent.destroy());
  const sent = new Response(body);
  const request = post({
    port,
    agent,
    method: "POST",
    headers: { "content-type": sent.headers.get("content-type") ?? "" },
  });
  request.end(Buffer.from(await sent.arrayBuffer()));
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  assert.ok((await outcomes[0]) instanceof PhotologError);
  assert.equal(timers(), before);
});
