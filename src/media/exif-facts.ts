/** What EXIF says, in our words: CIPA DC-008 (EXIF 2.32), https://www.cipa.jp/e/std/std-sec.html. Nonsense is left out. */
import type { Exposure, Facts, Place, TakenAt } from "../photo.ts";
import type { ExifDirectories } from "./exif-directories.ts";
import { contentIdIn } from "./apple-content-id.ts";
import { parseMoment, parseOffset } from "./moment.ts";
import { bytesOf, type Directory, numberOf, numbersOf, textBytesOf } from "./tiff.ts";

const TAGS = {
  make: 271,
  model: 272,
  orientation: 274,
  exposureTime: 33434,
  fNumber: 33437,
  iso: 34855,
  isoSpeed: 34867,
  recommendedExposureIndex: 34866,
  focalLength: 37386,
  pixelXDimension: 40962,
  pixelYDimension: 40963,
  lensModel: 42036,
  /** Of Windows: 1 to 5 stars. */
  rating: 18246,
  makerNote: 37500,
} as const;

/** Each moment is three tags: wall clock, fraction of a second, zone. When it was taken, else when it was digitised. */
const MOMENTS = [
  { date: 36867, fraction: 37521, offset: 36881 },
  { date: 36868, fraction: 37522, offset: 36882 },
] as const;

const GPS = { latitudeRef: 1, latitude: 2, longitudeRef: 3, longitude: 4, altitudeRef: 5, altitude: 6 } as const;

