import { after, describe } from "node:test";
import { S3_FAILURES, type S3FailureId } from "../../src/storage/s3-failures.ts";
import { type Expected, HOUR, MINUTE, NO_ANSWERS, OUTAGE, play, type Thereafter, UNREACHABLE } from "./matrix.ts";
import { openS3Bench } from "./s3-bench.ts";

const NEVER_TAKEN_YET: Thereafter = { after: 1, state: "misconfigured", code: "SERVICE_MISCONFIGURED" };
const ENDPOINT = /S3_ENDPOINT/;

const EXPECTED: Readonly<Record<S3FailureId, Expected>> = {
  "certificate for another host": {
    class: "pause",
    forMs: HOUR,
    code: "SERVICE_MISCONFIGURED",
    says: /certificate is for another name/,
    hint: /S3_PATH_STYLE/,
  },
  "certificate refused": {
    class: "pause",
    forMs: HOUR,
    code: "SERVICE_MISCONFIGURED",
    says: /not trusted/,
    hint: /clock.*S3_ENDPOINT.*NODE_EXTRA_CA_CERTS/,
  },
  "no TLS there": misconfigured(/no TLS/, /http or https.*S3_ENDPOINT/),
  "name unknown": {
    class: "retry",
    code: "SERVICE_UNREACHABLE",
    says: /name was not found/,
    hint: ENDPOINT,
    thereafter: UNREACHABLE,
  },
  unreachable: {
    class: "retry",
    code: "SERVICE_UNREACHABLE",
    says: /not reached, or went away/,
    hint: ENDPOINT,
    thereafter: UNREACHABLE,
  },
  "this machine's limits": {
    class: "pause",
    forMs: MINUTE,
    code: "LOCAL_FAULT",
    says: /no more connections/,
    hint: /ulimit -n/,
    thereafter: { after: 1, state: "paused", forMs: 2 * MINUTE, code: "LOCAL_FAULT" },
  },
  "answer unreadable": {
    class: "check",
    code: "OUTCOME_UNKNOWN",
    says: /not that of an S3 service/,
    hint: /sign-in page/,
    thereafter: NO_ANSWERS,
  },
  "sent to a web page": {
    class: "check",
    code: "OUTCOME_UNKNOWN",
    says: /web page/,
    hint: /sign-in page/,
    thereafter: NO_ANSWERS,
  },
  "proxy wants a password": misconfigured(/proxy wants a password/, /without that proxy/),
  "network wants a sign-in": {
    class: "pause",
    forMs: 5 * MINUTE,
    code: "SERVICE_UNREACHABLE",
    says: /sign in first/,
    hint: /browser/,
  },
  "other region": misconfigured(/another region/, /S3_REGION/),
  "no such bucket": misconfigured(/no such bucket/, /S3_BUCKET/),
  "no such blob": { class: "item", code: "BLOB_MISSING", says: /not there/ },
  clock: misconfigured(/clock/, /Set this machine's clock/),
  "keys refused": {
    class: "auth",
    code: "SIGN_IN_NEEDED",
    says: /access key or its secret/,
    hint: /S3_ACCESS_KEY and S3_SECRET_KEY.*`photolog serve`/,
  },
  account: {
    class: "pause",
    forMs: 6 * HOUR,
    code: "SIGN_IN_NEEDED",
    says: /account is not in order/,
    hint: /storage provider/,
    thereafter: { after: 1, state: "needs_auth", code: "SIGN_IN_NEEDED" },
  },
  "storage full": full(/no more room/, /quota/),
  capped: full(/limit of the account/, /caps/),
  "locked or frozen": refused(/locked, or frozen/, /unlock/),
  "locked, in words": refused(/locked against change/, /Unlock/),
  "name refused": refused(/such a name/, /shorter, plainer name/),
  "too large": refused(/too large/),
  "cut short": { class: "retry", code: "SERVICE_UNREACHABLE", says: /did not all arrive/, thereafter: UNREACHABLE },
  "try later": { class: "retry", code: "SERVICE_UNREACHABLE", says: /bad time/, thereafter: UNREACHABLE },
  "damaged on the way": {
    class: "retry",
    code: "NOT_PROVEN",
    says: /not those we sent/,
    thereafter: { after: 2, state: "misconfigured", code: "SERVICE_MISCONFIGURED", hint: /S3_CHECKSUMS/ },
  },
  "parts apart": { class: "retry", code: "NOT_PROVEN", says: /come together/ },
  "upload gone": { class: "check", code: "OUTCOME_UNKNOWN", says: /gone or over/, thereafter: NO_ANSWERS },
  "storage class": misconfigured(/storage class/, /S3_STORAGE_CLASS/),
  "storage class, in words": misconfigured(/storage class/, /S3_STORAGE_CLASS/),
  encryption: misconfigured(/encrypt/, /S3_SSE/),
  "encryption, in words": misconfigured(/encrypt/, /S3_SSE/),
  "checksums, in words": misconfigured(/checksums/, /S3_CHECKSUMS: off/),
  precondition: misconfigured(/condition that we did not set/, /S3_CHECKSUMS: off/),
  "not implemented": misconfigured(/does not do what we ask/, /S3_CHECKSUMS.*S3_STORAGE_CLASS.*`photolog doctor`/),
  "not allowed here": misconfigured(/not what the service does/, ENDPOINT),
  "in the way of another": { class: "retry", code: "SERVICE_BUSY", says: /in the way/, thereafter: OUTAGE },
  "slow down": { class: "retry", code: "SERVICE_BUSY", says: /slow down/, thereafter: OUTAGE },
  "trouble there": { class: "retry", code: "SERVICE_BUSY", says: /has trouble/, thereafter: OUTAGE },
  denied: { class: "auth", code: "SIGN_IN_NEEDED", says: /may not do this/, hint: /s3:PutObject/ },
  "nothing there": misconfigured(/nothing at that address/, ENDPOINT),
  "argument refused": {
    class: "retry",
    forMs: MINUTE,
    code: "SERVICE_MISCONFIGURED",
    says: /not take the request as it is/,
    hint: /S3_CHECKSUMS/,
    thereafter: NEVER_TAKEN_YET,
  },
  refused: {
    class: "retry",
    forMs: HOUR,
    code: "SERVICE_BUSY",
    says: /photolog does not know/,
    hint: /`photolog doctor`/,
    thereafter: NEVER_TAKEN_YET,
  },
  "anything else": { class: "retry", code: "INTERNAL", says: /unforeseen/ },
};

function misconfigured(says: RegExp, hint: RegExp): Expected {
  return { class: "config", code: "SERVICE_MISCONFIGURED", says, hint };
}

function full(says: RegExp, hint: RegExp): Expected {
  return { class: "pause", forMs: 6 * HOUR, code: "STORAGE_FULL", says, hint };
}

function refused(says: RegExp, hint?: RegExp): Expected {
  return { class: "item", code: "PHOTO_REFUSED", says, ...(hint && { hint }) };
}

const bench = await openS3Bench();
after(() => bench.close());

describe("the bucket in trouble", { concurrency: false }, () => {
  for (const { id } of S3_FAILURES) {
    play(bench, { name: id, trouble: () => bench.fails(id), ...EXPECTED[id] });
  }
});
