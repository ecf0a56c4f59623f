/** The name of a photo in the gallery: says nothing about its bytes to who does not hold the gallery's key. */
import { hash, randomBytes } from "node:crypto";
import type { Catalog } from "../catalog.ts";
import type { Checksum } from "../photo.ts";

/** Part of every id: another number gives every picture a new address, past all caches. */
const RECIPE = "2";

/** 22 characters of base64url. The same photo has the same id as long as the installation keeps its key. */
export type PhotoId = string;

/** The first 16 bytes of an HMAC. A million are made at a time, and the object that Node.js wants for each takes over ten times as long. */
export function photoIdOf(galleryKey: string, sha256: Checksum): PhotoId {
  if (pads?.key !== galleryKey) pads = padsOf(galleryKey);
  const inner = hash("sha256", Buffer.concat([pads.inner, Buffer.from(`${sha256}|${RECIPE}`)]), "buffer");
  return hash("sha256", Buffer.concat([pads.outer, inner]), "buffer")
    .subarray(0, 16)
    .toString("base64url");
}

interface Pads {
  readonly key: string;
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** Of the key that was used last: an installation has one. */
let pads: Pads | undefined;

/** https://www.rfc-editor.org/rfc/rfc2104#section-2, for a key no longer than a block of the hash. */
function padsOf(key: string): Pads {
  const block = Buffer.alloc(64);
  Buffer.from(key, "hex").copy(block);
  return { key, inner: block.map((byte) => byte ^ 0x36), outer: block.map((byte) => byte ^ 0x5c) };
}

/** The key of this installation, 64 hex digits, kept in the catalog's notes and made up when there is none. */
export async function galleryKeyOf(catalog: Catalog, random: (bytes: number) => Buffer = randomBytes): Promise<string> {
  const notes = catalog.notes("gallery");
  // Two that find none at the same time agree on one.
  return (await notes.read("key")) ?? (await notes.keep("key", random(32).toString("hex")));
}
