/** Scenes of seas, lakes and shores. */
import {
  add,
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
  tabulate,
  WHITE,
} from "./canvas.ts";
import { ridges, type Ridges } from "./land.ts";

export interface Sea {
  readonly seed: number;
  readonly sky: readonly Colour[];
  readonly deep: Colour;
  readonly sun: { readonly x: number; readonly y: number; readonly colour: Colour; readonly size: number };
  readonly horizon: number;
  readonly cloudiness: number;
  /** What stands before the sky and is mirrored: its colour, and how much of a point it covers, from 0 to 1. */
  readonly shape?: { readonly colour: Colour; readonly covers: (x: number, y: number) => number };
}

/** Open water under a low sun or moon, with its road of light. */
export function sea({ seed, sky, deep, sun, horizon, cloudiness, shape }: Sea): Shade {
  const air: Shade = (x, y) => {
    const depth = clamp(y / horizon);
    let colour = ramp(sky, depth);
    const bank = clouds(seed, x * 1.1 + 3, (y * 5) / (1.25 - depth), 5);
    const thick = smooth(0.48, 0.74, bank) * cloudiness;
    const distance = Math.hypot(x - sun.x, y - sun.y);
    const under = mix(scale(ramp(sky, depth * 0.6), 0.72), sun.colour, 0.75 * Math.exp(-distance * 1.7));
    colour = mix(colour, under, thick);
    colour = add(colour, sun.colour, sun.size * (8 * Math.exp(-distance * 7) + 4 * Math.exp(-distance * 2.2)));
    return add(colour, sun.colour, 1.3 * smooth(sun.size, sun.size * 0.86, distance) * (1 - thick * 0.5));
  };
  const surface: Shade = (x, y) => {
    const down = (y - horizon) / (1 - horizon);
    const far = 1 / (down + 0.03);
    const across = (x - 0.75) * far;
    const swell = clouds(seed + 20, across * 1.6, far * 2.4, 4) - 0.5;
    const chop = noise(seed + 31, across * 9, far * 14) - 0.5;
    const tilt = swell * 0.75 + chop * 0.35;
    const mirrored = horizon - down * 0.42 * horizon * (1 + tilt) - Math.abs(tilt) * 0.06;
    const there = Math.max(0, mirrored);
    const sight = x + tilt * 0.03 * down;
    const seen = shape === undefined ? 0 : shape.covers(sight, there) * clamp(0.75 - down);
    let colour = mix(mix(air(sight, there), shape?.colour ?? deep, seen), deep, 0.3 + 0.42 * down + tilt * 0.5);
    const width = 0.035 + 0.17 * down;
    const road = Math.exp(-(((x - sun.x) / width) ** 2));
    const sparkle = smooth(0.05, 0.42, chop + swell * 0.7 + road * 0.13);
    colour = add(colour, sun.colour, road * (0.16 + 1.25 * sparkle) * (1 - 0.35 * down));
    return add(colour, sun.colour, 0.16 * Math.exp(-down * 22) * Math.exp(-Math.abs(x - sun.x) * 1.5));
  };
  return (x, y) => {
    const colour = y < horizon ? air(x, y) : surface(x, y);
    return shape === undefined ? colour : mix(colour, shape.colour, shape.covers(x, y));
  };
}

/** Mountains and their image in a still lake, a breath of wind on it. */
export function mirror(scene: Ridges & { readonly shore: number; readonly water: Colour }): Shade {
  const { seed, shore, water } = scene;
  const upper = ridges(scene);
  const land: Shade = (x, y) => upper(x, y / shore);
  return (x, y) => {
    const bank = shore - 0.006 * clouds(seed + 50, x * 6, 0, 3);
    if (y < bank) return land(x, y);
    const depth = (y - bank) / (1 - bank);
    const wave = (noise(seed + 33, x * 5, 46 / (depth + 0.12)) - 0.5) * (0.01 + 0.05 * depth);
    const breath = smooth(0.52, 0.7, clouds(seed + 90, x * 1.1, 7 / (depth + 0.25), 4));
    const image = land(x + wave * 0.25, Math.max(0.01, bank - (y - bank) * (shore / (1 - shore)) * 0.92 + wave));
    const colour = mix(image, water, 0.2 + 0.3 * depth + 0.25 * breath);
    return add(colour, scene.haze, 0.12 * Math.exp(-depth * 30));
  };
}

/** A beach from the air: sand, foam, and water that gets deeper. */
export function shore({
  seed,
  sand,
  shallow,
  deep,
}: {
  readonly seed: number;
  readonly sand: Colour;
  readonly shallow: Colour;
  readonly deep: Colour;
}): Shade {
  const shoreLine = tabulate(
    (y) => 0.45 + y * 0.22 + 0.22 * (clouds(seed, y * 1.7, 0, 3) - 0.5) + 0.07 * (clouds(seed + 2, y * 7, 1, 3) - 0.5),
  );
  return (x, y) => {
    const offshore = x - shoreLine(y);
    if (offshore < 0) {
      const wet = smooth(-0.1 - 0.05 * clouds(seed + 4, y * 5, 2, 3), -0.01, offshore);
      const grain = 0.93 + 0.14 * noise(seed + 5, x * 420, y * 420) * (1 - wet);
      const prints = 0.94 + 0.1 * clouds(seed + 6, x * 16, y * 16, 4);
      return mix(scale(sand, grain * prints), scale(sand, 0.68), wet * 0.85);
    }
    const depth = smooth(0, 0.95, offshore + 0.16 * (clouds(seed + 8, x * 3, y * 3, 4) - 0.5));
    let colour = mix(mix(sand, shallow, smooth(0, 0.1, offshore)), mix(shallow, deep, depth), smooth(0, 0.3, offshore));
    const net = crests(seed + 11, x * 11 + y * 3, y * 9 + 2 * clouds(seed, x * 4, y * 4, 3), 3);
    colour = add(colour, WHITE, 0.2 * smooth(0.62, 0.95, net) * (1 - depth));
    const reef = smooth(0.56, 0.7, clouds(seed + 14, x * 3.4, y * 4.2, 5)) * smooth(0.2, 0.45, offshore);
    colour = mix(colour, scale(deep, 0.75), reef * 0.5);
    for (const [line, at] of [0.015, 0.1, 0.215].entries()) {
      const front = offshore - at - 0.045 * (clouds(seed + 17 + line, y * 6, line * 9, 4) - 0.5);
      const froth = clouds(seed + 23 + line, x * 34, y * 34, 4);
      const body = smooth(-0.008, 0.0, front) * smooth(0.075 - line * 0.012, 0, front);
      colour = mix(
        colour,
        hex(0xfbfdfb),
        body * smooth(0.38, 0.6, froth + 0.3 * smooth(0.025, 0, front)) * (0.95 - line * 0.2),
      );
    }
    return colour;
  };
}
