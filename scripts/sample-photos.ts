/** Makes photos for trying photolog out: painted here, the same on every run, with all that cameras write into theirs. */
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import sharp, { type Exif, type Sharp } from "sharp";
import { SAMPLE_PHOTOS } from "./samples/list.ts";
import type { SamplePhoto } from "./samples/sample.ts";
import { withTiffExif } from "./samples/tiff-exif.ts";
import { chance, paint } from "./scenes/canvas.ts";

/** Points that are painted; the picture is enlarged from them. */
const PAINTED_PIXELS = 200_000;

/**
 * Writes the first `count` of the sample photos (all 24 if not given) into subfolders of the folder, as a person might have
 * them. Resolves with their paths. The same photos have the same bytes on every run with the same sharp.
 */
export async function makeSamplePhotos(folder: string, { count }: { readonly count?: number } = {}): Promise<string[]> {
  const photos = SAMPLE_PHOTOS.slice(0, count);
  // One more than there are processors: while a photo is encoded, its thread has nothing to paint.
  const painters = Math.min(availableParallelism() + 1, 4, photos.length);
  await Promise.all(
    Array.from({ length: painters }, async (_, painter) => {
      const indexes = [...photos.keys()].filter((index) => index % painters === painter);
      const worker = new Worker(new URL("samples/painter.ts", import.meta.url), { workerData: { folder, indexes } });
      const [code] = await once(worker, "exit");
      if (code !== 0) throw new Error(`Painting the sample photos ended with ${code}.`);
    }),
  );
  return photos.map((photo) => join(folder, photo.folder, photo.filename));
}

/** Paints and writes one of them. */
export async function makeSamplePhoto(folder: string, photo: SamplePhoto): Promise<void> {
  await mkdir(join(folder, photo.folder), { recursive: true });
  await writeFile(join(folder, photo.folder, photo.filename), await encode(await develop(photo), photo));
}

/** Painted small, enlarged, its lights made to glow, and given grain, as film has it. */
async function develop({ width, height, scene, bloom = 0 }: SamplePhoto): Promise<Sharp> {
  const smaller = Math.min(1, Math.sqrt(PAINTED_PIXELS / (width * height)));
  const raw = { width: Math.round(width * smaller), height: Math.round(height * smaller), channels: 3 } as const;
  const painted = paint(raw.width, raw.height, scene());
  const enlarge = (picture: Sharp) => picture.resize(width, height, { fit: "fill" }).raw().toBuffer();
  const enlarged = await enlarge(sharp(painted, { raw }));
  const pixels = new Uint8ClampedArray(enlarged.buffer, enlarged.byteOffset, enlarged.length);
  if (bloom > 0) {
    const lights = sharp(painted, { raw }).linear(2.4 * bloom, -190 * bloom);
    const glow = await enlarge(lights.blur(raw.height / 55));
    for (let at = 0; at < pixels.length; at++) {
      const light = pixels[at] ?? 0;
      pixels[at] = light + ((glow[at] ?? 0) * (255 - light)) / 255;
    }
  }
  for (let at = 0, pixel = 0; at < pixels.length; pixel = (pixel + 1) % GRAIN.length) {
    const grain = GRAIN[pixel] ?? 0;
    for (const end = at + 3; at < end; at++) {
      const light = pixels[at] ?? 0;
      pixels[at] = light + grain * (GRAIN_OF_TONES[light] ?? 0);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Bell-shaped around 0, in an order that no row of a picture repeats. */
const GRAIN = Float32Array.from(
  { length: 65_521 },
  (_, index) => (chance(71, index) + chance(72, index) + chance(73, index) - 1.5) * 3.2,
);
/** Film shows its grain in the middle tones. */
const GRAIN_OF_TONES = Float32Array.from({ length: 256 }, (_, light) => 0.25 + (light * (255 - light)) / 21_000);

async function encode(picture: Sharp, photo: SamplePhoto): Promise<Buffer> {
  const exif = exifOf(photo);
  switch (extname(photo.filename)) {
    case ".png":
      return await picture.withExif(exif).png({ compressionLevel: 6 }).toBuffer();
    case ".webp":
      return await picture.withExif(exif).webp({ quality: 86, effort: 2 }).toBuffer();
    case ".avif":
      return await picture.withExif(exif).avif({ quality: 62, effort: 1 }).toBuffer();
    case ".tif":
      return withExifInTiff(await picture.tiff({ compression: "lzw", predictor: "horizontal" }).toBuffer(), photo);
    default:
      return photo.turned === undefined
        ? await picture.withExif(exif).jpeg({ quality: 90 }).toBuffer()
        : await lyingOnItsSide(picture, exif);
  }
}

/** As a camera held upright writes it: the pixels as the sensor lies, and a word on how to turn them. */
async function lyingOnItsSide(picture: Sharp, exif: Exif): Promise<Buffer> {
  const upright = await picture.raw().toBuffer({ resolveWithObject: true });
  return await sharp(upright.data, { raw: upright.info })
    .rotate(270)
    .withExif(exif)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 90 })
    .toBuffer();
}

function exifOf({ camera, taken, offset, place, exposure: [time, aperture, iso] }: SamplePhoto): Exif {
  const [latitude, longitude] = place ?? [];
  return {
    IFD0: { Make: camera.make, Model: camera.model },
    IFD2: {
      DateTimeOriginal: taken,
      DateTimeDigitized: taken,
      OffsetTimeOriginal: offset,
      ExposureTime: time,
      FNumber: `${aperture}/10`,
      ISOSpeedRatings: String(iso),
      FocalLength: `${camera.focalLength}/1`,
      LensModel: camera.lens,
    },
    ...(latitude !== undefined &&
      longitude !== undefined && {
        IFD3: {
          GPSLatitudeRef: latitude < 0 ? "S" : "N",
          GPSLatitude: degrees(latitude),
          GPSLongitudeRef: longitude < 0 ? "W" : "E",
          GPSLongitude: degrees(longitude),
        },
      }),
  };
}

function degrees(value: number): string {
  const seconds = Math.round(Math.abs(value) * 360_000);
  return `${Math.floor(seconds / 360_000)}/1 ${Math.floor(seconds / 6000) % 60}/1 ${seconds % 6000}/100`;
}

function withExifInTiff(tiff: Buffer, { camera, taken, offset, exposure: [time, aperture, iso] }: SamplePhoto): Buffer {
  const [numerator = 1, denominator = 1] = time.split("/").map(Number);
  return withTiffExif(tiff, {
    main: [
      { tag: 271, type: 2, value: camera.make },
      { tag: 272, type: 2, value: camera.model },
    ],
    exif: [
      { tag: 33434, type: 5, value: [[numerator, denominator]] },
      { tag: 33437, type: 5, value: [[aperture, 10]] },
      { tag: 34855, type: 3, value: [iso] },
      { tag: 36867, type: 2, value: taken },
      { tag: 36881, type: 2, value: offset },
      { tag: 37386, type: 5, value: [[camera.focalLength, 1]] },
      { tag: 42036, type: 2, value: camera.lens },
    ],
  });
}
