/** What a file is: by its name for a first look, by its content to decide. */
import { open } from "node:fs/promises";
import { extname } from "node:path";
import type { Kind } from "../photo.ts";
import { sourceOfFile } from "./byte-source.ts";
import { isRawExtension, rawByName, rawBySignature, rawFormat, rawInTiff } from "./raw-formats.ts";
import { isSoundInBoxes, isSoundInMatroska } from "./tracks.ts";

export interface Format {
  readonly mime: string;
  readonly kind: Kind;
  /** The usual one, lower case, without the dot. */
  readonly extension: string;
}

const IMAGE_EXTENSIONS = new Set(
  (
    "jpg jpeg jpe jif jfif mpo insp png apng gif webp avif avifs heic heif hif heics heifs avci tif tiff bmp dib jxl " +
    "jp2 jpx jpf j2k j2c jpc jxr wdp hdp psd psb"
  ).split(" "),
);
const VIDEO_EXTENSIONS = new Set(
  (
    "mp4 m4v mov qt 3gp 3gpp 3g2 3gp2 avi divx mkv webm ogv ogm mpg mpeg mpe m1v m2v m2p vob mod tod ts mts m2ts m2t " +
    "wmv asf flv f4v mxf insv 360"
  ).split(" "),
);
/** Thumbnails of cameras, metadata of any program, and the edits of Apple Photos, RawTherapee and DxO. */
const SIDECAR_EXTENSIONS = new Set(["xmp", "thm", "aae", "pp3", "dop"]);

/**
 * What a file of this name is likely to be; undefined for everything that photolog does not take.
 * Every extension named here is one whose content `recognise` knows.
 */
export function kindOfName(filename: string): Kind | "sidecar" | undefined {
  const extension = extensionOf(filename);
  if (IMAGE_EXTENSIONS.has(extension)) return "image";
  if (isRawExtension(extension)) return "raw";
  if (VIDEO_EXTENSIONS.has(extension)) return "video";
  return SIDECAR_EXTENSIONS.has(extension) ? "sidecar" : undefined;
}

export function isSidecarName(filename: string): boolean {
  return SIDECAR_EXTENSIONS.has(extensionOf(filename));
}

const JPEG: Format = { mime: "image/jpeg", kind: "image", extension: "jpg" };
const PNG: Format = { mime: "image/png", kind: "image", extension: "png" };
const TIFF: Format = { mime: "image/tiff", kind: "image", extension: "tif" };
const WMV: Format = { mime: "video/x-ms-wmv", kind: "video", extension: "wmv" };
const OGV: Format = { mime: "video/ogg", kind: "video", extension: "ogv" };

/**
 * The formats that `file-type` can find and photolog takes, under the media type it is stored with. The list is closed:
 * documents (PDF, SVG, HTML), sound, archives and programs are not on it. Photoshop files are: they are what a photographer
 * has made of a photo, and the archive keeps what no decoder reads. Animated PNG is PNG to everybody else.
 */
