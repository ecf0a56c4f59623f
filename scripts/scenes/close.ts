/** Scenes from near: lights out of focus, tiles, grass, rain, and a sky that turns. */
import {
  add,
  BLACK,
  chance,
  clouds,
  type Colour,
  hex,
  mix,
  noise,
  ramp,
  scale,
  type Shade,
  smooth,
  tabulate,
} from "./canvas.ts";
import { pineAt } from "./land.ts";

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Colour;
}

/** Lights far out of focus: soft discs with a brighter rim, one over the other. */
export function bokeh({
  seed,
  ground,
  lights,
  count,
  size,
  spread = 1,
}: {
  readonly seed: number;
  readonly ground: readonly Colour[];
  readonly lights: readonly Colour[];
  readonly count: number;
  readonly size: number;
  /** How wide the picture is, in heights. */
  readonly spread?: number;
}): Shade {
  const discs: readonly Disc[] = Array.from({ length: count }, (_, index) => ({
    x: chance(seed, index) * (spread + 0.2) - 0.1,
    y: 0.5 + (chance(seed + 1, index) + chance(seed + 2, index) - 1) * 0.62,
    radius: size * (0.35 + 0.9 * chance(seed + 3, index)),
    colour: scale(
      lights[Math.floor(chance(seed + 4, index) * lights.length)] ?? BLACK,
      0.12 + 0.5 * chance(seed + 5, index) ** 2,
    ),
  }));
  return (x, y) => {
    let colour = ramp(ground, y + 0.25 * (clouds(seed + 9, x * 1.5, y * 1.5, 3) - 0.5));
    for (const disc of discs) {
      const dx = x - disc.x;
      const dy = y - disc.y;
      if (Math.abs(dx) > disc.radius || Math.abs(dy) > disc.radius) continue;
      const away = Math.sqrt(dx * dx + dy * dy) / disc.radius;
      if (away >= 1) continue;
      const inside = smooth(1, 0.9, away) * (0.72 + 0.5 * smooth(0.6, 0.94, away));
      colour = add(colour, disc.colour, inside);
    }
    return colour;
  };
}

/** Blades of grass, some near the plane of focus, before a meadow that is all light. */
export function meadow({
  seed,
  ground,
  lights,
  blade,
}: {
  readonly seed: number;
  readonly ground: readonly Colour[];
  readonly lights: readonly Colour[];
  readonly blade: Colour;
}): Shade {
  const back = bokeh({ seed, ground, lights, count: 46, size: 0.12, spread: 1.5 });
  const blades = Array.from({ length: 42 }, (_, index) => ({
    foot: chance(seed + 11, index) * 1.8 - 0.15,
    lean: (chance(seed + 12, index) - 0.4) * 0.75,
    top: 0.22 + 0.66 * chance(seed + 13, index),
    blur: 0.0012 + 0.03 * chance(seed + 14, index) ** 3,
    width: 0.006 + 0.008 * chance(seed + 15, index),
  })).toSorted((a, b) => b.blur - a.blur);
  return (x, y) => {
    let colour = back(x, y);
    for (const { foot, lean, top, blur, width } of blades) {
      const rise = (1.05 - y) / (1.05 - top);
      if (rise > 1) continue;
      const side = x - foot - lean * rise ** 2.2;
      const half = width * (1 - rise) ** 0.7;
      if (Math.abs(side) > half + blur) continue;
      const cover = smooth(half + blur, half - blur, Math.abs(side)) * Math.min(1, (half + 0.001) / (blur + 0.001));
      const lit = smooth(-half, half, side) * 0.55 + 0.3 * rise;
      colour = mix(colour, mix(blade, lights[0] ?? BLACK, lit), cover);
    }
    return colour;
  };
}

/** A street seen through a window in the rain: every drop holds the street upside down. */
export function rain({ seed, street }: { readonly seed: number; readonly street: Shade }): Shade {
  return (x, y) => {
    let colour = scale(street(x, y), 0.86);
    for (const [layer, size] of [0.021, 0.045, 0.085].entries()) {
      const ix = Math.floor(x / size);
      const iy = Math.floor(y / size);
      const own = ix * 7919 + iy * 31 + layer;
      if (chance(seed + layer, own) > 0.42 - layer * 0.09) continue;
      const radius = size * (0.16 + 0.22 * chance(seed + 3, own));
      const cx = (ix + 0.5 + 0.22 * (chance(seed + 4, own) - 0.5)) * size;
      const cy = (iy + 0.5 + 0.22 * (chance(seed + 5, own) - 0.5)) * size;
      const dx = (x - cx) / radius;
      const dy = ((y - cy) / radius) * (0.86 - 0.14 * ((y - cy) / radius));
      const away = Math.hypot(dx + 0.12 * (noise(seed, x * 60, y * 60) - 0.5), dy);
      if (away > 1) continue;
      const lens = away * away;
      const seen = street(cx - dx * (0.18 + 0.2 * lens), cy - dy * (0.22 + 0.25 * lens));
      const shadow = smooth(0.55, 1, away) * (dy < 0 ? 0.75 : 0.25);
      let drop = scale(seen, 1.25 - shadow);
      drop = add(drop, [1, 1, 1], 0.55 * smooth(0.26, 0.05, Math.hypot(dx + 0.32, dy + 0.42)));
      colour = mix(colour, drop, smooth(1, 0.9, away));
    }
    return colour;
  };
}

