/** Makes the two smaller forms of a photo that the gallery shows. */
import { createHash } from "node:crypto";
import { access, constants, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FailOnOptions, Metadata, OutputInfo, Sharp, WebpOptions } from "sharp";
import { messageOf, PhotologError } from "../errors.ts";
import type { Impression, Rendition, RenditionName } from "../photo.ts";
import { checksumsOf } from "./checksum.ts";
import { decodableOf, isHeic } from "./decodable.ts";
import { loadDecoder } from "./decoder.ts";
import { impressionOf } from "./impression.ts";
import { profiledTiff } from "./profiled-tiff.ts";
import { isSrgb } from "./srgb-profile.ts";
import { turned } from "./turned.ts";
import { renderPoster } from "./video.ts";
import type { Format } from "./formats.ts";

/** A rendition as a local file, before it is put anywhere. */
export interface RenderedFile extends Omit<Rendition, "blobKey"> {
  readonly path: string;
}

/** All that is made of one photo. */
export interface Rendered {
  readonly files: readonly RenderedFile[];
  readonly impression: Impression;
}

/** A page shows one of these; no side is longer. */
const VIEW_PIXELS = 2048;
/** Rows of a page show these. */
const GRID_HEIGHT = 320;
/** Of panoramas more than 12.8 times as wide as high the grid is lower than that. */
const MOST_GRID_WIDTH = 4096;

// Effort 1 takes a third of the time of the encoder's default of 4. Against effort 2 at quality 78, nine
// photos of cameras had an SSIM at most 0.0011 lower, and 4 % more bytes in the mean (from 1 % fewer to 10 % more).
const VIEW_WEBP: WebpOptions = { quality: 77, effort: 1 };
const GRID_WEBP: WebpOptions = { quality: 72, effort: 2 };

/**
 * The largest pictures that are decoded. Row by row: twice what the best cameras and most stitched panoramas have, and
 * some seconds of work. All at once (progressive, interlaced, WebP, AVIF): about half a gigabyte of memory.
 */
const MOST_PIXELS_BY_ROW = 500_000_000;
const MOST_PIXELS_AT_ONCE = 110_000_000;
const MOST_SECONDS = 300;
/** All frames together: ten seconds of a film of 640 × 480 pixels at 25 frames a second. */
const MOST_PIXELS_MOVING = 80_000_000;

const DECODABLE: Readonly<Record<string, string>> = {
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/webp": "WebP",
  "image/gif": "GIF",
  "image/avif": "AVIF",
  "image/tiff": "TIFF",
};
const NOT_DECODABLE: Readonly<Record<string, string>> = {
  "image/bmp": "BMP",
  "image/jxl": "JPEG XL",
  "image/jp2": "JPEG 2000",
  "image/jpx": "JPEG 2000",
  "image/j2c": "JPEG 2000",
  "image/vnd.adobe.photoshop": "Photoshop",
};

/**
 * Writes `grid.webp` (320 px high) and `view.webp` (at most 2048 px on its longer side) into the folder and describes them, in
 * this order. Upright, sRGB with its transparency, without any metadata, never larger than the original. Of animations the view
 * moves, where it is not too much, and the grid shows the first frame; of files with several pages the first counts.
 *
 * Rejects with `UNDECODABLE` where this file can never be shown, the message saying why to a person; a picture whose end is
 * missing counts as such, for a grey half must not pass for a good copy. Rejects with the system's own error where the
 * file cannot be read or the folder not be written, and with the signal's reason.
 */
