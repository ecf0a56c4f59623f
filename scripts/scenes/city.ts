/** Scenes of towns, most of them at night. */
import {
  add,
  BLACK,
  chance,
  clamp,
  clouds,
  type Colour,
  hex,
  mix,
  noise,
  ramp,
  scale,
  type Shade,
  smooth,
} from "./canvas.ts";

export interface Skyline {
  readonly seed: number;
  readonly sky: readonly Colour[];
  readonly haze: Colour;
  readonly wall: Colour;
  /** How many of the windows are lit, from 0 to 1. */
  readonly lit: number;
  /** Where the water begins. */
  readonly quay: number;
  readonly tallest: number;
}

const LAMPS = [hex(0xffc36b), hex(0xffd9a0), hex(0xffb054), hex(0xe9f1ff), hex(0xffe7c4)];

interface House {
  readonly index: number;
  readonly left: number;
  readonly width: number;
  readonly top: number;
}

/** Towers in three rows before the evening sky, their windows lit, all of it mirrored in moving water. */
export function skyline(scene: Skyline): Shade {
  const { seed, sky, haze, wall, lit, quay } = scene;
  const above: Shade = (x, y) => {
    const depth = clamp(y / quay);
    const bank = clouds(seed + 40, x * 1.2, y * 5.5, 5);
    const air = ramp(sky, depth);
    let colour = mix(air, mix(air, haze, 0.6), smooth(0.5, 0.8, bank));
    for (let row = 0; row < 3; row++) {
      const house = houseAt(scene, x, row);
      if (y < house.top) continue;
      const closeness = (row + 1) / 3;
      const down = (y - house.top) / quay;
      colour = mix(mix(haze, wall, 0.35 + 0.65 * closeness), haze, 0.45 * (1 - closeness) * smooth(0, 0.5, down));
      colour = scale(colour, 0.85 + 0.3 * chance(seed, house.index) - 0.2 * ((x - house.left) / house.width - 0.5));
      colour = add(colour, windowAt(scene, { x, y, house, row }), 0.35 + 0.65 * closeness);
    }
    const street = smooth(0.1, 0, quay - y);
    return add(colour, hex(0xff9a3d), 0.5 * street * (0.3 + 0.7 * noise(seed + 7, x * 30, 0)) * Math.min(1, lit * 2));
  };
  return (x, y) => {
    if (y < quay) return above(x, y);
    const depth = (y - quay) / (1 - quay);
    const ripple = noise(seed + 21, x * 7, 40 / (depth + 0.16)) - 0.5;
    const fine = noise(seed + 22, x * 44, 130 / (depth + 0.3)) - 0.5;
    const reach = (y - quay) * 1.05;
    let image = BLACK;
    for (const step of [-0.016, 0.016]) {
      const smear = (ripple * 0.05 + fine * 0.02 + step) * (0.3 + depth);
      image = add(image, above(x + (ripple + fine) * 0.005, clamp(quay - reach + smear, 0.01, quay - 0.004)), 0.5);
    }
    const glint = 0.82 + 0.75 * (ripple + fine * 0.6);
    return add(mix(scale(image, glint), scale(haze, 0.16), 0.16 + 0.32 * depth), haze, 0.05 * Math.exp(-depth * 40));
  };
}

function houseAt({ seed, quay, tallest }: Skyline, x: number, row: number): House {
  const spacing = 0.085 - row * 0.012;
  const index = Math.floor(x / spacing) + row * 1000;
  const inner = x / spacing - Math.floor(x / spacing);
  const split = 0.3 + 0.4 * chance(seed + row, index);
  const second = inner > split;
  const own = index * 2 + (second ? 1 : 0);
  const left = (Math.floor(x / spacing) + (second ? split : 0)) * spacing;
  const width = (second ? 1 - split : split) * spacing;
  const centre = clouds(seed + 50 + row, x * 0.9, row, 2);
  const rise = (0.25 + 0.75 * chance(seed + row * 3, own) ** 1.6) * (0.45 + 0.9 * centre) * (1 - row * 0.17);
  const middle = Math.abs((x - left) / width - 0.5);
  const crown = chance(seed + 5, own);
  const step = crown > 0.62 ? (middle < 0.28 ? 0.025 : 0) : 0;
  const spire = crown > 0.86 && middle < 0.035 ? 0.07 : 0;
  return { index: own, left, width, top: quay - rise * tallest - step - spire };
}

