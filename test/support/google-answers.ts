/** Answers of Google's for every row of its table of failures. */
import { FAILURES } from "../../src/destinations/google-photos/failures.ts";
import type { FailureName, FailureRow } from "../../src/destinations/google-photos/failures.ts";
import { flatRefusal, page, refusal } from "./google-exchange.ts";
import type { GoogleRequest, Reply } from "./google-exchange.ts";
import { isBatchCreate, isBytes, isQuery, isStart, isToken } from "./open-google-photos.ts";

export const ROWS: readonly (FailureRow & { readonly name: FailureName })[] = FAILURES;

type When = (request: GoogleRequest) => boolean;
export interface Example {
  readonly when: When;
  readonly answer: Reply | ((request: GoogleRequest) => Reply);
}

const QUOTA = "photoslibrary.googleapis.com";
const INSUFFICIENT_STORAGE = "The remaining storage in the user's account is not enough to perform this operation.";
/** Comes in some of them, and must never be shown. */
export const SECRET = "ya29.a0not-to-be-shown-not-to-be-shown-not-to-be-shown";

export function oauth(status: number, error: string, description?: string): Reply {
  return { status, body: { error, ...(description !== undefined && { error_description: description }) } };
}

function errorInfo(metadata: Readonly<Record<string, string>>): object {
  return { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "RATE_LIMIT_EXCEEDED", metadata };
}

/** An answer that is fine as a whole, in which every photo fares like this. */
function items(result: object): (request: GoogleRequest) => Reply {
  return ({ json }) => {
    const { newMediaItems } = json as { newMediaItems: { simpleMediaItem: { uploadToken: string } }[] };
    const newMediaItemResults = newMediaItems.map(({ simpleMediaItem: { uploadToken } }) => ({
      uploadToken,
      ...result,
    }));
    return { status: 200, body: { newMediaItemResults } };
  };
}

const at = (when: When, answer: Example["answer"]): Example => ({ when, answer });
const status = (code: number, message: string): Example["answer"] => items({ status: { code, message } });

