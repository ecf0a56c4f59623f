/** Scenes of mountains, woods and sand. */
import {
  add,
  chance,
  clamp,
  clouds,
  type Colour,
  crests,
  hex,
  mix,
  noise,
  ramp,
  scale,
  type Shade,
  smooth,
  stars,
  tabulate,
} from "./canvas.ts";

export interface Ridges {
  readonly seed: number;
  /** From the top of the sky to the horizon. */
  readonly sky: readonly Colour[];
  readonly haze: Colour;
  readonly near: Colour;
  readonly sun: { readonly x: number; readonly y: number; readonly colour: Colour; readonly size: number };
  readonly layers: number;
  /** Where the farthest ridge is, from 0 to 1. */
  readonly horizon: number;
  readonly cloudiness: number;
  readonly pines: boolean;
}

export function skyOf({ seed, sky, sun, horizon, cloudiness }: Ridges): Shade {
  return (x, y) => {
    const depth = clamp(y / horizon);
    let colour = ramp(sky, depth);
    const wisps = clouds(seed + 60, x * 1.6 + y * 0.6, (y * 7) / (1.15 - depth * 0.6), 5);
    const lit = mix(sun.colour, [1, 1, 1], 0.25);
    colour = mix(colour, lit, smooth(0.5, 0.8, wisps) * cloudiness);
    const distance = Math.hypot(x - sun.x, y - sun.y);
    colour = add(colour, sun.colour, sun.size * (9 * Math.exp(-distance * 6) + 5 * Math.exp(-distance * 2)));
    return add(colour, sun.colour, 1.5 * smooth(sun.size, sun.size * 0.8, distance));
  };
}

/** Ridge behind ridge in haze, the nearest perhaps with pines. */
export function ridges(scene: Ridges): Shade {
  const sky = skyOf(scene);
  const { seed, layers, horizon, haze, near, sun } = scene;
  const edges = Array.from({ length: layers }, (_, layer) => tabulate((x) => ridgeAt(scene, x, layer)));
  return (x, y) => {
    for (let layer = layers - 1; layer >= 0; layer--) {
      const edge = edges[layer]?.(x) ?? 1;
      if (y < edge) continue;
      const closeness = (layer + 1) / layers;
      const below = (y - edge) / (1.05 - horizon);
      let colour = mix(haze, near, closeness ** 1.25 * 0.96);
      const face = crests(seed + layer * 11, x * (9 - layer), (y - edge) * (14 - layer) + x * 3, 4);
      colour = scale(colour, 0.86 + 0.3 * face * (0.35 + 0.65 * closeness));
      // Mist lies in the valleys and is lit from where the sun is.
      const mist =
        smooth(0.0, 0.5, below) * (1 - closeness * 0.75) * (0.55 + 0.7 * clouds(seed + 80, x * 2.2, y * 9, 4));
      colour = mix(colour, add(haze, sun.colour, 0.16 * Math.exp(-Math.abs(x - sun.x) * 1.6)), mist);
      return add(colour, sun.colour, 0.22 * (1 - closeness) * Math.exp(-Math.hypot(x - sun.x, y - sun.y) * 3));
    }
    return sky(x, y);
  };
}

function ridgeAt({ seed, layers, horizon, pines }: Ridges, x: number, layer: number): number {
  const closeness = layer / Math.max(1, layers - 1);
  const base = horizon + (1 - horizon) * 0.82 * closeness ** 1.15;
  const size = 0.24 - 0.1 * closeness;
  const slope = crests(seed + layer * 13, x * (1.1 + closeness * 0.8) + layer * 3.7, layer, 6);
  const edge = base - (slope - 0.35) * size;
  return pines && layer === layers - 1 ? edge - pineAt(seed, x) * 0.07 : edge;
}

