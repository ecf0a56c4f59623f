/**
 * Which files of one folder are two forms of one photo, told from their names: `IMG_1.HEIC` and `IMG_1.MOV` of a Live Photo,
 * `DSC1.ARW` and `DSC1.JPG` of a camera that keeps both.
 */
import { isFound, type Entry, type Found } from "./entry.ts";

/** A film or RAW file is told its pictures, because pictures go first and are known by then. */
export function withPartners(entries: readonly Entry[]): readonly Entry[] {
  if (entries.every((entry) => !isFound(entry) || entry.kind === "image")) return entries;
  const pictures = Map.groupBy(
    entries.filter((entry): entry is Found => isFound(entry) && entry.kind === "image"),
    ({ name }) => stemOf(name),
  );
  return entries.map((entry) => {
    const partners = isFound(entry) && entry.kind !== "image" ? pictures.get(stemOf(entry.name)) : undefined;
    return partners === undefined || !isFound(entry) ? entry : { ...entry, partners };
  });
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "").toLowerCase();
}
