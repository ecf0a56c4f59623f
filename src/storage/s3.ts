/** Blobs in a bucket of Amazon S3 or of any service that speaks its language. */
import { Readable } from "node:stream";
import { PhotologError } from "../errors.ts";
import { checkPrefix, isKey } from "./blob-key.ts";
import type { BlobStat, BlobStore } from "./blob-store.ts";
import { foreignAnswer, openBucket, request, type S3Bucket } from "./s3-bucket.ts";
import { putToS3 } from "./s3-put.ts";
import { openUnfinishedUploads, type Resuming } from "./s3-unfinished.ts";
import { translateStream } from "./translate-stream.ts";

export interface S3Options {
  readonly bucket: string;
  /** Before every key: "" or something that ends in a slash. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `auto` is a name too (Cloudflare R2). */
  readonly region: string;
  /** URL of another service than AWS. */
  readonly endpoint?: string;
  /** Bucket in the path instead of the host name. `auto`: where an endpoint is set that is not AWS. */
  readonly pathStyle: "auto" | boolean;
  readonly storageClass?: string;
  /** `AES256` or `aws:kms`. */
  readonly sse?: string;
  /** The SDK's own CRC headers. Many services refuse them, so `auto` sends them to AWS only; what we prove, we prove without them. */
  readonly checksums: "auto" | "on" | "off";
  /** How often one request is tried before it counts as failed; 4. */
  readonly maxAttempts?: number;
  /** Keys in one page of a listing; what the service likes. */
  readonly pageSize?: number;
}

/** What a presigned link may last at most, in seconds. */
const LONGEST_LINK = 7 * 24 * 3600;

/**
 * Opens nothing yet: the SDK is loaded and the service met when the first method is called.
 *
 * - No ACL is ever sent, and nothing but plain reads, writes, listings and deletions is asked for.
 * - `stat` tells undefined also where the service answers 403: without the right to list, that is how S3 hides that there is no
 *   such key.
 * - `list` passes over keys that photolog could not have put (such as the `folder/` markers of other programs).
 * - With `resuming`, a blob larger than 64 MiB whose `put` was cut off, by whatever, is gone on with by the next `put` of it, and
 *   what was left behind is given back after a week. The notes are for one process at a time.
 * - Without, a crash in the middle of a large `put` leaves parts behind that nobody sees but that cost money: let the bucket have
 *   a lifecycle rule `AbortIncompleteMultipartUpload`.
 */
export function openS3(options: S3Options, resuming?: Resuming): BlobStore {
  const bucket = openBucket(options);
  const place = { bucket, unfinished: resuming && openUnfinishedUploads(bucket, resuming) };
  return {
    address: bucket.address,
    put: (blob, signal) => putToS3(place, blob, signal),
    get: (key, signal) => get(bucket, key, signal),
    stat: (key, signal) => stat(bucket, key, signal),
    list: (prefix, signal) => list(bucket, prefix, signal),
    async delete(key, signal) {
      const where = { Bucket: options.bucket, Key: bucket.locate(key) };
      await bucket.run(
        `Deleting ${key}`,
        (sdk, client) => client.send(new sdk.DeleteObjectCommand(where), request(signal)),
        signal,
      );
    },
    async url(key, expiresInSeconds) {
      const where = { Bucket: options.bucket, Key: bucket.locate(key) };
      const expiresIn = Math.min(expiresInSeconds, LONGEST_LINK);
      return await bucket.run(`Making a link to ${key}`, async (sdk, client) => {
        const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
        return await getSignedUrl(client, new sdk.GetObjectCommand(where), { expiresIn });
      });
    },
  };
}

async function get(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<Readable> {
  const what = `Getting ${key}`;
  const where = { Bucket: bucket.options.bucket, Key: bucket.locate(key) };
  return await bucket.run(
    what,
    async (sdk, client) => {
      const { Body, ETag } = await client.send(new sdk.GetObjectCommand(where), request(signal));
      if (ETag !== undefined && Body instanceof Readable) {
        return translateStream(Body, (error) => bucket.failure(what, error, signal));
      }
      if (Body instanceof Readable) Body.destroy();
      throw foreignAnswer(key);
    },
    signal,
  );
}

async function stat(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<BlobStat | undefined> {
  const head = await bucket.head(key, signal);
  if (head === undefined || head === "denied") return undefined;
  const sha256 = head.Metadata?.["sha256"];
  return {
    key,
    size: head.ContentLength ?? 0,
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
    ...(head.ContentType !== undefined && { contentType: head.ContentType }),
  };
}

async function* list(
  bucket: S3Bucket,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<BlobStat, void, undefined> {
  const { options, address } = bucket;
  const Prefix = options.prefix + checkPrefix(prefix);
  let after: string | undefined;
  do {
    const query = {
      Bucket: options.bucket,
      Prefix,
      ...(after !== undefined && { ContinuationToken: after }),
      ...(options.pageSize !== undefined && { MaxKeys: options.pageSize }),
    };
    const page = await bucket.run(
      `Listing ${prefix}`,
      (sdk, client) => client.send(new sdk.ListObjectsV2Command(query), request(signal)),
      signal,
    );
    // Read as XML, a sign-in page is an empty listing: whoever trusts it would think that everything is gone.
    if (page.IsTruncated === undefined) {
      throw new PhotologError("OUTCOME_UNKNOWN", `The listing of ${address} is not that of an S3 service.`, {
        hint: "Look for a sign-in page or a proxy between this machine and S3_ENDPOINT.",
      });
    }
    for (const { Key = "", Size = 0 } of page.Contents ?? []) {
      const key = Key.slice(options.prefix.length);
      if (isKey(key)) yield { key, size: Size };
    }
    after = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (after !== undefined);
}