/** Height of the tops of a row of pines. */
export function pineAt(seed: number, x: number): number {
  let top = 0;
  for (const [row, width] of [0.021, 0.034].entries()) {
    const index = Math.floor(x / width);
    for (let near = index - 1; near <= index + 1; near++) {
      const height = 0.35 + 0.65 * chance(seed + row, near);
      const centre = (near + 0.2 + 0.6 * chance(seed + 9 + row, near)) * width;
      const away = Math.abs(x - centre) / (width * 0.62);
      const jag = 0.16 * (0.5 + 0.5 * Math.cos(away * 34));
      top = Math.max(top, height * (1 - away * (1 + jag)));
    }
  }
  return top;
}

/** Trunk behind trunk in fog, light falling from above. */
export function forest({
  seed,
  fog,
  trunk,
  light,
}: {
  readonly seed: number;
  readonly fog: Colour;
  readonly trunk: Colour;
  readonly light: Colour;
}): Shade {
  const layers = 6;
  return (x, y) => {
    const glow = Math.exp(-Math.hypot((x - 0.42) * 1.3, y - 0.2) * 2.1);
    const air = clouds(seed, x * 2.4, y * 3.2, 4);
    let colour = add(mix(scale(fog, 0.6), fog, 0.3 + 0.6 * air), light, 0.5 * glow);
    for (let layer = 0; layer < layers; layer++) {
      const closeness = (layer + 1) / layers;
      const ground = 0.72 + 0.3 * closeness + 0.03 * (noise(seed + layer, x * 9, layer) - 0.5);
      const wood = mix(colour, trunk, closeness ** 1.5 * 0.97);
      if (y > ground) {
        const fern = clouds(seed + 20 + layer, x * 22, y * 34, 3);
        colour = mix(scale(wood, 0.6 + 0.9 * fern), fog, 0.45 * (1 - closeness));
        continue;
      }
      if (y < 0.5 && layer % 2 === 1) {
        const needles = smooth(0.5, 0.74, clouds(seed + 40 + layer, x * 7, y * 8 + layer, 4)) * smooth(0.5, 0.0, y);
        colour = mix(colour, wood, needles * 0.6 * closeness);
      }
      const spacing = 0.07 + 0.16 * closeness;
      const lean = (y - 0.5) * 0.03 * (chance(seed, x / spacing) - 0.5);
      const index = Math.floor((x + lean) / spacing);
      if (chance(seed + layer * 7, index) > 0.78) continue;
      const centre = (index + 0.25 + 0.5 * chance(seed + layer * 31, index)) * spacing;
      const thick = spacing * (0.07 + 0.09 * chance(seed + layer * 17, index)) * (0.8 + 0.35 * y);
      const away = Math.abs(x + lean - centre);
      if (away > thick * 1.15) continue;
      const edge = thick * (1 + 0.25 * (noise(seed + 5, x * 160, y * 14) - 0.5));
      const side = 0.75 + 0.5 * smooth(-thick, thick, centre - x - lean) * (0.6 + 0.8 * glow);
      const bark = 0.82 + 0.36 * noise(seed + 8, x * 240, y * 30);
      colour = mix(colour, scale(wood, side * bark), smooth(edge, edge * 0.75, away));
    }
    const beam = noise(seed + 3, Math.atan2(y + 0.25, x - 0.3) * 13, 0);
    return add(colour, light, 0.34 * smooth(0.55, 1, beam) * smooth(1.0, 0.1, y));
  };
}

