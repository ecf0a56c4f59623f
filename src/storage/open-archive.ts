/** Opens the archive that the settings name. */
import type { BlobStore } from "./blob-store.ts";
import { openDirectory } from "./directory.ts";
import { openS3, type S3Options } from "./s3.ts";

export type ArchivePlace = { readonly kind: "folder"; readonly folder: string } | ({ readonly kind: "s3" } & S3Options);

export function openArchive(place: ArchivePlace): BlobStore {
  if (place.kind === "folder") return openDirectory(place.folder);
  const { kind: _, ...options } = place;
  return openS3(options);
}
