/** A gallery of some hundred photos whose pictures weigh what those of photos do, published into memory. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Catalog } from "../src/catalog.ts";
import { openDatabase } from "../src/database.ts";
import { publishGallery } from "../src/gallery/publish.ts";
import { renderRenditions } from "../src/media/renditions.ts";
import type { Impression, Rendition } from "../src/photo.ts";
import type { Blob, Proof } from "../src/storage/blob-store.ts";
import { openMemory } from "../test/support/memory-store.ts";
import { cacheFolder, makePhotos } from "./inputs.ts";

/** A file of the site and the headers it was put with. */
export type SiteBlob = Pick<Blob, "contentType" | "cacheControl" | "contentEncoding"> & { readonly bytes: Uint8Array };

interface Picture {
  readonly renditions: readonly Rendition[];
  readonly impression: Impression;
}

const KINDS = 8;
const SIZE = { width: 2400, height: 1600, count: KINDS };
const JPEG = { mime: "image/jpeg", kind: "image" } as const;
const TAGS = ["travel", "family", "vegas", "garden", "work", "snow"];
const CAMERAS = ["ILCE-7M4", "X-T5", "Pixel 9", "iPhone 17"];

/** What the pages that are opened are called in it. */
export const SHOWN = { year: "2026/index.html", month: "2026/05/index.html", day: "2026/05/17/index.html" } as const;
const OF_THE_DAY = 60;
const OF_THE_MONTH = 102;

/** By path. The month has 102 photos, 60 of them on one day; all others are spread over three years. */
export async function makePicturedGallery(count: number): Promise<ReadonlyMap<string, SiteBlob>> {
  const folder = await mkdtemp(join(cacheFolder(), "pictured-"));
  const database = openDatabase(join(folder, "photolog.db"));
  try {
    const catalog = new Catalog(database, Date.now);
    const archive = openMemory();
    const pictures: Picture[] = [];
    for (const path of (await makePhotos(SIZE)).paths) pictures.push(await render(path));
    for (let number = 0; number < count; number++) await addPhoto(number);
    const blobs = new Map<string, SiteBlob>();
    const site = openMemory();
    const target = {
      ...site,
      async put(blob: Blob): Promise<Proof> {
        const proof = await site.put(blob);
        const { contentType, cacheControl, contentEncoding } = blob;
        blobs.set(blob.key, {
          contentType,
          bytes: site.blobs.get(blob.key)?.bytes ?? Buffer.alloc(0),
          ...(cacheControl !== undefined && { cacheControl }),
          ...(contentEncoding !== undefined && { contentEncoding }),
        });
        return proof;
      },
    };
    const options = {
      title: "Photolog",
      prefix: "",
      public: false,
      encoding: "gzip",
      services: ["flickr", "gphotos"],
    } as const;
    await publishGallery({ catalog, archive, target, options, signal: new AbortController().signal });
    return blobs;

    async function render(path: string): Promise<Picture> {
      const into = join(folder, "work");
      await mkdir(into, { recursive: true });
      const { files, impression } = await renderRenditions(path, JPEG, into);
      const renditions: Rendition[] = [];
      for (const { path: from, ...file } of files) {
        const blobKey = `renditions/${file.sha256}.webp`;
        const bytes = await readFile(from);
        await archive.put({
          key: blobKey,
          source: { bytes },
          size: bytes.length,
          sha256: file.sha256,
          contentType: file.mime,
        });
        renditions.push({ ...file, blobKey });
      }
      return { renditions, impression };
    }

    async function addPhoto(number: number): Promise<void> {
      const sha256 = createHash("sha256").update(`photo ${number}`).digest("hex");
      const filename = `IMG_${String(number).padStart(5, "0")}.JPG`;
      const { key } = await catalog.adopt(
        {
          sha256,
          md5: sha256.slice(0, 32),
          bytes: 6_000_000 + number,
          filename,
          ...JPEG,
          extension: "jpg",
          receivedAt: Date.UTC(2026, 4, 18),
          tags: [TAGS[number % TAGS.length] ?? ""],
          facts: {
            taken: { local: takenAt(number), source: "exif" },
            camera: { model: CAMERAS[number % CAMERAS.length] ?? "" },
            exposure: { time: 1 / 250, fNumber: 4, iso: 200, focalLength: 35 },
            width: SIZE.width,
            height: SIZE.height,
          },
          blobKey: `originals/${filename}`,
          receipts: { flickr: { id: `${number}`, url: `https://www.flickr.com/photos/ana/${number}` } },
        },
        [{ step: "archive", state: "done" }],
      );
      const photo = await catalog.findByKey(key);
      const picture = pictures[number % KINDS];
      if (photo === undefined || picture === undefined) throw new Error(`${filename} was not taken in.`);
      await catalog.recordRenditions(photo.id, picture.renditions, picture.impression);
    }
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** `YYYY-MM-DDTHH:MM:SS`. */
function takenAt(number: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(8 + Math.floor((number % 60) / 6))}:${two((number % 6) * 9)}:13`;
  if (number < OF_THE_DAY) return `2026-05-17T${time}`;
  if (number < OF_THE_MONTH) return `2026-05-${two(1 + (number % 14))}T${time}`;
  const day = new Date(Date.UTC(2026, 3, 28) - Math.floor((number - OF_THE_MONTH) / 3) * 13 * 86_400_000);
  return `${day.toISOString().slice(0, 10)}T${time}`;
}
