/** What the comparisons work on: the same each time, made once and kept in the temporary folder. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { exifBlock, segmentOf, TAG } from "../test/support/exif.ts";

/** Files as old as this are trusted by whoever remembers times of change. */
const LONG_AGO = new Date("2024-05-17T12:00:00Z");
const KINDS = 8;

export function cacheFolder(): string {
  const folder = join(tmpdir(), "photolog-bench");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

export interface PhotoFolder {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** What lies in a folder that the user named. */
export function photosIn(folder: string): PhotoFolder {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(folder, name));
  return { folder, paths, bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0) };
}

/** JPEGs of this size in pixels, each unlike the others, in folders of a hundred. */
export async function makePhotos(size: { width: number; height: number; count: number }): Promise<PhotoFolder> {
  const { width, height, count } = size;
  return await made(`2-${count}-of-${width}x${height}`, async (folder) => {
    const kinds = await Promise.all(Array.from({ length: Math.min(count, KINDS) }, (_, seed) => draw(size, seed)));
    for (let number = 0; number < count; number++) {
      const into = join(folder, String(Math.floor(number / 100)).padStart(4, "0"));
      if (number % 100 === 0) mkdirSync(into);
      const path = join(into, `IMG_${String(number).padStart(6, "0")}.jpg`);
      writeFileSync(path, unlikeOthers(kinds[number % kinds.length] ?? Buffer.alloc(0), number));
      utimesSync(path, LONG_AGO, LONG_AGO);
    }
  });
}

const MIXTURE = [
  { width: 4000, height: 3000 },
  { width: 4752, height: 3168 },
  { width: 6000, height: 4000 },
] as const;
const KINDS_OF_EACH = 4;

/** JPEGs of 12, 15 and 24 megapixels by turns, each unlike the others, as cameras write them: with dates over three years. */
export async function makeMixture(count: number): Promise<PhotoFolder> {
  return await made(`2-${count}-of-12-to-24-megapixels`, async (folder) => {
    const kinds: Buffer[] = [];
    for (let seed = 0; seed < MIXTURE.length * KINDS_OF_EACH; seed++) {
      kinds.push(await draw(MIXTURE[seed % MIXTURE.length] ?? MIXTURE[0], seed));
    }
    for (let number = 0; number < count; number++) {
      const jpeg = kinds[number % kinds.length] ?? Buffer.alloc(0);
      const taken = new Date(Date.UTC(2024, 0, 3, 9, number) + Math.floor(number / 3) * 41 * 86_400_000);
      const text = taken.toISOString().slice(0, 19).replace("T", " ").replaceAll("-", ":");
      const exif = exifBlock({
        main: [
          { tag: TAG.make, type: 2, value: "NIKON CORPORATION" },
          { tag: TAG.model, type: 2, value: "NIKON Z 6_2" },
        ],
        exif: [{ tag: TAG.taken, type: 2, value: text }],
      });
      const path = join(folder, `DSC_${String(number).padStart(4, "0")}.JPG`);
      writeFileSync(path, Buffer.concat([jpeg.subarray(0, 2), segmentOf(exif), jpeg.subarray(2)]));
      utimesSync(path, LONG_AGO, LONG_AGO);
    }
  });
}

async function made(name: string, make: (folder: string) => Promise<void>): Promise<PhotoFolder> {
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) {
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    await make(partial);
    renameSync(partial, folder);
  }
  return photosIn(folder);
}

/** Each octave has so much of the strength of the coarser one before; with it a JPEG has a third of a byte a pixel, as cameras' have. */
const NEXT_OCTAVE = 0.8;

/** Shapes of all sizes, as photos have them, down to the grain of a sensor: noise of the same colour in every octave. */
async function draw(size: { width: number; height: number }, seed: number): Promise<Buffer> {
  let state = seed + 1;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const octaves = Math.max(0, Math.ceil(Math.log2(size.width / 12)));
  const at = (octave: number) => ({
    width: Math.ceil(size.width / 2 ** octave),
    height: Math.ceil(size.height / 2 ** octave),
    channels: 3 as const,
  });
  const coarsest = at(octaves);
  let pixels = Buffer.from(
    Array.from({ length: coarsest.width * coarsest.height * 3 }, () => Math.floor(random() * 256)),
  );
  let strength = 128;
  for (let octave = octaves - 1; octave >= 0; octave--) {
    const { width, height } = at(octave);
    pixels = await sharp(pixels, { raw: at(octave + 1) })
      .resize({ width, height, fit: "fill", kernel: "cubic" })
      .raw()
      .toBuffer();
    strength *= NEXT_OCTAVE;
    for (let position = 0; position < pixels.length; position += 3) {
      const light = (random() - 0.5) * strength;
      for (let channel = position; channel < position + 3; channel++) {
        const value = (pixels[channel] ?? 0) + light + (random() - 0.5) * strength * 0.2;
        pixels[channel] = Math.max(0, Math.min(255, value));
      }
    }
  }
  return await sharp(pixels, { raw: at(0) })
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** With a comment of its own, right after the start of the image. */
export function unlikeOthers(jpeg: Buffer, number: number): Buffer {
  const comment = Buffer.alloc(12);
  comment.writeUInt16BE(0xfffe, 0);
  comment.writeUInt16BE(10, 2);
  comment.writeDoubleBE(number, 4);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}
