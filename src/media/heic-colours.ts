/** Brings the colours of a HEIC picture into a form that the decoder of the other pictures understands. */
import { loadDecoder } from "./decoder.ts";
import type { HeicPixels } from "./heic.ts";
import { profiledTiff } from "./profiled-tiff.ts";

// Numbers of ITU-T H.273.
const BT2020 = 9;
const DISPLAY_P3 = 12;
const PQ = 16;
const HLG = 18;

/** A picture that the decoder reads as it is, its colours being those of its profile, or else sRGB. */
export type HeicPicture =
  | { readonly tiff: Buffer }
  | { readonly pixels: Pick<HeicPixels, "data" | "width" | "height" | "channels"> };

/** HDR is mapped to the range of a screen; the pixels given may be changed for it. */
export async function withColours(picture: HeicPixels): Promise<HeicPicture> {
  const { profile, ...pixels } = picture;
  if (profile === undefined) return { pixels };
  if ("icc" in profile) return { tiff: profiledTiff({ ...pixels, icc: profile.icc }) };
  if (profile.transfer === PQ || profile.transfer === HLG) {
    mapTones(pixels, profile);
    return { pixels };
  }
  if (profile.primaries !== DISPLAY_P3) return { pixels };
  const icc = await displayP3();
  return icc === undefined ? { pixels } : { tiff: profiledTiff({ ...pixels, icc }) };
}

/** The decoder has the profile but gives it only with a picture. */
async function displayP3(): Promise<Buffer | undefined> {
  const sharp = await loadDecoder();
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: "black" } });
  return (await sharp(await pixel.withIccProfile("p3").png().toBuffer()).metadata()).icc;
}

/** The white of paper, in candela per square metre (ITU-R BT.2408), and the brightest light that is told from it. */
const PAPER = 203;
const BRIGHTEST = 1000 / PAPER;
const STEPS = 4096;

function mapTones(
  { data, channels }: Pick<HeicPixels, "data" | "channels">,
  { primaries, transfer }: { readonly primaries: number; readonly transfer: number },
): void {
  const lights = Float32Array.from({ length: 256 }, (_, value) =>
    Math.min(transfer === PQ ? lightOfPq(value / 255) : lightOfHlg(value / 255), BRIGHTEST),
  );
  const shown = Uint8Array.from({ length: STEPS + 1 }, (_, step) =>
    Math.round(255 * srgb(compress((step / STEPS) * BRIGHTEST))),
  );
  const encode = (light: number) =>
    shown[Math.round((Math.min(Math.max(light, 0), BRIGHTEST) / BRIGHTEST) * STEPS)] ?? 0;
  const lightAt = (at: number) => lights[data[at] ?? 0] ?? 0;
  const wide = primaries === BT2020;
  for (let at = 0; at + 2 < data.length; at += channels) {
    const [r, g, b] = [lightAt(at), lightAt(at + 1), lightAt(at + 2)];
    // ITU-R BT.2087: BT.2020 to BT.709.
    data[at] = encode(wide ? 1.6605 * r - 0.5876 * g - 0.0728 * b : r);
    data[at + 1] = encode(wide ? -0.1246 * r + 1.1329 * g - 0.0083 * b : g);
    data[at + 2] = encode(wide ? -0.0182 * r - 0.1006 * g + 1.1187 * b : b);
  }
}

/** ITU-R BT.2100, table 4; paper is 1. */
function lightOfPq(value: number): number {
  const root = value ** (1 / 78.84375);
  return (10_000 / PAPER) * (Math.max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125);
}

/** ITU-R BT.2100, table 5, on a screen of 1000 candela per square metre. */
function lightOfHlg(value: number): number {
  const scene = value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12;
  return (1000 / PAPER) * scene ** 1.2;
}

/** Möbius: as it is up to a third of paper white, then ever flatter up to the brightest. */
function compress(light: number): number {
  const knee = 0.3;
  if (light <= knee) return light;
  const a = (-(knee ** 2) * (BRIGHTEST - 1)) / (knee ** 2 - 2 * knee + BRIGHTEST);
  const b = (knee ** 2 - 2 * knee * BRIGHTEST + BRIGHTEST) / (BRIGHTEST - 1);
  return ((b ** 2 + 2 * b * knee + knee ** 2) / (b - a)) * ((light + a) / (light + b));
}

/** IEC 61966-2-1 */
function srgb(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}