const FOUND: Readonly<Record<string, Format>> = {
  "image/gif": { mime: "image/gif", kind: "image", extension: "gif" },
  "image/webp": { mime: "image/webp", kind: "image", extension: "webp" },
  "image/bmp": { mime: "image/bmp", kind: "image", extension: "bmp" },
  "image/jxl": { mime: "image/jxl", kind: "image", extension: "jxl" },
  "image/jp2": { mime: "image/jp2", kind: "image", extension: "jp2" },
  "image/jpx": { mime: "image/jpx", kind: "image", extension: "jpx" },
  "image/j2c": { mime: "image/j2c", kind: "image", extension: "j2c" },
  "image/vnd.ms-photo": { mime: "image/vnd.ms-photo", kind: "image", extension: "jxr" },
  "image/vnd.adobe.photoshop": { mime: "image/vnd.adobe.photoshop", kind: "image", extension: "psd" },
  "image/x-fujifilm-raf": rawFormat("raf"),
  "video/mp4": { mime: "video/mp4", kind: "video", extension: "mp4" },
  "video/x-m4v": { mime: "video/x-m4v", kind: "video", extension: "m4v" },
  "video/quicktime": { mime: "video/quicktime", kind: "video", extension: "mov" },
  "video/3gpp": { mime: "video/3gpp", kind: "video", extension: "3gp" },
  "video/3gpp2": { mime: "video/3gpp2", kind: "video", extension: "3g2" },
  "video/vnd.avi": { mime: "video/x-msvideo", kind: "video", extension: "avi" },
  "video/matroska": { mime: "video/x-matroska", kind: "video", extension: "mkv" },
  "video/webm": { mime: "video/webm", kind: "video", extension: "webm" },
  "video/ogg": OGV,
  "video/mpeg": { mime: "video/mpeg", kind: "video", extension: "mpg" },
  "video/MP1S": { mime: "video/mpeg", kind: "video", extension: "mpg" },
  "video/MP2P": { mime: "video/mpeg", kind: "video", extension: "mpg" },
  "video/mp2t": { mime: "video/mp2t", kind: "video", extension: "mts" },
  "video/x-ms-asf": WMV,
  "video/x-flv": { mime: "video/x-flv", kind: "video", extension: "flv" },
  "application/mxf": { mime: "application/mxf", kind: "video", extension: "mxf" },
};

/** Containers that may hold film or sound, decided by the name. */
const FOUND_IF_NAMED_VIDEO: Readonly<Record<string, Format>> = {
  "application/vnd.ms-asf": WMV,
  "audio/x-ms-asf": WMV,
  "application/ogg": OGV,
};

/** Brands of still pictures in ISO media files (ISO/IEC 23008-12, https://aomediacodec.github.io/av1-avif/). */
const STILL_BRANDS = new Set(
  "avif avis heic heix heim heis hevc hevx hevm hevs mif1 mif2 msf1 miaf avci avcs".split(" "),
);
/** Those that name the codec: AV1 or HEVC. The others are any HEIF. */
const AVIF: Format = { mime: "image/avif", kind: "image", extension: "avif" };
const HEIC: Format = { mime: "image/heic", kind: "image", extension: "heic" };
const HEIC_SEQUENCE: Format = { mime: "image/heic-sequence", kind: "image", extension: "heics" };
const HEIF: Format = { mime: "image/heif", kind: "image", extension: "heif" };
const STILLS_BY_CODEC: Readonly<Record<string, Format>> = {
  avif: AVIF,
  avis: AVIF,
  heic: HEIC,
  heix: HEIC,
  heim: HEIC,
  heis: HEIC,
  hevc: HEIC_SEQUENCE,
  hevx: HEIC_SEQUENCE,
  hevm: HEIC_SEQUENCE,
  hevs: HEIC_SEQUENCE,
};

/** Enough for every signature here, for the brands and stream headers of a film and for three packets of a transport stream. */
const HEAD_BYTES = 4096;
/** The sizes that the headers of BMP pictures have had. */
const BMP_HEADER_BYTES = new Set([12, 16, 40, 52, 56, 64, 108, 124]);
const TRANSPORT_STREAM_SYNC = 0x47;
const FLV_SOUND_ONLY = 0x04;

/**
 * Decides by the content what a file is. Its name only settles what the content leaves open: which RAW of one family, film
 * or sound. Undefined where it is neither picture nor film. No bytes make it reject, only a disk that cannot be read.
 * `begins`: its first bytes, if they are at hand; of most photos the file need not be opened then.
 */
export async function recognise(path: string, filename: string, begins?: Buffer): Promise<Format | undefined> {
  return (begins && byFirstBytes(begins)) ?? (await byLook(path, filename));
}

/** The formats of nearly all photos, which nothing but their first bytes tells. */
function byFirstBytes(head: Buffer): Format | undefined {
  const start = head.toString("latin1", 0, 8);
  if (start === "\x89PNG\r\n\x1a\n") return PNG;
  // JPEG-LS begins as JPEG does, and then has a marker of its own (ISO/IEC 14495-1).
  return /^\xff\xd8\xff(?!\xf7)/.test(start) ? JPEG : undefined;
}

