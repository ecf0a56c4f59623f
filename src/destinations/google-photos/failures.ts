/**
 * What Google's refusals mean, as a table: read it from the top, the first row that fits wins. What a broken connection,
 * a proxy or the local file mean is told in `../transport-failures.ts`, for every service alike.
 *
 * Sources: https://developers.google.com/photos/library/guides/best-practices (waits after 429 and 5xx),
 * https://developers.google.com/photos/overview/api-limits-quotas (daily and per-minute limits),
 * https://developers.google.com/photos/library/guides/upload-media (per-photo status),
 * https://developers.google.com/identity/protocols/oauth2 (refresh tokens), and answers seen in the field.
 */
import type { ErrorCode, Escalates, Retry } from "../../errors.ts";
import type { Place, Rejection } from "./rejection.ts";

/** What the worker is to do; where that has to do with chance or with the calendar, `judge` works it out. */
export type Wait =
  | Retry
  /** Somewhere between these milliseconds from now. */
  | { readonly class: "retry" | "pause"; readonly betweenMs: Span }
  /** Google counts a day's requests from midnight to midnight in California. */
  | { readonly class: "pause"; readonly until: "midnight in California" };

type Span = readonly [fromMs: number, toMs: number];

/** What a delivery does at once, itself, before it gives up with this row's error. */
export type Remedy =
  /** Asks how much of the file Google has, and goes on there. */
  | "resume"
  | "new session"
  /** Forgets the album's id, finds or makes the album, and writes again. */
  | "new album"
  /** Several photos were written together: writes each by itself, to find the one that Google does not like. */
  | "one by one";

