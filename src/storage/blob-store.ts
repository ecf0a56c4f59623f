/** A place for bytes that outlives this machine: a bucket, or a folder. Implemented by `s3.ts` and `directory.ts`. */
import type { Readable } from "node:stream";
import type { Checksum } from "../photo.ts";

export type BlobSource = { readonly path: string } | { readonly bytes: Uint8Array };

export interface Blob {
  /** Slash-separated, relative, no leading slash; never contains `..`. */
  readonly key: string;
  readonly source: BlobSource;
  readonly size: number;
  readonly sha256: Checksum;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentEncoding?: "gzip";
}

export interface BlobStat {
  readonly key: string;
  readonly size: number;
  /** As recorded by `put`; absent for a blob that something else wrote, and in listings where the store does not tell. */
  readonly sha256?: Checksum;
  readonly contentType?: string;
}

/** What is known of a blob once it is put. */
export interface Proof {
  /** The MD5 of its bytes, hex, where it was needed to prove that the store holds them. */
  readonly md5?: string;
}

export interface BlobStore {
  /** For people: `s3://bucket/prefix` or the folder's path. */
  readonly address: string;
  /**
   * Resolves only after the store has proven that it holds exactly these bytes under this key (size and SHA-256).
   * The same key may be put again: the last one wins whole, a reader never sees a mixture.
   * Rejects with `NOT_PROVEN` where the proof fails; with the destination codes of `errors.ts` otherwise.
   */
  put(blob: Blob, signal?: AbortSignal): Promise<Proof>;
  /** Rejects with `BLOB_MISSING`. */
  get(key: string, signal?: AbortSignal): Promise<Readable>;
  stat(key: string, signal?: AbortSignal): Promise<BlobStat | undefined>;
  /** Every blob whose key starts with this, in key order. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<BlobStat>;
  /** A missing key is no error. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** A link that shows the blob to whoever holds it, for so many seconds; undefined where the store cannot make one. */
  url(key: string, expiresInSeconds: number): Promise<string | undefined>;
}
