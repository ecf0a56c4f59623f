/** What our S3 double can do: which operation a request asks for, and how each is answered. */
import { createHash, randomBytes } from "node:crypto";
import { checkChecksums } from "./s3-checksums.ts";
import {
  answerGet,
  answerList,
  checkConditions,
  describedBy,
  tag,
  xml,
  type Answer,
  type Exchange,
  type Objects,
} from "./s3-objects.ts";
import { S3Refusal } from "./s3-refusal.ts";
import type { Uploads } from "./s3-uploads.ts";

export interface World {
  readonly buckets: Map<string, Objects>;
  readonly uploads: Uploads;
  /** No page of a listing has more keys. */
  readonly mostKeys: number;
  /** Makes the ETag, with its quotes, from an MD5 in hex or from one of parts. */
  readonly etagFrom: (md5: string) => string;
}

export type S3Operation = keyof typeof OPERATIONS;

const LONGEST_KEY = 1024;

export function operationOf({ method, bucket, key, query, headers }: Exchange): S3Operation {
  if (bucket === "") return method === "GET" ? "ListBuckets" : "Unknown";
  if (key === "") {
    if (method === "GET" && query.get("list-type") === "2") return "ListObjectsV2";
    if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
    const onBucket = { PUT: "CreateBucket", HEAD: "HeadBucket", DELETE: "DeleteBucket" } as const;
    const plain = [...query.keys()].every((name) => name === "x-id");
    return plain && method in onBucket ? onBucket[method as keyof typeof onBucket] : "Unknown";
  }
  const inParts = {
    PUT: "UploadPart",
    GET: "ListParts",
    POST: "CompleteMultipartUpload",
    DELETE: "AbortMultipartUpload",
  } as const;
  if (query.has("uploadId")) return method in inParts ? inParts[method as keyof typeof inParts] : "Unknown";
  if (query.has("uploads")) return method === "POST" ? "CreateMultipartUpload" : "Unknown";
  if (["tagging", "acl", "attributes", "legal-hold", "retention", "versionId"].some((name) => query.has(name)))
    return "Unknown";
  if (method === "PUT") return headers["x-amz-copy-source"] === undefined ? "PutObject" : "CopyObject";
  const onObject = { GET: "GetObject", HEAD: "HeadObject", DELETE: "DeleteObject" } as const;
  return method in onObject ? onObject[method as keyof typeof onObject] : "Unknown";
}

export function perform(world: World, operation: S3Operation, exchange: Exchange): Answer {
  if (Buffer.byteLength(exchange.key) > LONGEST_KEY)
    throw new S3Refusal(400, "KeyTooLongError", "Your key is too long");
  return OPERATIONS[operation](world, exchange);
}

export function refuseChunked({ headers }: Exchange, { status, code } = { status: 501, code: "NotImplemented" }): void {
  if (/aws-chunked|STREAMING-/.test(`${headers["content-encoding"]} ${headers["x-amz-content-sha256"]}`)) {
    throw new S3Refusal(
      status,
      code,
      "A header you provided implies functionality that is not implemented: aws-chunked",
    );
  }
}

const OPERATIONS = {
  ListBuckets: ({ buckets }) =>
    xml(
      "ListAllMyBucketsResult",
      `<Buckets>${[...buckets.keys()].map((name) => `<Bucket>${tag("Name", name)}</Bucket>`).join("")}</Buckets>`,
    ),
  CreateBucket({ buckets }, { bucket }) {
    if (!buckets.has(bucket)) buckets.set(bucket, new Map());
    return { status: 200 };
  },
  HeadBucket(world, { bucket }) {
    objectsOf(world, bucket);
    return { status: 200 };
  },
  DeleteBucket(world, { bucket }) {
    if (objectsOf(world, bucket).size > 0) throw new S3Refusal(409, "BucketNotEmpty");
    world.buckets.delete(bucket);
    return { status: 204 };
  },
  ListObjectsV2: (world, exchange) => answerList(exchange, objectsOf(world, exchange.bucket), world.mostKeys),
  PutObject(world, { bucket, key, headers, body }) {
    const objects = objectsOf(world, bucket);
    const described = describedBy(headers);
    checkConditions(headers, objects.get(key));
    const echoed = checkChecksums(headers, body);
    // With KMS, Amazon's ETag is something that only looks like an MD5.
    const kms = described["x-amz-server-side-encryption"] === "aws:kms";
    const md5 = kms ? randomBytes(16).toString("hex") : createHash("md5").update(body).digest("hex");
    const etag = world.etagFrom(md5);
    objects.set(key, { bytes: body, etag, headers: described, checksums: echoed, modified: new Date() });
    return { status: 200, headers: { etag, ...echoed, ...pick(described, "x-amz-server-side-encryption") } };
  },
  CopyObject(world, { bucket, key, headers }) {
    const [, from = "", source = ""] =
      /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(String(headers["x-amz-copy-source"]))) ?? [];
    const original = objectsOf(world, from).get(source);
    if (original === undefined) throw new S3Refusal(404, "NoSuchKey");
    const replaced = headers["x-amz-metadata-directive"] === "REPLACE" ? describedBy(headers) : original.headers;
    objectsOf(world, bucket).set(key, { ...original, headers: replaced, modified: new Date() });
    return xml("CopyObjectResult", tag("ETag", original.etag) + tag("LastModified", new Date().toISOString()));
  },
  GetObject: (world, exchange) => answerGet(exchange, objectsOf(world, exchange.bucket).get(exchange.key)),
  HeadObject: (world, exchange) => answerGet(exchange, objectsOf(world, exchange.bucket).get(exchange.key)),
  DeleteObject(world, { bucket, key }) {
    objectsOf(world, bucket).delete(key);
    return { status: 204 };
  },
  CreateMultipartUpload(world, exchange) {
    objectsOf(world, exchange.bucket);
    return world.uploads.create(exchange);
  },
  UploadPart: (world, exchange) => world.uploads.putPart(exchange),
  ListParts: (world, exchange) => world.uploads.listParts(exchange),
  CompleteMultipartUpload: (world, exchange) => world.uploads.complete(exchange, objectsOf(world, exchange.bucket)),
  AbortMultipartUpload: (world, exchange) => world.uploads.abort(exchange),
  ListMultipartUploads: (world, { bucket, query }) => world.uploads.list(bucket, query),
  Unknown() {
    throw new S3Refusal(
      501,
      "NotImplemented",
      "A header or query you provided implies functionality that is not implemented.",
    );
  },
} as const satisfies Record<string, (world: World, exchange: Exchange) => Answer>;

export function objectsOf({ buckets }: World, bucket: string): Objects {
  const objects = buckets.get(bucket);
  if (objects === undefined) throw new S3Refusal(404, "NoSuchBucket", "The specified bucket does not exist");
  return objects;
}

function pick(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  const value = headers[name];
  return value === undefined ? {} : { [name]: value };
}