export async function renderRenditions(
  path: string,
  format: Pick<Format, "mime" | "kind">,
  into: string,
  signal?: AbortSignal,
): Promise<Rendered> {
  await access(path, constants.R_OK);
  signal?.throwIfAborted();
  const { data, info, isAnimated } = await decode(path, format, signal).catch(async (error: unknown) => {
    // To the decoder a failing disk looks like a damaged picture: only what can be read to its end is damaged.
    await checksumsOf(path, [], signal);
    throw error;
  });
  signal?.throwIfAborted();

  const sharp = await loadDecoder();
  const pixels = ({ data: bytes, info: { width, height, channels } }: Pixels): Sharp =>
    sharp(bytes, { raw: { width, height, channels } });
  const decoded = { data, info };
  const small = await pixels(decoded)
    .resize({ height: GRID_HEIGHT, withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const view = (isAnimated ? sharp(path, { animated: true, limitInputPixels: MOST_PIXELS_MOVING }) : pixels(decoded))
    .resize({ width: VIEW_PIXELS, height: VIEW_PIXELS, fit: "inside", withoutEnlargement: true })
    .webp(VIEW_WEBP);
  const files = [await write(pixels(small).webp(GRID_WEBP), { name: "grid", into })];
  signal?.throwIfAborted();
  files.push(await write(view, { name: "view", into }));
  return { files, impression: await impressionOf(pixels(small)) };
}

async function write(
  picture: Sharp,
  { name, into }: { readonly name: RenditionName; readonly into: string },
): Promise<RenderedFile> {
  const { data, info } = await picture.toBuffer({ resolveWithObject: true });
  const path = join(into, `${name}.webp`);
  await writeFile(path, data);
  const sha256 = createHash("sha256").update(data).digest("hex");
  // Of an animation the height of all frames, one below the other, is told.
  const height = info.pageHeight ?? info.height;
  return { name, path, mime: "image/webp", width: info.width, height, bytes: data.length, sha256 };
}

interface Pixels {
  readonly data: Buffer;
  readonly info: Pick<OutputInfo, "width" | "height" | "channels">;
  readonly isAnimated?: boolean;
}

/** Once for both renditions: as large as the larger of them, upright, eight bits, sRGB. */
async function decode(path: string, format: Pick<Format, "mime" | "kind">, signal?: AbortSignal): Promise<Pixels> {
  const name = DECODABLE[format.mime];
  if (format.kind === "image" && name !== undefined) {
    return decodeImage(path, name).catch((error: unknown) => {
      // A sequence of AVIF pictures, which the decoder takes for damaged.
      if (name !== "AVIF" || !isUndecodable(error)) throw error;
      return decodeOtherwise(path, format, signal).catch(() => {
        throw error;
      });
    });
  }
  if (format.kind === "image" && !isHeic(format.mime)) {
    return decodeOtherwise(path, format, signal).catch((error: unknown) => {
      if (!isUndecodable(error)) throw error;
      const hint = error.hint === undefined ? "" : " An ffmpeg on the server may be able to.";
      throw new PhotologError("UNDECODABLE", `${pluralOf(format)} cannot be decoded by this version.${hint}`);
    });
  }
  const decodable = await decodableOf(path, format, signal).catch(async (error: unknown) => {
    if (format.kind !== "raw" || !isUndecodable(error)) throw error;
    // A small picture that is no JPEG: to the decoder such a RAW file is the TIFF that it is built like.
    return decodeImage(path, "preview").catch(() => {
      throw error;
    });
  });
  if ("info" in decodable) return decodable;
  if (decodable.form === "encoded") return decodeImage(decodable.bytes, "preview", decodable.orientation);
  const { data, width, height, channels } = decodable;
  return { data, info: { width, height, channels } };
}

/** By ffmpeg, as if it were a film of one frame. */
async function decodeOtherwise(path: string, { mime }: Pick<Format, "mime">, signal?: AbortSignal): Promise<Pixels> {
  const { data, width, height, channels } = await renderPoster(path, mime, signal);
  return { data, info: { width, height, channels } };
}

function isUndecodable(error: unknown): error is PhotologError {
  return error instanceof PhotologError && error.code === "UNDECODABLE";
}

async function decodeImage(input: string | Buffer, name: string, orientation?: number): Promise<Pixels> {
  const sharp = await loadDecoder();
  const header = await sharp(input, { limitInputPixels: false, failOn: "none" })
    .metadata()
    .catch((cause: unknown) => {
      throw new PhotologError("UNDECODABLE", `This ${name} picture is damaged or of an unknown sort.`, { cause });
    });
  const atOnce = header.isProgressive || name === "WebP" || name === "AVIF";
  const limit = atOnce ? MOST_PIXELS_AT_ONCE : MOST_PIXELS_BY_ROW;
  if (header.width * header.height > limit) {
    const size = `${header.width} × ${header.height} pixels`;
    throw new PhotologError("UNDECODABLE", `This ${name} picture is too large to decode: ${size}.`);
  }

  const profile = header.space === "srgb" && header.depth === "uchar" ? header.icc : undefined;
  const decodeWith = async (failOn: FailOnOptions): Promise<Pixels> => {
    const options = { limitInputPixels: limit, failOn, ignoreIcc: profile !== undefined };
    const picture = turned(sharp(input, options), orientation)
      .timeout({ seconds: MOST_SECONDS })
      .resize({ ...boundsOf(header, orientation), fit: "inside", withoutEnlargement: true });
    // Sixteen-bit pictures with a profile are worked on in Display P3 and would be left there.
    if (header.depth === "ushort" && header.hasProfile) picture.withIccProfile("srgb");
    return await inSrgb(await picture.raw().toBuffer({ resolveWithObject: true }), profile);
  };

  try {
    const isAnimated = isMoving(header, name);
    if (name !== "JPEG") return { ...(await decodeWith("error")), isAnimated };
    return await decodeWith("warning").catch(async (error: unknown) => {
      if (PIXELS_LOST.test(messageOf(error))) throw error;
      return await decodeWith("error");
    });
  } catch (cause) {
    const sentence = /premature end|truncated/i.test(messageOf(cause))
      ? `A part of this ${name} picture is missing.`
      : `This ${name} picture is damaged.`;
    throw new PhotologError("UNDECODABLE", sentence, { cause });
  }
}

/** To convert the few pixels that are left takes a fraction of what it takes for those of the original. */
async function inSrgb(pixels: Pixels, icc: Buffer | undefined): Promise<Pixels> {
  const { data, info } = pixels;
  const { width, height, channels } = info;
  if (icc === undefined || isSrgb(icc) || (channels !== 3 && channels !== 4)) return pixels;
  const sharp = await loadDecoder();
  const limitInputPixels = MOST_PIXELS_AT_ONCE;
  const profiled = sharp(profiledTiff({ data, width, height, channels, icc }), { limitInputPixels });
  return await profiled.raw().toBuffer({ resolveWithObject: true });
}

/**
 * Of the warnings of the JPEG decoder those after which something else than the photo is shown, a grey half perhaps. The
 * others (bytes too many before a marker, a strange revision) are habits of some cameras.
 */
const PIXELS_LOST = /premature end|bad huffman code|found marker|inconsistent progression/i;

function boundsOf(
  { autoOrient, width, height }: Metadata,
  orientation: number | undefined,
): { readonly width: number; readonly height: number } {
  const lying = orientation !== undefined && orientation >= 5 ? height / width : width / height;
  const ratio = orientation === undefined ? autoOrient.width / autoOrient.height : lying;
  const gridIsWider = ratio > VIEW_PIXELS / GRID_HEIGHT;
  return gridIsWider ? { width: MOST_GRID_WIDTH, height: GRID_HEIGHT } : { width: VIEW_PIXELS, height: VIEW_PIXELS };
}

/** An animation that is short and small enough to move in the gallery, too. */
function isMoving({ pages = 1, width, pageHeight, height }: Metadata, name: string): boolean {
  const frame = width * (pageHeight ?? height);
  return (name === "GIF" || name === "WebP") && pages > 1 && frame * pages <= MOST_PIXELS_MOVING;
}

function pluralOf({ mime }: Pick<Format, "mime">): string {
  return `${NOT_DECODABLE[mime] ?? mime} pictures`;
}
