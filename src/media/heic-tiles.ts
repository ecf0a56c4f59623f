/** Decodes the tiles of a HEIC picture one after the other, so that its size costs time but hardly any memory. */
import { CHROMA, HeifError, imageOf, type Library, RGB } from "./libheif.ts";

interface Tiling {
  /** Of the whole picture, after rotation. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Pixels that the first tiles have too many; the last ones have the rest. */
  readonly paddingLeft: number;
  readonly paddingTop: number;
}

/** Phones make 200 megapixels at most. */
const MOST_PIXELS = 250_000_000;
/** As much as is ever shown: what is at least twice as large is made smaller while it is decoded. */
const ENOUGH_LENGTH = 3072;
const ENOUGH_BREADTH = 320;
/** The sums of so many pixels on each side fit into 16 bits. */
const MOST_SHRINKING = 16;

/** Undefined where the picture has no tiles, is cropped or transparent: such are decoded at once. */
export function tilingOf(library: Library, handle: number): Tiling | undefined {
  const { heif } = library;
  const width = heif.heif_image_handle_get_width(handle);
  const height = heif.heif_image_handle_get_height(handle);
  const coded = [heif.heif_image_handle_get_ispe_width(handle), heif.heif_image_handle_get_ispe_height(handle)];
  const cropped = Math.min(...coded) !== Math.min(width, height) || Math.max(...coded) !== Math.max(width, height);
  if (cropped || heif.heif_image_handle_has_alpha_channel(handle) !== 0) return undefined;

  // A `heif_image_tiling`: version, columns, rows, tile width and height, image width and height, offset from top and left.
  const fields = library.results(9, (error, at) => heif.heif_image_handle_get_image_tiling(error, handle, 1, at));
  const [, columns = 0, rows = 0, tileWidth = 0, tileHeight = 0, , , top = 0, left = 0] = fields;
  const tooWide = columns * tileWidth - width;
  const tooHigh = rows * tileHeight - height;
  const plausible = tooWide >= 0 && tooWide < tileWidth && tooHigh >= 0 && tooHigh < tileHeight;
  if (columns * rows < 2 || !plausible) return undefined;
  const [paddingLeft, paddingTop] = [left === 0 ? 0 : tooWide, top === 0 ? 0 : tooHigh];
  return { width, height, columns, rows, tileWidth, tileHeight, paddingLeft, paddingTop };
}

interface Opaque {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

/** Throws `HeifError` where a tile is damaged or missing. */
export function decodeTiles(
  library: Library,
  { handle, tiling }: { readonly handle: number; readonly tiling: Tiling },
): Opaque {
  const { heif } = library;
  if (tiling.width * tiling.height > MOST_PIXELS) {
    throw new HeifError(`It is too large: ${tiling.width} × ${tiling.height} pixels.`);
  }
  const canvas = openCanvas(tiling);
  for (let row = 0; row < tiling.rows; row++) {
    for (let column = 0; column < tiling.columns; column++) {
      const image = library.result((error, at) =>
        heif.heif_image_handle_decode_image_tile(error, handle, at, RGB, CHROMA[3], 0, column, row),
      );
      try {
        const tile = imageOf(library, image, 3);
        if (tile.width !== tiling.tileWidth || tile.height !== tiling.tileHeight) {
          throw new HeifError("Its tiles are of different sizes.");
        }
        const left = column * tiling.tileWidth - tiling.paddingLeft;
        const top = row * tiling.tileHeight - tiling.paddingTop;
        for (let y = 0; y < tile.height; y++) canvas.add(tile.row(y), { left, y: top + y });
      } finally {
        heif.heif_image_release(image);
      }
    }
  }
  return canvas.finish();
}

interface Canvas {
  /** What lies outside the picture is left out. */
  add(pixels: Uint8Array, at: { readonly left: number; readonly y: number }): void;
  finish(): Opaque;
}

function openCanvas({ width, height }: Pick<Tiling, "width" | "height">): Canvas {
  const shrinking = shrinkingOf(width, height);
  return shrinking < 2 ? openPlainCanvas({ width, height }) : openShrinkingCanvas({ width, height, shrinking });
}

function shrinkingOf(width: number, height: number): number {
  const byLength = Math.floor(Math.max(width, height) / ENOUGH_LENGTH);
  const byBreadth = Math.floor(Math.min(width, height) / ENOUGH_BREADTH);
  return Math.min(byLength, byBreadth, MOST_SHRINKING);
}

function openPlainCanvas({ width, height }: Pick<Tiling, "width" | "height">): Canvas {
  const data = Buffer.alloc(width * height * 3);
  return {
    add(pixels, { left, y }) {
      if (y < 0 || y >= height) return;
      const [from, to] = [Math.max(left, 0), Math.min(left + pixels.length / 3, width)];
      if (from < to) data.set(pixels.subarray((from - left) * 3, (to - left) * 3), (y * width + from) * 3);
    },
    finish: () => ({ data, width, height, channels: 3 }),
  };
}

/** Each pixel is the mean of a square of them; an incomplete square at the right or at the bottom is left out. */
function openShrinkingCanvas(given: Pick<Tiling, "width" | "height"> & { readonly shrinking: number }): Canvas {
  const { shrinking } = given;
  const width = Math.floor(given.width / shrinking);
  const height = Math.floor(given.height / shrinking);
  const sums = new Uint16Array(width * height * 3);
  return {
    add(pixels, { left, y }) {
      const row = Math.floor(y / shrinking);
      if (row < 0 || row >= height) return;
      const [from, to] = [Math.max(left, 0), Math.min(left + pixels.length / 3, width * shrinking)];
      for (let x = from, at = (from - left) * 3; x < to; x++, at += 3) {
        const sum = (row * width + Math.floor(x / shrinking)) * 3;
        sums[sum] = (sums[sum] ?? 0) + (pixels[at] ?? 0);
        sums[sum + 1] = (sums[sum + 1] ?? 0) + (pixels[at + 1] ?? 0);
        sums[sum + 2] = (sums[sum + 2] ?? 0) + (pixels[at + 2] ?? 0);
      }
    },
    finish() {
      const data = Buffer.allocUnsafe(sums.length);
      const count = shrinking * shrinking;
      for (const [at, sum] of sums.entries()) data[at] = Math.round(sum / count);
      return { data, width, height, channels: 3 };
    },
  };
}
