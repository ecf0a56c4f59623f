/** How a blob gets into a bucket, and how we know that it did. */
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { PhotologError } from "../errors.ts";
import type { Blob, Proof } from "./blob-store.ts";
import { etagOf, md5LikeEtag } from "./etag.ts";
import { request, type S3Bucket } from "./s3-bucket.ts";
import { putInParts } from "./s3-multipart.ts";
import { base64Of, partSizeFor } from "./s3-object.ts";
import { putResumably, type ResumableBucket } from "./s3-resumable.ts";
import type { UnfinishedUpload, UnfinishedUploads } from "./s3-unfinished.ts";
import { putWhole } from "./s3-whole.ts";

/** From this size on, asking whether the blob is there already costs less than sending it for nothing. */
const ASK_FIRST = 1024 * 1024;

export interface Place {
  readonly bucket: S3Bucket;
  /** Without it, no put goes on where another was cut off. */
  readonly unfinished: UnfinishedUploads | undefined;
}

/** A blob that the service took, as it says. */
interface Sent {
  readonly blob: Blob;
  /** What the ETag is if the service holds exactly these bytes and its ETags are S3's. */
  readonly etag: () => Promise<string> | string;
  /** False where nothing but an ETag can vouch for some of the bytes. */
  readonly isVouched: boolean;
  /** The service has looked at these bytes, and found that they have the blob's SHA-256. */
  readonly isChecked?: boolean;
  /** Called once it is proven. */
  readonly done?: () => void;
}

/** Room for blobs that are sent whole, each of the smallest part's size; as many as were under way at one time. */
const spare: Buffer[] = [];

/**
 * Puts a blob, and resolves only with proof. On the way each request has the SHA-256 of its body signed, and in the end the service's
 * HEAD tells our size and our SHA-256. Besides, one of these: the service refuses bodies of another SHA-256, as it has shown; it tells
 * the SHA-256 that it has computed itself; its ETag is that of exactly these bytes. Where the ETag is another one, everything is read
 * back and hashed.
 *
 * Nothing is sent where the service holds the blob already, or turns out to hold it although the put failed.
 */
export async function putToS3({ bucket, unfinished }: Place, blob: Blob, signal?: AbortSignal): Promise<Proof> {
  bucket.locate(blob.key);
  signal?.throwIfAborted();
  if (!unfinished?.takes(blob.size)) {
    await unfinished?.sweep();
    return await putAndProve(bucket, blob, { send: () => sendAtOnce(bucket, blob, signal), signal });
  }
  return await unfinished.alone(blob.key, () => putLarge({ bucket, unfinished }, blob, signal), signal);
}

async function putLarge(to: ResumableBucket, blob: Blob, signal?: AbortSignal): Promise<Proof> {
  const { bucket, unfinished } = to;
  await unfinished.sweep();
  let completed: UnfinishedUpload | undefined;
  async function send(): Promise<Sent> {
    const { upload, ...sent } = await putResumably(to, blob, signal);
    completed = upload;
    return { blob, ...sent, etag: () => sent.etag };
  }
  const proof = await putAndProve(bucket, blob, { send, signal });
  if (completed !== undefined) await unfinished.forget(completed);
  // What else was begun for this key has no end to come to.
  await unfinished.end(blob.key);
  return proof;
}

interface Putting {
  readonly send: () => Promise<Sent>;
  readonly signal: AbortSignal | undefined;
}

async function putAndProve(bucket: S3Bucket, blob: Blob, { send, signal }: Putting): Promise<Proof> {
  const before = blob.size > ASK_FIRST ? await held(bucket, blob, signal) : undefined;
  if (before !== undefined) return before;
  let sent: Sent;
  try {
    sent = await send();
  } catch (error) {
    // What stopped the put is worth more than what may stop the question.
    const after = isOpen(error) ? await held(bucket, blob, signal).catch(() => undefined) : undefined;
    if (after !== undefined) return after;
    signal?.throwIfAborted();
    throw error;
  }
  const proof = await prove(bucket, sent, signal);
  bucket.shown.hasKept = true;
  sent.done?.();
  return proof;
}

async function sendAtOnce(bucket: S3Bucket, blob: Blob, signal?: AbortSignal): Promise<Sent> {
  const partSize = partSizeFor(blob.size);
  if (blob.size > partSize) {
    await putInParts(bucket, blob, signal);
    return { blob, etag: () => etagOf(blob, partSize, signal), isVouched: true };
  }
  const room = spare.pop() ?? Buffer.allocUnsafeSlow(partSize);
  const { bytes, isChecked } = await putWhole(bucket, { blob, room }, signal);
  return {
    blob,
    etag: () => etagOf({ ...blob, source: { bytes } }, partSize),
    isVouched: true,
    isChecked,
    // Where something failed, the connection may still be sending from it, and it is not used again.
    done: () => spare.push(room),
  };
}

