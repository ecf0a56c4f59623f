/** What one sees on outings: each a scene of its kind, another with every seed. */
import { hex, type Shade } from "../scenes/canvas.ts";
import { hillside, skyline, trails } from "../scenes/city.ts";
import { bokeh, meadow, rain, starTrails, tiles } from "../scenes/close.ts";
import { aurora, dunes, forest, ridges } from "../scenes/land.ts";
import { mirror, sea, shore } from "../scenes/water.ts";

type Scene = (seed: number) => () => Shade;

export const morning: Scene = (seed) => () =>
  ridges({
    seed,
    sky: [hex(0x5b7fb0), hex(0xc7b5c9), hex(0xffd9b0)],
    haze: hex(0xe9b9a6),
    near: hex(0x1c2540),
    sun: { x: 0.4 + (seed % 7) / 8, y: 0.36, colour: hex(0xffd08a), size: 0.03 },
    layers: 7,
    horizon: 0.42,
    cloudiness: 0.5,
    pines: true,
  });

export const mountains: Scene = (seed) => () =>
  ridges({
    seed,
    sky: [hex(0x2a5a9c), hex(0x7fb0d9), hex(0xe4eef2)],
    haze: hex(0xc2d6e4),
    near: hex(0x12303c),
    sun: { x: 0.3, y: 0.2, colour: hex(0xfff2d8), size: 0.001 },
    layers: 8,
    horizon: 0.34,
    cloudiness: 0.75,
    pines: seed % 2 === 0,
  });

export const greenHills: Scene = (seed) => () =>
  ridges({
    seed,
    sky: [hex(0x4f92cf), hex(0xa8d2ea), hex(0xf2f1df)],
    haze: hex(0xbfd8c8),
    near: hex(0x1f4a24),
    sun: { x: 1.1, y: 0.16, colour: hex(0xfff6dc), size: 0.012 },
    layers: 6,
    horizon: 0.38,
    cloudiness: 0.85,
    pines: false,
  });

export const lake: Scene = (seed) => () =>
  mirror({
    seed,
    sky: [hex(0x4e86c0), hex(0xa9cbe4), hex(0xf6e3cf)],
    haze: hex(0xc8d3dd),
    near: hex(0x1d3a2c),
    sun: { x: 1.1, y: 0.5, colour: hex(0xffe6bd), size: 0.012 },
    layers: 5,
    horizon: 0.34,
    cloudiness: 0.8,
    pines: true,
    shore: 0.56,
    water: hex(0x1b3f4e),
  });

export const lakeAtDusk: Scene = (seed) => () =>
  mirror({
    seed,
    sky: [hex(0x38507e), hex(0xd08f86), hex(0xffc08a)],
    haze: hex(0xd99a86),
    near: hex(0x251a30),
    sun: { x: 0.7, y: 0.5, colour: hex(0xffb070), size: 0.02 },
    layers: 6,
    horizon: 0.4,
    cloudiness: 0.9,
    pines: true,
    shore: 0.58,
    water: hex(0x3a2c48),
  });

export const northernLights: Scene = (seed) => () => aurora({ seed, shore: 0.72 + (seed % 4) / 40 });

export const starsTurning: Scene = (seed) => () =>
  starTrails({
    seed,
    sky: [hex(0x050a1c), hex(0x0b1a38), hex(0x2a3350)],
    pole: { x: 0.8, y: 0.3 },
    shore: 0.86,
  });

export const wood: Scene = (seed) => () =>
  forest({ seed, fog: hex(0xb9c7bd), trunk: hex(0x1b241d), light: hex(0xffe9b8) });

export const autumnWood: Scene = (seed) => () =>
  forest({ seed, fog: hex(0xe2b27a), trunk: hex(0x3a1f14), light: hex(0xffe0a0) });

