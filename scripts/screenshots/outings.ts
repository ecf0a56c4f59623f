/** The photos of which screenshots are taken: some days of three years, each with what one sees on it. */
import type { Shade } from "../scenes/canvas.ts";
import { type Camera, FUJI, NIKON, PHONE, type SamplePhoto, SONY } from "../samples/sample.ts";
import * as scenes from "./scenes.ts";

interface Outing {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Of the first photo; the others follow until the evening, or until midnight. */
  readonly hour: number;
  readonly offset: string;
  readonly place: readonly [latitude: number, longitude: number];
  readonly camera: Camera;
  readonly tags: readonly string[];
  readonly shots: readonly Shot[];
}

type Form = "wide" | "tall" | "phone" | "square" | "panorama";
type Shot = readonly [form: Form, scene: () => Shade, bloom?: number];

export interface OutingPhoto extends SamplePhoto {
  readonly tags: readonly string[];
}

const FORMS: Readonly<Record<Form, readonly [width: number, height: number]>> = {
  wide: [1440, 960],
  tall: [960, 1440],
  phone: [1440, 1080],
  square: [1080, 1080],
  panorama: [2400, 800],
};
const EVENING = 20;
const MIDNIGHT = 24;

const OUTINGS: readonly Outing[] = [
  {
    day: "2026-05-17",
    hour: 9,
    offset: "+01:00",
    place: [38.7805, -9.4989],
    camera: FUJI,
    tags: ["coast", "Portugal", "walks"],
    shots: [
      ["wide", scenes.day(15)],
      ["tall", scenes.town(7)],
      ["wide", scenes.beach(6)],
      ["phone", scenes.flowers(8)],
      ["panorama", scenes.sunset(33)],
      ["wide", scenes.greenHills(12)],
      ["tall", scenes.wood(5)],
      ["wide", scenes.townAtDusk(21), 0.6],
    ],
  },
  {
    day: "2026-05-16",
    hour: 10,
    offset: "+01:00",
    place: [38.7119, -9.1301],
    camera: PHONE,
    tags: ["Lisbon", "Portugal"],
    shots: [
      ["square", scenes.azulejos(3)],
      ["phone", scenes.town(31)],
      ["square", scenes.azulejos(17)],
      ["phone", scenes.day(61)],
    ],
  },
  {
    day: "2026-05-14",
    hour: 19,
    offset: "+01:00",
    place: [38.7168, -9.1326],
    camera: FUJI,
    tags: ["Lisbon", "Portugal", "night"],
    shots: [
      ["wide", scenes.townAtDusk(44), 0.6],
      ["wide", scenes.lights(3), 0.3],
    ],
  },
  {
    day: "2026-03-08",
    hour: 8,
    offset: "+01:00",
    place: [46.5586, 7.8921],
    camera: NIKON,
    tags: ["mountains", "walks"],
    shots: [
      ["wide", scenes.morning(3)],
      ["wide", scenes.mountains(8)],
      ["tall", scenes.mountains(14)],
      ["panorama", scenes.lake(12)],
      ["wide", scenes.lake(19)],
      ["wide", scenes.wood(9)],
    ],
  },
  {
    day: "2025-12-21",
    hour: 17,
    offset: "+09:00",
    place: [35.6595, 139.7005],
    camera: SONY,
    tags: ["night", "Tokyo"],
    shots: [
      ["wide", scenes.city(9), 0.7],
      ["wide", scenes.traffic(5), 0.6],
      ["tall", scenes.city(31), 0.7],
      ["wide", scenes.window(2)],
      ["wide", scenes.lights(13), 0.3],
    ],
  },
  {
    day: "2025-10-12",
    hour: 11,
    offset: "+02:00",
    place: [48.0159, 8.2137],
    camera: FUJI,
    tags: ["autumn", "walks"],
    shots: [
      ["tall", scenes.autumnWood(4)],
      ["wide", scenes.autumnWood(11)],
      ["wide", scenes.grass(8)],
      ["wide", scenes.morning(24)],
    ],
  },
  {
    day: "2025-08-30",
    hour: 22,
    offset: "+02:00",
    place: [68.3508, 18.8312],
    camera: NIKON,
    tags: ["lake", "night"],
    shots: [
      ["wide", scenes.northernLights(2), 0.25],
      ["wide", scenes.starsTurning(2)],
      ["wide", scenes.northernLights(11), 0.25],
    ],
  },
  {
    day: "2025-08-27",
    hour: 20,
    offset: "+02:00",
    place: [68.3626, 18.7154],
    camera: NIKON,
    tags: ["lake"],
    shots: [
      ["wide", scenes.lakeAtDusk(27)],
      ["panorama", scenes.lakeAtDusk(35)],
      ["wide", scenes.moon(41), 0.4],
    ],
  },
  {
    day: "2024-11-02",
    hour: 15,
    offset: "+01:00",
    place: [31.1342, -4.0101],
    camera: SONY,
    tags: ["desert"],
    shots: [
      ["wide", scenes.desert(4)],
      ["wide", scenes.desert(16)],
      ["phone", scenes.desert(28)],
    ],
  },
  {
    day: "2024-07-14",
    hour: 12,
    offset: "+02:00",
    place: [43.5081, 16.4402],
    camera: PHONE,
    tags: ["coast", "summer"],
    shots: [
      ["phone", scenes.beach(22)],
      ["phone", scenes.sunset(50)],
      ["tall", scenes.town(52)],
    ],
  },
];

export const OUTING_PHOTOS: readonly OutingPhoto[] = OUTINGS.flatMap((outing) => photosOf(outing));

function photosOf({ day, hour, offset, place, camera, tags, shots }: Outing): OutingPhoto[] {
  const pause = Math.floor((((hour < EVENING - 1 ? EVENING : MIDNIGHT) - hour) * 60) / (shots.length + 1));
  return shots.map(([form, scene, bloom], index): OutingPhoto => {
    const [width, height] = FORMS[form];
    const minutes = hour * 60 + 4 + index * pause;
    const two = (value: number): string => String(value).padStart(2, "0");
    const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two((index * 17 + 7) % 60)}`;
    return {
      folder: day,
      filename: `${camera === PHONE ? "IMG_" : "DSC0"}${1000 + Number(day.slice(5).replace("-", "")) + index}.JPG`,
      width,
      height,
      scene,
      camera,
      taken: `${day.replaceAll("-", ":")} ${time}`,
      offset,
      place,
      exposure: bloom === undefined ? ["1/500", 56, 160] : ["1/15", 28, 800],
      tags,
      ...(bloom === undefined ? {} : { bloom }),
    };
  });
}
