import type { Photo } from "../../photo.ts";

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** https://developers.google.com/photos/library/guides/upload-media#file-types-sizes; what it says of RAW is "some". */
const IMAGES = new Set([
  "image/avif",
  "image/bmp",
  "image/gif",
  "image/heic",
  "image/heic-sequence",
  "image/heif",
  "image/jpeg",
  "image/png",
  "image/tiff",
  "image/vnd.microsoft.icon",
  "image/webp",
  "image/x-icon",
]);
/** The list of films goes by extensions, and one container has many: these are certainly none of them. */
const NEVER_VIDEOS = new Set(["video/ogg", "video/x-flv", "application/mxf"]);

/** Why Google will never take this photo; undefined where it may. Whether it can read a RAW file is for Google to say. */
export function refusalOf({ kind, mime, bytes }: Pick<Photo, "kind" | "mime" | "bytes">): string | undefined {
  if (bytes === 0) return "Google Photos takes no empty files.";
  if (kind === "image" && !IMAGES.has(mime)) return `Google Photos takes no files of type ${mime}.`;
  if (kind === "video" && NEVER_VIDEOS.has(mime)) return `Google Photos takes no videos of type ${mime}.`;
  if (kind === "video" && bytes > 20 * GB) return "Google Photos takes videos up to 20 GB.";
  if (kind !== "video" && bytes > 200 * MB) return "Google Photos takes photos up to 200 MB.";
  return undefined;
}
