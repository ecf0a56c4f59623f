/** The headers of tus that photolog reads itself (https://tus.io/protocols/resumable-upload). */
import { createHash, type Hash, timingSafeEqual } from "node:crypto";
import { FIELDS } from "../api.ts";
import { PhotologError } from "../errors.ts";

/** In the order of preference. */
export const CHECKSUM_ALGORITHMS = ["sha256", "sha1", "md5"] as const;

export interface ChunkChecksum {
  readonly hash: Hash;
  /** After all of the chunk went through `hash`. */
  isRight(): boolean;
}

/** `Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`. Rejects with `BAD_FIELD` what cannot be checked. */
export function checksumOf(header: string | undefined): ChunkChecksum | undefined {
  if (header === undefined) return undefined;
  const [name = "", value = ""] = header.trim().split(/ +/);
  const algorithm = CHECKSUM_ALGORITHMS.find((one) => one === name.toLowerCase());
  if (algorithm === undefined) {
    throw new PhotologError("BAD_FIELD", `Upload-Checksum takes ${CHECKSUM_ALGORITHMS.join(", ")}.`);
  }
  const hash = createHash(algorithm);
  const expected = Buffer.from(value, "base64");
  if (expected.length !== hash.copy().digest().length) {
    throw new PhotologError("BAD_FIELD", `Upload-Checksum has no ${algorithm} in base64.`);
  }
  return { hash, isRight: () => timingSafeEqual(hash.digest(), expected) };
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const FIELD_NAMES: ReadonlySet<string> = new Set(Object.values(FIELDS));

/**
 * `Upload-Metadata: filename ZG9nLmpwZw==,tags dmVnYXM=,…`. As in other servers, what is not base64 is left out, be it a file
 * name: only a field that photolog would have obeyed rejects with `BAD_FIELD`.
 */
export function metadataOf(header: string | undefined): Record<string, string> {
  const pairs = (header ?? "").split(",").map((pair) => pair.trim().split(/ +/));
  const broken = pairs.find(([key = "", value = ""]) => FIELD_NAMES.has(key) && !isBase64(value));
  if (broken !== undefined) {
    throw new PhotologError("BAD_FIELD", `${broken[0]} must be in base64 in Upload-Metadata.`);
  }
  return Object.fromEntries(
    pairs
      .filter(([key = "", value = ""]) => /^[\x21-\x7e]+$/.test(key) && isBase64(value))
      .map(([key, value = ""]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && BASE64.test(text);
}
