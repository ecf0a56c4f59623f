/** Makes the two smaller forms of a photo that the gallery shows. */
import { createHash } from "node:crypto";
import { access, constants, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FailOnOptions, Metadata, OutputInfo, Sharp, WebpOptions } from "sharp";
import { messageOf, PhotologError } from "../errors.ts";
import type { Rendition, RenditionName } from "../photo.ts";
import { checksumsOf } from "./checksum.ts";
import { loadDecoder } from "./decoder.ts";
import type { Format } from "./formats.ts";

/** A rendition as a local file, before it is put anywhere. */
export interface RenderedFile extends Omit<Rendition, "blobKey"> {
  readonly path: string;
}

/** A page shows one of these; no side is longer. */
const VIEW_PIXELS = 2048;
/** Rows of a page show these. */
const GRID_HEIGHT = 320;
/** Of panoramas more than 12.8 times as wide as high the grid is lower than that. */
const MOST_GRID_WIDTH = 4096;

// Effort 2 costs 36 % less time than the encoder's default of 4 and 3 % more bytes; on small pictures 4 costs next to nothing.
const VIEW_WEBP: WebpOptions = { quality: 78, effort: 2 };
const GRID_WEBP: WebpOptions = { quality: 72, effort: 4 };

/**
 * The largest pictures that are decoded. Row by row: twice what the best cameras and most stitched panoramas have, and
 * some seconds of work. All at once (progressive, interlaced, WebP, AVIF): about half a gigabyte of memory.
 */
const MOST_PIXELS_BY_ROW = 500_000_000;
const MOST_PIXELS_AT_ONCE = 110_000_000;
const MOST_SECONDS = 300;

const DECODABLE: Readonly<Record<string, string>> = {
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/webp": "WebP",
  "image/gif": "GIF",
  "image/avif": "AVIF",
  "image/tiff": "TIFF",
};
const NOT_DECODABLE: Readonly<Record<string, string>> = {
  "image/heic": "HEIC",
  "image/heic-sequence": "HEIC",
  "image/heif": "HEIF",
  "image/bmp": "BMP",
  "image/jxl": "JPEG XL",
  "image/jp2": "JPEG 2000",
  "image/jpx": "JPEG 2000",
  "image/j2c": "JPEG 2000",
  "image/vnd.adobe.photoshop": "Photoshop",
};

/**
 * Writes `grid.webp` (320 px high) and `view.webp` (at most 2048 px on its longer side) into the folder and describes them, in
 * this order. Upright, sRGB with its transparency, first frame or page only, without any metadata, never larger than
 * the original.
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
): Promise<readonly RenderedFile[]> {
  const name = DECODABLE[format.mime];
  if (name === undefined)
    throw new PhotologError("UNDECODABLE", `${pluralOf(format)} cannot be decoded by this version.`);
  await access(path, constants.R_OK);
  signal?.throwIfAborted();
  const { data, info } = await decode(path, name).catch(async (error: unknown) => {
    // To the decoder a failing disk looks like a damaged picture: only what can be read to its end is damaged.
    await checksumsOf(path, [], signal);
    throw error;
  });
  signal?.throwIfAborted();

  const sharp = await loadDecoder();
  const pixels = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
  const grid = pixels().resize({ height: GRID_HEIGHT, withoutEnlargement: true }).webp(GRID_WEBP);
  const view = pixels()
    .resize({ width: VIEW_PIXELS, height: VIEW_PIXELS, fit: "inside", withoutEnlargement: true })
    .webp(VIEW_WEBP);
  const rendered = [await write(grid, { name: "grid", into })];
  signal?.throwIfAborted();
  return [...rendered, await write(view, { name: "view", into })];
}

async function write(
  picture: Sharp,
  { name, into }: { readonly name: RenditionName; readonly into: string },
): Promise<RenderedFile> {
  const { data, info } = await picture.toBuffer({ resolveWithObject: true });
  const path = join(into, `${name}.webp`);
  await writeFile(path, data);
  const sha256 = createHash("sha256").update(data).digest("hex");
  return { name, path, mime: "image/webp", width: info.width, height: info.height, bytes: data.length, sha256 };
}

interface Pixels {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Once for both renditions: as large as the larger of them, upright, eight bits, sRGB. */
async function decode(path: string, name: string): Promise<Pixels> {
  const sharp = await loadDecoder();
  const header = await sharp(path, { limitInputPixels: false, failOn: "none" })
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

  const decodeWith = async (failOn: FailOnOptions): Promise<Pixels> => {
    const picture = sharp(path, { limitInputPixels: limit, failOn })
      .timeout({ seconds: MOST_SECONDS })
      .autoOrient()
      .resize({ ...boundsOf(header), fit: "inside", withoutEnlargement: true });
    // Sixteen-bit pictures with a profile are worked on in Display P3 and would be left there.
    if (header.depth === "ushort" && header.hasProfile) picture.withIccProfile("srgb");
    return await picture.raw().toBuffer({ resolveWithObject: true });
  };

  try {
    if (name !== "JPEG") return await decodeWith("error");
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

/**
 * Of the warnings of the JPEG decoder those after which something else than the photo is shown, a grey half perhaps. The
 * others (bytes too many before a marker, a strange revision) are habits of some cameras.
 */
const PIXELS_LOST = /premature end|bad huffman code|found marker|inconsistent progression/i;

function boundsOf({ autoOrient: { width, height } }: Metadata): { readonly width: number; readonly height: number } {
  const gridIsWider = width / height > VIEW_PIXELS / GRID_HEIGHT;
  return gridIsWider ? { width: MOST_GRID_WIDTH, height: GRID_HEIGHT } : { width: VIEW_PIXELS, height: VIEW_PIXELS };
}

function pluralOf({ mime, kind }: Pick<Format, "mime" | "kind">): string {
  if (kind === "video") return "Films";
  return kind === "raw" ? "RAW pictures" : `${NOT_DECODABLE[mime] ?? mime} pictures`;
}
