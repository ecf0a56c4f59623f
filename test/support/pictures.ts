/** Pictures for tests, made with sharp. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import sharp from "sharp";

export interface Picture {
  readonly width?: number;
  readonly height?: number;
  /** Makes the picture unlike any other. */
  readonly seed: number;
  /** `YYYY:MM:DD HH:MM:SS`, as EXIF has it. */
  readonly taken?: string;
  readonly format?: "jpeg" | "png" | "webp";
}

export async function picture({ width = 320, height = 240, seed, taken, format = "jpeg" }: Picture): Promise<Buffer> {
  const background = { r: (seed * 53) % 256, g: (seed * 101) % 256, b: (seed * 197) % 256 };
  const spot = Buffer.from(
    `<svg width="${width}" height="${height}"><circle cx="${(seed * 37) % width}" cy="${(seed * 71) % height}" r="40" fill="#fff"/></svg>`,
  );
  const drawn = sharp({ create: { width, height, channels: 3, background } }).composite([{ input: spot }]);
  const dated = taken === undefined ? drawn : drawn.withExif({ IFD2: { DateTimeOriginal: taken } });
  return dated.toFormat(format, format === "jpeg" ? { quality: 80 } : {}).toBuffer();
}

export async function writePicture(
  path: string,
  given: Picture,
): Promise<{ path: string; bytes: Buffer; sha256: string }> {
  const bytes = await picture(given);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return { path, bytes, sha256: sha256(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
