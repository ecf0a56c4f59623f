/** What a failure table alone does not tell: several photos, several days, a person who comes back. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, beforeEach, describe, it } from "node:test";
import { openCredentials } from "../../src/credentials.ts";
import { signInToFlickr } from "../../src/destinations/flickr/sign-in.ts";
import type { Photo } from "../../src/photo.ts";
import { EXAMPLES } from "../support/google-answers.ts";
import { type GoogleRequest, refusal } from "../support/google-exchange.ts";
import { isBatchCreate } from "../support/open-google-photos.ts";
import { openFlickrBench } from "./flickr-bench.ts";
import { openGoogleBench } from "./google-bench.ts";
import { type Bench, HOUR, MINUTE, START } from "./matrix.ts";
import { openRig, type Rig } from "./rig.ts";

// A sign-in that was taken back stays so: those tests come last.
const flickr = await openFlickrBench();
const google = await openGoogleBench();
after(() => Promise.all([flickr.server.close(), google.server.close()]));

beforeEach(() => {
  for (const bench of [flickr, google]) {
    bench.heal();
    bench.clock.set(START);
  }
});

async function inRig(bench: Bench, story: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await openRig(bench.clock, bench.begin);
  try {
    await story(rig);
  } finally {
    await rig.close();
  }
}

async function addSome(rig: Rig, count: number): Promise<readonly Photo[]> {
  const photos: Photo[] = [];
  for (let n = 0; n < count; n++) photos.push(await rig.add(`${n}.jpg`));
  await rig.quiet();
  return photos;
}

async function statesOf(rig: Rig, { lane }: Bench, photos: readonly Photo[]): Promise<string> {
  return (await Promise.all(photos.map(async (photo) => (await rig.job(photo, lane)).state))).join(" ");
}

function everyOne(bench: Bench, photos: readonly Photo[]): void {
  assert.deepEqual(
    photos.map(({ sha256 }) => bench.copies(sha256)),
    photos.map(() => 1),
  );
}

/** A person at the terminal runs `photolog auth`, as far as a running server can notice. */
const auth: Readonly<Record<"flickr" | "gphotos", (folder: string) => Promise<void>>> = {
  async flickr(folder) {
    const { apiKey, apiSecret, url: baseUrl } = flickr.server;
    const said: string[] = [];
    const credentials = await signInToFlickr({
      apiKey,
      apiSecret,
      baseUrl,
      now: flickr.clock.now,
      callback: "oob",
      signal: AbortSignal.timeout(10_000),
      say: (text) => void said.push(text),
      ask: async () => flickr.server.authorise(/oauth_token=([^&\s]+)/.exec(said.join("\n"))?.[1] ?? ""),
    });
    await openCredentials(join(folder, "credentials.json")).put("flickr", credentials);
  },
  async gphotos(folder) {
    const refreshToken = await google.server.grant();
    await openCredentials(join(folder, "credentials.json")).put("google", {
      refreshToken,
      signedInAt: google.clock.now(),
    });
  },
};

describe("an answer that nobody knows", () => {
  it("ends a photo for Flickr when it comes again after an hour and another photo was taken in between", () =>
    inRig(flickr, async (rig) => {
      const odd = { when: "upload", answer: { fail: 4711, message: "Computer says no" } } as const;
      void flickr.server.fault(odd);
      const [strange] = await addSome(rig, 1);
      assert.ok(strange);
      await rig.advance(MINUTE);
      const [good] = await addSome(rig, 1);
      assert.ok(good);
      await rig.advance(HOUR - MINUTE - 1);
      assert.equal(await statesOf(rig, flickr, [strange, good]), "waiting done");
      void flickr.server.fault(odd);
      await rig.advance(1);
      assert.equal(await statesOf(rig, flickr, [strange, good]), "failed done");
      assert.equal((await rig.job(strange, "flickr")).failure?.code, "PHOTO_REFUSED");
      assert.equal(await rig.closedLane("flickr"), undefined);
    }));

  it("ends only the photo that Google answers so, even if it came first and closed the lane for the others", () =>
    inRig(google, async (rig) => {
      const isOdd = ({ json }: GoogleRequest): boolean => JSON.stringify(json ?? {}).includes("odd.jpg");
      google.answers({
        when: (request) => isBatchCreate(request) && isOdd(request),
        answer: refusal(418, "ODD", "Tea."),
      });
      const odd = await rig.add("odd.jpg");
      await rig.quiet();
      await rig.advance(HOUR);
      assert.equal((await rig.closedLane("gphotos"))?.state, "misconfigured");
      const others = await addSome(rig, 4);
      await rig.advance(HOUR);
      assert.equal(await statesOf(rig, google, [odd, ...others]), "failed done done done done");
      assert.equal(await rig.closedLane("gphotos"), undefined);
      everyOne(google, others);
    }));
});