/** Crest behind crest of sand, lit from one side. */
export function dunes({
  seed,
  sky,
  lit,
  shadow,
}: {
  readonly seed: number;
  readonly sky: readonly Colour[];
  readonly lit: Colour;
  readonly shadow: Colour;
}): Shade {
  const layers = 5;
  const crestLines = Array.from({ length: layers }, (_, layer) =>
    tabulate(
      (x) =>
        0.4 +
        layer * 0.115 +
        0.12 * (noise(seed + layer * 3, x * (1.0 - layer * 0.07) + layer * 2.3, layer) - 0.5) +
        0.055 * Math.sin(x * (1.7 + layer * 0.35) + seed + layer * 1.9),
    ),
  );
  const crestAt = (x: number, layer: number) => crestLines[layer]?.(x) ?? 1;
  return (x, y) => {
    for (let layer = layers - 1; layer >= 0; layer--) {
      const edge = crestAt(x, layer);
      if (y < edge) continue;
      const below = y - edge;
      const slope = (crestAt(x + 0.02, layer) - edge) / 0.02;
      const wind = noise(seed + 9, x * 3, y * 4) * 0.5;
      const turned = smooth(-0.16, 0.2, slope + below * 0.9 + wind * 0.12 - 0.08);
      const ripples = Math.sin((below * 150 + x * 26 + 9 * noise(seed + 4, x * 4, y * 7)) * (0.6 + layer * 0.18));
      let colour = mix(lit, shadow, turned);
      colour = scale(colour, 1 + 0.045 * ripples * (0.3 + layer * 0.2) * (1 - turned * 0.6));
      colour = scale(colour, 0.95 + 0.1 * noise(seed + 6, x * 300, y * 300));
      colour = add(colour, lit, 0.2 * smooth(0.012, 0, below) * (1 - turned));
      return mix(colour, sky.at(-1) ?? lit, (1 - layer / (layers - 1)) ** 1.5 * 0.55);
    }
    const wisps = clouds(seed + 60, x * 1.3, y * 6, 5);
    return mix(ramp(sky, y / 0.46), [1, 0.97, 0.93], smooth(0.55, 0.85, wisps) * 0.3);
  };
}

/** Curtains of northern light over pines and still water. */
export function aurora({ seed, shore }: { readonly seed: number; readonly shore: number }): Shade {
  const green = hex(0x3dffa0);
  const violet = hex(0xa04dff);
  const sky: Shade = (x, y) => {
    let colour = ramp([hex(0x040a1a), hex(0x08182c), hex(0x123043)], y / shore);
    colour = add(colour, hex(0xdfe8ff), stars(seed, x, y, 0.16));
    for (let curtain = 0; curtain < 3; curtain++) {
      const fold = x + 0.1 * Math.sin(y * 4 + curtain);
      const foot =
        shore * (0.8 - curtain * 0.19) +
        0.16 * (clouds(seed + curtain * 5, fold * 1.3, curtain, 3) - 0.5) * 2 -
        0.05 * x;
      const above = foot - y;
      if (above < -0.02) continue;
      const rays = 0.35 + 0.65 * noise(seed + curtain, fold * 26, y * 0.7) * noise(seed + 3 + curtain, fold * 7, 0) * 2;
      const strength = smooth(-0.02, 0.02, above) * Math.exp(-above * (4.2 - curtain * 0.6)) * rays;
      const tint = mix(green, violet, smooth(0.08, 0.36, above));
      colour = add(colour, tint, strength * (0.85 - curtain * 0.2));
    }
    return colour;
  };
  const treeLine = tabulate((x) => shore - 0.005 - 0.04 * clouds(seed + 70, x * 2, 0, 3) - pineAt(seed, x) * 0.075);
  return (x, y) => {
    const trees = treeLine(x);
    if (y < trees) return sky(x, y);
    if (y < shore) return scale(hex(0x04090f), 1 + 0.6 * noise(seed, x * 80, y * 80));
    const depth = (y - shore) / (1 - shore);
    const wave = (noise(seed + 30, x * 9, 60 / (depth + 0.15)) - 0.5) * 0.05 * depth;
    const mirrored = shore - (y - shore) * 0.92 + wave;
    const treesThere = shore - (shore - trees) * 1.05;
    const image = mirrored > treesThere ? hex(0x03070c) : sky(x + wave * 0.6, mirrored);
    return add(scale(image, 0.62 - 0.18 * depth), hex(0x04101a), 0.5);
  };
}
