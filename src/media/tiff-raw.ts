/** Tells the RAW files that are built on TIFF from pictures that are TIFF. */
import type { ByteSource } from "./byte-source.ts";
import { type Directory, numbersOf, openTiff, readDirectory, textBytesOf } from "./tiff.ts";

export interface RawInTiff {
  /** True where the file declares itself a DNG. */
  readonly dng: boolean;
  /** As the camera wrote it; empty where it wrote none. */
  readonly make: string;
}

// Tags of TIFF 6.0, TIFF/EP (ISO 12234-2) and DNG: https://helpx.adobe.com/camera-raw/digital-negative.html
const COMPRESSION = 259;
const PHOTOMETRIC = 262;
const MAKE = 271;
const SUB_IFDS = 330;
const DNG_VERSION = 50706;

/** A mosaic of sensor cells, or linear values of the sensor: what no finished picture has. */
const SENSOR_PHOTOMETRICS = new Set([32803, 34892]);
/** Sony ARW, packed RAW, Samsung SRW, Nikon NEF, Kodak DCR and KDC, Pentax PEF. */
const SENSOR_COMPRESSIONS = new Set([32767, 32769, 32770, 32772, 34713, 65000, 65535]);

const MOST_DIRECTORIES = 16;

/**
 * Looks through the directories of a TIFF file, 16 at most, wherever in it they are. Undefined where nothing in them says
 * RAW, or where they cannot be read. Rejects only when the disk fails.
 */
export async function findRawInTiff(source: ByteSource): Promise<RawInTiff | undefined> {
  let sensor = false;
  let dng = false;
  let make = "";
  for await (const directory of directoriesOf(source)) {
    const [[photometric = 0], [compression = 0]] = await Promise.all([
      numbersOf(directory, PHOTOMETRIC),
      numbersOf(directory, COMPRESSION),
    ]);
    sensor ||= SENSOR_PHOTOMETRICS.has(photometric) || SENSOR_COMPRESSIONS.has(compression);
    dng ||= directory.entries.has(DNG_VERSION);
    make ||= (await textBytesOf(directory, MAKE))?.toString("latin1").trim() ?? "";
  }
  return sensor || dng ? { dng, make } : undefined;
}

/** All of them, wherever they are in the file, 16 at most. */
export async function* directoriesOf(source: ByteSource): AsyncGenerator<Directory> {
  const first = await openTiff(source);
  if (first === undefined) return;
  const seen = new Set<number>();
  const waiting = [...(await numbersOf(first, SUB_IFDS)), first.next];
  yield first;
  for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
    if (offset === 0 || seen.has(offset) || seen.size === MOST_DIRECTORIES) continue;
    seen.add(offset);
    const directory = await readDirectory(first, offset);
    if (directory === undefined) continue;
    waiting.push(...(await numbersOf(directory, SUB_IFDS)), directory.next);
    yield directory;
  }
}
