import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { ProblemAnswer } from "../../src/api.ts";
import { openIntake } from "../../src/server/intake.ts";
import { SECRET } from "../support/photolog.ts";
import { picture } from "../support/pictures.ts";
import { file, form } from "../support/form.ts";
import { BEARER, openServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const known = { announced: 10, stranger: false };
const stranger = { announced: 10, stranger: true };

test("so many bodies at once and no more; one that leaves makes place", async () => {
  const intake = openIntake({ most: 2, mostStrangers: 1, room: () => Promise.resolve(1000) });
  const first = await intake.enter(stranger);
  await assert.rejects(intake.enter(stranger), { code: "SERVER_BUSY" });
  const second = await intake.enter(known);
  await assert.rejects(intake.enter(known), { code: "SERVER_BUSY" });
  first.leave();
  first.leave();
  await intake.enter(stranger);
  second.leave();
});

test("room is kept for what comes in pieces; a piece of it needs only the disk", async () => {
  const room = { free: 100 };
  const intake = openIntake({ most: 9, mostStrangers: 9, room: () => Promise.resolve(room.free), promised: () => 95 });
  await assert.rejects(intake.enter(known), { code: "DISK_FULL" });
  const piece = { announced: 0, stranger: false, needs: 60 };
  (await intake.enter(piece)).leave();
  (await intake.enter({ ...known, announced: 5 })).leave();
  room.free = 59;
  await assert.rejects(intake.enter(piece), { code: "DISK_FULL" });
});

test("bodies that are on their way count against the room, and those that left do not", async () => {
  const intake = openIntake({ most: 9, mostStrangers: 9, room: () => Promise.resolve(25) });
  const places = [await intake.enter(known), await intake.enter(known)];
  await assert.rejects(intake.enter(known), { code: "DISK_FULL", status: 507 });
  for (const place of places) place.leave();
  await intake.enter(known);
  await assert.rejects(
    openIntake({ most: 1, mostStrangers: 1, room: () => Promise.reject(new Error("no disk")) }).enter(known),
  );
});

async function begin(url: string, authorization = ""): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.on("error", () => undefined);
  socket.write(
    `POST /photos/ HTTP/1.1\r\nHost: photolog\r\n${authorization}Content-Length: 1000000\r\n` +
      `Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name="photo_file"; ` +
      `filename="a.jpg"\r\n\r\n${"some bytes ".repeat(100)}`,
  );
  return socket;
}

test("a server that has all it can take says when to come back, and takes the next one once there is place", async () => {
  const server = await openServer({ PHOTOLOG_MAX_CONCURRENT_UPLOADS: "2" });
  const spooled = async (count: number): Promise<boolean> =>
    (await readdir(join(server.folder, "spool"))).length === count;
  const sockets = [
    await begin(server.url, `Authorization: Bearer ${SECRET}\r\n`),
    await begin(server.url, `Authorization: Bearer ${SECRET}\r\n`),
  ];
  await until("both are being received", () => spooled(2));
  const post = async (): Promise<Response> =>
    fetch(`${server.url}/photos/`, {
      method: "POST",
      body: form({ photo_file: file(await picture({ seed: 1 })) }),
      headers: BEARER,
    });
  const busy = await post();
  assert.equal(busy.status, 503);
  assert.ok(Number(busy.headers.get("retry-after")) > 0);
  assert.equal(((await busy.json()) as ProblemAnswer).code, "SERVER_BUSY");
  sockets[0]?.destroy();
  await until("one has left", () => spooled(1));
  assert.equal((await post()).status, 202);
  sockets[1]?.destroy();
});

test("strangers cannot take every place", async () => {
  const server = await openServer({ PHOTOLOG_MAX_CONCURRENT_UPLOADS: "4" });
  const silent = await begin(server.url);
  await until("it is being received", async () => (await readdir(join(server.folder, "spool"))).length === 1);
  const another = await fetch(`${server.url}/photos/`, {
    method: "POST",
    body: form({ photo_file: file(await picture({ seed: 1 })) }),
  });
  assert.equal(another.status, 503);
  const friend = await fetch(`${server.url}/photos/`, {
    method: "POST",
    body: form({ photo_file: file(await picture({ seed: 2 })) }),
    headers: BEARER,
  });
  assert.equal(friend.status, 202);
  silent.destroy();
});

test("uploads that would need the reserve are refused before the disk is full", async () => {
  const server = await openServer({ PHOTOLOG_SPOOL_RESERVE: "1000TB" });
  const answer = await fetch(`${server.url}/photos/`, {
    method: "POST",
    body: form({ photo_file: file(await picture({ seed: 1 })) }),
    headers: BEARER,
  });
  assert.equal(answer.status, 507);
  assert.equal(((await answer.json()) as ProblemAnswer).code, "DISK_FULL");
  assert.equal((await fetch(`${server.url}/readyz`)).status, 507);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
});
