/** One tile of HEVC, made with x265 from a drawing of ours. */
import { join, u16, u32 } from "./iso-boxes.ts";

/**
 * 64 × 64 pixels: red, green, blue and white quarters, each beginning at the top left. Video, sequence and picture parameter
 * sets, then the picture.
 */
const TILES = {
  8: [
    "QAEMAf//BAgAAAMAn6gAAAMAAB66AkA=",
    "QgEBBAgAAAMAn6gAAAMAAB6gIIEFlupJG2ubgIaAggAAAwACAAADADIQ",
    "RAHBcYES",
    "KAGvCeBQphIDtTf+85T/1vdD4j3eSK5XSdzX5PS+5Q25QYeeHLj/Fcn/UyV/vAITpVPaZuFytgy//Ktd3CxZ/jWmOJOuJcwskOI+dZnh9dmLzMLoE7EP+kcq",
  ],
  10: [
    "QAEMAf//BAgAAAMAnagAAAMAAB66AkA=",
    "QgEBBAgAAAMAnagAAAMAAB6gIIEE2W6kkba5uAhoCCAAAAMAIAAAAwMh",
    "RAHBcYES",
    "KAGvCeBm5+q0ebO1N/7zDf/WG0PibN5IrldJ3Nfk9MIihtygw88OXH+N/P+p07/eAQnSqe0zcLla4Nf/b2QvM16/HxGMuwJdYHPOFBeQesahdEdOBR2NuY39UnxT9mA=",
  ],
  /** Grey: the left half opaque, the right half transparent. */
  alpha: [
    "QAEMAf//BAgAAAMAn+gAAAMAAB66AkA=",
    "QgEBBAgAAAMAn+gAAAMAAB7AggQWW6kkba5uAhoCCAAAAwAIAAADAMhA",
    "RAHBcYES",
    "KAGuE8A+kr/zjlc//w91LCc=",
  ],
} as const;

export const TILE = 64;

export function sliceOf(tile: keyof typeof TILES): Buffer {
  const slice = Buffer.from(TILES[tile][3], "base64");
  return join(u32(slice.length), slice);
}

/** The decoder configuration of ISO/IEC 14496-15, 8.3.3.1. */
export function configurationOf(tile: keyof typeof TILES): Buffer {
  const sets = TILES[tile].slice(0, 3).map((set) => Buffer.from(set, "base64"));
  const sequence = Buffer.from(
    (sets[1] ?? Buffer.alloc(0)).toString("latin1").replaceAll("\0\0\x03", "\0\0"),
    "latin1",
  );
  const profileAndLevel = sequence.subarray(3, 15);
  const chroma = tile === "alpha" ? 0 : 1;
  const depth = tile === 10 ? 2 : 0;
  const arrays = sets.map((set) => join([0x80 | ((set[0] ?? 0) >> 1)], u16(1), u16(set.length), set));
  return join(
    [1],
    profileAndLevel,
    [0xf0, 0, 0xfc, 0xfc | chroma, 0xf8 | depth, 0xf8 | depth, 0, 0, 0x0f, 3],
    ...arrays,
  );
}