/** A wall of glazed tiles: one quarter of a pattern, turned four times. */
export function tiles({
  seed,
  glaze,
  inks,
}: {
  readonly seed: number;
  readonly glaze: Colour;
  readonly inks: readonly [Colour, Colour, Colour];
}): Shade {
  const size = 0.25;
  return (x, y) => {
    const sx = x + 0.03 * y;
    const column = Math.floor(sx / size);
    const row = Math.floor(y / size);
    let u = Math.abs(sx / size - column - 0.5) * 2;
    let v = Math.abs(y / size - row - 0.5) * 2;
    const joint = smooth(0.975, 0.992, Math.max(u, v));
    if (u < v) [u, v] = [v, u];
    const own = column * 57 + row * 13;
    const wobble = 0.016 * (clouds(seed, sx * 30, y * 30, 3) - 0.5);
    const r = Math.hypot(u, v) + wobble;
    const corner = Math.hypot(1 - u, 1 - v) + wobble;
    const angle = Math.atan2(v, u);
    const petal = 0.52 + 0.17 * Math.cos(angle * 8);
    const line = (distance: number, width: number) => smooth(width, width * 0.55, Math.abs(distance));
    let colour = scale(glaze, 0.95 + 0.05 * chance(seed + 1, own));
    const ink = (tint: Colour, amount: number) => {
      const brush = 0.72 + 0.4 * clouds(seed + 5, sx * 46, y * 46, 3);
      colour = mix(colour, tint, amount * brush);
    };
    ink(inks[1], smooth(petal + 0.02, petal - 0.02, r) * smooth(0.2, 0.3, r) * 0.75);
    ink(inks[0], line(r - petal, 0.035));
    ink(inks[2], smooth(0.17, 0.13, r));
    ink(inks[0], line(r - 0.22, 0.026));
    ink(inks[0], line(corner - 0.42, 0.04));
    ink(inks[1], smooth(0.36, 0.32, corner) * 0.85);
    ink(inks[2], smooth(0.17, 0.13, corner));
    ink(inks[0], line(corner - 0.2, 0.024));
    ink(inks[0], line(u - v - 0.62 + 0.2 * v, 0.022) * smooth(0.45, 0.52, corner));
    colour = mix(colour, hex(0x8a8478), joint * 0.85);
    const bevel = smooth(0.9, 0.975, Math.max(u, v)) * (1 - joint);
    colour = scale(colour, 1 - 0.14 * bevel);
    const age = smooth(0.62, 0.8, clouds(seed + 7, sx * 5, y * 5, 5));
    colour = mix(colour, hex(0xb8a88a), age * 0.28);
    const gloss = Math.exp(-(((sx * 0.8 + y * 0.5 - 0.62) / 0.3) ** 2));
    return add(scale(colour, 0.74 + 0.34 * gloss), [1, 0.96, 0.88], 0.1 * gloss * noise(seed + 9, sx * 9, y * 9));
  };
}

/** An hour of stars going round the pole over black pines. */
export function starTrails({
  seed,
  sky,
  pole,
  shore,
}: {
  readonly seed: number;
  readonly sky: readonly Colour[];
  readonly pole: { readonly x: number; readonly y: number };
  readonly shore: number;
}): Shade {
  const ground = tabulate(
    (x) => shore + 0.05 * (clouds(seed + 20, x * 1.5, 0, 3) - 0.5) - pineAt(seed + 2, x * 0.7) * 0.15,
  );
  return (x, y) => {
    if (y > ground(x)) return scale(hex(0x05070c), 1 + noise(seed, x * 60, y * 60));
    let colour = ramp(sky, y / shore);
    const dx = x - pole.x;
    const dy = y - pole.y;
    const radius = Math.hypot(dx, dy);
    const angle = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
    const rings = 300;
    const ring = Math.floor(radius * rings);
    for (let near = ring - 1; near <= ring + 1; near++) {
      for (let star = 0; star < 3; star++) {
        const own = near * 5 + star;
        const start = chance(seed, own);
        const length = 0.16;
        const passed = (angle - start + 1) % 1;
        if (passed > length) continue;
        const centre = (near + chance(seed + 1, own)) / rings;
        const thin = Math.exp(-(((radius - centre) * 620) ** 2));
        const tint = mix(hex(0xffd2a0), hex(0xa8c4ff), chance(seed + 2, own));
        const fade = smooth(0, 0.012, passed) * smooth(length, length - 0.012, passed);
        colour = add(colour, tint, thin * fade * chance(seed + 3, own) ** 3 * 1.3);
      }
    }
    return add(colour, hex(0xff9a50), 0.3 * Math.exp(-(shore - y) * 9));
  };
}