async function byLook(path: string, filename: string): Promise<Format | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(buffer, 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const start = head.toString("latin1");

    const known = byFirstBytes(head);
    if (known !== undefined) return known;
    if (/^(?:II\*\0|MM\0\*)/.test(start)) return (await rawInTiff(sourceOfFile(file), { start, filename })) ?? TIFF;
    if (/^(?:II\+\0|MM\0\+)/.test(start)) return rawByName(filename) ?? TIFF;
    if (start.startsWith("ftyp", 4)) {
      const format = await ofBrands(path, { head, size });
      return format?.kind === "video" && (await isSoundInBoxes(sourceOfFile(file), size)) ? undefined : format;
    }
    // Nothing we take is a ZIP or gzip file, and nobody shall make us unpack one.
    if (start.startsWith("PK") || start.startsWith("\x1f\x8b")) return undefined;

    const raw = rawBySignature(start, filename);
    if (raw !== undefined) return raw;
    const mime = await mimeByFileType(path);
    if (mime === undefined || !isCredible(mime, { head, size, filename })) return undefined;
    if (/matroska|webm/.test(mime) && (await isSoundInMatroska(sourceOfFile(file), size))) return undefined;
    if (kindOfName(filename) === "video" && mime in FOUND_IF_NAMED_VIDEO) return FOUND_IF_NAMED_VIDEO[mime];
    return FOUND[mime];
  } finally {
    await file.close();
  }
}

/** Stills and RAW by the brands they name; films and sound are told apart by `file-type`. */
async function ofBrands(
  path: string,
  { head, size }: { readonly head: Buffer; readonly size: number },
): Promise<Format | undefined> {
  if (!startsWithBox(head, size)) return undefined;
  const end = Math.min(head.readUInt32BE(0), head.length);
  const [major, , ...compatible] = head.toString("latin1", 8, end).match(/[^]{4}/g) ?? [];
  if (major === "crx ") return rawFormat("cr3");
  if (major === undefined || !STILL_BRANDS.has(major)) return FOUND[(await mimeByFileType(path)) ?? ""];
  const codec = [major, ...compatible].find((brand) => Object.hasOwn(STILLS_BY_CODEC, brand)) ?? major;
  return STILLS_BY_CODEC[codec] ?? HEIF;
}

async function mimeByFileType(path: string): Promise<string | undefined> {
  const { fileTypeFromFile } = await import("file-type");
  try {
    return (await fileTypeFromFile(path))?.mime;
  } catch (error) {
    // It may stumble over broken bytes: then they are no photo. A broken disk says nothing about them.
    if (error instanceof Error && "syscall" in error) throw error;
    return undefined;
  }
}

/** Where two or four bytes are all that `file-type` asks for, other files can have them: look closer. */
function isCredible(
  mime: string,
  { head, size, filename }: { readonly head: Buffer; readonly size: number; readonly filename: string },
): boolean {
  switch (mime) {
    case "image/bmp":
      return head.length >= 18 && BMP_HEADER_BYTES.has(head.readUInt32LE(14));
    case "image/jxl":
      return startsWithBox(head, size) || extensionOf(filename) === "jxl";
    case "video/quicktime":
      return startsWithBox(head, size);
    case "video/vnd.avi":
      return !head.includes("auds") || head.includes("vids") || head.includes("iavs");
    case "video/x-flv":
      return head[4] !== FLV_SOUND_ONLY;
    case "video/mp2t":
      return [188, 192].some((packet) =>
        [0, 1, 2].every((n) => head[packet - 188 + n * packet] === TRANSPORT_STREAM_SYNC),
      );
    default:
      return true;
  }
}

/** The size that a box claims: all the rest (0), a 64-bit one that follows (1), or bytes that are there. */
function startsWithBox(head: Buffer, size: number): boolean {
  if (head.length < 8) return false;
  const claimed = head.readUInt32BE(0);
  return claimed < 2 || (claimed >= 8 && claimed <= size);
}

/** Lower case, without the dot; empty for names like `.jpg`. */
function extensionOf(filename: string): string {
  return extname(filename).slice(1).toLowerCase();
}