export const grass: Scene = (seed) => () =>
  meadow({
    seed,
    ground: [hex(0x7d9a4a), hex(0xb9b560), hex(0x4b5f2a)],
    lights: [hex(0xffe9a0), hex(0xd8f08a)],
    blade: hex(0x2f4a1a),
  });

export const flowers: Scene = (seed) => () =>
  meadow({
    seed,
    ground: [hex(0xb4707e), hex(0xd9a08a), hex(0x5a6a3a)],
    lights: [hex(0xffc4d0), hex(0xfff0d0), hex(0xf08aa8)],
    blade: hex(0x3a5a24),
  });

export const day: Scene = (seed) => () =>
  sea({
    seed,
    sky: [hex(0x5f9fd8), hex(0xb0d8ec), hex(0xfbf2dd)],
    deep: hex(0x0f5a7a),
    sun: { x: 0.9, y: 0.2, colour: hex(0xfff0c4), size: 0.03 },
    horizon: 0.46,
    cloudiness: 0.85,
  });

export const sunset: Scene = (seed) => () =>
  sea({
    seed,
    sky: [hex(0x2b4a82), hex(0xb9798a), hex(0xffab68)],
    deep: hex(0x1a2a48),
    sun: { x: 0.5 + (seed % 5) / 6, y: 0.5, colour: hex(0xffb35c), size: 0.045 },
    horizon: 0.6,
    cloudiness: 0.9,
  });

export const moon: Scene = (seed) => () =>
  sea({
    seed,
    sky: [hex(0x050a1a), hex(0x0f2140), hex(0x2b4a6a)],
    deep: hex(0x040a16),
    sun: { x: 1.02, y: 0.24, colour: hex(0xdce8ff), size: 0.034 },
    horizon: 0.56,
    cloudiness: 0.7,
  });

export const beach: Scene = (seed) => () =>
  shore({ seed, sand: hex(0xe8d2a6), shallow: hex(0x59d0c8), deep: hex(0x0d5f8c) });

export const desert: Scene = (seed) => () =>
  dunes({ seed, sky: [hex(0x3f78b5), hex(0x9cc3dd), hex(0xf3dcc0)], lit: hex(0xf0b069), shadow: hex(0x7a4326) });

export const town: Scene = (seed) => () =>
  hillside({
    seed,
    sky: [hex(0x5f9ad0), hex(0xaad0e8), hex(0xf4e6cf)],
    light: [1.15, 1.05, 0.9],
    shade: [0.55, 0.58, 0.72],
    lit: 0.02,
  });

export const townAtDusk: Scene = (seed) => () =>
  hillside({
    seed,
    sky: [hex(0x25345f), hex(0x7a6a94), hex(0xf0a080)],
    light: [0.72, 0.55, 0.58],
    shade: [0.3, 0.28, 0.46],
    lit: 0.42,
  });

export const azulejos: Scene = (seed) => () =>
  tiles({ seed, glaze: hex(0xf1efe6), inks: [hex(0x17408f), hex(0x4f86cf), hex(0xe2a52c)] });

export const city: Scene = (seed) => () =>
  skyline({
    seed,
    sky: [hex(0x101d40), hex(0x35457f), hex(0xe08a68)],
    haze: hex(0x6b5f86),
    wall: hex(0x0f1424),
    lit: 0.42,
    quay: 0.66,
    tallest: 0.5,
  });

export const traffic: Scene = (seed) => () => trails({ seed, sky: [hex(0x0b1030), hex(0x2a2a60), hex(0xb0607a)] });

const lamps = [hex(0xffb050), hex(0xff5a6a), hex(0x60a0ff), hex(0xffe0a0)];
const street: Scene = (seed) => () =>
  bokeh({
    seed,
    ground: [hex(0x0a0a1c), hex(0x1a1030), hex(0x0a0610)],
    lights: lamps,
    count: 70,
    size: 0.11,
    spread: 1.5,
  });

export const lights = street;

export const window: Scene = (seed) => () => rain({ seed, street: street(seed + 11)() });
