import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import type { Accepted } from "../../support/accept-photo.ts";
import { APPEND } from "../../support/google-accounts.ts";
import { refusal } from "../../support/google-exchange.ts";
import type { Reply } from "../../support/google-exchange.ts";
import { isBatchCreate, isNewAlbum, openTestGooglePhotos } from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";

describe("the album that uploads go into", () => {
  let opened: OpenedGooglePhotos;
  beforeEach(async () => {
    opened = await openTestGooglePhotos();
  });
  afterEach(() => opened.close());

  const live = (): AbortSignal => AbortSignal.timeout(10_000);
  const accept = (): Promise<Accepted> => acceptPhoto(opened.folder);
  const acceptMany = (count: number): Promise<readonly Accepted[]> =>
    Promise.all(Array.from({ length: count }, accept));

  const album = "My Photolog 📷";
  const inAlbum = (): readonly ReadonlySet<string>[] => opened.server.items.map(({ albums }) => albums);

  it("is made once for fifty photos that come at the same time", async () => {
    const google = opened.reopen({ album });
    const photos = await acceptMany(50);
    await Promise.all(photos.map(({ photo, original }) => google.deliver(photo, original, live())));
    const [made, ...more] = opened.server.albums;
    assert.deepEqual([made?.title, more], [album, []]);
    assert.equal(opened.server.items.length, 50);
    assert.ok(inAlbum().every((albums) => albums.has(made?.id ?? "")));
    assert.equal(opened.server.mostWritesAtOnce(), 1);
  });

  it("is not made again in the next run", async () => {
    for (const { photo, original } of await acceptMany(2)) {
      await opened.reopen({ album }).deliver(photo, original, live());
    }
    assert.equal(opened.server.albums.length, 1);
    assert.equal(opened.server.requests.filter(({ path }) => path === "/v1/albums").length, 2);
  });

  it("is found where photolog was killed after it was made and before that was noted", async () => {
    const { photo, original } = await accept();
    opened.server.fault({ when: isNewAlbum, answer: "commit then reset" });
    const error = await failureOf(opened.reopen({ album }).deliver(photo, original, live()), opened.server.secrets());
    assert.equal(error.code, "OUTCOME_UNKNOWN");
    await opened.reopen({ album }).deliver(photo, original, live());
    assert.equal(opened.server.albums.length, 1);
  });

  it("is made a second time in that case only where photolog may not look", async () => {
    const refreshToken = await opened.server.grant({ scopes: [APPEND] });
    await opened.credentials.put("google", { refreshToken });
    const { photo, original } = await accept();
    opened.server.fault({ when: isNewAlbum, answer: "commit then reset" });
    await failureOf(opened.reopen({ album }).deliver(photo, original, live()), opened.server.secrets());
    await opened.reopen({ album }).deliver(photo, original, live());
    assert.equal(opened.server.albums.length, 2);
  });

  it("is found behind a hundred others", async () => {
    for (let n = 0; n < 120; n++) opened.server.addAlbum(n === 110 ? album : `Other ${n}`);
    const { photo, original } = await accept();
    await opened.reopen({ album }).deliver(photo, original, live());
    assert.equal(opened.server.albums.length, 120);
    assert.deepEqual(inAlbum(), [new Set([opened.server.albums[110]?.id])]);
  });

  it("is made anew when a person has deleted it, and the photo is filed there", async () => {
    const google = opened.reopen({ album });
    const [one, two] = await acceptMany(2);
    assert.ok(one && two);
    await google.deliver(one.photo, one.original, live());
    opened.server.deleteAlbum(opened.server.albums[0]?.id ?? "");
    await google.deliver(two.photo, two.original, live());
    const [made, ...more] = opened.server.albums;
    assert.deepEqual([made?.title, more], [album, []]);
    assert.deepEqual(inAlbum().at(-1), new Set([made?.id]));
  });

  const gone: Readonly<Record<string, Reply>> = {
    "it does not match any": refusal(400, "INVALID_ARGUMENT", "The provided ID does not match any albums."),
    "it is invalid": refusal(400, "INVALID_ARGUMENT", "Invalid album ID."),
    "it is not found": refusal(404, "NOT_FOUND", "Requested entity was not found."),
    "it may not be written": refusal(403, "PERMISSION_DENIED", "The caller does not have permission"),
  };
  for (const [what, answer] of Object.entries(gone)) {
    it(`is replaced by another one, once, when Google says that ${what}`, async () => {
      const google = opened.reopen({ album });
      const { photo, original } = await accept();
      opened.server.fault({ when: isBatchCreate, answer });
      await google.deliver(photo, original, live());
      assert.equal(opened.server.albums.length, 2);

      opened.server.fault({ when: isBatchCreate, answer, times: 9 });
      const error = await failureOf(google.deliver(photo, original, live()), opened.server.secrets());
      assert.equal(error.retry.class, what === "it may not be written" ? "auth" : "retry");
      assert.match(error.message, /album/);
      assert.equal(opened.server.albums.length, 2, "albums must not pile up while Google goes on saying so");
    });
  }

  it("is not made while nobody can say whether it is there", async () => {
    const google = opened.reopen({ album });
    const { photo, original } = await accept();
    opened.server.fault({
      when: ({ path, method }) => path === "/v1/albums" && method === "GET",
      answer: { status: 503 },
    });
    const error = await failureOf(google.deliver(photo, original, live()), opened.server.secrets());
    assert.ok(["retry", "check"].includes(error.retry.class));
    assert.deepEqual(opened.server.albums, []);
  });

  it("is not made when a day's requests are spent", async () => {
    const google = opened.reopen({ album });
    const { photo, original } = await accept();
    opened.server.fault({
      when: ({ path }) => path === "/v1/albums",
      answer: refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for limit 'All requests per day'."),
    });
    const error = await failureOf(google.deliver(photo, original, live()), opened.server.secrets());
    assert.equal(error.code, "QUOTA_REACHED");
    assert.deepEqual(
      [opened.server.albums, opened.server.items, opened.server.requests.filter(isBatchCreate)],
      [[], [], []],
    );
  });
});
