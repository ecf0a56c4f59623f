/**
 * What Flickr's refusals mean. One row a meaning, first match wins.
 * Codes: https://www.flickr.com/services/api/upload.api.html (upload answers `stat="fail"` with HTTP 200);
 * problems: the `oauth_problem` names of https://www.flickr.com/services/api/auth.oauth.html.
 */
import type { ErrorCode, Escalates, Retry } from "../../errors.ts";
import type { Call } from "./answer.ts";

export interface FlickrRow {
  readonly name: string;
  /** The answer has one of these codes, or one of these problems, or one of these HTTP statuses. */
  readonly codes?: readonly number[];
  readonly problems?: readonly string[];
  readonly statuses?: readonly number[];
  /** Only in answer to these; absent means to all. */
  readonly calls?: readonly Call[];
  /** Only where Flickr's clock and ours are more than five minutes apart. */
  readonly clock?: "wrong";
  readonly becomes: ErrorCode;
  /** Instead of what `becomes` means. */
  readonly retry?: Retry;
  readonly escalation?: Escalates;
  /** Without a full stop: what Flickr said is added. */
  readonly says: string;
  readonly hint?: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SIGN_IN = "Run `photolog auth flickr`, then `photolog jobs retry --destination flickr`.";
const CHECK_KEY =
  "Check FLICKR_API_KEY and FLICKR_API_SECRET against https://www.flickr.com/services/apps/by/me; a `photolog serve` that runs has to be started again.";
const REPORT = "Update photolog; if it is up to date, report this message.";

const UPLOAD: readonly Call[] = ["upload"];
const NOT_UPLOAD: readonly Call[] = ["question", "change", "sign-in"];

const REFUSED = { of: "photo", means: { class: "item" }, becomes: "PHOTO_REFUSED" } as const;
const MISCONFIGURED = { means: { class: "config" }, becomes: "SERVICE_MISCONFIGURED" } as const;
const AWAY = { of: "lane", means: { class: "pause", forMs: 15 * MINUTE, upToMs: 6 * HOUR } } as const;

export const FLICKR_ROWS = [
  // The file.
  { name: "empty file", codes: [4], calls: UPLOAD, becomes: "PHOTO_REFUSED", says: "Flickr received an empty file" },
  {
    name: "file type",
    codes: [5],
    calls: UPLOAD,
    becomes: "PHOTO_REFUSED",
    says: "Flickr cannot read this type of file",
  },
  {
    name: "too large",
    codes: [8],
    statuses: [413],
    calls: UPLOAD,
    becomes: "PHOTO_REFUSED",
    says: "The file is too large for Flickr",
  },
  {
    name: "web address refused",
    codes: [116],
    becomes: "PHOTO_REFUSED",
    says: "Flickr refuses a web address in the title or tags",
  },

  // What the account may hold.
  {
    name: "account full",
    codes: [6],
    calls: UPLOAD,
    becomes: "QUOTA_REACHED",
    retry: { class: "pause", forMs: DAY },
    says: "The Flickr account is full",
    hint: "Make room on Flickr or move to Flickr Pro (a free account holds 1000 items, 50 of them private), then run `photolog jobs retry --destination flickr`.",
  },
  // A film's limit must not stop the pictures behind it: the job waits, the lane does not.
  {
    name: "no more videos",
    codes: [7],
    calls: UPLOAD,
    becomes: "QUOTA_REACHED",
    retry: { class: "pause", of: "photo", forMs: DAY },
    says: "Flickr takes no more videos from this account for now",
  },
  {
    name: "no videos now",
    codes: [0],
    calls: UPLOAD,
    becomes: "SERVICE_BUSY",
    retry: { class: "pause", of: "photo", forMs: HOUR },
    says: "Flickr takes no videos at the moment",
  },
  {
    name: "free account must wait",
    codes: [14],
    calls: UPLOAD,
    becomes: "QUOTA_REACHED",
    retry: { class: "pause", forMs: HOUR },
    says: "Flickr asks accounts without Pro to wait",
  },
  {
    name: "too many requests",
    statuses: [429],
    becomes: "QUOTA_REACHED",
    retry: { class: "pause", forMs: HOUR },
    says: "Flickr asks us to slow down",
    hint: "If other programs use the same Flickr key, give photolog its own: a key may be used 3600 times an hour.",
  },

  // Who we are.
  // Every delivery signs a question first, so here the key and the token are right and this one request is at fault.
  {
    name: "signature of an upload",
    codes: [96],
    problems: ["signature_invalid"],
    calls: UPLOAD,
    becomes: "SERVICE_BUSY",
    escalation: { after: 1, ...REFUSED },
    says: "Flickr did not accept the signature of this upload",
  },
  {
    name: "signature",
    codes: [96],
    problems: ["signature_invalid"],
    becomes: "SIGN_IN_NEEDED",
    says: "Flickr does not accept our signature",
    hint: "Check FLICKR_API_SECRET, then run `photolog auth flickr` and `photolog jobs retry --destination flickr`.",
  },
  {
    name: "sign-in over",
    codes: [97, 98],
    problems: [
      "token_rejected",
      "token_revoked",
      "token_expired",
      "permission_unknown",
      "user_refused",
      "verifier_invalid",
    ],
    becomes: "SIGN_IN_NEEDED",
    says: "Flickr no longer accepts our sign-in",
    hint: SIGN_IN,
  },
  {
    name: "no permission to write",
    codes: [99],
    problems: ["permission_denied"],
    becomes: "SIGN_IN_NEEDED",
    says: "Flickr does not let us add photos with this sign-in",
    hint: SIGN_IN,
  },
  {
    name: "key refused",
    codes: [100],
    problems: ["consumer_key_unknown", "consumer_key_rejected", "consumer_key_refused"],
    becomes: "SERVICE_MISCONFIGURED",
    says: "Flickr does not accept the API key",
    hint: CHECK_KEY,
  },
  {
    name: "clock wrong",
    problems: ["timestamp_refused"],
    clock: "wrong",
    becomes: "SERVICE_MISCONFIGURED",
    says: "The clock of this machine is wrong",
    hint: "Set the clock (turn on NTP), then run `photolog jobs retry --destination flickr`.",
  },
  // Flickr compares the signed time when the upload ends, so a slow one is refused: https://github.com/hanklords/flickraw/issues/54
  {
    name: "upload outlived its signature",
    problems: ["timestamp_refused"],
    calls: UPLOAD,
    becomes: "OUTCOME_UNKNOWN",
    says: "The upload took longer than Flickr lets a signature live",
  },
  {
    name: "upload seen before",
    problems: ["nonce_used"],
    calls: UPLOAD,
    becomes: "OUTCOME_UNKNOWN",
    says: "Flickr has seen this upload before",
  },
  {
    name: "to be signed anew",
    problems: ["timestamp_refused", "nonce_used"],
    becomes: "SERVICE_BUSY",
    says: "Flickr wants this request signed anew",
  },

  // Flickr's own trouble. An upload may have been kept all the same.
  {
    name: "upload failed",
    codes: [3],
    calls: UPLOAD,
    becomes: "OUTCOME_UNKNOWN",
    escalation: { after: 5, ...REFUSED },
    says: "Flickr failed to take the upload",
  },
  {
    name: "not available to uploads",
    codes: [105, 106],
    calls: UPLOAD,
    becomes: "OUTCOME_UNKNOWN",
    escalation: { after: 4, ...AWAY },
    says: "Flickr is not available at the moment",
  },
  {
    name: "not available",
    codes: [105, 106],
    becomes: "SERVICE_BUSY",
    escalation: { after: 4, ...AWAY },
    says: "Flickr is not available at the moment",
  },

  // Requests that Flickr does not understand.
  {
    name: "no photo in the upload",
    codes: [2],
    calls: UPLOAD,
    becomes: "SERVICE_BUSY",
    escalation: { of: "photo", after: 1, ...MISCONFIGURED, hint: REPORT },
    says: "Flickr found no photo in the upload",
  },
  {
    name: "request not understood",
    codes: [95, 111, 112, 114, 115],
    problems: ["parameter_absent", "parameter_rejected", "version_rejected", "signature_method_rejected"],
    becomes: "SERVICE_MISCONFIGURED",
    says: "Flickr does not understand our requests",
    hint: REPORT,
  },

  // Whatever the body says.
  {
    name: "turned away",
    statuses: [403],
    becomes: "SERVICE_BUSY",
    retry: { class: "pause", forMs: HOUR },
    escalation: { of: "lane", after: 2, ...MISCONFIGURED },
    says: "Flickr turns us away",
    hint: "If this goes on, open https://www.flickr.com/services/apps/by/me and see whether the key is still active.",
  },
  {
    name: "not known",
    statuses: [401],
    becomes: "SIGN_IN_NEEDED",
    says: "Flickr does not know who we are",
    hint: SIGN_IN,
  },
  {
    name: "trouble after an upload",
    statuses: [500, 502, 503, 504],
    calls: UPLOAD,
    becomes: "OUTCOME_UNKNOWN",
    says: "Flickr failed after taking the upload",
  },
  {
    name: "trouble",
    statuses: [500, 502, 503, 504],
    calls: NOT_UPLOAD,
    becomes: "SERVICE_BUSY",
    says: "Flickr fails at the moment",
  },
] as const satisfies readonly FlickrRow[];

/** For an answer of Flickr's that no row names, and for a client error to an upload. */
export const UNLISTED = {
  name: "unlisted",
  becomes: "SERVICE_BUSY",
  retry: { class: "retry", afterMs: HOUR },
  escalation: { after: 1, ...REFUSED, needsOthers: true },
  says: "Flickr gave an answer that photolog does not know",
  hint: "Run `photolog doctor`; if it finds nothing, update photolog or report this message.",
} as const satisfies FlickrRow;

/** For a client error in nobody's words to something that is not about one photo. */
export const UNLISTED_STATUS = {
  name: "address not served",
  becomes: "SERVICE_MISCONFIGURED",
  says: "Flickr does not serve this address",
  hint: "Check FLICKR_BASE_URL if it is set; otherwise update photolog.",
} as const satisfies FlickrRow;

export type FlickrFailureName = ((typeof FLICKR_ROWS)[number] | typeof UNLISTED | typeof UNLISTED_STATUS)["name"];
