/** The RAW formats of cameras: most are built on TIFF, and only what is inside or their name tells which one. */
import { extname } from "node:path";
import type { ByteSource } from "./byte-source.ts";
import type { Format } from "./formats.ts";
import { findRawInTiff } from "./tiff-raw.ts";

const RAW_MIMES: Readonly<Record<string, string>> = {
  "3fr": "image/x-hasselblad-3fr",
  arw: "image/x-sony-arw",
  cap: "image/x-phaseone-cap",
  cr2: "image/x-canon-cr2",
  cr3: "image/x-canon-cr3",
  crw: "image/x-canon-crw",
  dcr: "image/x-kodak-dcr",
  dng: "image/x-adobe-dng",
  erf: "image/x-epson-erf",
  fff: "image/x-hasselblad-fff",
  gpr: "image/x-gopro-gpr",
  iiq: "image/x-phaseone-iiq",
  k25: "image/x-kodak-k25",
  kdc: "image/x-kodak-kdc",
  mef: "image/x-mamiya-mef",
  mos: "image/x-leaf-mos",
  mrw: "image/x-minolta-mrw",
  nef: "image/x-nikon-nef",
  nrw: "image/x-nikon-nrw",
  orf: "image/x-olympus-orf",
  ori: "image/x-olympus-orf",
  pef: "image/x-pentax-pef",
  raf: "image/x-fuji-raf",
  raw: "image/x-panasonic-raw",
  rw2: "image/x-panasonic-rw2",
  rwl: "image/x-leica-rwl",
  sr2: "image/x-sony-sr2",
  srf: "image/x-sony-srf",
  srw: "image/x-samsung-srw",
  x3f: "image/x-sigma-x3f",
};

/** Whose cameras write which TIFF-based RAW, for files whose name does not tell. */
const RAW_EXTENSIONS_OF_MAKERS: readonly (readonly [start: string, extension: string])[] = [
  ["canon", "cr2"],
  ["nikon", "nef"],
  ["sony", "arw"],
  ["pentax", "pef"],
  ["ricoh", "pef"],
  ["samsung", "srw"],
  ["seiko epson", "erf"],
  ["eastman kodak", "kdc"],
  ["kodak", "dcr"],
  ["hasselblad", "3fr"],
  ["phase one", "iiq"],
  ["leaf", "mos"],
  ["mamiya", "mef"],
];

/** RAW formats with a beginning of their own. */
const RAW_SIGNATURES: readonly (readonly [start: string, extension: string])[] = [
  ["IIU\0", "rw2"],
  ["IIRO", "orf"],
  ["IIRS", "orf"],
  ["MMOR", "orf"],
  ["II\x1a\0\0\0HEAPCCDR", "crw"],
  ["\0MRM", "mrw"],
  ["FOVb", "x3f"],
];

const OF_ANOTHER_MAKER: Format = { mime: "image/x-raw", kind: "raw", extension: "raw" };

/** Of every RAW file that photolog knows; lower case, without the dot. */
export function isRawExtension(extension: string): boolean {
  return Object.hasOwn(RAW_MIMES, extension);
}

export function rawFormat(extension: string): Format {
  return { mime: RAW_MIMES[extension] ?? OF_ANOTHER_MAKER.mime, kind: "raw", extension };
}

/** The RAW format that begins like this, if it is one with a beginning of its own. `start` is Latin-1 text. */
export function rawBySignature(start: string, filename: string): Format | undefined {
  const extension = RAW_SIGNATURES.find(([magic]) => start.startsWith(magic))?.[1];
  return extension === undefined ? undefined : (rawByName(filename) ?? rawFormat(extension));
}

export function rawByName(filename: string): Format | undefined {
  const extension = extname(filename).slice(1).toLowerCase();
  return isRawExtension(extension) ? rawFormat(extension) : undefined;
}

/**
 * Which RAW a TIFF file is; undefined where it is a finished picture. A name that says RAW is believed even where nothing
 * inside does (old Kodaks): the other mistake would show the tiny preview inside as if it were the photo.
 */
export async function rawInTiff(
  source: ByteSource,
  { start, filename }: { readonly start: string; readonly filename: string },
): Promise<Format | undefined> {
  if (start.startsWith("CR", 8)) return rawFormat("cr2");
  const named = rawByName(filename);
  if (start.startsWith("IIII", 8) || start.startsWith("MMMM", 8)) return named ?? rawFormat("iiq");
  const found = await findRawInTiff(source);
  if (found === undefined) return named;
  if (found.dng) return named?.extension === "gpr" ? named : rawFormat("dng");
  const maker = found.make.toLowerCase();
  const extension = RAW_EXTENSIONS_OF_MAKERS.find(([name]) => maker.startsWith(name))?.[1];
  return named ?? (extension === undefined ? OF_ANOTHER_MAKER : rawFormat(extension));
}
