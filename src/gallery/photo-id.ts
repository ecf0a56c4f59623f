/** The name of a photo in the gallery: says nothing about its bytes to who does not hold the gallery's key. */
import { createHmac, randomBytes } from "node:crypto";
import type { Catalog } from "../catalog.ts";
import type { Checksum } from "../photo.ts";

/** Part of every id: another number gives every picture a new address, past all caches. */
const RECIPE = "2";

/** 22 characters of base64url. The same photo has the same id as long as the installation keeps its key. */
export type PhotoId = string;

export function photoIdOf(galleryKey: string, sha256: Checksum): PhotoId {
  const code = createHmac("sha256", Buffer.from(galleryKey, "hex")).update(`${sha256}|${RECIPE}`).digest();
  return code.subarray(0, 16).toString("base64url");
}

/** The key of this installation, 64 hex digits, kept in the catalog's notes and made up when there is none. */
export async function galleryKeyOf(catalog: Catalog, random: (bytes: number) => Buffer = randomBytes): Promise<string> {
  const notes = catalog.notes("gallery");
  // Two that find none at the same time agree on one.
  return (await notes.read("key")) ?? (await notes.keep("key", random(32).toString("hex")));
}
