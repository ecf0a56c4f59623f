/** Tells by its ICC profile that a picture's colours are sRGB already, so that nothing has to be converted. */

/** Of red, green and blue the place in CIE XYZ, as white of D50 sees it (IEC 61966-2-1, adapted as ICC.1:2022, annex E). */
const PRIMARIES = {
  rXYZ: [0.43607, 0.22249, 0.01392],
  gXYZ: [0.38515, 0.71687, 0.09708],
  bXYZ: [0.14307, 0.06061, 0.7141],
} as const;
const CURVES = ["rTRC", "gTRC", "bTRC"] as const;
/** Profiles round differently; the nearest other space in use is off by ten times as much. */
const MOST_OFF = 0.003;
/** Of a shade as it is written, 0 to 1: less than half a step of eight bits. */
const MOST_SHADE_OFF = 0.45 / 255;

/** False also where the profile is damaged or describes its colours in another way than by primaries and curves. */
export function isSrgb(icc: Buffer): boolean {
  try {
    const tags = tagsOf(icc);
    if (icc.toString("latin1", 16, 20) !== "RGB " || tags.has("A2B0")) return false;
    const primaries = Object.entries(PRIMARIES).every(([name, place]) => {
      const tag = tags.get(name);
      return tag !== undefined && place.every((value, axis) => Math.abs(fixed(tag, 8 + axis * 4) - value) < MOST_OFF);
    });
    return primaries && CURVES.every((name) => isSrgbCurve(tags.get(name)));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function tagsOf(icc: Buffer): ReadonlyMap<string, Buffer> {
  const tags = new Map<string, Buffer>();
  const count = Math.min(icc.readUInt32BE(128), 100);
  for (let number = 0; number < count; number++) {
    const at = 132 + number * 12;
    const begin = icc.readUInt32BE(at + 4);
    tags.set(icc.toString("latin1", at, at + 4), icc.subarray(begin, begin + icc.readUInt32BE(at + 8)));
  }
  return tags;
}

function isSrgbCurve(tag: Buffer | undefined): boolean {
  if (tag === undefined) return false;
  const lightOf = curveOf(tag);
  if (lightOf === undefined) return false;
  for (let step = 0; step <= 255; step++) {
    if (Math.abs(shadeOf(lightOf(step / 255)) - step / 255) > MOST_SHADE_OFF) return false;
  }
  return true;
}

/** What is written, 0 to 1, as light (ICC.1:2022, 10.6 and 10.18). */
function curveOf(tag: Buffer): ((shade: number) => number) | undefined {
  const type = tag.toString("latin1", 0, 4);
  if (type === "para" && tag.readUInt16BE(8) === 3) {
    const [gamma = 1, a = 1, b = 0, c = 1, d = 0] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at));
    return (shade) => (shade >= d ? (a * shade + b) ** gamma : c * shade);
  }
  if (type !== "curv") return undefined;
  const points = tag.readUInt32BE(8);
  // One is a plain gamma, none no curve at all: neither is that of sRGB.
  if (points < 2) return undefined;
  return (shade) => {
    const place = shade * (points - 1);
    const below = Math.min(Math.floor(place), points - 2);
    const [first, second] = [tag.readUInt16BE(12 + below * 2), tag.readUInt16BE(14 + below * 2)];
    return (first + (second - first) * (place - below)) / 65_535;
  };
}

function shadeOf(light: number): number {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
}

/** s15Fixed16Number */
function fixed(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) / 65_536;
}
