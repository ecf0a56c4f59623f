import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
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
