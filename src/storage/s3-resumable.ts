/**
 * Large blobs, in parts that outlive a crash: a put goes on where the one before was cut off. `@aws-sdk/lib-storage`, which sends
 * what is smaller, cannot: it knows no other upload than the one it has begun itself, and forgets that with the process.
 */
import { crc32 } from "node:zlib";
import type { CompletedPart, S3Client } from "@aws-sdk/client-s3";
import { PhotologError } from "../errors.ts";
import { readInParts, type BlobPart } from "./blob-source.ts";
import type { Blob } from "./blob-store.ts";
import { etagOfParts, md5LikeEtag } from "./etag.ts";
import { foreignAnswer, patient, request, type S3Bucket, type S3Sdk } from "./s3-bucket.ts";
import { outcomeUnknown } from "./s3-failure.ts";
import { heldParts, termsOf, type HeldPart, type UnfinishedUpload, type UnfinishedUploads } from "./s3-unfinished.ts";

/** Parts under way, and in memory, at a time. */
const LANES = 2;

/** Codes of answers after which nothing can become of an upload any more. */
const HOPELESS = ["NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"];

export interface ResumableBucket {
  readonly bucket: S3Bucket;
  readonly unfinished: UnfinishedUploads;
}

export interface SentParts {
  /** To be forgotten when the blob is proven. */
  readonly upload: UnfinishedUpload;
  /** Of exactly these parts. */
  readonly etag: string;
  /** False where the service holds parts from earlier on and told no checksum of them. */
  readonly isVouched: boolean;
}

/**
 * Sends what the service does not hold yet, and puts all parts together once every byte of the file was read and found to be
 * the announced one. When this settles, no request of it is under way any more.
 *
 * Whatever stops it (the signal, the network, a refusal that may pass) leaves the parts for the next put of the same blob, but
 * for what makes them useless: a file that is another one by now, an upload that the service does not know.
 */
export async function putResumably(to: ResumableBucket, blob: Blob, signal?: AbortSignal): Promise<SentParts> {
  const { bucket, unfinished } = to;
  const what = `Putting ${blob.key}`;
  return await bucket.run(
    what,
    async (sdk, client) => {
      const s3 = { sdk, client, signal };
      const begun = (await goOn(to, blob, signal)) ?? (await begin(to, blob, s3));
      await unfinished.end(blob.key, begun.upload);
      try {
        const { parts, ...sent } = await sendMissing(s3, blob, begun);
        await complete(s3, begun.upload, parts).catch((error: unknown) => {
          throw isHopeless(error) ? error : outcomeUnknown(bucket.failure(what, error, signal));
        });
        return { upload: begun.upload, ...sent };
      } catch (error) {
        if (isHopeless(error) || isRefused(bucket.failure(what, error, signal))) await unfinished.end(blob.key);
        throw error;
      }
    },
    signal,
  );
}

/** How to speak to the service. */
interface S3 {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  readonly signal: AbortSignal | undefined;
}

interface Begun {
  readonly upload: UnfinishedUpload;
  readonly held: ReadonlyMap<number, HeldPart>;
}

async function goOn(
  { bucket, unfinished }: ResumableBucket,
  blob: Blob,
  signal?: AbortSignal,
): Promise<Begun | undefined> {
  const upload = await unfinished.find(termsOf(bucket, blob));
  if (upload === undefined) return undefined;
  const held = await heldParts(bucket, upload, signal);
  return typeof held === "string" ? undefined : { upload: await unfinished.note(upload), held };
}

async function begin({ bucket, unfinished }: ResumableBucket, blob: Blob, s3: S3): Promise<Begun> {
  const { sdk, client, signal } = s3;
  const terms = termsOf(bucket, blob);
  const { UploadId, ServerSideEncryption } = await client.send(
    new sdk.CreateMultipartUploadCommand(terms.input),
    request(patient(signal)),
  );
  if (!UploadId) throw foreignAnswer(blob.key, "upload id");
  const kms = ServerSideEncryption?.startsWith("aws:kms") === true && ({ kms: true } as const);
  return { upload: await unfinished.note({ ...terms, uploadId: UploadId, ...kms }), held: new Map() };
}

