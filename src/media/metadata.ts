/** What a file says of itself. */
import { open } from "node:fs/promises";
import type { Metadata } from "sharp";
import type { Facts } from "../photo.ts";
import { type ByteSource, sourceOfBuffer, sourceOfFile } from "./byte-source.ts";
import { loadDecoder } from "./decoder.ts";
import { type ExifDirectories, exifInBlock, exifInCr3, exifInJpeg, exifInRaf, exifInTiff } from "./exif-directories.ts";
import { factsOfExif, isOrientation, pixelsOfExif } from "./exif-facts.ts";
import type { Format } from "./formats.ts";
import { findMotion } from "./motion-photo.ts";

/**
 * Reads headers and EXIF only, some kilobytes of a file of any size. Broken or hostile metadata never makes it reject: what
 * can be read is returned. Rejects only when the file itself cannot be read. Films say nothing yet.
 */
export async function readFacts(path: string, format: Pick<Format, "mime" | "kind">): Promise<Facts> {
  if (format.kind === "video") return {};
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
    // The decoder knows whether its format heeds the orientation of EXIF: in HEIF it is done before, by other means.
    const { orientation: _, ...others } = facts;
    const { width, height } = header.autoOrient;
    return {
      ...others,
      width,
      height,
      ...(header.orientation !== undefined && isOrientation(header.orientation) && { orientation: header.orientation }),
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
