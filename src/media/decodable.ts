/** Makes what the picture decoder cannot read into what it can: HEIC, the preview in a RAW file, a frame of a video. */
import { PhotologError } from "../errors.ts";
import type { Format } from "./formats.ts";
import { withColours } from "./heic-colours.ts";
import { decodeHeic } from "./heic.ts";
import { HeifError } from "./libheif.ts";
import { readRawPreview } from "./raw-preview.ts";
import { renderPoster } from "./video.ts";

export type Decodable =
  /** A JPEG or TIFF. The orientation, where there is one, counts instead of what the bytes say themselves. */
  | { readonly form: "encoded"; readonly bytes: Buffer; readonly orientation?: number }
  /** Upright, sRGB, eight bits. */
  | {
      readonly form: "pixels";
      readonly data: Buffer;
      readonly width: number;
      readonly height: number;
      readonly channels: 3 | 4;
    };

/** Less than that shows nothing. A small preview is shown as it is: it is never enlarged. */
const LEAST_PREVIEW_LENGTH = 80;

export function isHeic(mime: string): boolean {
  return mime.startsWith("image/hei");
}

/**
 * Of a HEIC picture, a RAW file or a video. Rejects with `UNDECODABLE`, saying why to a person, where there is nothing in it to be
 * shown; with the system's own error where the file cannot be read, and with the signal's reason.
 */
export async function decodableOf(
  path: string,
  { mime, kind }: Pick<Format, "mime" | "kind">,
  signal?: AbortSignal,
): Promise<Decodable> {
  if (kind === "video") return { form: "pixels", ...(await renderPoster(path, mime, signal)) };
  return kind === "raw" ? await previewOf(path, mime) : await heicOf(path);
}

async function previewOf(path: string, mime: string): Promise<Decodable> {
  const preview = await readRawPreview(path, mime);
  if (preview === undefined) throw undecodable("There is no preview in this RAW file that could be shown.");
  const { jpeg: bytes, width, height, orientation } = preview;
  if (Math.max(width, height) < LEAST_PREVIEW_LENGTH) {
    throw undecodable(`The preview in this RAW file has only ${width} × ${height} pixels.`);
  }
  return { form: "encoded", bytes, ...(orientation !== undefined && { orientation }) };
}

async function heicOf(path: string): Promise<Decodable> {
  try {
    const picture = await withColours(await decodeHeic(path));
    return "tiff" in picture ? { form: "encoded", bytes: picture.tiff } : { form: "pixels", ...picture.pixels };
  } catch (cause) {
    if (!(cause instanceof HeifError)) throw cause;
    throw undecodable(messageFor(cause.message), cause);
  }
}

function messageFor(reason: string): string {
  if (/too large|limit exceeded/i.test(reason)) return "This HEIC picture is too large to decode.";
  if (/end of file/i.test(reason)) return "A part of this HEIC picture is missing.";
  if (/not been built in|unsupported/i.test(reason)) return "This HEIC picture is of a sort that cannot be decoded.";
  return "This HEIC picture is damaged or of an unknown sort.";
}

function undecodable(message: string, cause?: unknown): PhotologError {
  return new PhotologError("UNDECODABLE", message, { cause });
}
