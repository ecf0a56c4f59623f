/** What publishing would change, found out before anything is changed. */
import { PhotologError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { GENERATOR } from "./layout.ts";
import { type Encoding, type PublishRecord, readWhole, unpacked } from "./publish-record.ts";
import { blobOf, contentOf } from "./site-blob.ts";
import { INDEX } from "./site-paths.ts";
import type { SiteFile } from "./site.ts";

export interface Place {
  readonly archive: BlobStore;
  readonly target: BlobStore;
  readonly prefix: string;
  readonly encoding: Encoding;
  readonly signal: AbortSignal;
}

export interface PublishPlan {
  /** Of all files of the site. */
  readonly paths: Set<string>;
  readonly pages: number;
  readonly pictures: number;
  /** Files that are not there yet, and those that are there in another form. */
  readonly added: number;
  readonly changed: number;
  /** Those files, in their order, where they are few: they need not be made again to be put. */
  readonly held: readonly SiteFile[] | undefined;
  /** Files that were published and are no part of the site any more. */
  readonly gone: readonly string[];
}

/** How much of a site may be deleted without a word. */
const TENTH = 0.1;

/**
 * Compares the site with the record. Where the record was lost, what the target holds is looked at instead, and what is found to
 * be there already is noted in the record.
 */
export async function planPublishing(
  files: AsyncIterable<SiteFile>,
  record: PublishRecord,
  place: Place & { readonly mostHeld: number; readonly onRead: (files: number) => void },
): Promise<PublishPlan> {
  const there = record.found ? undefined : await listed(place);
  const held: SiteFile[] = [];
  let size = 0;
  const plan = { paths: new Set<string>(), pages: 0, pictures: 0, added: 0, changed: 0 };
  for await (const file of files) {
    place.signal.throwIfAborted();
    plan.paths.add(file.path);
    if (file.kind === "picture") plan.pictures++;
    else if (file.kind === "page" || file.kind === "index") plan.pages++;
    const content = contentOf(file);
    if (there?.has(file.path)) record.files.set(file.path, (await holds(file, place)) ? content : "");
    const known = record.files.get(file.path);
    place.onRead(plan.paths.size);
    if (known === content) continue;
    if (known === undefined) plan.added++;
    else plan.changed++;
    size += "text" in file.body ? file.body.text.length : file.path.length;
    if (size <= place.mostHeld) held.push(file);
    else held.length = 0;
  }
  const isWhole = size <= place.mostHeld;
  return {
    ...plan,
    held: isWhole ? held : undefined,
    gone: [...record.files.keys()].filter((path) => !plan.paths.has(path)),
  };
}

/** Rejects with `TOO_MANY_DELETIONS`. A wrong database, or one half restored, looks like a catalog that has lost its photos. */
export function refuseManyDeletions({ gone }: PublishPlan, record: PublishRecord): void {
  const isCounted = (path: string): boolean => !/^(_|data)\//.test(path) && !record.waiting.has(path);
  const lost = gone.filter(isCounted).length;
  const all = [...record.files.keys()].filter(isCounted).length;
  if (lost <= all * TENTH) return;
  throw new PhotologError("TOO_MANY_DELETIONS", `Publishing would delete ${lost} of the ${all} files of the gallery.`, {
    hint: "Check that DB_FILE is the right database. If these photos are meant to go, run again with --force.",
  });
}

/** Rejects with `CONFLICT` where the target has an index that no photolog wrote. */
export async function refuseForeignSite({ target, prefix, signal }: Place): Promise<void> {
  const index = await readWhole(target, prefix + INDEX, signal);
  if (index === undefined || unpacked(index)?.includes(GENERATOR)) return;
  throw new PhotologError("CONFLICT", `${target.address} has an ${prefix}${INDEX} that is not of a photolog gallery.`, {
    hint: "Choose another place, or run again with --force to overwrite it.",
  });
}

async function listed({ target, prefix, signal }: Place): Promise<Set<string>> {
  const paths = new Set<string>();
  for await (const { key } of target.list(prefix, signal)) paths.add(key.slice(prefix.length));
  return paths;
}

async function holds(file: SiteFile, place: Place): Promise<boolean> {
  const wanted = await blobOf(file, place);
  const found = await place.target.stat(wanted.key, place.signal);
  return found?.sha256 === wanted.sha256 && found.size === wanted.size;
}
