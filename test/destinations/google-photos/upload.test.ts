import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openSession } from "../../../src/destinations/google-photos/session.ts";
import { openUploads } from "../../../src/destinations/google-photos/upload.ts";
import { failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import type { Accepted } from "../../support/accept-photo.ts";
import { flatRefusal } from "../../support/google-exchange.ts";
import type { Fault } from "../../support/google-exchange.ts";
import { GRANULARITY } from "../../support/google-uploads.ts";
import { isBatchCreate, isBytes, isQuery, isStart, openTestGooglePhotos } from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";

const LARGE = 9 << 20;

describe("the bytes of a photo", () => {
  let opened: OpenedGooglePhotos;
  beforeEach(async () => {
    opened = await openTestGooglePhotos();
  });
  afterEach(() => opened.close());

  const live = (): AbortSignal => AbortSignal.timeout(10_000);
  const accept = (bytes: number): Promise<Accepted> => acceptPhoto(opened.folder, { content: randomBytes(bytes) });
  const commands = (): readonly (string | undefined)[] =>
    opened.server.requests.filter(({ path }) => path === "/v1/uploads").map(({ command }) => command);
  const bytesSent = (): readonly number[] => opened.server.requests.filter(isBytes).map(({ bytes }) => bytes);
  const fault = (given: Fault): void => opened.server.fault(given);

  async function delivers({ photo, original }: Accepted, destination = opened.google): Promise<void> {
    const { id } = await destination.deliver(photo, original, live());
    const copies = opened.server.items.map((item) => ({ id: item.id, sha256: item.sha256, bytes: item.bytes }));
    assert.deepEqual(copies, [{ id, sha256: photo.sha256, bytes: photo.bytes }]);
  }

  it("leave in one request, with their type and size told before and no name in a header", async () => {
    const accepted = await acceptPhoto(opened.folder, { filename: "première.jpg", mime: "image/heic" });
    await delivers(accepted);
    assert.deepEqual(commands(), ["start", "upload, finalize"]);
    const [start, bytes] = opened.server.requests.filter(({ path }) => path === "/v1/uploads");
    assert.equal(start?.headers["x-goog-upload-content-type"], "image/heic");
    assert.equal(start?.headers["x-goog-upload-raw-size"], String(accepted.photo.bytes));
    assert.equal(start?.headers["x-goog-upload-file-name"], undefined);
    assert.equal(bytes?.headers["content-length"], String(accepted.photo.bytes));
    assert.equal(opened.server.items[0]?.mimeType, "image/heic");
  });

  it("go on in the middle when the connection breaks, and only the rest is sent", async () => {
    const size = 5 * GRANULARITY + 1000;
    fault({ when: isBytes, answer: { cutAfter: 3 * GRANULARITY + 500 } });
    await delivers(await accept(size));
    assert.deepEqual(commands(), ["start", "upload, finalize", "query", "upload, finalize"]);
    assert.deepEqual(bytesSent(), [3 * GRANULARITY + 500, size - 3 * GRANULARITY]);
    assert.equal(opened.server.requests.findLast(isBytes)?.headers["x-goog-upload-offset"], String(3 * GRANULARITY));
  });

  it("go on as often as it breaks, as long as something arrives each time", async () => {
    fault({ when: isBytes, answer: { cutAfter: GRANULARITY }, times: 6 });
    await delivers(await accept(7 * GRANULARITY));
    assert.equal(bytesSent().length, 7);
    assert.equal(bytesSent().at(-1), GRANULARITY);
  });

  it("wait for a later attempt when nothing arrives three times", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBytes, answer: "reset", times: 4 });
    const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    assert.deepEqual([error.code, error.retry.class], ["SERVICE_UNREACHABLE", "retry"]);
    assert.deepEqual(opened.pauses, [1000, 2000, 3000]);
    await delivers({ photo, original });
    assert.equal(opened.server.requests.filter(isStart).length, 1, "the later attempt goes on with the same upload");
  });

  it("are not sent again when only the answer was lost", async () => {
    fault({ when: isBytes, answer: "commit then reset" });
    await delivers(await accept(1000));
    assert.deepEqual(bytesSent(), [1000]);
  });

  it("are sent anew when Google has them all and does not tell their name again", async () => {
    fault({ when: isBytes, answer: "commit then reset" });
    fault({ when: isQuery, answer: { status: 200, headers: { "x-goog-upload-status": "final" } } });
    await delivers(await accept(1000));
    assert.deepEqual(commands(), ["start", "upload, finalize", "query", "start", "upload, finalize"]);
  });

  it("only need to be closed off when Google has them all and is waiting", async () => {
    fault({ when: isBytes, answer: "reset" });
    const { photo, original } = await accept(GRANULARITY);
    const position = { "x-goog-upload-status": "active", "x-goog-upload-size-received": String(GRANULARITY) };
    fault({ when: isQuery, answer: { status: 200, headers: position } });
    fault({
      when: ({ command }) => command === "finalize",
      answer: { status: 200, headers: { "x-goog-upload-status": "final" }, body: "token-without-bytes" },
    });
    const error = await failureOf(opened.google.deliver(photo, original, live()), []);
    assert.match(error.message, /upload token/);
    assert.deepEqual(commands(), ["start", "upload, finalize", "query", "finalize"]);
  });

  it("start anew once when Google forgets the upload, and then wait", async () => {
    fault({ when: isBytes, answer: "reset" });
    fault({ when: isQuery, answer: flatRefusal(404, 5, "Not found.") });
    await delivers(await accept(1000));
    assert.deepEqual(commands(), ["start", "upload, finalize", "query", "start", "upload, finalize"]);

    const { photo, original } = await accept(1000);
    fault({ when: isBytes, answer: flatRefusal(410, 5, "Gone."), times: 9 });
    const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    assert.deepEqual([error.code, error.retry.class], ["SERVICE_BUSY", "retry"]);
    assert.equal(bytesSent().filter((bytes) => bytes === 1000).length, 2 + 1);
  });

  it("follow a Google that has lost some of them", async () => {
    const size = 3 * GRANULARITY;
    fault({ when: isBytes, answer: { cutAfter: 2 * GRANULARITY } });
    fault({
      when: isQuery,
      answer: {
        status: 200,
        headers: { "x-goog-upload-status": "active", "x-goog-upload-size-received": String(GRANULARITY) },
      },
    });
    await delivers(await accept(size));
    // Told a wrong position, it is refused, asks, and goes on at the right one.
    assert.equal(opened.server.requests.findLast(isBytes)?.headers["x-goog-upload-offset"], String(2 * GRANULARITY));
  });

  it("do not believe a position that cannot be", async () => {
    for (const received of ["-1", "1.5", "99999999", "x", undefined]) {
      fault({ when: isBytes, answer: "reset" });
      fault({
        when: isQuery,
        answer: {
          status: 200,
          headers: {
            "x-goog-upload-status": "active",
            ...(received !== undefined && { "x-goog-upload-size-received": received }),
          },
        },
      });
      const { photo, original } = await accept(1000);
      const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
      assert.equal(error.code, "OUTCOME_UNKNOWN");
    }
  });

  it("go on when the connection stays open and takes none of them", async () => {
    const { original } = await accept(20 << 20);
    fault({ when: isBytes, answer: "stall" });
    const { credentials, server } = opened;
    const session = openSession({ ...server, credentials, now: Date.now, judge: () => assert.fail() });
    const { baseUrl } = server;
    const uploads = openUploads({
      baseUrl,
      authorized: session.authorized,
      pause: () => Promise.resolve(),
      stallMs: 500,
    });
    await uploads.send({
      original,
      mime: "image/jpeg",
      onBegin: () => Promise.resolve(),
      judge: () => assert.fail(),
      signal: live(),
    });
    assert.deepEqual(commands(), ["start", "upload, finalize", "query", "upload, finalize"]);
    assert.deepEqual(bytesSent(), [0, original.bytes]);
  });

  it("are sent once when the write after them has to wait", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBatchCreate, answer: { status: 429, body: "Too many" }, times: 2 });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
      assert.deepEqual([error.code, error.retry.class], ["QUOTA_REACHED", "pause"]);
    }
    await delivers({ photo, original });
    assert.deepEqual(bytesSent(), [1000]);
  });

  it("are sent once even when the program is started anew in between", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBatchCreate, answer: { status: 429, body: "Too many" } });
    await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    await delivers({ photo, original }, opened.reopen());
    assert.deepEqual(bytesSent(), [1000]);
  });

  it("are sent again when their name is more than a day old", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBatchCreate, answer: { status: 429, body: "Too many" } });
    await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    await delivers({ photo, original }, opened.reopen({ now: () => Date.now() + 23 * 3_600_000 }));
    assert.deepEqual(bytesSent(), [1000, 1000]);
  });

  it("are sent again when Google does not know their name any more", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBatchCreate, answer: { status: 429, body: "Too many" } });
    await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    opened.server.expireUploadTokens();
    const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    assert.equal(error.retry.class, "retry");
    await delivers({ photo, original });
    assert.deepEqual(bytesSent(), [1000, 1000]);
  });

  it("of a large photo go on in the middle when the program was killed while it sent them", async () => {
    const { photo, original } = await accept(LARGE);
    // The killed one never gets to write anything down when it ends: its notes are those it made before.
    const killed = opened.reopen({
      notes: {
        read: (name) => opened.notes.read(name),
        async write(name, value) {
          if (opened.server.requests.every(({ command }) => command !== "upload, finalize")) {
            await opened.notes.write(name, value);
          }
        },
      },
    });
    fault({ when: isBytes, answer: { cutAfter: 4 << 20 } });
    fault({ when: isQuery, answer: "reset", times: 9 });
    await failureOf(killed.deliver(photo, original, live()), opened.server.secrets());
    opened.server.clearFaults();
    await delivers({ photo, original }, opened.reopen());
    assert.deepEqual(bytesSent(), [4 << 20, LARGE - (4 << 20)]);
  });

  it("of another sign-in's upload are of no use", async () => {
    const { photo, original } = await accept(1000);
    fault({ when: isBatchCreate, answer: { status: 429, body: "Too many" } });
    await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    await opened.credentials.put("google", { refreshToken: await opened.server.grant(), signedInAt: Date.now() + 1 });
    await delivers({ photo, original });
    assert.deepEqual(bytesSent(), [1000, 1000]);
  });
});
