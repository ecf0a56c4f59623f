/** A file of the site as it is stored. */
import { gzipSync } from "node:zlib";
import { PhotologError } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import type { Blob, BlobStore } from "../storage/blob-store.ts";
import { type Encoding, readWhole, sha256Of } from "./publish-record.ts";
import type { SiteFile } from "./site.ts";

/** SHA-256 of what the file says, however it is packed. */
export function contentOf({ body }: SiteFile): Checksum {
  return "text" in body ? sha256Of(body.text) : body.rendition.sha256;
}

/** Rejects with `BLOB_MISSING` or `NOT_PROVEN` where the archive has lost the rendition, naming the photo. */
export async function blobOf(
  file: SiteFile,
  {
    archive,
    prefix,
    encoding,
    signal,
  }: {
    readonly archive: BlobStore;
    readonly prefix: string;
    readonly encoding: Encoding;
    readonly signal: AbortSignal;
  },
): Promise<Blob & { readonly source: { readonly bytes: Uint8Array } }> {
  const packs = "text" in file.body && encoding === "gzip";
  const bytes = packs ? gzipSync(file.body.text) : await bytesOf(file.body, archive, signal);
  return {
    key: prefix + file.path,
    source: { bytes },
    size: bytes.length,
    sha256: sha256Of(bytes),
    contentType: file.contentType,
    cacheControl: file.cacheControl,
    ...(packs ? { contentEncoding: "gzip" } : {}),
  };
}

async function bytesOf(body: SiteFile["body"], archive: BlobStore, signal: AbortSignal): Promise<Buffer> {
  if ("text" in body) return Buffer.from(body.text);
  const { rendition, of } = body;
  const bytes = await readWhole(archive, rendition.blobKey, signal);
  const again = { hint: `Run \`photolog jobs retry ${of} --destination renditions\`, then publish again.` };
  if (bytes === undefined)
    throw new PhotologError("BLOB_MISSING", `${archive.address} has lost ${rendition.blobKey}.`, again);
  if (sha256Of(bytes) !== rendition.sha256) {
    throw new PhotologError(
      "NOT_PROVEN",
      `${rendition.blobKey} in ${archive.address} is not the picture that was made.`,
      again,
    );
  }
  return bytes;
}
