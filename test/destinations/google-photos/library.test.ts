import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openLibrary } from "../../../src/destinations/google-photos/library.ts";
import { openSession } from "../../../src/destinations/google-photos/session.ts";
import type { Destination } from "../../../src/destinations/destination.ts";
import type { PhotologError } from "../../../src/errors.ts";
import type { Photo } from "../../../src/photo.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import type { Accepted } from "../../support/accept-photo.ts";
import { refusal } from "../../support/google-exchange.ts";
import type { GoogleRequest, Reply } from "../../support/google-exchange.ts";
import { faultMet, isBatchCreate, isBytes, openTestGooglePhotos } from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";
import { until } from "../../support/until.ts";

interface Entry {
  readonly description?: string;
  readonly simpleMediaItem: { readonly uploadToken: string; readonly fileName: string };
}

const entriesOf = ({ json }: GoogleRequest): readonly Entry[] => (json as { newMediaItems: Entry[] }).newMediaItems;
const nameOf = ({ simpleMediaItem }: Entry): string => simpleMediaItem.fileName;
const kept = (entry: Entry): object => ({
  uploadToken: entry.simpleMediaItem.uploadToken,
  status: { message: "OK" },
  mediaItem: { id: `id of ${nameOf(entry)}`, productUrl: `https://photos.google.com/lr/photo/${nameOf(entry)}` },
});
const unreadable = ({ simpleMediaItem: { uploadToken } }: Entry): object => ({
  uploadToken,
  status: { code: 3, message: "BAD_IMAGE: There was an error while trying to create this media item." },
});

