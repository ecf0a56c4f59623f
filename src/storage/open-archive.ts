/** Opens the archive that the settings name. */
import type { BlobStore } from "./blob-store.ts";
import { openDirectory } from "./directory.ts";
import { openS3, type S3Options } from "./s3.ts";
import type { Resuming } from "./s3-unfinished.ts";

export type ArchivePlace =
  /** It has `begun` where it holds photos already: then an empty folder in its place is not it. */
  | { readonly kind: "folder"; readonly folder: string; readonly begun?: boolean }
  | ({ readonly kind: "s3" } & S3Options);

/** As the settings name it. With `begun`, it holds photos already. */
export function archivePlace(
  { archive }: { readonly archive: ArchivePlace },
  { begun }: { readonly begun: boolean },
): ArchivePlace {
  return archive.kind === "folder" ? { ...archive, begun } : archive;
}

/** With `resuming`, for the one process that puts originals, large puts go on where they were cut off. */
export function openArchive(place: ArchivePlace, resuming?: Resuming): BlobStore {
  if (place.kind === "folder") return openDirectory(place.folder, place);
  const { kind: _, ...options } = place;
  return openS3(options, resuming);
}
