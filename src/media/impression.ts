/** What stands in a picture's place until it is there. */
import type { Sharp } from "sharp";
import type { Impression } from "../photo.ts";

/** ThumbHash keeps at most seven waves a side and takes up to 100 pixels; what it costs grows with them. */
const MOST_PIXELS = 64;

/** https://evanw.github.io/thumbhash/ */
export async function impressionOf(picture: Sharp): Promise<Impression> {
  const { rgbaToThumbHash } = await import("thumbhash");
  const small = picture.resize({ width: MOST_PIXELS, height: MOST_PIXELS, fit: "inside" }).ensureAlpha();
  const { data, info } = await small.raw().toBuffer({ resolveWithObject: true });
  const placeholder = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString("base64");
  return { placeholder, colour: dominantOf(data) };
}

/** Steps of a channel that are taken for the same colour. */
const STEP = 32;

/** The mean of the largest group of like pixels, `#rrggbb`; of what can be seen through, the rest alone counts. */
function dominantOf(rgba: Buffer): string {
  const groups = new Map<number, { count: number; red: number; green: number; blue: number }>();
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    if (alpha < 128) continue;
    const key = ((red / STEP) | 0) * 64 + ((green / STEP) | 0) * 8 + ((blue / STEP) | 0);
    const group = groups.get(key) ?? { count: 0, red: 0, green: 0, blue: 0 };
    groups.set(key, group);
    group.count++;
    group.red += red;
    group.green += green;
    group.blue += blue;
  }
  const [largest] = [...groups.values()].sort((a, b) => b.count - a.count);
  if (largest === undefined) return "#808080";
  const { count, red, green, blue } = largest;
  const digits = (sum: number): string =>
    Math.round(sum / count)
      .toString(16)
      .padStart(2, "0");
  return `#${digits(red)}${digits(green)}${digits(blue)}`;
}
