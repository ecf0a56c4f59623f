import { after, describe } from "node:test";
import type { FlickrFailureName } from "../../src/destinations/flickr/failures.ts";
import { examplesOf, metBy, ROWS, UNLISTED_ANSWERS } from "../support/flickr-answers.ts";
import { openFlickrBench } from "./flickr-bench.ts";
import { DAY, type Expected, HOUR, MINUTE, NO_ANSWERS, OUTAGE, play, refusedAfter, START } from "./matrix.ts";
import { transportCases } from "./transport-cases.ts";

const SIGN_IN = /`photolog auth flickr`/;

const EXPECTED: Readonly<Record<FlickrFailureName, Expected>> = {
  "empty file": { class: "item", code: "PHOTO_REFUSED", says: /empty file/ },
  "file type": { class: "item", code: "PHOTO_REFUSED", says: /cannot read this type/ },
  "too large": { class: "item", code: "PHOTO_REFUSED", says: /too large/ },
  "web address refused": { class: "item", code: "PHOTO_REFUSED", says: /web address/ },
  "account full": { class: "pause", forMs: DAY, code: "QUOTA_REACHED", says: /account is full/, hint: /Make room/ },
  "no more videos": { class: "pause", of: "photo", forMs: DAY, code: "QUOTA_REACHED", says: /no more videos/ },
  "no videos now": { class: "pause", of: "photo", forMs: HOUR, code: "SERVICE_BUSY", says: /no videos at the moment/ },
  "free account must wait": { class: "pause", forMs: HOUR, code: "QUOTA_REACHED", says: /without Pro to wait/ },
  "too many requests": { class: "pause", forMs: HOUR, code: "QUOTA_REACHED", says: /slow down/, hint: /its own/ },
  "signature of an upload": {
    class: "retry",
    code: "SERVICE_BUSY",
    says: /signature of this upload/,
    thereafter: refusedAfter(1),
  },
  signature: {
    class: "auth",
    code: "SIGN_IN_NEEDED",
    says: /our signature/,
    hint: /FLICKR_API_SECRET.*`photolog auth flickr`/,
  },
  "sign-in over": { class: "auth", code: "SIGN_IN_NEEDED", says: /no longer accepts our sign-in/, hint: SIGN_IN },
  "no permission to write": { class: "auth", code: "SIGN_IN_NEEDED", says: /let us add photos/, hint: SIGN_IN },
  "key refused": { class: "config", code: "SERVICE_MISCONFIGURED", says: /API key/, hint: /FLICKR_API_KEY/ },
  "clock wrong": { class: "config", code: "SERVICE_MISCONFIGURED", says: /clock/, hint: /Set the clock/ },
  "upload outlived its signature": {
    class: "check",
    code: "OUTCOME_UNKNOWN",
    says: /longer than Flickr lets a signature live/,
    thereafter: NO_ANSWERS,
  },
  "upload seen before": { class: "check", code: "OUTCOME_UNKNOWN", says: /seen this upload/, thereafter: NO_ANSWERS },
  "to be signed anew": { class: "retry", code: "SERVICE_BUSY", says: /signed anew/, thereafter: OUTAGE },
  "upload failed": { class: "check", code: "OUTCOME_UNKNOWN", says: /failed to take/, thereafter: refusedAfter(5) },
  "not available to uploads": {
    class: "check",
    code: "OUTCOME_UNKNOWN",
    says: /not available/,
    thereafter: { after: 4, state: "paused", forMs: 15 * MINUTE, code: "OUTCOME_UNKNOWN" },
  },
  "not available": {
    class: "retry",
    code: "SERVICE_BUSY",
    says: /not available/,
    thereafter: { after: 4, state: "paused", forMs: 15 * MINUTE, code: "SERVICE_BUSY" },
  },
  "no photo in the upload": {
    class: "retry",
    code: "SERVICE_BUSY",
    says: /found no photo/,
    thereafter: { after: 1, state: "misconfigured", code: "SERVICE_MISCONFIGURED", hint: /Update photolog/ },
  },
  "request not understood": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /understand/,
    hint: /Update photolog/,
  },
  "turned away": {
    class: "pause",
    forMs: HOUR,
    code: "SERVICE_BUSY",
    says: /turns us away/,
    thereafter: { after: 2, state: "misconfigured", code: "SERVICE_MISCONFIGURED", hint: /key is still active/ },
  },
  "not known": { class: "auth", code: "SIGN_IN_NEEDED", says: /who we are/, hint: SIGN_IN },
  "trouble after an upload": { class: "check", code: "OUTCOME_UNKNOWN", says: /failed after/, thereafter: NO_ANSWERS },
  trouble: { class: "retry", code: "SERVICE_BUSY", says: /fails at the moment/, thereafter: OUTAGE },
  unlisted: {
    class: "retry",
    forMs: HOUR,
    code: "SERVICE_BUSY",
    says: /does not know \(code 4711: Computer says no\)/,
    hint: /`photolog doctor`/,
    thereafter: { after: 1, state: "misconfigured", code: "SERVICE_MISCONFIGURED" },
  },
  "address not served": {
    class: "config",
    code: "SERVICE_MISCONFIGURED",
    says: /this address/,
    hint: /FLICKR_BASE_URL/,
  },
};

const bench = await openFlickrBench();
after(() => bench.server.close());

describe("Flickr in trouble", { concurrency: false }, () => {
  for (const row of ROWS) {
    const [example] = examplesOf(row, START);
    if (example === undefined) throw new Error(`No answer leads to "${row.name}".`);
    const trouble = (): void => bench.answers({ when: metBy(row), answer: example.answer });
    play(bench, { name: `${row.name} (${example.what})`, trouble, ...EXPECTED[row.name] });
  }
  for (const [name, answer] of Object.entries(UNLISTED_ANSWERS)) {
    play(bench, { name, trouble: () => bench.answers(answer), ...EXPECTED[name as FlickrFailureName] });
  }
});

const onTheWay = await transportCases(bench.way);
after(() => onTheWay.close());

describe("the way to Flickr in trouble", { concurrency: false }, () => {
  for (const row of onTheWay.cases) play(bench, row);
});
