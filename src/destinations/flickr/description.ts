/** What Flickr is told of a photo. Parameters: https://www.flickr.com/services/api/upload.api.html */
import type { Photo } from "../../photo.ts";
import { titleOf } from "../destination.ts";

const LONGEST_TITLE = 255;
const LONGEST_NAME = 80;
/** Machine tags in this namespace say which photo a copy is of: nobody else may set them. */
const NAMESPACE = "photolog:";

/** Tag by which a copy is found again. */
export function machineTagOf({ sha256 }: Pick<Photo, "sha256">): string {
  return `${NAMESPACE}sha256=${sha256}`;
}

/** Private whatever the account's default is; a second upload of the same bytes is answered with code 9 and the first one's id. */
export function uploadParams(photo: Photo): Readonly<Record<string, string>> {
  return {
    title: [...titleOf(photo)].slice(0, LONGEST_TITLE).join(""),
    tags: tagsOf(photo),
    is_public: "0",
    is_friend: "0",
    is_family: "0",
    dedup_check: "1",
  };
}

/** Name of the file part: Flickr tells some film formats by its ending alone (https://github.com/sybrenstuvel/flickrapi/pull/128). */
export function attachmentName(photo: Photo): string {
  const name = titleOf(photo)
    .replaceAll(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[._]+/, "")
    .slice(0, LONGEST_NAME);
  return `${name || "photo"}.${photo.extension.replaceAll(/[^A-Za-z0-9]/g, "") || "jpg"}`;
}

/** `YYYY-MM-DD HH:MM:SS` where Flickr cannot read the date from the file itself but we know it. */
export function dateTakenOf({ kind, facts, targetDate }: Photo): string | undefined {
  if (kind !== "video" && facts?.taken?.source === "exif") return undefined;
  if (facts?.taken) return facts.taken.local.slice(0, 19).replace("T", " ");
  return targetDate === undefined ? undefined : `${targetDate} 00:00:00`;
}

/** Separated by spaces, those of several words in double quotes; commas and double quotes would end a tag early. */
function tagsOf(photo: Photo): string {
  const words = photo.tags
    .map((tag) => tag.replaceAll(/[",\s\p{Cc}]+/gu, " ").trim())
    .filter((tag) => tag !== "" && !tag.toLowerCase().startsWith(NAMESPACE));
  const tags = new Set(words.map((tag) => (tag.includes(" ") ? `"${tag}"` : tag)));
  // Flickr drops what is too many: ours comes first.
  return [machineTagOf(photo), ...tags].join(" ");
}