export interface FailureRow {
  readonly name: string;
  readonly at: readonly Place[];
  readonly status?: readonly number[];
  readonly reason?: readonly string[];
  /** Found in Google's text or in the name of its quota limit. */
  readonly text?: RegExp;
  readonly final?: true;
  readonly page?: true;
  readonly becomes: ErrorCode;
  /** Instead of the code's own meaning. */
  readonly wait?: Wait;
  readonly escalation?: Escalates;
  /** When the next attempt sends the bytes anew, instead of naming those that Google already has. */
  readonly freshBytes?: "at once" | "when refused again";
  readonly remedy?: Remedy;
  /** Continues the sentence "Google Photos …". */
  readonly says: string;
  readonly hint?: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const SIGN_IN = "Run `photolog auth google`, then `photolog jobs retry --destination gphotos`.";
const CLIENT =
  "Check GPHOTOS_CLIENT_ID and GPHOTOS_SECRET against Google's console (https://console.cloud.google.com/apis/credentials), then run `photolog auth google`.";
const UPLOAD: readonly Place[] = ["start", "session"];
const WRITE: readonly Place[] = ["write", "album"];
const WHOLE: readonly Place[] = [...UPLOAD, ...WRITE];
const LIBRARY: readonly Place[] = [...WHOLE, "item"];

const REFUSED = { of: "photo", means: { class: "item" }, becomes: "PHOTO_REFUSED" } as const;

const UNLISTED = {
  becomes: "SERVICE_BUSY",
  wait: { class: "retry", afterMs: HOUR },
  escalation: { after: 1, ...REFUSED, needsOthers: true },
  says: "gave an answer that photolog does not know",
  hint: "Run `photolog doctor`; if it finds nothing, update photolog or report this message.",
} as const;

export const FAILURES = [
  // The token endpoint.
  {
    name: "sign-in over",
    at: ["token"],
    status: [400, 401],
    reason: ["invalid_grant"],
    becomes: "SIGN_IN_NEEDED",
    says: "does not know this sign-in any more",
    hint: `${SIGN_IN} Google ends a sign-in that was revoked, not used for six months, or replaced by more than a hundred newer ones; while the app's publishing status is "Testing", it ends each one after seven days.`,
  },
  {
    name: "scope not granted",
    at: ["token"],
    status: [200],
    reason: ["scope_not_granted"],
    becomes: "SIGN_IN_NEEDED",
    says: "was not allowed to take uploads: the box for adding to your library was not ticked at the sign-in",
    hint: `${SIGN_IN} Tick every box on Google's page.`,
  },
  {
    name: "client refused",
    at: ["token"],
    status: [400, 401],
    reason: [
      "invalid_client",
      "unauthorized_client",
      "invalid_request",
      "invalid_scope",
      "unsupported_grant_type",
      "redirect_uri_mismatch",
      "deleted_client",
    ],
    becomes: "SERVICE_MISCONFIGURED",
    says: "does not accept this OAuth client",
    hint: CLIENT,
  },
  {
    name: "forbidden by an administrator",
    at: ["token"],
    status: [403],
    becomes: "SERVICE_MISCONFIGURED",
    says: "may not be used with this account: its administrator or Google's policy forbids it",
    hint: "Ask the account's administrator, or sign in with another account: `photolog auth google`.",
  },
  {
    name: "token endpoint busy",
    at: ["token"],
    status: [429, 500, 502, 503, 504],
    becomes: "SERVICE_BUSY",
    says: "cannot renew the sign-in at the moment",
  },

  // Limits. They come as 429, as 400 on `/v1/uploads`, and as code 8 of a single photo.
  {
    name: "daily quota",
    at: LIBRARY,
    text: /per ?day/i,
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", until: "midnight in California" },
    says: "has no requests left today for this Google project",
    hint: "Nothing needs to be done: it goes on after midnight in California, when Google counts anew.",
  },
  {
    name: "quota per minute",
    at: LIBRARY,
    text: /per ?minute/i,
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", betweenMs: [60 * SECOND, 90 * SECOND] },
    says: "has had as many requests in this minute as it allows",
  },
  {
    name: "storage full",
    at: LIBRARY,
    text: /remaining storage/i,
    becomes: "STORAGE_FULL",
    says: "has no space left in this account",
    hint: "Free some space or buy more (https://one.google.com/storage), then run `photolog jobs retry --destination gphotos`.",
  },
  {
    name: "another quota in a 400",
    at: WHOLE,
    status: [400],
    text: /quota/i,
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", betweenMs: [60 * SECOND, 90 * SECOND] },
    says: "has had as many requests as it allows for now",
  },
  {
    name: "concurrent write request",
    at: LIBRARY,
    text: /concurrent write request/i,
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", forMs: 30 * SECOND, upToMs: HOUR },
    says: "is still busy with another write to this account",
  },
  {
    name: "too many requests",
    at: WHOLE,
    status: [429],
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", forMs: 30 * SECOND, upToMs: HOUR },
    says: "asks for fewer requests",
  },
  {
    name: "photo over a quota",
    at: ["item"],
    reason: ["RESOURCE_EXHAUSTED"],
    becomes: "QUOTA_REACHED",
    wait: { class: "pause", forMs: 30 * SECOND, upToMs: HOUR },
    says: "asks for fewer photos",
  },

  // Who we are, and what we may do.
  {
    // Comes here only after the token was renewed and refused once more; also how `/v1/uploads` says "scope missing".
    name: "token refused",
    at: WHOLE,
    status: [401],
    becomes: "SIGN_IN_NEEDED",
    says: "does not accept this sign-in for uploads",
    hint: `${SIGN_IN} Tick every box on Google's page.`,
  },
  {
    name: "scope missing",
    at: WHOLE,
    status: [403],
    text: /insufficient authentication scopes/i,
    becomes: "SIGN_IN_NEEDED",
    says: "was not allowed to take uploads at the sign-in",
    hint: `${SIGN_IN} Tick every box on Google's page.`,
  },
  {
    name: "API switched off",
    at: WHOLE,
    status: [403],
    text: /has not been used in project|it is disabled|SERVICE_DISABLED/i,
    becomes: "SERVICE_MISCONFIGURED",
    says: "is not enabled in this Google project",
    hint: "Enable the Photos Library API (https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com), wait a few minutes, then run `photolog jobs retry --destination gphotos`.",
  },
  {
    name: "account without Photos",
    at: WHOLE,
    status: [403],
    text: /Google Photos is disabled/i,
    becomes: "SERVICE_MISCONFIGURED",
    says: "is switched off for this account",
    hint: "Switch Google Photos on for the account (its administrator can), or sign in with another one: `photolog auth google`.",
  },
  {
    name: "no permission for the album",
    at: ["album"],
    status: [403],
    text: /caller does not have permission/i,
    becomes: "SIGN_IN_NEEDED",
    remedy: "new album",
    says: "does not allow this sign-in to write into the album",
    hint: SIGN_IN,
  },
  {
    name: "no permission",
    at: WHOLE,
    status: [403],
    text: /caller does not have permission/i,
    becomes: "SIGN_IN_NEEDED",
    says: "does not allow this sign-in to write",
    hint: SIGN_IN,
  },

  // Sending bytes.
  {
    name: "damaged on the way",
    at: UPLOAD,
    status: [400],
    text: /checksum .*does not match received payload/i,
    becomes: "NOT_PROVEN",
    escalation: { after: 2, ...REFUSED },
    freshBytes: "at once",
    says: "received other bytes than were sent",
  },
  {
    name: "our request refused by a page",
    at: UPLOAD,
    status: [400],
    page: true,
    becomes: "PHOTO_REFUSED",
    freshBytes: "at once",
    says: "could not read the request for this photo",
  },
  {
    name: "too large",
    at: UPLOAD,
    status: [411, 413],
    becomes: "PHOTO_REFUSED",
    freshBytes: "at once",
    says: "does not take a file of this size",
  },
  {
    name: "upload ended by Google",
    at: ["session"],
    final: true,
    becomes: "SERVICE_BUSY",
    escalation: { after: 2, ...REFUSED },
    freshBytes: "at once",
    says: "ended the upload",
  },
  {
    name: "upload out of step",
    at: ["session"],
    status: [308, 400, 412, 416],
    becomes: "SERVICE_BUSY",
    freshBytes: "at once",
    remedy: "resume",
    says: "expects another part of the file",
  },
  {
    name: "upload session gone",
    at: ["session"],
    status: [404, 410],
    becomes: "SERVICE_BUSY",
    freshBytes: "at once",
    remedy: "new session",
    says: "has forgotten the upload that was under way",
  },
  {
    name: "trouble during the upload",
    at: ["session"],
    status: [500, 502, 503, 504],
    becomes: "SERVICE_BUSY",
    remedy: "resume",
    says: "had trouble taking the bytes",
  },
  {
    name: "trouble at the start of the upload",
    at: ["start"],
    status: [500, 502, 503, 504],
    becomes: "SERVICE_BUSY",
    says: "cannot take an upload at the moment",
  },

  // Writing to the library.
  {
    name: "album gone",
    at: ["album"],
    status: [400],
    text: /does not match any albums|invalid album id/i,
    becomes: "SERVICE_BUSY",
    remedy: "new album",
    says: "does not find the album",
  },
  {
    name: "album not found",
    at: ["album"],
    status: [404],
    becomes: "SERVICE_BUSY",
    remedy: "new album",
    says: "does not find the album",
  },
  {
    name: "upload token refused",
    at: WRITE,
    status: [400],
    text: /upload ?token/i,
    becomes: "SERVICE_BUSY",
    freshBytes: "at once",
    remedy: "one by one",
    says: "does not know the bytes any more",
  },
  {
    name: "invalid argument",
    at: WRITE,
    status: [400],
    becomes: "SERVICE_BUSY",
    escalation: { after: 1, ...REFUSED },
    freshBytes: "at once",
    remedy: "one by one",
    says: "does not accept what was written about this photo",
  },
  {
    name: "aborted",
    at: WRITE,
    status: [409],
    becomes: "SERVICE_BUSY",
    wait: { class: "retry", betweenMs: [5 * SECOND, 30 * SECOND] },
    says: "aborted the write",
  },
  {
    // Writing the same bytes again leaves one item, so nothing needs to be looked up.
    name: "trouble during a write",
    at: WRITE,
    status: [500, 502, 503, 504],
    becomes: "OUTCOME_UNKNOWN",
    says: "had trouble while writing and may or may not have kept the photo",
  },

  // One photo of a write.
  {
    name: "photo's upload token refused",
    at: ["item"],
    text: /upload ?token/i,
    becomes: "SERVICE_BUSY",
    freshBytes: "at once",
    says: "does not know the bytes any more",
  },
  {
    name: "bad image",
    at: ["item"],
    reason: ["INVALID_ARGUMENT"],
    text: /BAD_IMAGE/,
    becomes: "SERVICE_BUSY",
    escalation: { after: 1, ...REFUSED },
    freshBytes: "at once",
    says: "cannot read this photo",
  },
  {
    name: "could not be made",
    at: ["item"],
    reason: ["INVALID_ARGUMENT"],
    text: /error while trying to create/i,
    becomes: "SERVICE_BUSY",
    escalation: { after: 3, ...REFUSED },
    freshBytes: "when refused again",
    says: "could not make an item of this photo",
  },
  {
    name: "photo met trouble",
    at: ["item"],
    reason: ["UNKNOWN", "DEADLINE_EXCEEDED", "ABORTED", "INTERNAL", "UNAVAILABLE"],
    becomes: "SERVICE_BUSY",
    says: "had trouble with this photo",
  },
  {
    name: "photo not permitted",
    at: ["item"],
    reason: ["PERMISSION_DENIED", "UNAUTHENTICATED"],
    becomes: "SIGN_IN_NEEDED",
    says: "does not allow this sign-in to add the photo",
    hint: SIGN_IN,
  },
  {
    name: "photo not mentioned",
    at: ["item"],
    reason: ["MISSING"],
    becomes: "SERVICE_BUSY",
    says: "did not say what became of this photo",
  },

  // Whatever else it says.
  {
    name: "other trouble",
    at: ["token", ...LIBRARY],
    status: [500, 501, 502, 503, 504, 505, 507, 508, 509],
    becomes: "SERVICE_BUSY",
    says: "is in trouble",
  },
  {
    name: "token endpoint, unlisted",
    at: ["token"],
    becomes: "SERVICE_MISCONFIGURED",
    says: "does not renew the sign-in",
    hint: CLIENT,
  },
  { name: "write, unlisted", at: WRITE, remedy: "one by one", ...UNLISTED },
  { name: "unlisted", at: LIBRARY, ...UNLISTED },
] as const satisfies readonly FailureRow[];

export type FailureName = (typeof FAILURES)[number]["name"];

/** The first row that fits. Total: the last rows fit everything. */
export function failureOf(rejection: Rejection): FailureRow & { readonly name: FailureName } {
  const rows: readonly (FailureRow & { readonly name: FailureName })[] = FAILURES;
  const row = rows.find((candidate) => fits(candidate, rejection));
  if (row === undefined) throw new Error("The table of Google's failures has lost its last rows.");
  return row;
}

function fits(row: FailureRow, rejection: Rejection): boolean {
  return (
    row.at.includes(rejection.at) &&
    (row.status?.includes(rejection.status) ?? true) &&
    (row.reason === undefined || (rejection.reason !== undefined && row.reason.includes(rejection.reason))) &&
    (row.text?.test(`${rejection.text} ${rejection.quotaLimit ?? ""}`) ?? true) &&
    (row.final === undefined || rejection.final === true) &&
    (row.page === undefined || rejection.page === true)
  );
}
