/** What every Destination keeps to, tested through the real thing against a real server on this machine. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Destination } from "../../src/destinations/destination.ts";
import { PhotologError } from "../../src/errors.ts";
import type { Original } from "../../src/photo.ts";
import { acceptPhoto, flipOneBit } from "../support/accept-photo.ts";

export interface Copy {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface Harness {
  /** Waits for nothing: its pauses are passed in and return at once. */
  readonly destination: Destination;
  readonly server: {
    /** Every copy the service keeps, oldest first; two of the same photo are two. */
    copies(): readonly Copy[];
    /** Ids of the copies in each album of this title, one list an album. */
    album(title: string): readonly (readonly string[])[];
    /** A person deletes every album of this title. */
    deleteAlbum(title: string): void;
    /** The next photo is kept, but the connection breaks before anybody is told. */
    loseNextAnswer(): void;
    /** The next photo's answer never comes; resolves once the service has been asked to keep it. */
    holdNextAnswer(): Promise<void>;
    /** From now on the service refuses the token that we have. */
    revokeToken(): void;
    /** From now on nothing listens at the service's address. */
    stop(): Promise<void>;
  };
  /** Everything that no message may ever show. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

const MEGABYTE = 1024 * 1024;

const HOSTILE_NAMES = [
  "",
  "no extension",
  "two\nlines.jpg",
  "carriage\rreturn.jpg",
  '"; filename="other.jpg',
  "\r\nX-Injected: yes\r\n\r\n.jpg",
  "it's 100% <b>&amp; done</b>!*().jpg",
  "📷 première été 写真.jpg",
  "../../../etc/passwd",
  "C:\\photos\\one.jpg",
  "nul\0inside.jpg",
  "half a surrogate \ud83d.jpg",
  `${"long ".repeat(60)}.jpg`,
  ".hidden",
];

const HOSTILE_TAGS = ["two words", 'quo"ted', "comma, inside", "line\nbreak", "", " ", "<b>", "ünïcode 🌵", "a:b=c"];

export function describeDestination(name: string, open: () => Promise<Harness>): void {
  describe(`${name} as a destination`, { timeout: 60_000 }, () => {
    let folder: string;
    const live = (): AbortSignal => AbortSignal.timeout(20_000);
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "photolog-destination-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    async function using(body: (harness: Harness) => Promise<void>): Promise<void> {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.close();
      }
    }

    it("says who we are", () =>
      using(async ({ destination }) => {
        const account = await destination.check(live());
        assert.ok(account.name.length > 0);
      }));

    it("keeps a photo byte for byte and finds it again", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder);
        const since = Date.now();
        const receipt = await destination.deliver(photo, original, live());
        assert.deepEqual(server.copies(), [{ id: receipt.id, sha256: photo.sha256, bytes: photo.bytes }]);
        const found = await destination.find(photo, since, live());
        assert.equal(found?.id, receipt.id);
      }));

    it("finds nothing of a photo that was never delivered", () =>
      using(async ({ destination }) => {
        const delivered = await acceptPhoto(folder);
        await destination.deliver(delivered.photo, delivered.original, live());
        const { photo } = await acceptPhoto(folder);
        assert.equal(await destination.find(photo, Date.now(), live()), undefined);
      }));

    it("keeps one copy of a photo that is delivered twice", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder);
        const first = await destination.deliver(photo, original, live());
        const second = await destination.deliver(photo, original, live());
        assert.equal(second.id, first.id);
        assert.equal(server.copies().length, 1);
      }));

    for (const filename of HOSTILE_NAMES) {
      it(`keeps a photo called ${inspect(filename.slice(0, 40))}`, () =>
        using(async ({ destination, server }) => {
          const { photo, original } = await acceptPhoto(folder, { filename, tags: HOSTILE_TAGS });
          const receipt = await destination.deliver(photo, original, live());
          assert.deepEqual(server.copies(), [{ id: receipt.id, sha256: photo.sha256, bytes: photo.bytes }]);
        }));
    }

    it("puts copies into albums of its own making, each once", () =>
      using(async ({ destination, server }) => {
        const titles = ["Trip, part 1", "première été 📷"];
        const receipts = [];
        for (let count = 0; count < 2; count++) {
          const { photo, original } = await acceptPhoto(folder);
          receipts.push(await destination.deliver(photo, original, live()));
        }
        for (const receipt of [...receipts, ...receipts]) await destination.putInAlbums(receipt, titles, live());
        const ids = receipts.map(({ id }) => id);
        for (const title of titles) assert.deepEqual(server.album(title), [ids]);
      }));

    it("makes an album again that a person has deleted", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder);
        const receipt = await destination.deliver(photo, original, live());
        await destination.putInAlbums(receipt, ["Trip"], live());
        server.deleteAlbum("Trip");
        await destination.putInAlbums(receipt, ["Trip"], live());
        assert.deepEqual(server.album("Trip"), [[receipt.id]]);
      }));

    it("does not know the outcome when the answer is lost, then finds the copy and makes no second one", () =>
      using(async ({ destination, server, secrets }) => {
        const { photo, original } = await acceptPhoto(folder);
        const since = Date.now();
        server.loseNextAnswer();
        const error = await failureOf(destination.deliver(photo, original, live()), secrets);
        assert.equal(error.code, "OUTCOME_UNKNOWN");
        assert.equal(error.retry.class, "check");
        const found = await destination.find(photo, since, live());
        assert.deepEqual(
          server.copies().map(({ id }) => id),
          [found?.id],
        );
        const again = await destination.deliver(photo, original, live());
        assert.equal(again.id, found?.id);
        assert.equal(server.copies().length, 1);
      }));

    it("is tried again when nothing answers at the service's address", () =>
      using(async ({ destination, server, secrets }) => {
        const { photo, original } = await acceptPhoto(folder);
        await server.stop();
        for (const attempt of [
          () => destination.deliver(photo, original, live()),
          () => destination.find(photo, Date.now(), live()),
          () => destination.check(live()),
        ]) {
          const error = await failureOf(attempt(), secrets);
          assert.equal(error.code, "SERVICE_UNREACHABLE");
          assert.equal(error.retry.class, "retry");
        }
      }));

    for (const moment of ["before the first photo", "between two photos"] as const) {
      it(`waits for a person when the token is revoked ${moment}`, () =>
        using(async ({ destination, server, secrets }) => {
          if (moment === "between two photos") {
            const first = await acceptPhoto(folder);
            await destination.deliver(first.photo, first.original, live());
          }
          const kept = server.copies().length;
          server.revokeToken();
          const { photo, original } = await acceptPhoto(folder);
          const delivery = await failureOf(destination.deliver(photo, original, live()), secrets);
          const check = await failureOf(destination.check(live()), secrets);
          for (const error of [delivery, check]) {
            assert.equal(error.code, "SIGN_IN_NEEDED");
            assert.equal(error.retry.class, "auth");
            assert.match(error.hint ?? "", /photolog auth/);
          }
          assert.equal(server.copies().length, kept);
        }));
    }

    it("stops at once when it is told to", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder);
        const asked = server.holdNextAnswer();
        const stop = new AbortController();
        const delivery = destination.deliver(photo, original, stop.signal);
        await Promise.race([asked, delivery]);
        const told = performance.now();
        stop.abort();
        await assert.rejects(delivery, (error) => error === stop.signal.reason);
        assert.ok(performance.now() - told < 3000);
      }));

    it("begins nothing when it was told to stop before", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder);
        const signal = AbortSignal.abort();
        await assert.rejects(destination.deliver(photo, original, signal), (error) => error === signal.reason);
        await assert.rejects(destination.find(photo, Date.now(), signal), (error) => error === signal.reason);
        await assert.rejects(destination.check(signal), (error) => error === signal.reason);
        assert.deepEqual(server.copies(), []);
      }));

    const damages: Readonly<Record<string, (original: Original) => Promise<void>>> = {
      vanished: ({ path }) => rm(path),
      shrank: ({ path, bytes }) => truncate(path, bytes - 1000),
      grew: ({ path }) => appendFile(path, "more"),
      "lost all its bytes": ({ path }) => truncate(path, 0),
      "has one flipped bit": flipOneBit,
    };
    for (const [what, damage] of Object.entries(damages)) {
      it(`delivers nothing of a file that ${what}`, () =>
        using(async ({ destination, server, secrets }) => {
          const { photo, original } = await acceptPhoto(folder);
          await damage(original);
          const error = await failureOf(destination.deliver(photo, original, live()), secrets);
          assert.equal(error.code, what === "vanished" ? "ORIGINAL_MISSING" : "ORIGINAL_CHANGED");
          assert.ok(!error.message.includes(folder), "the message must not tell where the file was");
          assert.deepEqual(server.copies(), []);
        }));
    }

    it("never holds a whole photo in memory", () =>
      using(async ({ destination, server }) => {
        const { photo, original } = await acceptPhoto(folder, {
          content: randomBytes(64 * MEGABYTE),
        });
        const watch = watchLiveBytes();
        const delivery = destination.deliver(photo, original, live());
        const grown = await delivery.then(watch.stop, watch.stop);
        const receipt = await delivery;
        assert.deepEqual(server.copies(), [{ id: receipt.id, sha256: photo.sha256, bytes: photo.bytes }]);
        // The service is in this process, too, and a busy machine lets it fall behind.
        assert.ok(grown < 32 * MEGABYTE, `${Math.round(grown / MEGABYTE)} MB were held at once`);
      }));
  });
}

/** The `PhotologError` that this rejects with, which must not show a secret anywhere, not even in what caused it. */
export async function failureOf(attempt: Promise<unknown>, secrets: readonly string[]): Promise<PhotologError> {
  const outcome = await attempt.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in outcome)) assert.fail(`nothing went wrong: ${inspect(outcome.value)}`);
  const { error } = outcome;
  const shown = inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null });
  for (const secret of secrets) {
    assert.ok(!shown.includes(secret) && !shown.includes(encodeURIComponent(secret)), `a secret shows in ${shown}`);
  }
  assert.ok(error instanceof PhotologError, `not a PhotologError: ${shown}`);
  return error;
}

/** The most bytes in buffers that were in use at once, above what was in use at the start; garbage does not count. */
function watchLiveBytes(): { readonly stop: () => number } {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const inBuffers = (): number => process.memoryUsage().arrayBuffers;
  collect();
  const start = inBuffers();
  let most = start;
  const measure = (): void => {
    // Collecting takes long: only where there is enough to be worth a look.
    if (inBuffers() <= most + MEGABYTE) return;
    collect();
    most = Math.max(most, inBuffers());
  };
  const timer = setInterval(measure, 10).unref();
  return {
    stop() {
      clearInterval(timer);
      measure();
      return most - start;
    },
  };
}