/** Everything but the size of a picture, which its own header knows better. */
export async function factsOfExif(directories: ExifDirectories): Promise<Facts> {
  const [taken, make, model, lens, exposure, place, orientation, rating, note] = await Promise.all([
    takenAtOf(directories),
    textIn(directories, TAGS.make),
    textIn(directories, TAGS.model),
    textIn(directories, TAGS.lensModel),
    exposureOf(directories),
    placeOf(directories.gps),
    numberIn(directories, TAGS.orientation),
    numberIn(directories, TAGS.rating),
    bytesOf(directories.exif, TAGS.makerNote),
  ]);
  const contentId = note && contentIdIn(note);
  return {
    ...(taken && { taken }),
    ...(orientation !== undefined && isOrientation(orientation) && { orientation }),
    ...((make ?? model) !== undefined && { camera: { ...(make && { make }), ...(model && { model }) } }),
    // Adapters and compacts fill the name of a lens they do not know with dashes or zeros.
    ...(lens !== undefined && /[1-9a-z]/i.test(lens.replace(/mm|f\//gi, "")) && { lens }),
    ...(exposure && { exposure }),
    ...(place && { place }),
    ...(isWithin(rating, 1, 5) && Number.isInteger(rating) && { rating }),
    ...(contentId !== undefined && { contentId }),
  };
}

/** Pixels as the camera meant the picture to be, before orientation: RAW files hold several, of other sizes. */
export async function pixelsOfExif(
  directories: ExifDirectories,
): Promise<{ readonly width: number; readonly height: number } | undefined> {
  const width = await numberIn(directories, TAGS.pixelXDimension);
  const height = await numberIn(directories, TAGS.pixelYDimension);
  return isWithin(width, 1, 1e6) && isWithin(height, 1, 1e6) ? { width, height } : undefined;
}

export function isOrientation(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 8;
}

async function takenAtOf(directories: ExifDirectories): Promise<TakenAt | undefined> {
  for (const moment of MOMENTS) {
    const taken = parseMoment((await textIn(directories, moment.date)) ?? "");
    if (taken === undefined) continue;
    const fraction = /^\d{1,9}$/.exec((await textIn(directories, moment.fraction)) ?? "")?.[0];
    const offset = taken.offset ?? parseOffset((await textIn(directories, moment.offset)) ?? "");
    return {
      local: fraction === undefined ? taken.local : `${taken.local}.${fraction}`,
      ...(offset !== undefined && { offset }),
      source: "exif",
    };
  }
  return undefined;
}

async function exposureOf(directories: ExifDirectories): Promise<Exposure | undefined> {
  const [time, fNumber, focalLength, ...isos] = await Promise.all([
    numberIn(directories, TAGS.exposureTime),
    numberIn(directories, TAGS.fNumber),
    numberIn(directories, TAGS.focalLength),
    numberIn(directories, TAGS.iso),
    numberIn(directories, TAGS.recommendedExposureIndex),
    numberIn(directories, TAGS.isoSpeed),
  ]);
  // 65535 is as much as the first of the three can hold and means: see the others.
  const iso = isos.find((value) => isWithin(value, 1, 65_534)) ?? isos.find((value) => isWithin(value, 65_536, 1e8));
  const exposure = {
    ...(isWithin(time, 1e-7, 1e6) && { time }),
    ...(isWithin(fNumber, 0.1, 1000) && { fNumber }),
    ...(iso !== undefined && { iso }),
    ...(isWithin(focalLength, 0.1, 1e5) && { focalLength }),
  };
  return Object.keys(exposure).length === 0 ? undefined : exposure;
}

async function placeOf(gps: Directory | undefined): Promise<Place | undefined> {
  if (gps === undefined) return undefined;
  const latitude = degreesOf(await numbersOf(gps, GPS.latitude), {
    ref: await textOf(gps, GPS.latitudeRef),
    signs: "NS",
  });
  const longitude = degreesOf(await numbersOf(gps, GPS.longitude), {
    ref: await textOf(gps, GPS.longitudeRef),
    signs: "EW",
  });
  if (!isWithin(latitude, -90, 90) || !isWithin(longitude, -180, 180)) return undefined;
  // Exactly 0°, 0° is open sea: a receiver that had no fix yet.
  if (latitude === 0 && longitude === 0) return undefined;
  const height = await numberOf(gps, GPS.altitude);
  const below = (await numberOf(gps, GPS.altitudeRef)) === 1;
  const altitude = isWithin(height, 0, 1e5) ? (below ? -height : height) : undefined;
  return { latitude, longitude, ...(altitude !== undefined && { altitude }) };
}

/** Degrees, minutes and seconds with the letter of the hemisphere, without which they mean nothing. To a centimetre. */
function degreesOf(
  [degrees = Number.NaN, minutes = 0, seconds = 0]: readonly number[],
  { ref, signs }: { readonly ref: string | undefined; readonly signs: string },
): number | undefined {
  const side = signs.indexOf(ref?.slice(0, 1).toUpperCase() || "-");
  if (side < 0) return undefined;
  const value = degrees + (minutes || 0) / 60 + (seconds || 0) / 3600;
  return Number((side === 1 ? -value : value).toFixed(7)) + 0;
}

/** Old cameras and RAW files write tags into the one directory that belong into the other. */
async function numberIn({ exif, main }: ExifDirectories, tag: number): Promise<number | undefined> {
  return (await numberOf(exif, tag)) ?? (await numberOf(main, tag));
}

async function textIn({ exif, main }: ExifDirectories, tag: number): Promise<string | undefined> {
  return (await textOf(exif, tag)) ?? (await textOf(main, tag));
}

function isWithin(value: number | undefined, least: number, most: number): value is number {
  return value !== undefined && value >= least && value <= most;
}

const MOST_CHARACTERS = 100;

/** Of hostile files too: no control or formatting characters, single spaces, at most 100 characters; undefined where empty. */
async function textOf(directory: Directory | undefined, tag: number): Promise<string | undefined> {
  const bytes = await textBytesOf(directory, tag);
  if (bytes === undefined) return undefined;
  const utf8 = bytes.toString("utf8");
  const text = (utf8.includes("\uFFFD") ? bytes.toString("latin1") : utf8).replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return text === "" ? undefined : Array.from(text).slice(0, MOST_CHARACTERS).join("").trim();
}
