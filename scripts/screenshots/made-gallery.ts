/** A gallery of photos that were painted here, published into a folder as `photolog gallery publish --to` does. */
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Catalog } from "../../src/catalog.ts";
import { openDatabase } from "../../src/database.ts";
import { publishGallery } from "../../src/gallery/publish.ts";
import { checksumsOf } from "../../src/media/checksum.ts";
import { readFacts } from "../../src/media/metadata.ts";
import { renderRenditions } from "../../src/media/renditions.ts";
import type { Receipt, Rendition, ServiceName } from "../../src/photo.ts";
import { openDirectory } from "../../src/storage/directory.ts";
import { makeSamplePhoto } from "../sample-photos.ts";
import { OUTING_PHOTOS, type OutingPhoto } from "./outings.ts";

const JPEG = { mime: "image/jpeg", kind: "image" } as const;
/** Every so many are not yet at this service. */
const MISSING: Readonly<Record<ServiceName, number>> = { flickr: 1000, gphotos: 19 };

/** Resolves with the folder of the site. */
export async function makeGallery(folder: string): Promise<string> {
  const database = openDatabase(join(folder, "photolog.db"));
  const archive = openDirectory(join(folder, "archive"));
  const site = join(folder, "site");
  const signal = new AbortController().signal;
  try {
    const catalog = new Catalog(database, () => Date.UTC(2026, 4, 18));
    for (const [number, photo] of OUTING_PHOTOS.entries()) await addPhoto(photo, number);
    const options = {
      title: "Ana’s photolog",
      prefix: "",
      public: false,
      encoding: "identity",
      services: ["flickr", "gphotos"],
    } as const;
    await publishGallery({ catalog, archive, target: openDirectory(site), options, signal });
    return site;

    async function addPhoto(photo: OutingPhoto, number: number): Promise<void> {
      const work = join(folder, "work");
      await mkdir(work, { recursive: true });
      await makeSamplePhoto(work, photo);
      const path = join(work, photo.folder, photo.filename);
      const { sha256, md5 } = await checksumsOf(path, ["sha256", "md5"]);
      const { key } = await catalog.adopt(
        {
          sha256,
          md5,
          bytes: (await stat(path)).size,
          filename: photo.filename,
          ...JPEG,
          extension: "jpg",
          receivedAt: Date.UTC(2026, 4, 18),
          tags: photo.tags,
          facts: await readFacts(path, JPEG),
          blobKey: `originals/${photo.folder.replaceAll("-", "/")}/${photo.filename}`,
          receipts: receiptsOf(number),
        },
        [{ step: "archive", state: "done" }],
      );
      const kept = await catalog.findByKey(key);
      if (kept === undefined) throw new Error(`${photo.filename} is not in the catalog.`);
      const { files, impression } = await renderRenditions(path, JPEG, work);
      const renditions = await Promise.all(
        files.map(async ({ path: from, ...rendition }): Promise<Rendition> => {
          const blobKey = `renditions/${sha256}/${rendition.name}.webp`;
          const { bytes: size, mime: contentType } = rendition;
          await archive.put({ key: blobKey, source: { path: from }, size, sha256: rendition.sha256, contentType });
          return { ...rendition, blobKey };
        }),
      );
      await catalog.recordRenditions(kept.id, renditions, impression);
      await rm(work, { recursive: true });
    }
  } finally {
    database.close();
  }
}

function receiptsOf(number: number): Partial<Record<ServiceName, Receipt>> {
  const flickr = { id: String(number), url: `https://www.flickr.com/photos/ana/${54_100_000_000 + number}` };
  const gphotos = { id: String(number), url: `https://photos.google.com/lr/photo/${number}` };
  return {
    ...(number % MISSING.flickr === MISSING.flickr - 1 ? {} : { flickr }),
    ...(number % MISSING.gphotos === MISSING.gphotos - 1 ? {} : { gphotos }),
  };
}