function windowAt(
  { seed, lit }: Skyline,
  { x, y, house, row }: { readonly x: number; readonly y: number; readonly house: House; readonly row: number },
): Colour {
  const size = 0.0062 + row * 0.0016;
  const column = Math.floor((x - house.left) / size);
  const floor = Math.floor((y - house.top) / (size * 1.35));
  const inX = (x - house.left) / size - column;
  const inY = (y - house.top) / (size * 1.35) - floor;
  const frame = smooth(0.12, 0.26, inX) * smooth(0.9, 0.76, inX) * smooth(0.2, 0.34, inY) * smooth(0.88, 0.74, inY);
  const edge = x - house.left < size * 0.6 || house.left + house.width - x < size * 0.6 || floor < 1;
  if (edge) return BLACK;
  const own = house.index * 4099 + floor * 61 + column;
  const office = chance(seed + 8, house.index * 131 + Math.floor(floor / 2)) * 0.5 + 0.75;
  if (chance(seed + 9, own) > lit * office * (0.5 + chance(seed + 4, house.index))) return BLACK;
  const lamp = LAMPS[Math.floor(chance(seed + 11, own) * LAMPS.length)] ?? BLACK;
  return scale(lamp, frame * (0.45 + 0.9 * chance(seed + 12, own)));
}

/** Tail lights and headlights drawn out over a long exposure, on a road that bends into the distance. */
export function trails({ seed, sky }: { readonly seed: number; readonly sky: readonly Colour[] }): Shade {
  const horizon = 0.44;
  const town = skyline({
    seed,
    sky,
    haze: hex(0x6a4a6a),
    wall: hex(0x0d0d18),
    lit: 0.5,
    quay: horizon + 0.02,
    tallest: 0.4,
  });
  const cars = Array.from({ length: 22 }, (_, car) => {
    const coming = car % 2 === 0;
    return {
      lane: (coming ? -1 : 1) * (0.16 + 0.72 * chance(seed, car)),
      sway: 0.6 + chance(seed + 1, car),
      phase: car * 2,
      width: 0.009 + 0.012 * chance(seed + 4, car),
      tint: coming
        ? mix(hex(0xfff0cf), hex(0xffd48a), chance(seed + 2, car))
        : mix(hex(0xff2a12), hex(0xff6a20), chance(seed + 2, car)),
    };
  });
  return (x, y) => {
    if (y < horizon) return town(x, y);
    const down = (y - horizon) / (1 - horizon);
    const far = 1 / (down + 0.045);
    const bend = 0.0098 * Math.sin(far * 0.55 + 0.6) * far;
    const across = (x - 0.75 - bend) * far * 0.9;
    let colour = scale(
      mix(hex(0x0b0c14), hex(0x2a2030), Math.exp(-down * 5)),
      0.75 + 0.5 * noise(seed + 3, across * 40, far * 60),
    );
    const roadside = smooth(1.02, 1.08, Math.abs(across));
    if (roadside > 0) colour = mix(colour, scale(hex(0x0a0f10), 0.6 + noise(seed, x * 90, y * 90)), roadside);
    for (const { lane, sway, phase, width, tint } of cars) {
      const away = Math.abs(across - lane - 0.05 * Math.sin(far * sway + phase));
      if (away > 0.5) continue;
      const core = away < width * 3 ? 0.85 * Math.exp(-((away / width) ** 2)) : 0;
      colour = add(colour, tint, core + 0.09 * Math.exp(-away * 11));
    }
    return add(colour, hex(0xffa050), 0.5 * Math.exp(-down * 30));
  };
}

