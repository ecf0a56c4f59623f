/** What our S3 double keeps, and how it answers questions about single objects and listings. */
import type { IncomingHttpHeaders } from "node:http";
import { S3Refusal } from "./s3-refusal.ts";

export interface StoredObject {
  readonly bytes: Buffer;
  /** With its quotes. */
  readonly etag: string;
  /** What is told of it in every answer: content-type, x-amz-meta-…, and so on. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-checksum-…`, told to who asks for them. */
  readonly checksums?: Readonly<Record<string, string>>;
  readonly modified: Date;
}

export interface Exchange {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export type Objects = Map<string, StoredObject>;

const KEPT =
  /^(content-type|cache-control|content-encoding|content-disposition|x-amz-meta-.+|x-amz-storage-class|x-amz-server-side-encryption)$/;
const STORAGE_CLASSES = ["STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "DEEP_ARCHIVE"];

/** Refuses what an object cannot be described with, and gives what is kept of the description. */
export function describedBy(headers: IncomingHttpHeaders): Record<string, string> {
  // Buckets made since 2023 have ACLs switched off and answer so.
  if (Object.keys(headers).some((name) => name === "x-amz-acl" || name.startsWith("x-amz-grant-"))) {
    throw new S3Refusal(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
  const kept = Object.entries(headers).filter((entry): entry is [string, string] => KEPT.test(entry[0]));
  const described = Object.fromEntries(kept);
  if (!STORAGE_CLASSES.includes(described["x-amz-storage-class"] ?? "STANDARD")) {
    throw new S3Refusal(400, "InvalidStorageClass", "The storage class you specified is not valid");
  }
  if (!["AES256", "aws:kms"].includes(described["x-amz-server-side-encryption"] ?? "AES256")) {
    throw new S3Refusal(400, "InvalidEncryptionAlgorithmError", "The encryption method specified is not supported");
  }
  const metadata = kept
    .filter(([name]) => name.startsWith("x-amz-meta-"))
    .map(([name, value]) => name.slice(11) + value);
  if (Buffer.byteLength(metadata.join("")) > 2048) throw new S3Refusal(400, "MetadataTooLarge");
  return { "content-type": "binary/octet-stream", ...described };
}

/** Throws where a conditional write may not happen. */
export function checkConditions(headers: IncomingHttpHeaders, existing: StoredObject | undefined): void {
  const { "if-none-match": noneMatch, "if-match": match } = headers;
  if (noneMatch === "*" && existing !== undefined) throw preconditionFailed();
  if (match !== undefined && match !== existing?.etag) throw preconditionFailed();
}

export function answerGet({ method, query, headers }: Exchange, object: StoredObject | undefined): Answer {
  if (object === undefined) throw new S3Refusal(404, "NoSuchKey", "The specified key does not exist.");
  if (headers["if-match"] !== undefined && headers["if-match"] !== object.etag) throw preconditionFailed();
  const told = {
    ...object.headers,
    etag: object.etag,
    "last-modified": object.modified.toUTCString(),
    "accept-ranges": "bytes",
  };
  for (const [name, value] of query) {
    const header = /^response-(.+)$/.exec(name)?.[1];
    if (header !== undefined) Object.assign(told, { [header]: value });
  }
  if (headers["if-none-match"] === object.etag) return { status: 304, headers: { etag: object.etag } };
  const range = rangeOf(headers.range, object.bytes.length);
  const bytes = range === undefined ? object.bytes : object.bytes.subarray(range.from, range.to + 1);
  const withChecksums = headers["x-amz-checksum-mode"] === "ENABLED" && range === undefined;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...told,
      ...(withChecksums && object.checksums),
      "content-length": String(bytes.length),
      ...(range && { "content-range": `bytes ${range.from}-${range.to}/${object.bytes.length}` }),
    },
    ...(method === "GET" && { body: bytes }),
  };
}

function rangeOf(header: string | undefined, size: number): { from: number; to: number } | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (from > to) throw new S3Refusal(416, "InvalidRange", "The requested range is not satisfiable");
  return { from, to };
}

export function answerList({ bucket, query }: Exchange, objects: Objects, mostKeys: number): Answer {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const limit = Math.min(Number(query.get("max-keys") ?? 1000), mostKeys);
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64").toString();
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : (value: string) => value;

  const entries: { name: string; object?: StoredObject }[] = [];
  const seen = new Set<string>();
  let truncated = false;
  for (const key of [...objects.keys()].sort(byBytes)) {
    if (
      !key.startsWith(prefix) ||
      byBytes(key, after) <= 0 ||
      (after.endsWith(delimiter || "\0") && key.startsWith(after))
    )
      continue;
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (seen.has(name)) continue;
    if (entries.length === limit) {
      truncated = true;
      break;
    }
    seen.add(name);
    const object = objects.get(key);
    entries.push({ name, ...(cut < 0 && object && { object }) });
  }
  const last = entries.at(-1)?.name ?? "";
  return xml(
    "ListBucketResult",
    tag("Name", bucket) +
      tag("Prefix", encode(prefix)) +
      tag("MaxKeys", String(limit)) +
      tag("KeyCount", String(entries.length)) +
      tag("IsTruncated", String(truncated)) +
      (query.has("encoding-type") ? tag("EncodingType", "url") : "") +
      (truncated ? tag("NextContinuationToken", Buffer.from(last).toString("base64")) : "") +
      entries
        .map(({ name, object }) =>
          object === undefined
            ? `<CommonPrefixes>${tag("Prefix", encode(name))}</CommonPrefixes>`
            : `<Contents>${tag("Key", encode(name))}${tag("LastModified", object.modified.toISOString())}${tag("ETag", object.etag)}` +
              `${tag("Size", String(object.bytes.length))}${tag("StorageClass", "STANDARD")}</Contents>`,
        )
        .join(""),
  );
}

/** In the order of their UTF-8, as S3 lists keys. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function preconditionFailed(): S3Refusal {
  return new S3Refusal(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}

export function xml(root: string, inner: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`;
  return { status: 200, headers: { "content-type": "application/xml" }, body };
}

export function tag(name: string, value: string): string {
  return `<${name}>${escapeXml(value)}</${name}>`;
}

function escapeXml(value: string): string {
  return value.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
