/** A catalog of photos that were never taken, over twenty-six years, all with the same two small pictures. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import { Catalog } from "../src/catalog.ts";
import { openDatabase } from "../src/database.ts";
import type { Rendition } from "../src/photo.ts";
import { openDirectory } from "../src/storage/directory.ts";
import type { Home } from "./serving.ts";

const YEARS = 26;
const LATEST = Date.UTC(2026, 4, 17);
const TAGS = ["travel", "family", "vegas", "garden", "work", "snow"];
const CAMERAS = ["ILCE-7M4", "X-T5", "Pixel 9", "iPhone 17"];

export function settingsOf(home: Home): string {
  return join(home.folder, "settings.yaml");
}

/** The pictures that all photos share. */
export async function startCatalog(home: Home): Promise<void> {
  for (const { name, bytes } of await pictures()) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await openDirectory(home.archiveFolder).put({
      key: `renditions/${name}.webp`,
      source: { bytes },
      size: bytes.length,
      sha256,
      contentType: "image/webp",
    });
  }
}

/** So many more, each time others. */
export async function addPhotos(home: Home, count: number): Promise<void> {
  const database = openDatabase(home.databaseFile);
  const catalog = new Catalog(database, Date.now);
  const renditions = (await pictures()).map(({ name, bytes, width, height }): Rendition => ({
    name,
    blobKey: `renditions/${name}.webp`,
    mime: "image/webp",
    width,
    height,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  const before = await catalog.count();
  for (let number = before; number < before + count; number++) await addPhoto(catalog, number, renditions);
  database.close();
}

async function addPhoto(catalog: Catalog, number: number, renditions: readonly Rendition[]): Promise<void> {
  const sha256 = createHash("sha256").update(`photo ${number}`).digest("hex");
  const chance = parseInt(sha256.slice(0, 8), 16) / 2 ** 32;
  const taken = new Date(LATEST - Math.floor(chance ** 2 * YEARS * 365 * 86_400_000)).toISOString().slice(0, 19);
  const filename = `IMG_${String(number).padStart(7, "0")}.JPG`;
  const { key } = await catalog.adopt(
    {
      sha256,
      md5: sha256.slice(0, 32),
      bytes: 6_000_000,
      filename,
      mime: "image/jpeg",
      extension: "jpg",
      kind: "image",
      receivedAt: LATEST,
      tags: [TAGS[number % TAGS.length] ?? ""],
      facts: { taken: { local: taken, source: "exif" }, camera: { model: CAMERAS[number % CAMERAS.length] ?? "" } },
      blobKey: `originals/${filename}`,
      receipts: {},
    },
    [{ step: "archive", state: "done" }],
  );
  const photo = await catalog.findByKey(key);
  if (photo !== undefined) await catalog.recordRenditions(photo.id, renditions);
}

async function pictures() {
  const draw = (name: Rendition["name"], width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#7a9e87" } })
      .webp()
      .toBuffer()
      .then((bytes) => ({ name, bytes, width, height }));
  return await Promise.all([draw("grid", 480, 320), draw("view", 960, 640)]);
}
