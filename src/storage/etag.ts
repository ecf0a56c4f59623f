/**
 * ETags as proof of content. S3 gives a plain put the MD5 of its bytes, and an upload in parts the MD5 of the parts' MD5s with
 * their number (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html), unless it encrypts with KMS; some services give
 * something else altogether. So an equal ETag proves the bytes, and a different one proves nothing.
 */
import { createHash } from "node:crypto";
import { scanBlob } from "./blob-source.ts";
import type { Blob } from "./blob-store.ts";

/** The ETag of a blob that was sent in parts of so many bytes (the last may be shorter); in one, if there is only one. */
export async function etagOf(blob: Blob, partSize: number, signal?: AbortSignal): Promise<string> {
  const md5s: Buffer[] = [];
  let hash = createHash("md5");
  let room = partSize;
  const chunks = "bytes" in blob.source ? [blob.source.bytes] : scanBlob(blob, signal);
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (room === 0) {
        md5s.push(hash.digest());
        hash = createHash("md5");
        room = partSize;
      }
      const piece = chunk.subarray(at, at + room);
      hash.update(piece);
      at += piece.length;
      room -= piece.length;
    }
  }
  md5s.push(hash.digest());
  return md5s.length === 1 ? Buffer.concat(md5s).toString("hex") : etagOfParts(md5s);
}

/** The ETag of an upload in parts that have these MD5s. */
export function etagOfParts(md5s: readonly Buffer[]): string {
  return `${createHash("md5").update(Buffer.concat(md5s)).digest("hex")}-${md5s.length}`;
}

/** Without quotes and in lower case; undefined where it cannot be an MD5, nor one of parts. */
export function md5LikeEtag(etag: string | undefined): string | undefined {
  const bare = etag?.replace(/^"|"$/g, "").toLowerCase();
  return bare !== undefined && /^[0-9a-f]{32}(-\d+)?$/.test(bare) ? bare : undefined;
}
