import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { judge } from "../../../src/destinations/google-photos/judge.ts";
import type { Circumstances } from "../../../src/destinations/google-photos/judge.ts";
import { parse, rejectionOf } from "../../../src/destinations/google-photos/rejection.ts";
import type { Place, Rejection } from "../../../src/destinations/google-photos/rejection.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-06-01T19:00:00Z");
const PLACES: readonly Place[] = ["token", "start", "session", "write", "album", "item"];

const DAILY: Rejection = { at: "write", status: 429, reason: "RESOURCE_EXHAUSTED", text: "All requests per day" };
const CONCURRENT: Rejection = { at: "write", status: 429, text: "Quota exceeded for quota 'concurrent write request'" };
const BAD_IMAGE: Rejection = {
  at: "item",
  status: 200,
  reason: "INVALID_ARGUMENT",
  text: "BAD_IMAGE: There was an error",
};
const NOT_MADE: Rejection = {
  at: "item",
  status: 200,
  reason: "INVALID_ARGUMENT",
  text: "Failed: There was an error while trying to create this media item.",
};
const INVALID: Rejection = {
  at: "write",
  status: 400,
  reason: "INVALID_ARGUMENT",
  text: "Request contains an invalid argument.",
};
const TEAPOT: Rejection = { at: "write", status: 418, text: "Teapot." };
const INVALID_GRANT: Rejection = {
  at: "token",
  status: 400,
  reason: "invalid_grant",
  text: "Token has been expired or revoked.",
};

const given = (more: Partial<Circumstances> = {}): Circumstances => ({ now: NOW, chance: 0, ...more });

function pauseAt(now: string, chance: number): string {
  const { retry } = judge(DAILY, { now: Date.parse(now), chance });
  assert.ok(retry.class === "pause");
  return new Date(Date.parse(now) + retry.forMs).toISOString();
}

describe("a spent daily quota", () => {
  const days: Readonly<Record<string, readonly [now: string, midnight: string]>> = {
    "in winter": ["2026-01-15T20:00:00Z", "2026-01-16T08:00:00.000Z"],
    "in summer": ["2026-07-15T20:00:00Z", "2026-07-16T07:00:00.000Z"],
    "a second before midnight": ["2026-07-15T06:59:59Z", "2026-07-15T07:00:00.000Z"],
    "at midnight itself": ["2026-07-15T07:00:00Z", "2026-07-16T07:00:00.000Z"],
    "on the evening before the clocks go forward": ["2026-03-08T04:00:00Z", "2026-03-08T08:00:00.000Z"],
    "in the night in which the clocks go forward": ["2026-03-08T09:30:00Z", "2026-03-09T07:00:00.000Z"],
    "on the day on which the clocks went forward": ["2026-03-08T20:00:00Z", "2026-03-09T07:00:00.000Z"],
    "on the evening before the clocks go back": ["2026-11-01T04:00:00Z", "2026-11-01T07:00:00.000Z"],
    "in the hour that comes twice": ["2026-11-01T08:30:00Z", "2026-11-02T08:00:00.000Z"],
    "in that hour's second coming": ["2026-11-01T09:30:00Z", "2026-11-02T08:00:00.000Z"],
    "on New Year's Eve": ["2026-12-31T20:00:00Z", "2027-01-01T08:00:00.000Z"],
  };
  for (const [when, [now, midnight]] of Object.entries(days)) {
    it(`lasts until five to fifteen minutes after midnight in California ${when}`, () => {
      assert.equal(pauseAt(now, 0), new Date(Date.parse(midnight) + 5 * 60_000).toISOString());
      assert.equal(pauseAt(now, 1), new Date(Date.parse(midnight) + 15 * 60_000).toISOString());
    });
  }
});

describe("a pause without an end of its own", () => {
  it("begins with 30 seconds, and may grow up to an hour", () => {
    assert.deepEqual(judge(CONCURRENT, given()).retry, { class: "pause", forMs: 30_000, upToMs: HOUR });
  });

  it("ends when Google says so, and within a day", () => {
    const asked = (retryAfterMs: number) => judge({ ...CONCURRENT, retryAfterMs }, given()).retry;
    assert.deepEqual(asked(5000), { class: "pause", forMs: 5000 });
    assert.deepEqual(asked(100 * DAY), { class: "pause", forMs: DAY });
  });
});

describe("the same answer for the same photo", () => {
  const becomes = (rejection: Rejection): unknown => {
    const { retry, escalation } = judge(rejection, given());
    return [retry.class, escalation?.of, escalation?.after, escalation?.means.class, escalation?.becomes];
  };

  it("is the end of a bad image and of an invalid argument after one more try, and of what cannot be made after three", () => {
    assert.deepEqual(becomes(BAD_IMAGE), ["retry", "photo", 1, "item", "PHOTO_REFUSED"]);
    assert.deepEqual(becomes(INVALID), ["retry", "photo", 1, "item", "PHOTO_REFUSED"]);
    assert.deepEqual(becomes(NOT_MADE), ["retry", "photo", 3, "item", "PHOTO_REFUSED"]);
  });

  it("never ends a photo where the trouble is Google's", () => {
    const trouble: Rejection = { at: "item", status: 200, reason: "INTERNAL", text: "Failed" };
    assert.deepEqual(becomes(trouble), ["retry", "lane", 2, "pause", undefined]);
  });
});

describe("an answer that nobody knows", () => {
  it("is tried again in an hour, however soon Google would have it", () => {
    assert.deepEqual(judge(TEAPOT, given()).retry, { class: "retry", afterMs: HOUR });
    assert.deepEqual(judge({ ...TEAPOT, retryAfterMs: 1000 }, given()).retry, { class: "retry", afterMs: HOUR });
  });

  it("is the same only where Google says the same at the same place", () => {
    const signs = [
      TEAPOT,
      { ...TEAPOT, status: 499 },
      { ...TEAPOT, reason: "ODD" },
      { ...TEAPOT, at: "start" as const },
    ];
    assert.equal(new Set(signs.map((rejection) => judge(rejection, given()).escalation?.sign)).size, 4);
    assert.equal(judge({ ...TEAPOT, text: "Tea?" }, given()).escalation?.sign, judge(TEAPOT, given()).escalation?.sign);
  });
});

describe("a sign-in that Google has ended", () => {
  const hintAfter = (days: number): string | undefined =>
    judge(INVALID_GRANT, given({ signedInAt: NOW - days * DAY })).hint;

  it("is explained by the app in Testing when it lasted about seven days", () => {
    for (const days of [6.6, 7, 7.9])
      assert.match(hintAfter(days) ?? "", /^Google ends a sign-in after seven days .*Publish app/);
  });

  it("is explained by all that may have happened otherwise", () => {
    for (const days of [0, 3, 30])
      assert.match(hintAfter(days) ?? "", /^Run `photolog auth google`.* revoked, .*six months/);
  });
});

describe("whatever Google answers", () => {
  it("has a meaning, and says it in one line", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PLACES),
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(fc.string(), fc.json(), fc.constant("<!doctype html><title>x")),
        (at, status, text) => {
          const error = judge(rejectionOf(at, { status, text, header: () => undefined }), given());
          assert.ok(error.message.startsWith("Google Photos "));
          assert.ok(!error.message.includes("\n"));
          assert.ok(error.message.length < 700);
        },
      ),
    );
  });

  it("is read as JSON only where it is an object", () => {
    for (const text of ["", "[]", "1", "null", '"x"', "{"]) assert.equal(parse(text), undefined);
  });
});
