import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import type { Photo } from "../photo.ts";

/** A photo by its key, the beginning of it (four digits at least), or its whole checksum. Rejects with `NOT_FOUND`. */
export async function photoNamed(catalog: Catalog, name: string): Promise<Photo> {
  const exact = /^[0-9a-f]{64}$/i.test(name)
    ? (await catalog.byChecksums([name.toLowerCase()]))[0]
    : await catalog.findByKey(name.toLowerCase());
  if (exact !== undefined) return exact;
  const [first, second] = /^[0-9a-f]{4,63}$/i.test(name) ? await catalog.findByKeyPrefix(name) : [];
  if (first !== undefined && second === undefined) return first;
  const why = first === undefined ? "No photo has" : "Several photos have keys that begin with";
  throw new PhotologError("NOT_FOUND", `${why} the key ${JSON.stringify(name.slice(0, 80))}.`);
}
