/** What a file says of itself. */
import { open } from "node:fs/promises";
import type { Metadata } from "sharp";
import type { Facts } from "../photo.ts";
import { type ByteSource, sourceOfBuffer, sourceOfFile } from "./byte-source.ts";
import { loadDecoder } from "./decoder.ts";
import { type ExifDirectories, exifInBlock, exifInCr3, exifInJpeg, exifInRaf, exifInTiff } from "./exif-directories.ts";
import { factsOfExif, isOrientation, pixelsOfExif } from "./exif-facts.ts";
import type { Format } from "./formats.ts";
import { type IptcFacts, parseIptc } from "./iptc.ts";
import { factsOfMatroska } from "./matroska.ts";
import { findMotion } from "./motion-photo.ts";
import { factsOfQuickTime } from "./quicktime.ts";
import { factsOfAvi } from "./riff.ts";
import { probeVideo } from "./video-streams.ts";
import { parseXmp, type XmpFacts } from "./xmp.ts";

/**
 * Reads headers and metadata only, some kilobytes of a file of any size. Broken or hostile metadata never makes it reject: what
 * can be read is returned. Rejects only when the file itself cannot be read. When it was taken is told by EXIF, else XMP, else
 * IPTC; of films by Apple's own key, else by the header.
 */
export async function readFacts(path: string, format: Pick<Format, "mime" | "kind">): Promise<Facts> {
  if (format.kind === "video") return await factsOfVideo(path, format.mime);
  return format.kind === "raw" ? await factsOfRaw(path, format.mime) : await factsOfImage(path, format.mime);
}

async function factsOfImage(path: string, mime: string): Promise<Facts> {
  const header = await readHeader(path);
  const file = await open(path, "r");
  try {
    const source = sourceOfFile(file);
    const motion = await findMotion(source, { mime, size: (await file.stat()).size });
    const facts = {
      ...(await factsOfExif(
        header?.exif !== undefined ? await exifInBlock(sourceOfBuffer(header.exif)) : await exifInFile(source, mime),
      )),
      ...(motion && { motion }),
    };
    if (header === undefined) return facts;
    const more = inOrder(
      header.xmp === undefined ? {} : fromXmp(parseXmp(header.xmp), "xmp"),
      header.iptc === undefined ? {} : fromIptc(parseIptc(header.iptc)),
    );
    // The decoder knows whether its format heeds the orientation of EXIF: in HEIF it is done before, by other means.
    const { orientation: _, ...others } = facts;
    const { width, height } = header.autoOrient;
    return {
      ...inOrder(others, more),
      width,
      height,
      ...(header.orientation !== undefined && isOrientation(header.orientation) && { orientation: header.orientation }),
    };
  } finally {
    await file.close();
  }
}

/** What the first does not know is taken from the second; keywords from both. */
export function inOrder(first: Facts, second: Facts): Facts {
  const keywords = [...new Set([...(first.keywords ?? []), ...(second.keywords ?? [])])];
  return { ...second, ...first, ...(keywords.length === 0 ? {} : { keywords }) };
}

/** `sidecar` where it came beside the photo. */
export function fromXmp({ taken, ...rest }: XmpFacts, source: "xmp" | "sidecar"): Facts {
  return { ...rest, ...(taken === undefined ? {} : { taken: { ...taken, source } }) };
}

function fromIptc({ taken, ...rest }: IptcFacts): Facts {
  return { ...rest, ...(taken === undefined ? {} : { taken: { ...taken, source: "iptc" } }) };
}

const ISO_MEDIA = new Set(["video/mp4", "video/x-m4v", "video/quicktime", "video/3gpp", "video/3gpp2"]);

async function factsInContainer(source: ByteSource, mime: string, size: number): Promise<Facts> {
  if (ISO_MEDIA.has(mime)) return await factsOfQuickTime(source, size);
  return mime === "video/x-msvideo" ? await factsOfAvi(source, size) : await factsOfMatroska(source, mime, size);
}

/** What our own reader does not know ffprobe may, where it is installed. */
async function factsOfVideo(path: string, mime: string): Promise<Facts> {
  const file = await open(path, "r");
  try {
    const source = sourceOfFile(file);
    const { size } = await file.stat();
    const facts = await factsInContainer(source, mime, size);
    if (facts.duration !== undefined && facts.width !== undefined) return facts;
    const { duration, width, height } = (await probeVideo(path, mime)) ?? {};
    return {
      ...(duration === undefined ? {} : { duration }),
      ...(width === undefined || height === undefined ? {} : { width, height }),
      ...facts,
    };
  } finally {
    await file.close();
  }
}

/** No decoder but ours here: to others a RAW file is the small preview inside it. */
async function factsOfRaw(path: string, mime: string): Promise<Facts> {
  const file = await open(path, "r");
  try {
    const source = sourceOfFile(file);
    const directories =
      mime === "image/x-canon-cr3" ? await exifInCr3(source, (await file.stat()).size) : await exifInFile(source, mime);
    const facts = await factsOfExif(directories);
    const pixels = await pixelsOfExif(directories);
    if (pixels === undefined) return facts;
    const { width, height } = pixels;
    const lying = (facts.orientation ?? 1) >= 5;
    return { ...facts, width: lying ? height : width, height: lying ? width : height };
  } finally {
    await file.close();
  }
}

/** CRW, MRW and X3F have no EXIF, or have it where no other format has: they end up empty, as does what is no picture. */
async function exifInFile(source: ByteSource, mime: string): Promise<ExifDirectories> {
  switch (mime) {
    case "image/jpeg":
      return await exifInJpeg(source);
    case "image/x-fuji-raf":
      return await exifInRaf(source);
    case "image/x-canon-crw":
      return {};
    default:
      return await exifInTiff(source);
  }
}

async function readHeader(path: string): Promise<Metadata | undefined> {
  const sharp = await loadDecoder();
  try {
    return await sharp(path, { limitInputPixels: false, failOn: "none" }).metadata();
  } catch {
    return undefined;
  }
}
