/** Judges whether a request was really signed with our key: AWS Signature Version 4, recomputed by `aws4`, another implementation than the SDK's. */
import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import aws4 from "aws4";
import { S3Refusal } from "./s3-refusal.ts";

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it stood in the request line. */
  readonly rawUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How far the client's clock may be off, in milliseconds. */
const CLOCK_TOLERANCE = 15 * 60_000;

/** Throws an `S3Refusal` unless the request is signed, in its headers or in its query. */
export function checkSignature(request: SignedRequest, key: SigningKey): void {
  const query = new URL(request.rawUrl, "http://s3").searchParams;
  if (query.has("X-Amz-Signature")) checkQuery(request, query, key);
  else checkHeaders(request, key);
}

/** Throws an `S3Refusal` unless the body is the one whose checksum the headers announce and the signature covers. */
export function checkBody({ headers, body }: Pick<SignedRequest, "headers" | "body">): void {
  const announced = text(headers["x-amz-content-sha256"]);
  if (announced === "" || announced === "UNSIGNED-PAYLOAD") return;
  if (announced !== createHash("sha256").update(body).digest("hex")) {
    throw new S3Refusal(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}

function checkHeaders({ method, rawUrl, headers }: SignedRequest, key: SigningKey): void {
  const given = headers.authorization ?? "";
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(given);
  if (parts === null) throw new S3Refusal(403, "AccessDenied", "Access Denied");
  const [, credential = "", names = ""] = parts;
  checkCredential(credential, key);
  const date = text(headers["x-amz-date"]);
  if (Math.abs(Date.now() - timeOf(date)) > CLOCK_TOLERANCE) {
    throw new S3Refusal(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
    );
  }
  const signed = signedHeaders(headers, names.split(";"));
  const { headers: ours = {} } = aws4.sign(
    { service: "s3", region: key.region, method, path: rawUrl, headers: signed, ...allOf(signed) },
    { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
  );
  if (normal(String(ours["Authorization"])) !== normal(given)) throw mismatch();
}

function checkQuery({ method, rawUrl, headers }: SignedRequest, query: URLSearchParams, key: SigningKey): void {
  checkCredential(query.get("X-Amz-Credential") ?? "", key);
  const date = query.get("X-Amz-Date") ?? "";
  const expires = Number(query.get("X-Amz-Expires"));
  if (!(expires >= 1 && expires <= 604_800)) {
    throw new S3Refusal(400, "AuthorizationQueryParametersError", "X-Amz-Expires must be between 1 and 604800 seconds");
  }
  if (Date.now() > timeOf(date) + expires * 1000) throw new S3Refusal(403, "AccessDenied", "Request has expired");
  const url = new URL(rawUrl, "http://s3");
  for (const name of ["X-Amz-Signature", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-SignedHeaders"])
    url.searchParams.delete(name);
  const signed = signedHeaders(headers, (query.get("X-Amz-SignedHeaders") ?? "").split(";"));
  const { path: ours = "" } = aws4.sign(
    {
      service: "s3",
      region: key.region,
      method,
      path: `${url.pathname}?${url.searchParams}`,
      headers: signed,
      signQuery: true,
    },
    { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
  );
  const signature = new URL(ours, "http://s3").searchParams.get("X-Amz-Signature");
  if (signature !== query.get("X-Amz-Signature")) throw mismatch();
}

function checkCredential(credential: string, key: SigningKey): void {
  const [accessKeyId, , region, service] = credential.split("/");
  if (accessKeyId !== key.accessKeyId) {
    throw new S3Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
  }
  if (service !== "s3" || region !== key.region) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${key.region}'`;
    throw new S3Refusal(400, "AuthorizationHeaderMalformed", message);
  }
}

/** As S3 does, insists on `host` and on every `x-amz-` header being signed. */
function signedHeaders(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const forgotten = Object.keys(headers).filter((name) => name.startsWith("x-amz-") && !names.includes(name));
  if (forgotten.length > 0 || !names.includes("host")) {
    throw new S3Refusal(
      403,
      "AccessDenied",
      `There were headers present in the request which were not signed: ${forgotten.join()}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, text(headers[name])]));
}

/** aws4 leaves some headers out (`range`) unless told; the client decides what it signs. Its types do not know of this option. */
function allOf(headers: Readonly<Record<string, string>>): object {
  return { extraHeadersToInclude: Object.fromEntries(Object.keys(headers).map((name) => [name, true])) };
}

function mismatch(): S3Refusal {
  return new S3Refusal(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided.",
  );
}

function text(value: string | readonly string[] | undefined): string {
  return typeof value === "object" ? value.join(",") : (value ?? "");
}

function normal(authorization: string): string {
  return authorization.replaceAll(", ", ",");
}

/** `20261125T101112Z` as milliseconds since the epoch. */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
