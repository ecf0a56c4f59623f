import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { describeDestination, failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import { EXAMPLES } from "../../support/google-answers.ts";
import { refusal } from "../../support/google-exchange.ts";
import { faultMet, isBatchCreate, isBytes, openTestGooglePhotos } from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";
import { until } from "../../support/until.ts";

describeDestination("Google Photos", async () => {
  const { google, server, close } = await openTestGooglePhotos();
  return {
    destination: google,
    server: {
      copies: () => server.items.map(({ id, sha256, bytes }) => ({ id, sha256, bytes })),
      album: (title) =>
        server.albums
          .filter((album) => album.title === title)
          .map((album) => server.items.filter(({ albums }) => albums.has(album.id)).map(({ id }) => id)),
      deleteAlbum(title) {
        for (const album of server.albums.filter((one) => one.title === title)) server.deleteAlbum(album.id);
      },
      loseNextAnswer: () => server.fault({ when: isBatchCreate, answer: "commit then reset" }),
      holdNextAnswer: () => faultMet(server, { when: isBatchCreate, answer: "hold" }),
      revokeToken: () => server.revoke(),
      stop: () => server.close(),
    },
    get secrets() {
      return server.secrets();
    },
    close,
  };
});

describe("a delivery to Google Photos", () => {
  let opened: OpenedGooglePhotos;
  beforeEach(async () => {
    opened = await openTestGooglePhotos();
  });
  afterEach(() => opened.close());

  const live = (): AbortSignal => AbortSignal.timeout(10_000);
  const asked = (): readonly string[] => opened.server.requests.map(({ command, path }) => command ?? path);

  it("whose answer was lost is found by the same write, without the bytes, and leaves one item", async () => {
    const { google, server, folder } = opened;
    const { photo, original } = await acceptPhoto(folder);
    server.fault({ when: isBatchCreate, answer: "commit then reset" });
    await failureOf(google.deliver(photo, original, live()), server.secrets());
    const before = asked().length;
    const found = await google.find(photo, 0, live());
    assert.deepEqual(asked().slice(before), ["/v1/mediaItems:batchCreate"]);
    assert.deepEqual(
      [found?.id],
      server.items.map(({ id }) => id),
    );
  });

  it("whose answer was lost is found by the next run of the program, too", async () => {
    const { google, server, folder, reopen } = opened;
    const { photo, original } = await acceptPhoto(folder);
    server.fault({ when: isBatchCreate, answer: "commit then reset" });
    await failureOf(google.deliver(photo, original, live()), server.secrets());
    const found = await reopen().find(photo, 0, live());
    assert.deepEqual(
      [found?.id],
      server.items.map(({ id }) => id),
    );
  });

  it("whose answer was lost is made again where Google has forgotten its bytes, and still leaves one item", async () => {
    const { google, server, folder } = opened;
    const { photo, original } = await acceptPhoto(folder);
    server.fault({ when: isBatchCreate, answer: "commit then reset" });
    await failureOf(google.deliver(photo, original, live()), server.secrets());
    server.expireUploadTokens();
    assert.equal(await google.find(photo, 0, live()), undefined);
    const { id } = await google.deliver(photo, original, live());
    assert.deepEqual(
      [id],
      server.items.map((item) => item.id),
    );
  });

  it("that Google has refused is not made by looking for it", async () => {
    const { google, server, folder } = opened;
    const { photo, original } = await acceptPhoto(folder);
    server.fault({ when: isBatchCreate, answer: refusal(429, "RESOURCE_EXHAUSTED", "Slow down.") });
    await failureOf(google.deliver(photo, original, live()), server.secrets());
    assert.equal(await google.find(photo, 0, live()), undefined);
    assert.deepEqual(server.items, []);
  });

  it("that was told to stop while Google wrote is found afterwards", async () => {
    const { google, server, folder } = opened;
    const { photo, original } = await acceptPhoto(folder);
    const stop = new AbortController();
    server.fault({ when: isBatchCreate, answer: "hold" });
    const delivery = google.deliver(photo, original, stop.signal);
    await until("Google has written", () => server.items.length === 1);
    stop.abort();
    await assert.rejects(delivery);
    assert.ok(await google.find(photo, 0, live()));
    assert.equal(server.items.length, 1);
  });

  it("sends the bytes anew where Google could not read them", async () => {
    const { server, folder, reopen } = opened;
    const { photo, original } = await acceptPhoto(folder, { mime: "text/plain" });
    for (let run = 0; run < 2; run++) {
      await failureOf(reopen().deliver(photo, original, live()), server.secrets());
    }
    assert.equal(server.requests.filter(isBytes).length, 2);
  });

  it("sends the bytes anew only once Google has made nothing of them twice, also across a restart", async () => {
    const { server, folder, reopen } = opened;
    const { photo, original } = await acceptPhoto(folder);
    const [{ when, answer }] = EXAMPLES["could not be made"];
    server.fault({ when, answer, times: 2 });
    const sent: number[] = [];
    for (let run = 0; run < 3; run++) {
      await reopen()
        .deliver(photo, original, live())
        .catch(() => undefined);
      sent.push(server.requests.filter(isBytes).length);
    }
    assert.deepEqual(sent, [1, 1, 2]);
    assert.equal(server.items.length, 1);
  });

  it("tells what went wrong even where it cannot be noted", async () => {
    const { server, folder, notes, reopen } = opened;
    const google = reopen({ notes: { ...notes, write: () => Promise.reject(new Error("The database is locked.")) } });
    const { photo, original } = await acceptPhoto(folder);
    server.fault({ when: isBatchCreate, answer: refusal(429, "RESOURCE_EXHAUSTED", "All requests per day") });
    assert.equal((await failureOf(google.deliver(photo, original, live()), server.secrets())).code, "QUOTA_REACHED");
  });
});