async function sendMissing(
  s3: S3,
  blob: Blob,
  { upload, held }: Begun,
): Promise<Omit<SentParts, "upload"> & { readonly parts: readonly CompletedPart[] }> {
  const reading = readInParts(blob, upload.partSize, s3.signal);
  const parts: CompletedPart[] = [];
  const md5s: Buffer[] = [];
  let isVouched = true;
  const failures: unknown[] = [];

  async function lane(): Promise<void> {
    const room = Buffer.allocUnsafe(upload.partSize);
    for (let part; failures.length === 0 && (part = await reading.next(room)) !== undefined;) {
      const { number, md5 } = part;
      const kept = held.get(number);
      const likeness = kept === undefined ? "different" : compare(part, kept, upload);
      md5s[number - 1] = md5;
      parts[number - 1] =
        kept === undefined || likeness === "different" ? await send(s3, upload, part) : completed(number, kept);
      if (likeness === "unknown") isVouched = false;
    }
  }

  try {
    const lanes = Array.from({ length: LANES }, () => lane().catch((error: unknown) => void failures.push(error)));
    await Promise.all(lanes);
  } finally {
    await reading.close();
  }
  if (failures.length > 0) throw failures[0];
  return { parts, etag: etagOfParts(md5s), isVouched };
}

/** Whether the service holds this very part. Its size alone tells only where it does not. */
function compare(part: BlobPart, held: HeldPart, { kms, input }: UnfinishedUpload): "same" | "different" | "unknown" {
  // What was begun with checksums cannot be completed with a part that has none.
  if (input.ChecksumAlgorithm !== undefined && held.crc32 === undefined) return "different";
  const etag = kms ? undefined : md5LikeEtag(held.etag);
  const told = [
    ...(etag === undefined ? [] : [etag === part.md5.toString("hex")]),
    ...(held.crc32 === undefined ? [] : [held.crc32 === crc32InBase64(part.bytes)]),
  ];
  if (held.size !== part.bytes.length || told.includes(false)) return "different";
  return told.length > 0 ? "same" : "unknown";
}

async function send({ sdk, client, signal }: S3, upload: UnfinishedUpload, part: BlobPart): Promise<CompletedPart> {
  const { Bucket, Key } = upload.input;
  const { number, bytes } = part;
  const { ETag, ChecksumCRC32: crc32 } = await client.send(
    new sdk.UploadPartCommand({ Bucket, Key, UploadId: upload.uploadId, PartNumber: number, Body: bytes }),
    request(signal),
  );
  if (ETag === undefined) throw foreignAnswer(Key ?? "");
  return completed(number, { etag: ETag, ...(crc32 !== undefined && { crc32 }) });
}

function completed(number: number, { etag, crc32 }: Omit<HeldPart, "size">): CompletedPart {
  return { PartNumber: number, ETag: etag, ...(crc32 !== undefined && { ChecksumCRC32: crc32 }) };
}

async function complete(
  { sdk, client, signal }: S3,
  upload: UnfinishedUpload,
  parts: readonly CompletedPart[],
): Promise<void> {
  const { Bucket, Key } = upload.input;
  const MultipartUpload = { Parts: [...parts] };
  await client.send(
    new sdk.CompleteMultipartUploadCommand({ Bucket, Key, UploadId: upload.uploadId, MultipartUpload }),
    request(signal),
  );
}

function isHopeless(error: unknown): boolean {
  return error instanceof Error && HOPELESS.includes(error.name);
}

/** Whether this blob can never be put as it is. */
function isRefused(failure: unknown): boolean {
  return failure instanceof PhotologError && (failure.retry.class === "item" || failure.code === "ORIGINAL_CHANGED");
}

function crc32InBase64(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString("base64");
}