/** Whether a failed put may have succeeded all the same, or need not succeed because the blob is there and cannot be changed. */
function isOpen(error: unknown): boolean {
  return error instanceof PhotologError && (error.retry.class === "check" || error.code === "PHOTO_REFUSED");
}

/** That the service holds exactly this blob, if it is beyond doubt. One that will not say is taken for one that does not. */
async function held(bucket: S3Bucket, blob: Blob, signal?: AbortSignal): Promise<Proof | undefined> {
  // A HEAD is refused without a word; the put that follows meets the same trouble, and is told why.
  const head = await bucket.head(blob.key, signal).catch(() => undefined);
  signal?.throwIfAborted();
  if (head === undefined || head === "denied" || differences(blob, head).length > 0) return undefined;
  // Without a look at the ETag, a blob that was damaged by an earlier put would now pass for a good one.
  const etag = (): Promise<string> => etagOf(blob, partSizeFor(blob.size), signal);
  return await proofIn(bucket, head, { blob, etag, isVouched: true });
}

async function prove(bucket: S3Bucket, sent: Sent, signal?: AbortSignal): Promise<Proof> {
  const { blob } = sent;
  const head = await bucket.head(blob.key, signal);
  if (head === "denied") {
    throw new PhotologError(
      "SERVICE_MISCONFIGURED",
      `${bucket.address} took ${blob.key} but will not tell what it holds (403): nothing can be proven.`,
      { hint: "Allow s3:GetObject on S3_BUCKET to S3_ACCESS_KEY." },
    );
  }
  if (head === undefined) throw notProven(bucket, blob, "nothing");
  const found = differences(blob, head);
  if (found.length > 0) throw notProven(bucket, blob, found.join(", "));
  return (await proofIn(bucket, head, sent)) ?? (await readBack(bucket, blob, signal));
}

function differences(blob: Blob, head: HeadObjectCommandOutput): string[] {
  const sha256 = head.Metadata?.["sha256"];
  return [
    ...(head.ContentLength === blob.size ? [] : [`${head.ContentLength} bytes instead of ${blob.size}`]),
    ...(sha256 === blob.sha256 ? [] : [`the checksum ${sha256} instead of ${blob.sha256}`]),
  ];
}

/**
 * Given where the service has computed the SHA-256 itself, and it is ours. Else undefined where the ETag could be that of our bytes,
 * and is not; or cannot be, where it would be all there is.
 */
async function proofIn({ shown }: S3Bucket, head: HeadObjectCommandOutput, sent: Sent): Promise<Proof | undefined> {
  const { blob, isVouched, isChecked } = sent;
  const told = head.ServerSideEncryption?.startsWith("aws:kms") === true ? undefined : md5LikeEtag(head.ETag);
  // That of an upload in parts has their number behind it.
  const isWhole = told?.includes("-") === false;
  const computed = head.ChecksumSHA256;
  if (computed === base64Of(blob.sha256) || (isChecked && computed === undefined)) {
    return isWhole && shown.tellsMd5 ? { md5: told } : {};
  }
  if (told === undefined) return isVouched ? {} : undefined;
  const isOurs = told === (await sent.etag());
  if (isWhole) shown.tellsMd5 = isOurs;
  if (!isOurs) return undefined;
  return isWhole ? { md5: told } : {};
}

/** The last word where an ETag proves nothing: some services' ETags only look like an MD5. */
async function readBack(bucket: S3Bucket, blob: Blob, signal?: AbortSignal): Promise<Proof> {
  return await bucket.run(
    `Reading back ${blob.key}`,
    async (sdk, client) => {
      const where = { Bucket: bucket.options.bucket, Key: bucket.locate(blob.key) };
      const { Body } = await client.send(new sdk.GetObjectCommand(where), request(signal));
      const hash = createHash("sha256");
      await pipeline(Body as NodeJS.ReadableStream, hash);
      const sha256 = hash.digest("hex");
      if (sha256 !== blob.sha256)
        throw notProven(bucket, blob, `bytes with the checksum ${sha256} instead of ${blob.sha256}`);
      return {};
    },
    signal,
  );
}

function notProven(bucket: S3Bucket, blob: Blob, found: string): PhotologError {
  return new PhotologError("NOT_PROVEN", `${bucket.address} took ${blob.key}, but holds ${found}.`);
}
