import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FailureRow } from "../../../src/destinations/google-photos/failures.ts";
import { STATUS_ROWS } from "../../../src/destinations/transport-failures.ts";
import type { StatusRow } from "../../../src/destinations/transport-failures.ts";
import { ERRORS, PhotologError } from "../../../src/errors.ts";
import type { Retry } from "../../../src/errors.ts";
import { failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import { EXAMPLES, NEEDS_ALBUM, oauth, ROWS, SECRET } from "../../support/google-answers.ts";
import type { Example } from "../../support/google-answers.ts";
import { flatRefusal, page } from "../../support/google-exchange.ts";
import {
  isBatchCreate,
  isBytes,
  isQuery,
  isStart,
  isToken,
  openTestGooglePhotos,
} from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";

const NOW = Date.parse("2026-06-01T19:00:00Z");
const STATUSES: readonly StatusRow[] = STATUS_ROWS;

describe("an answer of Google's", { concurrency: false }, () => {
  let opened: OpenedGooglePhotos;
  before(async () => {
    opened = await openTestGooglePhotos({ now: () => NOW, chance: () => 0.5 });
  });
  after(() => opened.close());

  /** What becomes of one photo where Google answers this, and goes on answering it. */
  async function failureAfter(
    { when, answer }: Example,
    given: { readonly album?: string } = {},
  ): Promise<PhotologError> {
    const { server, reopen, folder, credentials, notes } = opened;
    // Each begins with a sign-in that has to be renewed, and without anything left from the last one.
    await credentials.put("google", { refreshToken: server.refreshToken, signedInAt: NOW });
    await notes.write("unfinished uploads", "{}");
    server.clearFaults();
    server.fault({ when, answer, times: 20 });
    // To be asked for its state, an upload must have broken off before.
    if (when === isQuery) server.fault({ when: isBytes, answer: "reset", times: 20 });
    const { photo, original } = await acceptPhoto(folder);
    return failureOf(reopen(given).deliver(photo, original, AbortSignal.timeout(10_000)), [
      ...server.secrets(),
      SECRET,
    ]);
  }

  for (const row of ROWS) {
    for (const example of EXAMPLES[row.name]) {
      const meaning = meaningOf(row);
      const { status: code, body = "" } = typeof example.answer === "object" ? example.answer : { status: 200 };
      const said = typeof body === "string" ? body.replaceAll("\n", " ") : JSON.stringify(body);
      it(`means ${meaning.class}, ${row.becomes}: ${row.name} (HTTP ${code} ${said.slice(0, 60)})`, async () => {
        const error = await failureAfter(example, NEEDS_ALBUM.includes(row.name) ? { album: "Photolog" } : {});
        assert.ok(error.message.startsWith(`Google Photos ${row.says} (HTTP `), error.message);
        assert.equal(error.code, row.becomes);
        assert.equal(error.hint, row.hint);
        assert.deepEqual(error.retry, meaning);
        const { sign, ...escalates } = error.escalation ?? { sign: "" };
        const usual = new PhotologError(row.becomes, "", { retry: meaning }).escalation;
        if (row.escalation === undefined) assert.equal(error.escalation, usual);
        else assert.deepEqual([sign.startsWith(row.name), escalates], [true, row.escalation]);
        assert.deepEqual(opened.server.items, []);
      });
    }
  }

  for (const { status: code, becomes, retry = ERRORS[becomes].retry } of STATUSES) {
    it(`means ${retry.class}, ${becomes}, when a proxy gives it: HTTP ${code}`, async () => {
      for (const when of [isToken, isStart, isBatchCreate]) {
        const error = await failureAfter({ when, answer: page(code, "Welcome to the hotel") });
        assert.equal(error.code, becomes);
        assert.deepEqual(error.retry, retry);
      }
    });
  }

  it("is no success when it is a page with HTTP 200", async () => {
    for (const when of [isStart, isBytes, isBatchCreate]) {
      const error = await failureAfter({ when, answer: page(200, "Welcome to the hotel") });
      assert.equal(error.code, "OUTCOME_UNKNOWN");
      assert.equal(error.retry.class, "check");
    }
    for (const answer of [page(200, "Welcome to the hotel"), { status: 200, body: {} }, { status: 200 }]) {
      const error = await failureAfter({ when: isToken, answer });
      assert.equal(error.code, "SERVICE_UNREACHABLE");
      assert.equal(error.retry.class, "retry");
    }
    assert.deepEqual(opened.server.items, []);
  });

  it("is waited for as long as Google itself asks", async () => {
    const headers = { "retry-after": "77" };
    const busy = await failureAfter({ when: isStart, answer: { ...page(503, "Busy"), headers } });
    assert.deepEqual(busy.retry, { class: "retry", afterMs: 77_000 });
    const quota = await failureAfter({ when: isStart, answer: { ...flatRefusal(429, 8, "Slow down."), headers } });
    assert.deepEqual(quota.retry, { class: "pause", forMs: 77_000 });
    const unknown = await failureAfter({ when: isBatchCreate, answer: { ...page(503, "Busy"), headers } });
    assert.deepEqual(unknown.retry, { class: "check", afterMs: 77_000 });
    const over = await failureAfter({ when: isToken, answer: { ...oauth(400, "invalid_grant"), headers } });
    assert.deepEqual(over.retry, { class: "auth" });
  });

  it("shows nothing that looks like a token", async () => {
    const error = await failureAfter({ when: isStart, answer: flatRefusal(418, 9, `Bad token ${SECRET}.`) });
    assert.match(error.message, /Bad token ya29\.\[…\]\./);
  });
});

/** It is noon in California, in summer, and chance gives a half. */
function meaningOf({ wait, becomes }: FailureRow): Retry {
  if (wait === undefined) return ERRORS[becomes].retry;
  if ("until" in wait) return { class: "pause", forMs: 12 * 3_600_000 + 10 * 60_000 };
  if (!("betweenMs" in wait)) return wait;
  const ms = middle(wait.betweenMs);
  return wait.class === "pause" ? { class: "pause", forMs: ms } : { class: "retry", afterMs: ms };
}

function middle([from, to]: readonly [number, number]): number {
  return (from + to) / 2;
}
