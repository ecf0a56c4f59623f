import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { FailureName } from "../../src/destinations/google-photos/failures.ts";
import { EXAMPLES, NEEDS_ALBUM, ROWS } from "../support/google-answers.ts";
import { openGoogleBench } from "./google-bench.ts";
import {
  type Bench,
  type Expected,
  HOUR,
  MINUTE,
  NO_ANSWERS,
  OUTAGE,
  play,
  refusedAfter,
  SECOND,
  START,
  type Thereafter,
} from "./matrix.ts";
import { openRig } from "./rig.ts";
import { transportCases } from "./transport-cases.ts";

const SIGN_IN = /`photolog auth google`/;
/** It is five past seven in the evening in California; chance adds ten minutes. */
const TO_MIDNIGHT = Date.UTC(2026, 0, 2, 8, 10) - START;
const TWICE_AS_LONG: Thereafter = { after: 1, state: "paused", forMs: MINUTE, code: "QUOTA_REACHED" };

const EXPECTED: Readonly<Record<FailureName, Expected>> = {
  "sign-in over": { class: "auth", code: "SIGN_IN_NEEDED", says: /sign-in any more/, hint: SIGN_IN },
  "scope not granted": {
    class: "auth",
    code: "SIGN_IN_NEEDED",
    says: /box/,
    hint: /`photolog auth google`.*Tick every box/,
  },
  "client refused": { class: "config", code: "SERVICE_MISCONFIGURED", says: /OAuth client/, hint: /GPHOTOS_CLIENT_ID/ },
  "forbidden by an administrator": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /administrator/,
    hint: /administrator.*`photolog auth google`/,
  },
  "token endpoint busy": { class: "retry", code: "SERVICE_BUSY", says: /renew the sign-in/, thereafter: OUTAGE },
  "daily quota": {
    class: "pause",
    forMs: TO_MIDNIGHT,
    code: "QUOTA_REACHED",
    says: /left today/,
    hint: /Nothing needs/,
  },
  "quota per minute": { class: "pause", forMs: 75 * SECOND, code: "QUOTA_REACHED", says: /in this minute/ },
  "storage full": {
    class: "pause",
    forMs: 6 * HOUR,
    code: "STORAGE_FULL",
    says: /no space left/,
    hint: /Free some space/,
  },
  "another quota in a 400": { class: "pause", forMs: 75 * SECOND, code: "QUOTA_REACHED", says: /for now/ },
  "concurrent write request": {
    class: "pause",
    forMs: 30 * SECOND,
    code: "QUOTA_REACHED",
    says: /another write/,
    thereafter: TWICE_AS_LONG,
  },
  "too many requests": {
    class: "pause",
    forMs: 30 * SECOND,
    code: "QUOTA_REACHED",
    says: /fewer requests/,
    thereafter: TWICE_AS_LONG,
  },
  "photo over a quota": {
    class: "pause",
    forMs: 30 * SECOND,
    code: "QUOTA_REACHED",
    says: /fewer photos/,
    thereafter: TWICE_AS_LONG,
  },
  "token refused": { class: "auth", code: "SIGN_IN_NEEDED", says: /accept this sign-in/, hint: SIGN_IN },
  "scope missing": { class: "auth", code: "SIGN_IN_NEEDED", says: /take uploads/, hint: /Tick every box/ },
  "API switched off": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /not enabled/,
    hint: /Enable the Photos Library API/,
  },
  "account without Photos": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /switched off/,
    hint: /Switch Google Photos on/,
  },
  "no permission for the album": { class: "auth", code: "SIGN_IN_NEEDED", says: /into the album/, hint: SIGN_IN },
  "no permission": { class: "auth", code: "SIGN_IN_NEEDED", says: /sign-in to write/, hint: SIGN_IN },
  "damaged on the way": { class: "retry", code: "NOT_PROVEN", says: /other bytes/, thereafter: refusedAfter(2) },
  "our request refused by a page": { class: "item", code: "PHOTO_REFUSED", says: /read the request/ },
  "too large": { class: "item", code: "PHOTO_REFUSED", says: /of this size/ },
  "upload ended by Google": {
    class: "retry",
    code: "SERVICE_BUSY",
    says: /ended the upload/,
    thereafter: refusedAfter(2),
  },
  "upload out of step": { class: "retry", code: "SERVICE_BUSY", says: /another part/, thereafter: OUTAGE },
  "upload session gone": { class: "retry", code: "SERVICE_BUSY", says: /forgotten the upload/, thereafter: OUTAGE },
  "trouble during the upload": { class: "retry", code: "SERVICE_BUSY", says: /taking the bytes/, thereafter: OUTAGE },
  "trouble at the start of the upload": {
    class: "retry",
    code: "SERVICE_BUSY",
    says: /take an upload/,
    thereafter: OUTAGE,
  },
  "album gone": { class: "retry", code: "SERVICE_BUSY", says: /find the album/, thereafter: OUTAGE },
  "album not found": { class: "retry", code: "SERVICE_BUSY", says: /find the album/, thereafter: OUTAGE },
  "upload token refused": { class: "retry", code: "SERVICE_BUSY", says: /bytes any more/, thereafter: OUTAGE },
  "invalid argument": { class: "retry", code: "SERVICE_BUSY", says: /what was written/, thereafter: refusedAfter(1) },
  aborted: {
    class: "retry",
    forMs: 17.5 * SECOND,
    code: "SERVICE_BUSY",
    says: /aborted the write/,
    thereafter: OUTAGE,
  },
  "trouble during a write": { class: "check", code: "OUTCOME_UNKNOWN", says: /may or may not/, thereafter: NO_ANSWERS },
  "photo's upload token refused": { class: "retry", code: "SERVICE_BUSY", says: /bytes any more/, thereafter: OUTAGE },
  "bad image": { class: "retry", code: "SERVICE_BUSY", says: /read this photo/, thereafter: refusedAfter(1) },
  "could not be made": { class: "retry", code: "SERVICE_BUSY", says: /make an item/, thereafter: refusedAfter(3) },
  "photo met trouble": { class: "retry", code: "SERVICE_BUSY", says: /trouble with this photo/, thereafter: OUTAGE },
  "photo not permitted": { class: "auth", code: "SIGN_IN_NEEDED", says: /add the photo/, hint: SIGN_IN },
  "photo not mentioned": { class: "retry", code: "SERVICE_BUSY", says: /became of this photo/, thereafter: OUTAGE },
  "other trouble": { class: "retry", code: "SERVICE_BUSY", says: /in trouble/, thereafter: OUTAGE },
  "token endpoint, unlisted": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /does not renew/,
    hint: /GPHOTOS_CLIENT_ID/,
  },
  "write, unlisted": unlisted(/HTTP 404: "Requested entity/),
  unlisted: unlisted(/HTTP 418: "Teapot/),
};

function unlisted(said: RegExp): Expected {
  return {
    class: "retry",
    forMs: HOUR,
    code: "SERVICE_BUSY",
    says: said,
    hint: /`photolog doctor`/,
    thereafter: { after: 1, state: "misconfigured", code: "SERVICE_MISCONFIGURED" },
  };
}

const google = await openGoogleBench();
after(() => google.server.close());

const benchFor = (name: FailureName): Bench => (NEEDS_ALBUM.includes(name) ? google.withAlbum("Photolog") : google);

describe("Google Photos in trouble", { concurrency: false }, () => {
  for (const { name } of ROWS) {
    const [example] = EXAMPLES[name];
    play(benchFor(name), { name, trouble: () => google.answers(example), ...EXPECTED[name] });
  }

  for (const { name, remedy } of ROWS) {
    if (remedy === undefined || remedy === "one by one") continue;
    it(`${name}, once: is cured at once by "${remedy}", and costs nothing`, async () => {
      const bench = benchFor(name);
      bench.clock.set(START);
      bench.heal();
      google.server.fault(EXAMPLES[name][0]);
      const rig = await openRig(bench.clock, (outside) => bench.begin(outside));
      const photo = await rig.add();
      await rig.quiet();
      const { state, attempts } = await rig.job(photo, "gphotos");
      assert.deepEqual([state, attempts, bench.copies(photo.sha256)], ["done", 1, 1]);
      await rig.close();
    });
  }
});

const onTheWay = await transportCases(google.way);
after(() => onTheWay.close());

describe("the way to Google Photos in trouble", { concurrency: false }, () => {
  for (const row of onTheWay.cases) play(google, row);
});
