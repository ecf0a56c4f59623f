/** What every scene is painted with: colours, chance and noise. All of it is the same on every run. */

/** Red, green and blue from 0 to 1; more than 1 is light that will bloom. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Colour of a point: `x` from 0 to the picture's width divided by its height, `y` from 0 (top) to 1. */
export type Shade = (x: number, y: number) => Colour;

export function hex(code: number): Colour {
  return [((code >> 16) & 255) / 255, ((code >> 8) & 255) / 255, (code & 255) / 255];
}

export function mix(a: Colour, b: Colour, part: number): Colour {
  const t = clamp(part);
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

export function add(a: Colour, b: Colour, amount = 1): Colour {
  return [a[0] + b[0] * amount, a[1] + b[1] * amount, a[2] + b[2] * amount];
}

export function scale(a: Colour, by: number): Colour {
  return [a[0] * by, a[1] * by, a[2] * by];
}

/** Colours at equal distances, blended. */
export function ramp(colours: readonly Colour[], part: number): Colour {
  const at = clamp(part) * (colours.length - 1);
  const index = Math.min(Math.floor(at), colours.length - 2);
  return mix(colours[index] ?? BLACK, colours[index + 1] ?? BLACK, at - index);
}

export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [1, 1, 1];

export function clamp(value: number, least = 0, most = 1): number {
  return value < least ? least : value > most ? most : value;
}

export function smooth(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from));
  return t * t * (3 - 2 * t);
}

/** A number from 0 to 1 for every whole number (mulberry32's mixing). */
export function chance(seed: number, index: number): number {
  let t = (Math.imul(seed, 0x9e3779b1) + Math.imul(Math.floor(index), 0x85ebca6b) + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const SIDE = 256;
const lattice = new Float32Array(SIDE * SIDE);
for (let index = 0; index < lattice.length; index++) lattice[index] = chance(7, index);

/** Value noise from 0 to 1; different seeds are different places on the same endless map. */
export function noise(seed: number, x: number, y: number): number {
  const px = x + seed * 17.37;
  const py = y + seed * 41.13;
  const ix = Math.floor(px);
  const iy = Math.floor(py);
  const fx = px - ix;
  const fy = py - iy;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const left = ix & (SIDE - 1);
  const right = (ix + 1) & (SIDE - 1);
  const upper = (iy & (SIDE - 1)) * SIDE;
  const lower = ((iy + 1) & (SIDE - 1)) * SIDE;
  const a = lattice[upper + left] ?? 0;
  const b = lattice[upper + right] ?? 0;
  const c = lattice[lower + left] ?? 0;
  const d = lattice[lower + right] ?? 0;
  return a + (b - a) * sx + (c - a + (a - b - c + d) * sx) * sy;
}

/** Noise upon noise, each layer twice as fine and half as strong; from 0 to 1, mostly near the middle. */
export function clouds(seed: number, x: number, y: number, layers = 5): number {
  let sum = 0;
  let weight = 0.5;
  let size = 1;
  let all = 0;
  for (let layer = 0; layer < layers; layer++) {
    sum += noise(seed + layer * 3, x * size, y * size) * weight;
    all += weight;
    weight *= 0.5;
    size *= 2.03;
  }
  return sum / all;
}

/** Like clouds, folded into sharp crests: from 0 to 1. */
export function crests(seed: number, x: number, y: number, layers = 5): number {
  let sum = 0;
  let weight = 0.5;
  let size = 1;
  let all = 0;
  for (let layer = 0; layer < layers; layer++) {
    const n = 1 - Math.abs(noise(seed + layer * 5, x * size, y * size) * 2 - 1);
    sum += n * n * weight;
    all += weight;
    weight *= 0.48;
    size *= 2.1;
  }
  return sum / all;
}

/** The same line for x from -1 to 5, looked up in a table instead of worked out for every point. */
export function tabulate(line: (x: number) => number): (x: number) => number {
  const perUnit = 1500;
  const table = Float32Array.from({ length: 6 * perUnit + 1 }, (_, index) => line(index / perUnit - 1));
  return (x) => {
    const at = clamp((x + 1) * perUnit, 0, 6 * perUnit - 1);
    const index = Math.floor(at);
    const here = table[index] ?? 0;
    return here + ((table[index + 1] ?? 0) - here) * (at - index);
  };
}

/** Stars of a clear night: brightness at a point. */
export function stars(seed: number, x: number, y: number, density: number): number {
  const size = 90;
  const ix = Math.floor(x * size);
  const iy = Math.floor(y * size);
  const index = ix * 7919 + iy;
  if (chance(seed, index) > density) return 0;
  const dx = x * size - ix - 0.2 - 0.6 * chance(seed + 1, index);
  const dy = y * size - iy - 0.2 - 0.6 * chance(seed + 2, index);
  const brightness = chance(seed + 3, index) ** 4 * 1.6 + 0.15;
  return brightness * Math.exp(-(dx * dx + dy * dy) * 90);
}

/** As film does: the brightest lights lose their colour slowly instead of being cut off. */
function expose(light: number): number {
  return light < 0.7 ? Math.max(0, light) : 0.7 + 0.3 * (1 - Math.exp((0.7 - light) / 0.3));
}

/** Paints every point, row by row, as 8-bit RGB. */
export function paint(width: number, height: number, shade: Shade): Buffer {
  const pixels = Buffer.allocUnsafe(width * height * 3);
  let at = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const colour = shade((column + 0.5) / height, (row + 0.5) / height);
      for (let band = 0; band < 3; band++) pixels[at++] = expose(colour[band] ?? 0) * 255 + 0.5;
    }
  }
  return pixels;
}
