/** Blobs of more than one part, in bounded memory: about four parts at a time, whatever the size. What fails begins anew. */
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { readBlob } from "./blob-source.ts";
import type { Blob } from "./blob-store.ts";
import { foreignAnswer, patient, request, type S3Bucket, type S3Sdk } from "./s3-bucket.ts";
import { outcomeUnknown } from "./s3-failure.ts";
import { describe, partSizeFor } from "./s3-object.ts";

/** How long we wait for the service to forget the parts of an upload that failed. */
const ABORT_TIMEOUT_MS = 5000;

/**
 * Nothing is visible under the key before all bytes were sent and found to be the announced ones. When this settles, no request
 * of it is under way any more, and a failed upload's parts were given back as far as the service could be reached.
 */
export async function putInParts(bucket: S3Bucket, blob: Blob, signal?: AbortSignal): Promise<void> {
  let completing = false;
  try {
    await bucket.run(
      `Putting ${blob.key}`,
      async (sdk, client) => {
        const { Upload } = await import("@aws-sdk/lib-storage");
        const body = Readable.from(readBlob(blob, signal), { objectMode: true, highWaterMark: 1 });
        const watched = watch(client, { sdk, signal, key: blob.key, onComplete: () => (completing = true) });
        try {
          const upload = new Upload({
            client: watched,
            params: { ...describe(bucket, blob), Body: body, ContentLength: blob.size },
            partSize: partSizeFor(blob.size),
            queueSize: 2,
            leavePartsOnError: false,
          });
          await upload.done();
        } finally {
          body.destroy();
        }
      },
      signal,
    );
  } catch (error) {
    throw completing ? outcomeUnknown(error) : error;
  }
}

interface Watch {
  readonly sdk: S3Sdk;
  readonly signal: AbortSignal | undefined;
  readonly key: string;
  readonly onComplete: () => void;
}

/**
 * The client as lib-storage shall see it. Its own way to abort leaves requests running behind our back, so every request gets the
 * signal here instead, and fails by itself; and answers that are not S3's stop the upload before they can do harm.
 */
function watch(client: S3Client, { sdk, signal, key, onComplete }: Watch): S3Client {
  async function send(command: Parameters<S3Client["send"]>[0]): Promise<unknown> {
    if (command instanceof sdk.AbortMultipartUploadCommand) {
      // Must go through when the signal is what stopped us. Its failure would hide the error that matters.
      const abortSignal = AbortSignal.timeout(ABORT_TIMEOUT_MS);
      return await client.send(command, { abortSignal }).catch(() => undefined);
    }
    if (command instanceof sdk.CompleteMultipartUploadCommand) onComplete();
    const begins = command instanceof sdk.CreateMultipartUploadCommand;
    const answer = await client.send(command, request(begins ? patient(signal) : signal));
    if (begins) {
      // Without an id, a part would be taken for the whole blob.
      if (!("UploadId" in answer) || !answer.UploadId) throw foreignAnswer(key, "upload id");
    }
    if (command instanceof sdk.UploadPartCommand && (!("ETag" in answer) || answer.ETag === undefined)) {
      throw foreignAnswer(key);
    }
    return answer;
  }
  return Object.create(client, { send: { value: send } }) as S3Client;
}