/** Houses of a warm town, terrace above terrace up a hill; lit from the left by day, from inside by dusk. */
export function hillside({
  seed,
  sky,
  light,
  shade,
  lit,
}: {
  readonly seed: number;
  readonly sky: readonly Colour[];
  readonly light: Colour;
  readonly shade: Colour;
  readonly lit: number;
}): Shade {
  const walls = [0xf6efe2, 0xf3d9b0, 0xeec2a0, 0xf7e6c4, 0xdfe6e8, 0xf0b890, 0xf2cf7e, 0xe8e2d8].map(hex);
  const roofs = [0xc4643c, 0xb5532f, 0xd07a4c, 0xa84a2c].map(hex);
  const rows = 15;
  return (x, y) => {
    const hill = 0.3 - 0.2 * Math.exp(-(((x - 0.95) / 0.55) ** 2)) + 0.05 * (clouds(seed, x * 2, 0, 3) - 0.5);
    for (let row = rows - 1; row >= 0; row--) {
      const closeness = row / (rows - 1);
      const base = hill + (1.06 - hill) * closeness ** 1.08;
      const spacing = 0.052 + 0.062 * closeness;
      const shift = chance(seed, row) * spacing;
      const index = Math.floor((x + shift) / spacing);
      const inner = (x + shift) / spacing - index;
      const own = index * 97 + row * 13;
      const wallTop = base - (0.05 + 0.055 * chance(seed + 1, own)) * (0.7 + 0.65 * closeness);
      const gable = chance(seed + 2, own) < 0.45;
      const roofHigh = spacing * (gable ? 0.42 * (1 - Math.abs(inner - 0.5) * 2) : 0.16);
      if (y < wallTop - roofHigh || y > base + 0.09) continue;
      const sunny = gable ? smooth(0.53, 0.47, inner) : 0.8;
      const facing = chance(seed + 3, own) * 0.35 + 0.65;
      let colour: Colour;
      if (y < wallTop) {
        const tiles = 0.88 + 0.16 * Math.sin(inner * spacing * 900) * Math.sin(y * 700);
        colour = scale(roofs[Math.floor(chance(seed + 4, own) * roofs.length)] ?? BLACK, tiles * (0.7 + 0.4 * sunny));
      } else {
        const wall = walls[Math.floor(chance(seed + 5, own) * walls.length)] ?? BLACK;
        colour = scale(wall, 0.9 + 0.14 * clouds(seed + 6, x * 30, y * 30, 3));
        const size = spacing / (3 + Math.floor(2 * chance(seed + 7, own)));
        const column = Math.floor((inner * spacing) / size);
        const floor = Math.floor((y - wallTop) / (size * 1.15));
        const wx = (inner * spacing) / size - column;
        const wy = (y - wallTop) / (size * 1.15) - floor;
        const open = wx > 0.32 && wx < 0.7 && wy > 0.3 && wy < 0.84 && inner > 0.06 && inner < 0.94;
        const glows = chance(seed + 8, own * 31 + floor * 7 + column) < lit;
        if (open) colour = glows ? scale(hex(0xffc870), 1.5) : scale(hex(0x3a4650), 0.75 + 0.5 * wy);
        else if (inner < 0.025 || inner > 0.975) colour = scale(colour, 0.6);
      }
      colour = mixLight(colour, { light, shade, amount: facing * (0.55 + 0.45 * sunny) });
      const cast = smooth(0.03, 0, y - wallTop) * 0.18 + 0.3 * smooth(base - 0.02, base + 0.06, y);
      colour = scale(colour, 1 - (y > wallTop ? cast : 0));
      return mix(colour, sky.at(-1) ?? BLACK, (1 - closeness) ** 1.6 * 0.55);
    }
    const wisps = smooth(0.5, 0.8, clouds(seed + 60, x * 1.4, y * 6, 5));
    return mix(ramp(sky, y / 0.34), add(sky.at(-1) ?? BLACK, [0.1, 0.1, 0.1]), wisps * 0.6);
  };
}

function mixLight(
  colour: Colour,
  { light, shade, amount }: { readonly light: Colour; readonly shade: Colour; readonly amount: number },
): Colour {
  const tint = mix(shade, light, amount);
  return [colour[0] * tint[0], colour[1] * tint[1], colour[2] * tint[2]];
}