describe("a day's requests that are spent", () => {
  const midnight = Date.UTC(2026, 0, 2, 8);

  it("are waited for until midnight in California, by all photos together, whatever happens to the server", () =>
    inRig(google, async (rig) => {
      const [first] = await addSome(rig, 1);
      google.answers(EXAMPLES["daily quota"][0]);
      const photos = await addSome(rig, 5);
      const lane = await rig.closedLane("gphotos");
      assert.deepEqual(
        [lane?.state, lane?.until, lane?.closings, lane?.failure.hint?.includes("California")],
        ["paused", midnight + 10 * MINUTE, 1, true],
      );
      const asked = google.server.requests.length;
      for (let restarts = 0; restarts < 3; restarts++) {
        await rig.restart();
        await rig.advance(HOUR);
        assert.deepEqual(await rig.closedLane("gphotos"), lane);
      }
      rig.clock.set(midnight + 10 * MINUTE - 1);
      assert.equal(await rig.queue().claim("gphotos"), undefined);
      assert.equal(google.server.requests.length, asked, "nobody asks in vain");
      google.heal();
      await rig.advance(1);
      assert.equal(await statesOf(rig, google, photos), "done done done done done");
      for (const photo of photos) assert.equal((await rig.job(photo, "gphotos")).attempts, 1);
      everyOne(google, [first ?? assert.fail(), ...photos]);
    }));
});

describe("an outage that lasts for two days and shows every face", () => {
  it("gives no photo up, knocks less and less often, and is over with the first photo that gets through", () =>
    inRig(flickr, async (rig) => {
      const faces = [
        { when: "upload", answer: { status: 503 } },
        { when: "flickr.test.login", answer: "reset" },
        { when: "any", answer: { status: 502 } },
        { when: "upload", answer: "reset" },
      ] as const;
      let knocks = 0;
      const show = async (): Promise<void> => {
        flickr.heal();
        flickr.answers(faces[knocks++ % faces.length] ?? assert.fail());
      };
      await show();
      const photos = await addSome(rig, 5);
      while (rig.clock.now() < START + 48 * HOUR) {
        await show();
        const until = (await rig.closedLane("flickr"))?.until ?? 0;
        await rig.advance(Math.max(MINUTE, until - rig.clock.now()));
      }
      assert.ok(knocks < 48 * 4, `${knocks} knocks`);
      assert.doesNotMatch(await statesOf(rig, flickr, photos), /failed/);
      flickr.heal();
      await rig.advance(HOUR);
      assert.equal(await statesOf(rig, flickr, photos), "done done done done done");
      everyOne(flickr, photos);
    }));
});

describe("a sign-in that was taken back", () => {
  for (const bench of [flickr, google]) {
    it(`parks the photos for ${bench.lane}, and they go on as soon as somebody signs in again, while the server runs`, () =>
      inRig(bench, async (rig) => {
        const [first] = await addSome(rig, 1);
        bench.server.revoke();
        const parked = await addSome(rig, 3);
        assert.equal((await rig.closedLane(bench.lane))?.state, "needs_auth");
        assert.equal(await statesOf(rig, bench, parked), "queued queued queued");
        rig.clock.advance(10 * MINUTE);
        await auth[bench.lane as keyof typeof auth](rig.folder);
        await rig.queue().lanes.open(bench.lane);
        await rig.quiet();
        assert.equal(await rig.closedLane(bench.lane), undefined);
        assert.equal(await statesOf(rig, bench, parked), "done done done");
        for (const photo of parked) assert.equal((await rig.job(photo, bench.lane)).attempts, 1);
        everyOne(bench, [first ?? assert.fail(), ...parked]);
      }));
  }
});