describe("the library of Google Photos", () => {
  let opened: OpenedGooglePhotos;
  beforeEach(async () => {
    opened = await openTestGooglePhotos();
  });
  afterEach(() => opened.close());

  const live = (): AbortSignal => AbortSignal.timeout(10_000);
  const accept = (given: Partial<Photo> = {}): Promise<Accepted> => acceptPhoto(opened.folder, given);
  const acceptMany = (count: number): Promise<readonly Accepted[]> =>
    Promise.all(Array.from({ length: count }, (_, n) => accept({ filename: `${n}.jpg` })));
  const writes = (): readonly GoogleRequest[] => opened.server.requests.filter(isBatchCreate);

  /** So many photos' bytes are at Google: all but one stand in line, since one write is under way. */
  async function allHaveSent(count: number): Promise<void> {
    await until(
      "every photo's bytes are sent",
      () => opened.server.requests.filter((request) => isBytes(request) && request.status === 200).length >= count,
    );
  }

  /** Delivers all at the same time, in such a way that all but the first go into one write. */
  async function deliverTogether(
    photos: readonly Accepted[],
    destination: Destination = opened.google,
  ): Promise<readonly PromiseSettledResult<unknown>[]> {
    const { server } = opened;
    // The first write's answer waits until every other photo has sent its bytes and stands in line.
    server.fault({
      when: isBatchCreate,
      async answer(request) {
        await allHaveSent(photos.length);
        return { status: 200, body: { newMediaItemResults: entriesOf(request).map(kept) } };
      },
    });
    return Promise.allSettled(photos.map(({ photo, original }) => destination.deliver(photo, original, live())));
  }

  const outcomes = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
    results.map((result) =>
      result.status === "fulfilled" ? (result.value as { id: string }).id : (result.reason as PhotologError).code,
    );

  it("takes one write at a time, and whoever waited goes into the next one together", async () => {
    const photos = await acceptMany(60);
    const results = await deliverTogether(photos);
    assert.ok(results.every(({ status }) => status === "fulfilled"));
    assert.equal(opened.server.mostWritesAtOnce(), 1);
    const sizes = writes().map((write) => entriesOf(write).length);
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      60,
    );
    assert.ok(Math.max(...sizes) <= 50 && sizes.length <= 6, `${sizes}`);
  });

  for (const status of [200, 207]) {
    it(`answers ${status} and has not kept one photo: that one has failed, and only that one`, async () => {
      const photos = await acceptMany(4);
      opened.server.fault({
        when: isBatchCreate,
        times: 4,
        async answer(request) {
          await allHaveSent(4);
          // In another order than asked, and one is not mentioned at all.
          const newMediaItemResults = entriesOf(request)
            .toReversed()
            .filter((entry) => nameOf(entry) !== "2.jpg")
            .map((entry) => (nameOf(entry) === "1.jpg" ? unreadable(entry) : kept(entry)));
          return { status, body: { newMediaItemResults } };
        },
      });
      const results = await Promise.allSettled(
        photos.map(({ photo, original }) => opened.google.deliver(photo, original, live())),
      );
      assert.deepEqual(outcomes(results), ["id of 0.jpg", "SERVICE_BUSY", "SERVICE_BUSY", "id of 3.jpg"]);
      assert.ok(writes().some((write) => entriesOf(write).length > 1));
    });
  }

  it("is told each photo by itself when it does not like one of many", async () => {
    opened.server.fault({
      when: (request) => isBatchCreate(request) && entriesOf(request).some((entry) => nameOf(entry) === "5.jpg"),
      answer: refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
      times: 9,
    });
    const results = outcomes(await deliverTogether(await acceptMany(10)));
    assert.equal(results.filter((outcome) => outcome === "SERVICE_BUSY").length, 1);
    assert.equal(results[5], "SERVICE_BUSY");
    assert.equal(opened.server.mostWritesAtOnce(), 1);
  });

  it("is asked no more by those who wait when a day's requests are spent", async () => {
    const photos = await acceptMany(60);
    opened.server.fault({
      when: (request) => isBatchCreate(request) && writes().length > 1,
      answer: refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for limit 'All requests per day'."),
      times: 99,
    });
    const results = outcomes(await deliverTogether(photos));
    assert.equal(results.filter((outcome) => outcome === "QUOTA_REACHED").length, 59);
    // Whatever they may have asked would stand in line before this one.
    const { photo, original } = await accept();
    await assert.rejects(opened.google.deliver(photo, original, live()));
    assert.equal(writes().length, 3);
  });

  it("does not keep those waiting who are told to stop", async () => {
    const [one, two] = await acceptMany(2);
    assert.ok(one && two);
    const asked = faultMet(opened.server, { when: isBatchCreate, answer: "hold" });
    const stop = new AbortController();
    const first = opened.google.deliver(one.photo, one.original, AbortSignal.any([live(), stop.signal]));
    await asked;
    const second = opened.google.deliver(two.photo, two.original, live());
    stop.abort();
    await assert.rejects(first, (error) => error === stop.signal.reason);
    // The write that nobody waits for any more is given up, and the next one begins.
    assert.ok((await second).id);
  });

  it("forgets nobody who comes in the very moment in which a write ends", async () => {
    const { server, credentials } = opened;
    const { photo, original } = await accept();
    await opened.google.deliver(photo, original, live());
    const [{ simpleMediaItem } = assert.fail()] = writes().flatMap(entriesOf);
    const { authorized } = openSession({ ...server, credentials, now: Date.now, judge: () => assert.fail() });
    const library = openLibrary({ baseUrl: server.baseUrl, authorized, album: undefined });
    const add = (): Promise<unknown> =>
      library.add({
        uploadToken: simpleMediaItem.uploadToken,
        filename: "again.jpg",
        description: "",
        judge: () => assert.fail(),
        signal: live(),
      });
    for (let moments = 0; moments < 12; moments++) {
      await add();
      for (let moment = 0; moment < moments; moment++) await Promise.resolve();
      await add();
    }
  });

  it("gets the name, the tags as a description, and gives a link", async () => {
    const { photo, original } = await accept({ filename: "Été.JPG", tags: ["vegas", " two\nwords ", ""] });
    const receipt = await opened.google.deliver(photo, original, live());
    const [item] = opened.server.items;
    assert.deepEqual(
      { filename: item?.filename, description: item?.description, albums: item?.albums },
      { filename: "Été.JPG", description: "vegas, two words", albums: new Set() },
    );
    assert.equal(receipt.url, `https://photos.google.com/lr/photo/${receipt.id}`);
  });

  it("gets names and descriptions cut to what it takes, without breaking a letter", async () => {
    const { photo, original } = await accept({
      filename: `${"é📷".repeat(200)}.jpeg`,
      tags: Array.from({ length: 300 }, (_, n) => `📷tag${n}`),
    });
    await opened.google.deliver(photo, original, live());
    const [item] = opened.server.items;
    assert.ok(item && item.filename.length <= 255 && item.filename.length > 250);
    assert.ok(item.filename.endsWith("📷.jpeg") || item.filename.endsWith("é.jpeg"));
    assert.ok(item.filename.isWellFormed());
    assert.equal([...(item.description ?? "")].length, 1000);
  });

  it("says that it had the bytes already: that is a success", async () => {
    const answer = (request: GoogleRequest): Reply => ({
      status: 200,
      body: { newMediaItemResults: entriesOf(request).map((entry) => ({ ...kept(entry), status: { code: 6 } })) },
    });
    opened.server.fault({ when: isBatchCreate, answer });
    const { photo, original } = await accept({ filename: "known.jpg" });
    assert.equal((await opened.google.deliver(photo, original, live())).id, "id of known.jpg");

    const nameless = (request: GoogleRequest): Reply => ({
      status: 200,
      body: {
        newMediaItemResults: entriesOf(request).map(({ simpleMediaItem: { uploadToken } }) => ({
          uploadToken,
          status: { code: 6, message: "Already exists." },
        })),
      },
    });
    opened.server.fault({ when: isBatchCreate, answer: nameless });
    const receipt = await opened.google.deliver(photo, original, live());
    assert.deepEqual(receipt, { id: "already there" });
  });
});