/** Answers as Google gives them. Every row has at least one: a row without an answer is a guess. */
export const EXAMPLES: Readonly<Record<FailureName, readonly [Example, ...Example[]]>> = {
  "sign-in over": [at(isToken, oauth(400, "invalid_grant", "Token has been expired or revoked."))],
  "scope not granted": [
    at(isToken, {
      status: 200,
      body: { access_token: SECRET, expires_in: 3599, scope: "openid", token_type: "Bearer" },
    }),
  ],
  "client refused": [
    at(isToken, oauth(401, "invalid_client", "The OAuth client was not found.")),
    at(isToken, oauth(400, "invalid_client")),
    at(isToken, oauth(401, "unauthorized_client", "Unauthorized")),
    at(isToken, oauth(400, "invalid_request")),
    at(isToken, oauth(400, "invalid_scope")),
    at(isToken, oauth(400, "unsupported_grant_type")),
    at(isToken, oauth(400, "redirect_uri_mismatch", "Bad Request")),
    at(isToken, oauth(401, "deleted_client", "The OAuth client was deleted.")),
  ],
  "forbidden by an administrator": [
    at(isToken, oauth(403, "org_internal")),
    at(isToken, oauth(403, "admin_policy_enforced")),
    at(isToken, oauth(403, "access_denied")),
  ],
  "token endpoint busy": [
    at(isToken, oauth(429, "rate_limit_exceeded")),
    at(isToken, oauth(500, "internal_failure")),
    at(isToken, page(502, "Error 502 (Server Error)!!1")),
    at(isToken, oauth(503, "backend_error")),
    at(isToken, page(504, "Error 504")),
  ],
  "daily quota": [
    at(
      isBatchCreate,
      refusal(
        429,
        "RESOURCE_EXHAUSTED",
        `Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service '${QUOTA}' for consumer 'project_number:123456789012'.`,
        [errorInfo({ quota_limit: "ApiCallsPerProjectPerDay", quota_limit_value: "10000" })],
      ),
    ),
    at(
      isStart,
      refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", [errorInfo({ quota_limit: "ApiCallsPerProjectPerDay" })]),
    ),
    at(isBytes, flatRefusal(429, 8, `Insufficient tokens for quota '${QUOTA}' and limit 'ApiCallsPerProjectPerDay'.`)),
    at(isBatchCreate, status(8, "Quota exceeded for limit 'All requests per day'.")),
  ],
  "quota per minute": [
    at(
      isStart,
      flatRefusal(
        400,
        3,
        `Insufficient tokens for quota '${QUOTA}/upload_requests' and limit 'UploadsPerMinute' of service '${QUOTA}' for consumer 'project_number:123456789012'.`,
      ),
    ),
    at(
      isBatchCreate,
      refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded for limit 'Write requests per minute per user'."),
    ),
    at(
      isBatchCreate,
      refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded.", [errorInfo({ quota_limit: "WritesPerMinutePerUser" })]),
    ),
  ],
  "storage full": [
    at(isBatchCreate, refusal(400, "INVALID_ARGUMENT", INSUFFICIENT_STORAGE)),
    at(isBatchCreate, status(3, INSUFFICIENT_STORAGE)),
    at(isStart, flatRefusal(400, 3, INSUFFICIENT_STORAGE)),
  ],
  "another quota in a 400": [
    at(isStart, flatRefusal(400, 3, `Insufficient tokens for quota '${QUOTA}/upload_requests'.`)),
    at(isBytes, flatRefusal(400, 3, `Insufficient tokens for quota '${QUOTA}/upload_requests'.`)),
  ],
  "concurrent write request": [
    at(
      isBatchCreate,
      refusal(429, "RESOURCE_EXHAUSTED", `Quota exceeded for quota 'concurrent write request' of service '${QUOTA}'.`),
    ),
  ],
  "too many requests": [
    at(isStart, flatRefusal(429, 8, "Resource has been exhausted.")),
    at(isBatchCreate, page(429, "Error 429 (Too Many Requests)!!1")),
  ],
  "photo over a quota": [at(isBatchCreate, status(8, "Resource has been exhausted."))],
  "token refused": [
    at(isStart, flatRefusal(401, 16, "Authentication session is not defined.")),
    at(isBytes, flatRefusal(401, 16, "Authentication session is not defined.")),
    at(isBatchCreate, refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")),
  ],
  "scope missing": [
    at(isBatchCreate, refusal(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")),
    at(isStart, flatRefusal(403, 7, "Request had insufficient authentication scopes.")),
  ],
  "API switched off": [
    at(
      isBatchCreate,
      refusal(
        403,
        "PERMISSION_DENIED",
        "Photos Library API has not been used in project 123456789012 before or it is disabled.",
      ),
    ),
    at(
      isStart,
      flatRefusal(403, 7, "Photos Library API has not been used in project 123456789012 before or it is disabled."),
    ),
  ],
  "account without Photos": [
    at(isBatchCreate, refusal(403, "PERMISSION_DENIED", "Google Photos is disabled for the user")),
  ],
  "no permission for the album": [
    at(isBatchCreate, refusal(403, "PERMISSION_DENIED", "The caller does not have permission")),
  ],
  "no permission": [
    at(isBatchCreate, refusal(403, "PERMISSION_DENIED", "The caller does not have permission")),
    at(isStart, flatRefusal(403, 7, "The caller does not have permission")),
  ],
  "damaged on the way": [
    at(isBytes, flatRefusal(400, 3, "Checksum from header does not match received payload content.")),
    at(isStart, flatRefusal(400, 3, "User-provided checksum does not match received payload content.")),
  ],
  "our request refused by a page": [at(isStart, page(400, "Error 400 (Bad Request)!!1"))],
  "too large": [
    at(isStart, flatRefusal(413, 3, "Too large.")),
    at(isBytes, page(411, "Error 411 (Length Required)!!1")),
  ],
  "upload ended by Google": [
    at(isBytes, { ...flatRefusal(400, 3, "Rejected."), headers: { "x-goog-upload-status": "final" } }),
    at(isBytes, { ...flatRefusal(500, 13, "Rejected."), headers: { "x-goog-upload-status": "final" } }),
  ],
  "upload out of step": [
    at(isBytes, { ...flatRefusal(400, 3, "Wrong offset."), headers: { "x-goog-upload-status": "active" } }),
    at(isBytes, { status: 308 }),
    at(isBytes, flatRefusal(412, 9, "Precondition failed.")),
    at(isBytes, flatRefusal(416, 11, "Out of range.")),
  ],
  "upload session gone": [at(isBytes, flatRefusal(404, 5, "Not found.")), at(isBytes, flatRefusal(410, 5, "Gone."))],
  "trouble during the upload": [
    at(isBytes, flatRefusal(500, 13, "Internal error encountered.")),
    at(isBytes, page(502, "Error 502 (Server Error)!!1")),
    at(isBytes, flatRefusal(503, 14, "The service is currently unavailable.")),
    at(isBytes, page(504, "Error 504")),
  ],
  "trouble at the start of the upload": [
    at(isStart, flatRefusal(500, 13, "Internal error encountered.")),
    at(isStart, page(502, "Error 502 (Server Error)!!1")),
    at(isStart, flatRefusal(503, 14, "The service is currently unavailable.")),
    at(isStart, page(504, "Error 504")),
  ],
  "album gone": [at(isBatchCreate, refusal(400, "INVALID_ARGUMENT", "The provided ID does not match any albums."))],
  "album not found": [at(isBatchCreate, refusal(404, "NOT_FOUND", "Requested entity was not found."))],
  "upload token refused": [
    at(isBatchCreate, refusal(400, "INVALID_ARGUMENT", "Request must contain a valid upload token.")),
    at(isBatchCreate, refusal(400, "INVALID_ARGUMENT", "The upload token is invalid or has expired.")),
  ],
  "invalid argument": [at(isBatchCreate, refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument."))],
  aborted: [at(isBatchCreate, refusal(409, "ABORTED", "The operation was aborted."))],
  "trouble during a write": [
    at(isBatchCreate, refusal(500, "INTERNAL", "Internal error encountered.")),
    at(isBatchCreate, page(502, "Error 502 (Server Error)!!1")),
    at(isBatchCreate, refusal(503, "UNAVAILABLE", "The service is currently unavailable.")),
    at(isBatchCreate, refusal(504, "DEADLINE_EXCEEDED", "Deadline exceeded.")),
  ],
  "photo's upload token refused": [
    at(isBatchCreate, status(3, "NOT_FOUND: The upload token is invalid or has expired.")),
  ],
  "bad image": [at(isBatchCreate, status(3, "BAD_IMAGE: There was an error while trying to create this media item."))],
  "could not be made": [
    at(isBatchCreate, status(3, "Failed: There was an error while trying to create this media item.")),
  ],
  "photo met trouble": [
    at(isBatchCreate, status(2, "Unknown.")),
    at(isBatchCreate, status(4, "Deadline exceeded.")),
    at(isBatchCreate, status(10, "The operation was aborted.")),
    at(isBatchCreate, status(13, "Failed: There was an error while trying to create this media item.")),
    at(isBatchCreate, status(14, "Unavailable.")),
  ],
  "photo not permitted": [
    at(isBatchCreate, status(7, "Permission denied.")),
    at(isBatchCreate, status(16, "Unauthenticated.")),
  ],
  "photo not mentioned": [
    at(isBatchCreate, { status: 200, body: { newMediaItemResults: [] } }),
    at(isBatchCreate, items({ status: { message: "Success" } })),
    at(isBatchCreate, items({ status: { message: "Success" }, mediaItem: {} })),
    at(isBatchCreate, items({})),
  ],
  "other trouble": [
    at(isBatchCreate, page(507, "Error 507")),
    at(isToken, page(505, "Error 505")),
    at(isStart, page(501, "No")),
  ],
  "token endpoint, unlisted": [at(isToken, oauth(418, "teapot"))],
  "write, unlisted": [
    at(isBatchCreate, refusal(404, "NOT_FOUND", "Requested entity was not found.")),
    at(isBatchCreate, refusal(403, "PERMISSION_DENIED", "Something new.")),
  ],
  unlisted: [
    at(isStart, flatRefusal(418, 9, "Teapot.")),
    at(isBatchCreate, status(5, "Not found.")),
    at(isBatchCreate, status(11, "Out of range.")),
    at(isQuery, flatRefusal(418, 9, "Teapot.")),
  ],
};

/** These come only where uploads go into an album. */
export const NEEDS_ALBUM: readonly FailureName[] = ["no permission for the album", "album gone", "album not found"];
