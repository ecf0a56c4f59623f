/** What all ways of sending a blob to S3, whole and in parts, have in common. */
import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { Checksum } from "../photo.ts";
import type { Blob } from "./blob-store.ts";
import type { S3Bucket } from "./s3-bucket.ts";

const MIB = 1024 * 1024;

/** Blobs up to this size are sent whole, as one signed buffer. */
const SMALLEST_PART = 8 * MIB;

/** S3 takes 10,000 parts; a little less leaves room for rounding. */
const MOST_PARTS = 9500;

/** What a blob of this size is cut into. A blob that is no larger than its part is sent whole. */
export function partSizeFor(size: number): number {
  return Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);
}

/** What describes the blob to the service, whichever way it is sent. Never an ACL: a blob is as private as its bucket. */
export function describe(bucket: S3Bucket, blob: Blob): Omit<PutObjectCommandInput, "Body"> {
  const { options } = bucket;
  return {
    Bucket: options.bucket,
    Key: bucket.locate(blob.key),
    ContentType: blob.contentType,
    Metadata: { sha256: blob.sha256 },
    ...(blob.cacheControl !== undefined && { CacheControl: blob.cacheControl }),
    ...(blob.contentEncoding !== undefined && { ContentEncoding: blob.contentEncoding }),
    ...(options.storageClass !== undefined && {
      StorageClass: options.storageClass as NonNullable<PutObjectCommandInput["StorageClass"]>,
    }),
    ...(options.sse !== undefined && {
      ServerSideEncryption: options.sse as NonNullable<PutObjectCommandInput["ServerSideEncryption"]>,
    }),
  };
}

/** As the service tells the SHA-256 of a blob, where it does. */
export function base64Of(sha256: Checksum): string {
  return Buffer.from(sha256, "hex").toString("base64");
}
