import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Photo } from "../../../src/photo.ts";
import { describeDestination, failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import type { FlickrServerOptions } from "../../support/flickr-server.ts";
import { openTestFlickr } from "../../support/open-flickr.ts";
import type { OpenedFlickr } from "../../support/open-flickr.ts";

describeDestination("Flickr", async () => {
  const { flickr, server, close } = await openTestFlickr();
  return {
    destination: flickr,
    server: {
      copies: () => server.photos.map(({ id, sha256, bytes }) => ({ id, sha256, bytes })),
      album: (title) => server.photosets.filter((set) => set.title === title).map(({ photoIds }) => photoIds),
      deleteAlbum: (title) => server.deletePhotoset(title),
      loseNextAnswer: () => void server.fault({ when: "upload", stored: true, answer: "reset" }),
      holdNextAnswer: () => server.fault({ when: "upload", answer: "hang" }),
      revokeToken: () => {
        server.revoke();
      },
      stop: () => server.close(),
    },
    secrets: server.secrets(),
    close,
  };
});

const live = (): AbortSignal => AbortSignal.timeout(10_000);

async function using(served: FlickrServerOptions, body: (opened: OpenedFlickr) => Promise<void>): Promise<void> {
  const opened = await openTestFlickr(served);
  try {
    await body(opened);
  } finally {
    await opened.close();
  }
}

describe("looking for a copy on Flickr", () => {
  it("waits first, since a copy is not there at once", () =>
    using({}, async ({ flickr, folder, pauses }) => {
      const { photo } = await acceptPhoto(folder);
      await flickr.find(photo, Date.now(), live());
      assert.ok((pauses[0] ?? 0) >= 10_000);
    }));

  it("stops waiting at once when it is told to", async () => {
    const { flickr, server, folder, close } = await openTestFlickr({}, { pause: undefined });
    try {
      const stop = new AbortController();
      const { photo } = await acceptPhoto(folder);
      const finding = flickr.find(photo, Date.now(), stop.signal);
      while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const told = performance.now();
      stop.abort(new Error("photolog is closing"));
      await assert.rejects(finding, (error) => error === stop.signal.reason);
      assert.ok(performance.now() - told < 3000);
    } finally {
      await close();
    }
  });

  it("finds one that the search does not know yet, on the last page of what was uploaded since", () =>
    using({ searchLag: 99, pageSize: 2 }, async ({ flickr, server, folder }) => {
      const { photo, original } = await acceptPhoto(folder);
      const since = Date.now();
      const receipt = await flickr.deliver(photo, original, live());
      for (let others = 0; others < 5; others++) {
        const other = await acceptPhoto(folder);
        await flickr.deliver(other.photo, other.original, live());
      }
      assert.deepEqual(await flickr.find(photo, since, live()), receipt);
      const pages = server.requests.filter(({ call }) => call === "flickr.people.getPhotos");
      assert.deepEqual(
        pages.map(({ fields }) => fields["page"]),
        ["1", "2", "3"],
      );
    }));

  it("tells the date of a copy that was cut off before it had one", () =>
    using({}, async ({ flickr, server, folder }) => {
      void server.fault({ when: "upload", stored: true, answer: { status: 502 } });
      const { photo, original } = await acceptPhoto(folder, { targetDate: "2001-12-31" });
      await failureOf(flickr.deliver(photo, original, live()), server.secrets());
      assert.ok(await flickr.find(photo, Date.now(), live()));
      assert.equal(server.photos[0]?.dateTaken, "2001-12-31 00:00:00");
    }));

  it("makes no second copy even where nothing finds the first", () =>
    using({ searchLag: 99, listLag: 99 }, async ({ flickr, server, folder }) => {
      void server.fault({ when: "upload", stored: true, answer: { status: 504, body: "<html>" } });
      const { photo, original } = await acceptPhoto(folder);
      const error = await failureOf(flickr.deliver(photo, original, live()), server.secrets());
      assert.equal(error.retry.class, "check");
      assert.equal(await flickr.find(photo, Date.now(), live()), undefined);
      const receipt = await flickr.deliver(photo, original, live());
      assert.deepEqual(
        server.photos.map(({ id }) => id),
        [receipt.id],
      );
    }));
});

describe("what Flickr never takes", () => {
  const photo = { id: 1, filename: "x", sidecars: [], tags: [] } as unknown as Photo;

  for (const [what, kind, bytes, refused] of [
    ["is a RAW file", "raw", 1, true],
    ["is a picture above 200 MB", "image", 200 * 1024 ** 2 + 1, true],
    ["is a film above 1 GB", "video", 1024 ** 3 + 1, true],
    ["is not a picture of 200 MB", "image", 200 * 1024 ** 2, false],
    ["is not a film of 1 GB", "video", 1024 ** 3, false],
  ] as const) {
    it(what, () =>
      using({}, async ({ flickr }) => {
        assert.equal(flickr.refuses({ ...photo, kind, bytes }) !== undefined, refused);
      }),
    );
  }
});

describe("the account at Flickr", () => {
  it("is named, without a warning, for Flickr Pro", () =>
    using({}, async ({ flickr }) => {
      assert.deepEqual(await flickr.check(live()), { name: "Jamal & Fanaian", warnings: [] });
    }));

  it("comes with a warning when it is a free one", () =>
    using({ pro: false }, async ({ flickr }) => {
      const { warnings } = await flickr.check(live());
      assert.match(warnings.join(), /50 of them private/);
    }));

  it("is no use with a token that may only look", () =>
    using({ perms: "read" }, async ({ flickr, server, folder }) => {
      const { photo, original } = await acceptPhoto(folder);
      for (const attempt of [() => flickr.check(live()), () => flickr.deliver(photo, original, live())]) {
        assert.equal((await failureOf(attempt(), server.secrets())).code, "SIGN_IN_NEEDED");
      }
    }));

  it("is the one that a person signed in to, not the one in the settings, from the next photo on", async () => {
    const { flickr, server, credentials, folder, close } = await openTestFlickr(
      {},
      { token: { token: "old", tokenSecret: "not-a-real-secret" } },
    );
    try {
      const { photo, original } = await acceptPhoto(folder);
      const error = await failureOf(flickr.deliver(photo, original, live()), ["not-a-real-secret"]);
      assert.equal(error.code, "SIGN_IN_NEEDED");
      await credentials.put("flickr", { token: server.token, tokenSecret: server.tokenSecret });
      await flickr.deliver(photo, original, live());
    } finally {
      await close();
    }
  });

  it("is asked for when nobody has signed in", async () => {
    const { flickr, server, close } = await openTestFlickr({}, { token: undefined });
    try {
      const error = await failureOf(flickr.check(live()), []);
      assert.equal(error.code, "SIGN_IN_NEEDED");
      assert.match(error.hint ?? "", /photolog auth flickr/);
      assert.deepEqual(server.requests, []);
    } finally {
      await close();
    }
  });

  it("is asked for its name once, not for every photo", () =>
    using({}, async ({ flickr, server, folder }) => {
      for (let photos = 0; photos < 3; photos++) {
        const { photo, original } = await acceptPhoto(folder);
        await flickr.deliver(photo, original, live());
      }
      assert.deepEqual(
        server.requests.map(({ call }) => call),
        ["flickr.test.login", "upload", "upload", "upload"],
      );
    }));
});
