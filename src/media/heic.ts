/**
 * HEIC and HEIF to pixels, by libheif compiled to WebAssembly (libheif-js). Why this one: the decoder of the other pictures comes
 * without HEVC, for its patents; ffmpeg before version 7.1 cannot put the tiles of a phone's picture together, and is not
 * everywhere. This needs no compiler and nothing installed, knows rotation, mirroring, cropping, transparency and ten bits, and
 * a hostile file stays in its sandbox. 12 megapixels take 0.7 to 1.3 s of one core and, tile by tile, 20 MB beside the result.
 */
import { readFile, stat } from "node:fs/promises";
import { decodeTiles, tilingOf } from "./heic-tiles.ts";
import { CHROMA, HeifError, imageOf, type Library, loadLibheif, RGB } from "./libheif.ts";

/** Upright pixels of eight bits. */
export interface HeicPixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** The ICC profile in the file, or the numbers of ITU-T H.273 that stand for one. */
  readonly profile?: { readonly icc: Buffer } | { readonly primaries: number; readonly transfer: number };
}

/** Without tiles each pixel needs ten bytes of memory. */
const MOST_PIXELS_AT_ONCE = 40_000_000;
const MOST_BYTES = 256 * 1024 ** 2;
const MOST_PROFILE_BYTES = 1024 ** 2;

/**
 * The main picture of the file, or the first of a sequence. Pictures of more than 6000 pixels are made smaller. Rejects with
 * `HeifError` where it is damaged, incomplete, too large or of a codec other than HEVC, and with the system's own error where
 * the file cannot be read.
 */
export async function decodeHeic(path: string): Promise<HeicPixels> {
  if ((await stat(path)).size > MOST_BYTES) throw new HeifError("The file is too large.");
  const bytes = await readFile(path);
  const library = await loadLibheif();
  const { heif } = library;
  const context = heif.heif_context_alloc();
  const address = heif.malloc(bytes.length);
  try {
    if (address === 0) throw new HeifError("The file is too large.");
    library.memory().set(bytes, address);
    library.attempt((error) =>
      heif.heif_context_read_from_memory_without_copy(error, context, address, bytes.length, 0),
    );
    return decodeContext(library, context);
  } finally {
    heif.heif_context_free(context);
    heif.free(address);
  }
}

function decodeContext(library: Library, context: number): HeicPixels {
  const { heif } = library;
  const handle = mainPictureOf(library, context);
  if (handle === undefined) return decodeFirstOfSequence(library, context);
  try {
    const tiling = tilingOf(library, handle);
    const pixels = tiling === undefined ? decodeAtOnce(library, handle) : decodeTiles(library, { handle, tiling });
    return { ...pixels, ...profileOf(library, handle) };
  } finally {
    heif.heif_image_handle_release(handle);
  }
}

/** Undefined for a sequence without a picture of its own. */
function mainPictureOf({ heif, result }: Library, context: number): number | undefined {
  try {
    return result((error, at) => heif.heif_context_get_primary_image_handle(error, context, at));
  } catch (error) {
    if (heif.heif_context_has_sequence(context) !== 0) return undefined;
    throw error;
  }
}

function decodeAtOnce(library: Library, handle: number): HeicPixels {
  const { heif } = library;
  const width = heif.heif_image_handle_get_width(handle);
  const height = heif.heif_image_handle_get_height(handle);
  if (width * height > MOST_PIXELS_AT_ONCE) throw new HeifError(`It is too large: ${width} × ${height} pixels.`);
  const channels = heif.heif_image_handle_has_alpha_channel(handle) === 0 ? 3 : 4;
  const image = library.result((error, at) => heif.heif_decode_image(error, handle, at, RGB, CHROMA[channels], 0));
  return takePixels(library, image, channels);
}

function decodeFirstOfSequence(library: Library, context: number): HeicPixels {
  const { heif } = library;
  const anyVisualTrack = 0;
  const track = heif.heif_context_get_track(context, anyVisualTrack);
  if (track === 0) throw new HeifError("There is no picture in it.");
  try {
    const image = library.result((error, at) => heif.heif_track_decode_next_image(error, track, at, RGB, CHROMA[3], 0));
    return takePixels(library, image, 3);
  } finally {
    heif.heif_track_release(track);
  }
}

/** Copies the pixels out of libheif's memory and gives the image back to it. */
function takePixels(library: Library, image: number, channels: 3 | 4): HeicPixels {
  try {
    const { width, height, row } = imageOf(library, image, channels);
    const data = Buffer.allocUnsafe(width * height * channels);
    for (let y = 0; y < height; y++) data.set(row(y), y * width * channels);
    return { data, width, height, channels };
  } finally {
    library.heif.heif_image_release(image);
  }
}

function profileOf(library: Library, handle: number): Pick<HeicPixels, "profile"> {
  const { heif } = library;
  const bytes = heif.heif_image_handle_get_raw_color_profile_size(handle);
  if (bytes > 0 && bytes <= MOST_PROFILE_BYTES) {
    const address = heif.malloc(bytes);
    try {
      library.attempt((error) => heif.heif_image_handle_get_raw_color_profile(error, handle, address));
      return { profile: { icc: Buffer.from(library.memory().subarray(address, address + bytes)) } };
    } finally {
      heif.free(address);
    }
  }
  try {
    const nclx = library.result((error, at) => heif.heif_image_handle_get_nclx_color_profile(error, handle, at));
    const memory = library.memory();
    const profile = { primaries: memory.readUInt32LE(nclx + 4), transfer: memory.readUInt32LE(nclx + 8) };
    heif.heif_nclx_color_profile_free(nclx);
    return { profile };
  } catch (error) {
    if (error instanceof HeifError) return {};
    throw error;
  }
}
