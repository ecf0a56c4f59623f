import type { Place } from "../photo.ts";

/** `+48.8577+002.2950+035.000/` (ISO 6709, annex H, in degrees). Undefined where it is none, or nowhere. */
export function placeOfIso6709(text: string): Place | undefined {
  const [, north, east, up] =
    /^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?/.exec(text.trim()) ?? [];
  const [latitude, longitude] = [Number(north), Number(east)];
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined;
  if (latitude === 0 && longitude === 0) return undefined;
  return { latitude, longitude, ...(up === undefined ? {} : { altitude: Number(up) }) };
}
