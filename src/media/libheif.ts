/** libheif's C interface, with its errors as exceptions and its results as values. */

/**
 * What is called of it (https://github.com/strukturag/libheif/tree/v1.23.2/libheif/api/libheif), without the first underscore of the
 * names that Emscripten gives. Numbers are addresses in its memory, unless their name says otherwise. Functions that can fail
 * write their error to the first argument.
 */
interface Functions {
  malloc(bytes: number): number;
  free(address: number): void;
  heif_context_alloc(): number;
  heif_context_free(context: number): void;
  heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    bytes: number,
    size: number,
    options: 0,
  ): void;
  heif_context_get_primary_image_handle(error: number, context: number, result: number): void;
  heif_context_has_sequence(context: number): number;
  heif_context_get_track(context: number, trackId: number): number;
  heif_track_decode_next_image(
    error: number,
    track: number,
    result: number,
    colourSpace: number,
    chroma: number,
    options: 0,
  ): void;
  heif_track_release(track: number): void;
  heif_image_handle_get_width(handle: number): number;
  heif_image_handle_get_height(handle: number): number;
  heif_image_handle_get_ispe_width(handle: number): number;
  heif_image_handle_get_ispe_height(handle: number): number;
  heif_image_handle_has_alpha_channel(handle: number): number;
  heif_image_handle_get_raw_color_profile_size(handle: number): number;
  heif_image_handle_get_raw_color_profile(error: number, handle: number, bytes: number): void;
  heif_image_handle_get_nclx_color_profile(error: number, handle: number, result: number): void;
  heif_nclx_color_profile_free(profile: number): void;
  heif_image_handle_get_image_tiling(error: number, handle: number, transformed: 0 | 1, tiling: number): void;
  heif_image_handle_decode_image_tile(
    error: number,
    handle: number,
    result: number,
    colourSpace: number,
    chroma: number,
    options: 0,
    column: number,
    row: number,
  ): void;
  heif_image_handle_release(handle: number): void;
  heif_decode_image(
    error: number,
    handle: number,
    result: number,
    colourSpace: number,
    chroma: number,
    options: 0,
  ): void;
  heif_image_get_width(image: number, channel: number): number;
  heif_image_get_height(image: number, channel: number): number;
  heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  heif_image_release(image: number): void;
}

/** What libheif says of a file it cannot read or decode. */
export class HeifError extends Error {
  override readonly name = "HeifError";
}

export interface Library {
  readonly heif: Functions;
  /** All its memory; another array after every call that may have made it grow. */
  readonly memory: () => Buffer;
  /** Calls a function that wants an address for its error first. */
  readonly attempt: (call: (error: number) => void) => void;
  /** The same for one that also wants an address for its result, a number of 32 bits or several in a row. */
  readonly result: (call: (error: number, result: number) => void) => number;
  readonly results: (count: number, call: (error: number, result: number) => void) => readonly number[];
}

/** `heif_colorspace_RGB` */
export const RGB = 1;
/** `heif_chroma_interleaved_RGB` and `heif_chroma_interleaved_RGBA`, by channels. */
export const CHROMA = { 3: 10, 4: 11 } as const;
const INTERLEAVED = 10;

/** Room for an error (12 bytes) and for the largest result, a description of tiles. */
const SCRATCH_BYTES = 256;
const RESULT_AT = 16;
const MOST_MESSAGE_BYTES = 300;

let loading: Promise<Library> | undefined;

/** Loaded when first needed (0.1 s) and once for the whole process. */
export async function loadLibheif(): Promise<Library> {
  loading ??= import("libheif-js/wasm-bundle.js").then(({ default: exported }) => {
    const named = Object.entries(exported).filter(([name]) => name.startsWith("_"));
    const heif = Object.fromEntries(named.map(([name, value]) => [name.slice(1), value])) as unknown as Functions;
    return wrap(heif, () => Buffer.from(exported.HEAPU8.buffer));
  });
  return await loading;
}

function wrap(heif: Functions, memory: () => Buffer): Library {
  const scratch = heif.malloc(SCRATCH_BYTES);
  const attempt = (call: (error: number) => void) => {
    memory().fill(0, scratch, scratch + SCRATCH_BYTES);
    call(scratch);
    const now = memory();
    if (now.readUInt32LE(scratch) !== 0) throw new HeifError(textAt(now, now.readUInt32LE(scratch + 8)));
  };
  const results = (count: number, call: (error: number, result: number) => void) => {
    attempt((error) => call(error, scratch + RESULT_AT));
    return Array.from({ length: count }, (_, index) => memory().readUInt32LE(scratch + RESULT_AT + index * 4));
  };
  return { heif, memory, attempt, results, result: (call) => results(1, call)[0] ?? 0 };
}

function textAt(memory: Buffer, address: number): string {
  const bytes = memory.subarray(address, address + MOST_MESSAGE_BYTES);
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? undefined : end);
}

interface Image {
  readonly width: number;
  readonly height: number;
  /** The pixels of one row, valid until the next call into libheif. */
  readonly row: (y: number) => Uint8Array;
}

export function imageOf({ heif, memory, result }: Library, image: number, channels: number): Image {
  const width = heif.heif_image_get_width(image, INTERLEAVED);
  const height = heif.heif_image_get_height(image, INTERLEAVED);
  let plane = 0;
  const stride = result((_, at) => {
    plane = heif.heif_image_get_plane_readonly2(image, INTERLEAVED, at);
  });
  if (plane === 0 || width <= 0 || height <= 0) throw new HeifError("There is no picture in it.");
  const now = memory();
  return { width, height, row: (y) => now.subarray(plane + y * stride, plane + y * stride + width * channels) };
}
