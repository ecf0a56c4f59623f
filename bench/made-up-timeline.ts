/** A timeline of any length without a catalog: photos of twenty-six years, as a family with cameras takes them. */
import { createHash } from "node:crypto";
import type { ShownPhoto } from "../src/catalog.ts";
import type { Rendition } from "../src/photo.ts";

const DAYS = 26 * 365;
const LATEST = Date.UTC(2026, 4, 17);
const DAY_MS = 86_400_000;
const TAGS = Array.from({ length: 400 }, (_, index) => `tag ${index}`);
const CAMERAS = ["ILCE-7M4", "X-T5", "Pixel 9", "iPhone 17", "E4300", "DMC-LX100", "EOS R6", "NIKON Z 6"];
/** Where they have been: photos of one day are of one place or its surroundings. */
const PLACES = Array.from({ length: 300 }, (_, index) => ({
  latitude: 60 - ((index * 37) % 100),
  longitude: ((index * 61) % 300) - 120,
}));
const RATIOS = [
  [4, 3],
  [3, 2],
  [3, 4],
  [16, 9],
  [1, 1],
] as const;

/** Newest first. The same number gives the same photos. */
export async function* madeUpTimeline(count: number): AsyncGenerator<ShownPhoto> {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let index = 0;
  for (let day = 0; day < DAYS && index < count; day++) {
    // Some days have none, most a few, some a thousand; the last ones take what is left.
    const left = (count - index) / Math.max(1, DAYS - day);
    const some = random() < 0.45 ? 0 : Math.ceil(left * 1.8 * -Math.log(1 - random()));
    const today = day === DAYS - 1 ? count - index : Math.min(some, count - index);
    const date = new Date(LATEST - day * DAY_MS).toISOString().slice(0, 10);
    const place = PLACES[Math.floor(random() ** 2 * PLACES.length)] ?? PLACES[0];
    for (let number = 0; number < today; number++) {
      const second = Math.floor(86_399 * (1 - number / today));
      yield photoOf(index++, { date, second, place, random });
    }
  }
}

function photoOf(
  index: number,
  {
    date,
    second,
    place,
    random,
  }: {
    readonly date: string;
    readonly second: number;
    readonly place: (typeof PLACES)[number] | undefined;
    readonly random: () => number;
  },
): ShownPhoto {
  const sha256 = createHash("sha256").update(`photo ${index}`).digest("hex");
  const [width, height] = RATIOS[Math.floor(random() * RATIOS.length)] ?? RATIOS[0];
  const time = new Date(second * 1000).toISOString().slice(11, 19);
  const rendition = (name: Rendition["name"], scale: number): Rendition => ({
    name,
    blobKey: `renditions/${sha256}/${name}.webp`,
    mime: "image/webp",
    width: Math.round((320 * scale * width) / height),
    height: 320 * scale,
    bytes: 20_000 * scale,
    sha256,
  });
  return {
    day: date,
    renditions: [rendition("grid", 1), rendition("view", 4)],
    receipts: {
      flickr: { id: String(50_000_000_000 + index), url: `https://www.flickr.com/photos/me/${50_000_000_000 + index}` },
      gphotos: {
        id: sha256,
        url: `https://photos.google.com/lr/photo/AF1Qip${Buffer.from(sha256, "hex").toString("base64url")}`,
      },
    },
    photo: {
      id: index + 1,
      key: sha256.slice(0, 12),
      sha256,
      bytes: 6_300_000 + (index % 1_000_000),
      filename: `DSC${String(index % 100_000).padStart(5, "0")}.JPG`,
      mime: "image/jpeg",
      extension: "jpg",
      kind: "image",
      receivedAt: LATEST,
      tags: [TAGS[Math.floor(random() ** 2 * TAGS.length)] ?? "", TAGS[Math.floor(random() ** 2 * TAGS.length)] ?? ""],
      sidecars: [],
      albums: [],
      related: [],
      blobKey: `originals/${date.replaceAll("-", "/")}/DSC${index}-${sha256.slice(0, 12)}.jpg`,
      facts: {
        taken: { local: `${date}T${time}`, source: "exif" },
        lens: "FE 24-105mm F4 G OSS",
        camera: { model: CAMERAS[Math.floor(random() * CAMERAS.length)] ?? "" },
        width: 6000,
        height: 4000,
        exposure: {
          time: 1 / Math.round(30 + random() * 970),
          fNumber: 1.8 + Math.round(random() * 40) / 10,
          iso: 100,
          focalLength: 35,
        },
        ...(place !== undefined && random() < 0.4
          ? {
              place: {
                latitude: Math.round(1e5 * (place.latitude + random() / 50)) / 1e5,
                longitude: Math.round(1e5 * (place.longitude + random() / 50)) / 1e5,
              },
            }
          : {}),
      },
    },
  };
}
