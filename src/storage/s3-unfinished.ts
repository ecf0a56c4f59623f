/**
 * Uploads in parts that were begun and are not over. Each is noted before its first byte is sent, so that whoever puts the same
 * blob again, after a crash or a week, goes on with it, and so that none is left behind: nobody sees parts, but they cost money.
 */
import { once } from "node:events";
import { isDeepStrictEqual } from "node:util";
import type { CreateMultipartUploadCommandInput } from "@aws-sdk/client-s3";
import type { Blob } from "./blob-store.ts";
import { foreignAnswer, request, sendsChecksums, statusOf, type S3Bucket } from "./s3-bucket.ts";
import { describe, partSizeFor } from "./s3-object.ts";

/** Small durable notes, kept outside of the bucket. */
export interface UploadNotes {
  /** Value by name. */
  list(): Promise<ReadonlyMap<string, string>>;
  /** Resolves when the note is on disk. */
  write(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
}

export interface Resuming {
  readonly notes: UploadNotes;
  readonly now: () => number;
  /** Larger blobs go on where they were cut off, in bytes; 64 MiB. What is smaller is sent again about as soon. */
  readonly from?: number;
}

/** What an upload is begun for: another blob, or one that is to be kept otherwise, cannot go on with it. */
export interface Terms {
  readonly size: number;
  readonly partSize: number;
  /** Has the key and the SHA-256 in it. */
  readonly input: CreateMultipartUploadCommandInput;
}

export interface UnfinishedUpload extends Terms {
  readonly uploadId: string;
  /** The ETags of its parts are no MD5s, though they look like them. */
  readonly kms?: true;
  /** Not to be gone on with; the service could not be told yet. */
  readonly over?: true;
  /** Milliseconds since the epoch, when a put went to work on it last. */
  readonly triedAt: number;
}

/** A part as the service lists it. */
export interface HeldPart {
  readonly size: number;
  readonly etag: string;
  /** In base64, where the service keeps it. */
  readonly crc32?: string;
}

export interface UnfinishedUploads {
  /** Whether a blob of this size is worth it. */
  takes(size: number): boolean;
  /** Runs `work` when no other put of this key is at work here any more. */
  alone<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The one that was begun on the same terms. */
  find(terms: Terms): Promise<UnfinishedUpload | undefined>;
  /** Writes down that a put is at work on it. */
  note(upload: Omit<UnfinishedUpload, "triedAt">): Promise<UnfinishedUpload>;
  /** It was completed. */
  forget(upload: UnfinishedUpload): Promise<void>;
  /** Ends all uploads of this key, but for the one that goes on. */
  end(key: string, but?: UnfinishedUpload): Promise<void>;
  /** Ends what was left behind, some of it at a time and not too often. Never rejects because of the service. */
  sweep(): Promise<void>;
}

const RESUMED_FROM = 64 * 1024 * 1024;
const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** What nobody has gone on with for so long was given up. */
const LEFT_AFTER_MS = 7 * DAY;
/** If the service could not be told until then, or S3_BUCKET is another one now, only a lifecycle rule helps. */
const FORGOTTEN_AFTER_MS = 30 * DAY;
const SWEEP_EVERY_MS = HOUR;
const SWEPT_AT_ONCE = 10;
/** How long we wait for the service to forget parts. */
const PATIENCE_MS = 5000;
const NOTE = "upload ";

export function termsOf(bucket: S3Bucket, blob: Blob): Terms {
  const checksums = sendsChecksums(bucket.options) && ({ ChecksumAlgorithm: "CRC32" } as const);
  const input = { ...describe(bucket, blob), ...checksums };
  return { size: blob.size, partSize: partSizeFor(blob.size), input };
}

export function openUnfinishedUploads(
  bucket: S3Bucket,
  { notes, now, from = RESUMED_FROM }: Resuming,
): UnfinishedUploads {
  const { options } = bucket;
  const ours = `${NOTE}${options.endpoint ?? "AWS"} ${options.bucket} `;
  const turns = new Map<string, Promise<unknown>>();
  let sweptAt = -Infinity;

  async function noted(): Promise<UnfinishedUpload[]> {
    const mine = [...(await notes.list())].filter(([name]) => name.startsWith(ours));
    return mine.map(([, value]) => JSON.parse(value) as UnfinishedUpload);
  }

  const save = (upload: UnfinishedUpload): Promise<void> => notes.write(ours + upload.uploadId, JSON.stringify(upload));
  const forget = ({ uploadId }: UnfinishedUpload): Promise<void> => notes.delete(ours + uploadId);

  async function end(upload: UnfinishedUpload): Promise<void> {
    if (upload.over === undefined) await save({ ...upload, over: true });
    if (await giveBack(bucket, upload)) await forget(upload);
  }

  return {
    takes: (size) => size > from,
    async alone(key, work, signal) {
      const before = turns.get(key);
      const working = before === undefined ? work() : settled(before, signal).then(work);
      const turn = Promise.allSettled([before, working]);
      turns.set(key, turn);
      try {
        return await working;
      } finally {
        if (turns.get(key) === turn) turns.delete(key);
      }
    },
    async find({ size, partSize, input }) {
      const found = (await noted()).filter(
        (upload) =>
          !upload.over && isDeepStrictEqual([upload.size, upload.partSize, upload.input], [size, partSize, input]),
      );
      return found.sort((a, b) => b.triedAt - a.triedAt)[0];
    },
    async note(upload) {
      const tried = { ...upload, triedAt: now() };
      await save(tried);
      return tried;
    },
    forget,
    async end(key, but) {
      const Key = bucket.locate(key);
      for (const upload of await noted()) {
        if (upload.input.Key === Key && upload.uploadId !== but?.uploadId) await end(upload);
      }
    },
    async sweep() {
      if (now() - sweptAt < SWEEP_EVERY_MS) return;
      sweptAt = now();
      for (const [name, value] of await notes.list()) {
        if (!name.startsWith(NOTE)) continue;
        if (now() - (JSON.parse(value) as UnfinishedUpload).triedAt > FORGOTTEN_AFTER_MS) await notes.delete(name);
      }
      const busy = new Set([...turns.keys()].map((key) => bucket.locate(key)));
      const left = (await noted()).filter(
        ({ input, over, triedAt }) => !busy.has(input.Key ?? "") && (over || now() - triedAt > LEFT_AFTER_MS),
      );
      await Promise.all(left.slice(0, SWEPT_AT_ONCE).map(end));
    },
  };
}

/** The parts that the service holds; "gone" where it has no such upload, "untold" where it does not tell. */
export async function heldParts(
  bucket: S3Bucket,
  { uploadId, input }: UnfinishedUpload,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, HeldPart> | "gone" | "untold"> {
  const held = new Map<number, HeldPart>();
  const { Bucket, Key = "" } = input;
  let after: string | undefined;
  do {
    const where = { Bucket, Key, UploadId: uploadId, ...(after !== undefined && { PartNumberMarker: after }) };
    const page = await bucket.run(
      `Asking for the parts of ${Key}`,
      (sdk, client) => client.send(new sdk.ListPartsCommand(where), request(signal)).catch(untold),
      signal,
    );
    if (typeof page === "string") return page;
    if (page.IsTruncated === undefined) throw foreignAnswer(Key, "list of parts");
    for (const { PartNumber = 0, Size = -1, ETag = "", ChecksumCRC32 } of page.Parts ?? []) {
      held.set(PartNumber, { size: Size, etag: ETag, ...(ChecksumCRC32 !== undefined && { crc32: ChecksumCRC32 }) });
    }
    after = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (after !== undefined);
  return held;
}

function untold(error: unknown): "gone" | "untold" {
  const status = statusOf(error);
  if (status === 404) return "gone";
  // Not every service has such a list, and not every key may read it.
  if (status === 403 || status === 405 || status === 501) return "untold";
  throw error;
}

/**
 * Whether the service has nothing of it any more. It is asked first: an upload that was completed and is aborted all the same
 * is nothing that a service should be tried with.
 */
async function giveBack(bucket: S3Bucket, upload: UnfinishedUpload): Promise<boolean> {
  const { uploadId, input } = upload;
  const where = { Bucket: input.Bucket, Key: input.Key, UploadId: uploadId };
  // Must go through when a put's own signal is what stopped it.
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    if ((await heldParts(bucket, upload, signal)) === "gone") return true;
    await bucket.run(
      `Giving back the parts of ${input.Key}`,
      (sdk, client) => client.send(new sdk.AbortMultipartUploadCommand(where), request(signal)),
      signal,
    );
    return true;
  } catch {
    return false;
  }
}

/** When that is over, however; or rejects with the signal's reason. */
async function settled(turn: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return void (await turn);
  const waited = new AbortController();
  await Promise.race([turn, once(signal, "abort", { signal: waited.signal })]);
  waited.abort();
  signal.throwIfAborted();
}
