/** A spring week by the river and the ocean. */
import { hex, smooth } from "../scenes/canvas.ts";
import { hillside } from "../scenes/city.ts";
import { tiles } from "../scenes/close.ts";
import { dunes } from "../scenes/land.ts";
import { sea, shore } from "../scenes/water.ts";
import { FUJI, PHONE, type SamplePhoto } from "./sample.ts";

/** A suspension bridge across the picture. */
function bridge(width: number, deck: number): (x: number, y: number) => number {
  const left = width * 0.3;
  const right = width * 0.74;
  const half = (right - left) / 2;
  const line = (thick: number, away: number) => smooth(thick + 0.0012, thick - 0.0012, away);
  return (x, y) => {
    let cover = line(0.006, Math.abs(y - deck - 0.006));
    const away = Math.min(Math.abs(x - left), Math.abs(x - right));
    if (away < 0.02 && y > deck - 0.29 && y < deck + 0.2) {
      cover = Math.max(cover, line(0.0034, Math.abs(away - 0.009)));
      for (const beam of [0.28, 0.19, 0.1]) {
        if (away < 0.009) cover = Math.max(cover, line(0.004, Math.abs(y - deck + beam)));
      }
    }
    const between = ((x - left - half) / half) ** 2;
    const outside = Math.max(left - x, x - right) / half;
    const cable = between <= 1 ? deck - 0.03 - 0.25 * between : deck - 0.28 + 0.27 * outside;
    if (cable > deck) return cover;
    cover = Math.max(cover, line(0.0024, Math.abs(y - cable)));
    const hanger = Math.abs(((x * 60) % 1) - 0.5) / 60;
    return y > cable && y < deck ? Math.max(cover, 0.8 * line(0.0008, hanger)) : cover;
  };
}

const lisbonEvening = (width: number) =>
  sea({
    seed: 4,
    sky: [hex(0x2b4a82), hex(0xb9798a), hex(0xffab68)],
    deep: hex(0x1a2a48),
    sun: { x: width * 0.55, y: 0.5, colour: hex(0xffb35c), size: 0.045 },
    horizon: 0.6,
    cloudiness: 0.9,
    shape: { colour: hex(0x2a1c2c), covers: bridge(width, 0.49) },
  });

export const LISBON: readonly SamplePhoto[] = [
  {
    folder: "2024 Lisbon",
    filename: "DSCF1042.JPG",
    width: 1440,
    height: 960,
    scene: () => lisbonEvening(1.5),
    camera: FUJI,
    taken: "2024:05:03 20:31:07",
    offset: "+01:00",
    place: [38.6916, -9.1769],
    exposure: ["1/500", 56, 160],
  },
  {
    folder: "2024 Lisbon",
    filename: "DSCF1077.JPG",
    width: 960,
    height: 1440,
    scene: () =>
      hillside({
        seed: 7,
        sky: [hex(0x5f9ad0), hex(0xaad0e8), hex(0xf4e6cf)],
        light: [1.15, 1.05, 0.9],
        shade: [0.55, 0.58, 0.72],
        lit: 0.02,
      }),
    camera: FUJI,
    taken: "2024:05:04 10:12:30",
    offset: "+01:00",
    place: [38.7119, -9.1301],
    exposure: ["1/850", 80, 125],
    turned: true,
  },
  {
    folder: "2024 Lisbon",
    filename: "Praia da Ursa.avif",
    width: 1500,
    height: 1000,
    scene: () => shore({ seed: 6, sand: hex(0xe8d2a6), shallow: hex(0x59d0c8), deep: hex(0x0d5f8c) }),
    camera: PHONE,
    taken: "2024:05:06 15:40:18",
    offset: "+01:00",
    place: [38.7906, -9.4917],
    exposure: ["1/2000", 18, 64],
  },
  {
    folder: "2024 Lisbon",
    filename: "IMG_2231.JPG",
    width: 1080,
    height: 1080,
    scene: () => tiles({ seed: 3, glaze: hex(0xf1efe6), inks: [hex(0x17408f), hex(0x4f86cf), hex(0xe2a52c)] }),
    camera: PHONE,
    taken: "2024:05:04 14:55:49",
    offset: "+01:00",
    place: [38.7248, -9.1137],
    exposure: ["1/120", 18, 80],
  },
  {
    folder: "2024 Lisbon",
    filename: "Scan 012.tif",
    width: 1200,
    height: 800,
    scene: () =>
      dunes({ seed: 4, sky: [hex(0x3f78b5), hex(0x9cc3dd), hex(0xf3dcc0)], lit: hex(0xf0b069), shadow: hex(0x7a4326) }),
    camera: { make: "PENTAX", model: "K1000", lens: "SMC Pentax-M 50mm f/1.7", focalLength: 50 },
    taken: "2024:05:07 18:50:00",
    offset: "+01:00",
    exposure: ["1/500", 110, 200],
  },
  {
    folder: "2024 Lisbon",
    filename: "DSCF1131.JPG",
    width: 1440,
    height: 960,
    scene: () =>
      sea({
        seed: 15,
        sky: [hex(0x7fb0d8), hex(0xbcd9e8), hex(0xfbeccd)],
        deep: hex(0x0f4a6a),
        sun: { x: 1.15, y: 0.3, colour: hex(0xfff0c4), size: 0.03 },
        horizon: 0.48,
        cloudiness: 0.8,
      }),
    camera: FUJI,
    taken: "2024:05:06 18:58:44",
    offset: "+01:00",
    place: [38.7805, -9.4989],
    exposure: ["1/1000", 80, 160],
  },
  {
    folder: "2024 Lisbon",
    filename: "DSCF1098.JPG",
    width: 1500,
    height: 1000,
    scene: () =>
      hillside({
        seed: 21,
        sky: [hex(0x25345f), hex(0x7a6a94), hex(0xf0a080)],
        light: [0.72, 0.55, 0.58],
        shade: [0.3, 0.28, 0.46],
        lit: 0.42,
      }),
    camera: FUJI,
    taken: "2024:05:04 21:02:13",
    offset: "+01:00",
    place: [38.7168, -9.1326],
    exposure: ["1/15", 28, 800],
    bloom: 0.6,
  },
  {
    folder: "2024 Lisbon",
    filename: "DSCF1160-Pano.JPG",
    width: 2400,
    height: 800,
    scene: () =>
      sea({
        seed: 33,
        sky: [hex(0x1d2c52), hex(0x6a5580), hex(0xf08a5c)],
        deep: hex(0x0e1830),
        sun: { x: 2.1, y: 0.55, colour: hex(0xff9a50), size: 0.04 },
        horizon: 0.62,
        cloudiness: 0.95,
        shape: { colour: hex(0x150f1c), covers: bridge(3, 0.53) },
      }),
    camera: FUJI,
    taken: "2024:05:08 20:44:12",
    offset: "+01:00",
    place: [38.6916, -9.1769],
    exposure: ["1/125", 56, 320],
  },
];
