import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { judge } from "../../../src/destinations/flickr/judge.ts";
import { STATUS_ROWS } from "../../../src/destinations/transport-failures.ts";
import type { StatusRow } from "../../../src/destinations/transport-failures.ts";
import { ERRORS, PhotologError } from "../../../src/errors.ts";
import { failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import { examplesOf, metBy, PAGE, ROWS } from "../../support/flickr-answers.ts";
import type { Example } from "../../support/flickr-answers.ts";
import type { Fault } from "../../support/flickr-server.ts";
import { openTestFlickr } from "../../support/open-flickr.ts";
import type { OpenedFlickr } from "../../support/open-flickr.ts";

const MINUTE = 60_000;
const STATUSES: readonly StatusRow[] = STATUS_ROWS;

describe("an answer of Flickr's", { concurrency: false }, () => {
  let opened: OpenedFlickr;
  before(async () => {
    opened = await openTestFlickr();
  });
  after(() => opened.close());

  async function failureAfter(when: "upload" | "question", fault: Omit<Fault, "when">): Promise<PhotologError> {
    const { flickr, server, folder } = opened;
    const signal = AbortSignal.timeout(10_000);
    void server.fault({ ...fault, when: when === "upload" ? "upload" : "flickr.test.login" });
    const { photo, original } = await acceptPhoto(folder);
    const attempt = when === "upload" ? flickr.deliver(photo, original, signal) : flickr.check(signal);
    return failureOf(attempt, [...server.secrets(), "not-to-be-shown"]);
  }

  for (const row of ROWS) {
    const when = metBy(row) === "upload" ? "upload" : "question";
    for (const { what, answer } of examplesOf(row, Date.now())) {
      const meaning = row.retry ?? ERRORS[row.becomes].retry;
      it(`means ${meaning.class}, ${row.becomes}, when it is ${what} to ${when}: ${row.says}`, async () => {
        const error = await failureAfter(when, { answer });
        assert.equal(error.code, row.becomes);
        assert.deepEqual(error.retry, meaning);
        assert.ok(error.message.startsWith(row.says));
        assert.equal(error.hint, row.hint);
        const { escalation: usual } = new PhotologError(row.becomes, "", { retry: meaning });
        assert.deepEqual(error.escalation, row.escalation ? { sign: row.name, ...row.escalation } : usual);
        assert.deepEqual(opened.server.photos, []);
      });
    }
  }

  for (const { status, becomes, retry = ERRORS[becomes].retry } of STATUSES) {
    it(`means ${retry.class}, ${becomes}, when a proxy gives it: HTTP ${status}`, async () => {
      for (const when of ["upload", "question"] as const) {
        const error = await failureAfter(when, { answer: { status, body: PAGE } });
        assert.equal(error.code, becomes);
        assert.deepEqual(error.retry, retry);
      }
    });
  }

  const foreign: Readonly<Record<string, { readonly status: number; readonly body: string }>> = {
    "a page with HTTP 200": { status: 200, body: PAGE },
    "nothing with HTTP 200": { status: 200, body: "" },
    "a redirect": { status: 302, body: "" },
    "XML that is cut short": { status: 200, body: '<?xml version="1.0"?><rsp stat="ok"><photoid>12' },
    "XML without a photo": { status: 200, body: '<rsp stat="ok"></rsp>' },
    "a ticket that nobody asked for": { status: 200, body: '<rsp stat="ok"><ticketid>1-2</ticketid></rsp>' },
    "a photo without a number": { status: 200, body: '<rsp stat="ok"><photoid>soon</photoid></rsp>' },
    "JSON of something else": { status: 200, body: '{"status":"ok","photoid":"1"}' },
    "broken JSON": { status: 200, body: '{"stat":"ok"' },
  };
  for (const [what, answer] of Object.entries(foreign)) {
    it(`is never a success when it is ${what}`, async () => {
      const upload = await failureAfter("upload", { answer });
      assert.equal(upload.code, "OUTCOME_UNKNOWN");
      assert.equal(upload.retry.class, "check");
      assert.doesNotMatch(upload.message, /hotel/);
      const question = await failureAfter("question", { answer });
      assert.equal(question.code, "OUTCOME_UNKNOWN");
    });
  }

  it("is tried once more in an hour when nobody has seen it before, and is then for the queue to weigh", async () => {
    for (const [when, answer, sign] of [
      ["upload", { fail: 4711, message: "Computer says no" }, "unlisted 4711"],
      ["question", { fail: 4711, message: "Computer says no" }, "unlisted 4711"],
      ["upload", { status: 400, body: "oauth_problem=not_in_the_mood" }, "unlisted not_in_the_mood"],
      ["upload", { status: 410, body: PAGE }, "unlisted 410"],
    ] as const) {
      const error = await failureAfter(when, { answer });
      assert.deepEqual(error.retry, { class: "retry", afterMs: 60 * MINUTE });
      const {
        sign: found,
        of,
        after,
        means,
        needsOthers,
      } = error.escalation ?? assert.fail("it never becomes anything");
      assert.deepEqual([found, of, after, means.class, needsOthers], [sign, "photo", 1, "item", true]);
    }
    const hurried = await failureAfter("upload", { answer: { status: 410, headers: { "retry-after": "1" } } });
    assert.deepEqual(hurried.retry, { class: "retry", afterMs: 60 * MINUTE });
  });

  it("waits for a person when it is a 4xx that nobody has seen to a question, which no photo can be at fault for", async () => {
    const error = await failureAfter("question", { answer: { status: 410, body: PAGE } });
    assert.equal(error.retry.class, "config");
  });

  it("is understood even when it comes before the whole photo was sent", async () => {
    const { flickr, server, folder } = opened;
    void server.fault({ when: "upload", early: true, answer: { status: 413, body: PAGE } });
    const { photo, original } = await acceptPhoto(folder, { content: Buffer.alloc(16 * 1024 * 1024) });
    const error = await failureOf(flickr.deliver(photo, original, AbortSignal.timeout(10_000)), server.secrets());
    assert.equal(error.code, "PHOTO_REFUSED");
  });

  it("is not missed when the connection breaks in the middle of a photo: nothing was kept, so it is just tried again", async () => {
    const { flickr, server, folder } = opened;
    void server.fault({ when: "upload", early: true, answer: "reset" });
    const { photo, original } = await acceptPhoto(folder, { content: Buffer.alloc(32 * 1024 * 1024, 1) });
    const error = await failureOf(flickr.deliver(photo, original, AbortSignal.timeout(10_000)), server.secrets());
    assert.equal(error.code, "SERVICE_UNREACHABLE");
    assert.equal(error.retry.class, "retry");
  });

  it("says itself how long to wait", async () => {
    const wait = async (answer: Example["answer"]) => (await failureAfter("upload", { answer })).retry;
    const page = (header: string) => wait({ status: 429, headers: { "retry-after": header } });
    assert.deepEqual(await page("120"), { class: "pause", forMs: 2 * MINUTE });
    assert.deepEqual(await page("99999999"), { class: "pause", forMs: 24 * 60 * MINUTE });
    assert.deepEqual(await page("Thu, 01 Jan 1970 00:00:00 GMT"), { class: "pause", forMs: 1000 });
    assert.deepEqual(await page("soon"), { class: "pause", forMs: 60 * MINUTE });
    const element = "<non_pro_desktop_upload_wait_time>90</non_pro_desktop_upload_wait_time>";
    assert.deepEqual(await wait({ fail: 14, inner: element }), { class: "pause", forMs: 90_000 });
    const attribute = '<rsp stat="fail"><err code="14" msg="" non_pro_desktop_upload_wait_time="90"/></rsp>';
    assert.deepEqual(await wait({ status: 200, body: attribute }), { class: "pause", forMs: 90_000 });
  });

  it("is a receipt when it names the copy that is there already, as an element or as an attribute", async () => {
    const { flickr, server, folder } = opened;
    const bodies = [
      '<rsp stat="fail"><err code="9" msg="Duplicate"/><duplicate_photo_id>777</duplicate_photo_id></rsp>',
      '<rsp stat="fail"><err code="9" msg="Duplicate" duplicate_photo_id="777"/></rsp>',
    ];
    for (const body of bodies) {
      void server.fault({ when: "upload", answer: { status: 200, body } });
      const { photo, original } = await acceptPhoto(folder);
      assert.equal((await flickr.deliver(photo, original, AbortSignal.timeout(10_000))).id, "777");
    }
  });

  it("is a failure when it speaks of a copy but does not name it", async () => {
    assert.equal((await failureAfter("upload", { answer: { fail: 9 } })).retry.class, "retry");
  });

  it("is asked who we are again after an upload was refused, so that a wrong secret is told from one bad request", async () => {
    const { server } = opened;
    await failureAfter("upload", { answer: { fail: 96 } });
    const asked = server.requests.length;
    const { photo, original } = await acceptPhoto(opened.folder);
    void server.fault({ when: "flickr.test.login", answer: { fail: 96 } });
    const error = await failureOf(
      opened.flickr.deliver(photo, original, AbortSignal.timeout(10_000)),
      server.secrets(),
    );
    assert.equal(error.retry.class, "auth");
    assert.deepEqual(
      server.requests.slice(asked).map(({ call }) => call),
      ["flickr.test.login"],
    );
  });
});

describe("the table of Flickr's failures", () => {
  it("reaches every row: none is hidden behind one before it", () => {
    for (const row of ROWS) {
      const call = row.calls?.[0] ?? "question";
      for (const { answer } of examplesOf(row, Date.now())) {
        const clockSkewMs = row.clock === "wrong" ? 6 * MINUTE : 0;
        const problem = "body" in answer ? /^oauth_problem=(\w+)/.exec(answer.body ?? "")?.[1] : undefined;
        const { message } = judge({
          call,
          clockSkewMs,
          httpStatus: "status" in answer ? answer.status : 200,
          ...("fail" in answer && { stat: "fail", code: answer.fail }),
          ...(problem !== undefined && { stat: "fail", problem }),
        });
        assert.ok(message.startsWith(row.says), `${row.says} is hidden: ${message}`);
      }
    }
  });

  it("gives an order wherever a lane waits for a person", () => {
    for (const { becomes, retry = ERRORS[becomes].retry, hint, says } of ROWS) {
      if (retry.class === "auth" || retry.class === "config") assert.ok(hint, says);
    }
  });
});

describe("an upload that takes longer than Flickr lets a signature live", () => {
  it("is signed ahead of time when it is tried again", async () => {
    const HOUR = 60 * MINUTE;
    const began = Date.now();
    // Every upload takes half an hour on both clocks.
    const now = (): number =>
      began + (opened.server.requests.filter(({ call }) => call === "upload").length * HOUR) / 2;
    const opened: OpenedFlickr = await openTestFlickr({ now: () => now() }, { now: () => now() });
    try {
      const { flickr, server, folder } = opened;
      const { photo, original } = await acceptPhoto(folder);
      const error = await failureOf(flickr.deliver(photo, original, AbortSignal.timeout(10_000)), server.secrets());
      assert.equal(error.code, "OUTCOME_UNKNOWN");
      assert.deepEqual(server.photos, []);
      assert.equal(await flickr.find(photo, began, AbortSignal.timeout(10_000)), undefined);
      await flickr.deliver(photo, original, AbortSignal.timeout(10_000));
      assert.equal(server.photos.length, 1);
    } finally {
      await opened.close();
    }
  });
});
