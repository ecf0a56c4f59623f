/** A blob that goes to S3 in one request, and who makes sure that it arrives as it is. */
import { PhotologError } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import { checkWholeBlob, readWholeBlob } from "./blob-source.ts";
import type { Blob } from "./blob-store.ts";
import { foreignAnswer, request, type S3Bucket, sendsChecksums } from "./s3-bucket.ts";
import { base64Of, describe } from "./s3-object.ts";

/** Larger blobs are not sent to see whether they are refused. */
const LARGEST_TRIAL = 64 * 1024;

interface Reading {
  readonly blob: Blob;
  /** Has space for it. */
  readonly room: Buffer;
}

interface Whole {
  readonly bytes: Buffer;
  /** The service has looked at them; otherwise we have. */
  readonly isChecked: boolean;
}

/**
 * Puts a blob in one request, whose signature covers its SHA-256, and answers with its bytes. Services are to refuse a body of another
 * SHA-256 (`x-amz-content-sha256`, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), and not all do.
 * Those that have shown that they do are left to look at the bytes; for all others they are hashed here first.
 *
 * Rejects with `ORIGINAL_CHANGED` where the bytes are not the blob's.
 */
export async function putWhole(bucket: S3Bucket, { blob, room }: Reading, signal?: AbortSignal): Promise<Whole> {
  const { shown } = bucket;
  const isChecked = shown.looksAtBodies === true;
  const bytes = await readWholeBlob(blob, room, signal);
  if (!isChecked) checkWholeBlob(blob, bytes);
  if (shown.looksAtBodies === undefined && shown.hasKept && blob.size <= LARGEST_TRIAL) {
    await tryToDeceive(bucket, { blob, bytes }, signal);
  }
  try {
    await putSigned(bucket, { blob, bytes, sha256: blob.sha256 }, signal);
  } catch (error) {
    // What the service says of it can be many things.
    if (isChecked) checkWholeBlob(blob, bytes);
    throw error;
  }
  return { bytes, isChecked };
}

/**
 * Signs another SHA-256 than that of the body, once. Who looks at it refuses. Who does not look has the right bytes all the same, and
 * gets them once more.
 */
async function tryToDeceive(
  bucket: S3Bucket,
  { blob, bytes }: { readonly blob: Blob; readonly bytes: Buffer },
  signal?: AbortSignal,
): Promise<void> {
  // Others that are put meanwhile are hashed here, and do not try it again.
  bucket.shown.looksAtBodies = false;
  const sha256 = blob.sha256.replace(/./, (digit) => (parseInt(digit, 16) ^ 1).toString(16));
  try {
    await putSigned(bucket, { blob, bytes, sha256 }, signal);
  } catch (error) {
    signal?.throwIfAborted();
    // Any other failure says nothing of this, and is told by the put that follows if it lasts.
    bucket.shown.looksAtBodies = error instanceof PhotologError && error.code === "NOT_PROVEN";
  }
}

interface Signed {
  readonly blob: Blob;
  readonly bytes: Buffer;
  readonly sha256: Checksum;
}

async function putSigned(bucket: S3Bucket, { blob, bytes, sha256 }: Signed, signal?: AbortSignal): Promise<void> {
  await bucket.run(
    `Putting ${blob.key}`,
    async (sdk, client) => {
      const checksum = sendsChecksums(bucket.options) ? { ChecksumSHA256: base64Of(blob.sha256) } : {};
      const command = new sdk.PutObjectCommand({ ...describe(bucket, blob), ...checksum, Body: bytes });
      // Given, it is not computed again.
      command.middlewareStack.add(
        (next) => (args) => {
          (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = sha256;
          return next(args);
        },
        { step: "build", name: "knownBodyHash" },
      );
      const { ETag } = await client.send(command, request(signal));
      if (ETag === undefined) throw foreignAnswer(blob.key);
    },
    signal,
  );
}
