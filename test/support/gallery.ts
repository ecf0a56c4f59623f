/** Galleries of pictures that were never taken: a real catalog, real folders, small real WebP files. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import sharp from "sharp";
import type { ShownPhoto } from "../../src/catalog.ts";
import type { SiteLook } from "../../src/gallery/layout.ts";
import { publishGallery, type PublishOptions, type PublishReport } from "../../src/gallery/publish.ts";
import { dayOf, type Photo, type Rendition } from "../../src/photo.ts";
import type { BlobStore } from "../../src/storage/blob-store.ts";
import { openDirectory } from "../../src/storage/directory.ts";
import { type GivenPhoto, openTestCatalog } from "./catalog.ts";
import { temporaryFolder } from "./temporary.ts";

export const LOOK: SiteLook = {
  title: "Photolog",
  public: false,
  services: [],
  archive: "s3://bucket",
  originals: "named",
};

const HUES = ["#7a9e87", "#c98d5b", "#5b7fc9", "#a35b7c"];
const pictures = new Map<string, Promise<Buffer>>();

/** The same few pictures again and again: what counts is that each photo has its own blobs. */
function draw(hue: string, height: number): Promise<Buffer> {
  const name = `${hue} ${height}`;
  const known = pictures.get(name);
  if (known !== undefined) return known;
  const drawn = sharp({ create: { width: height * 1.5, height, channels: 3, background: hue } })
    .webp()
    .toBuffer();
  pictures.set(name, drawn);
  return drawn;
}

/** A photo of this day (and time); `taken("2024-05-17T14:02:13")`. */
export function taken(local: string, more: Partial<GivenPhoto> = {}): GivenPhoto {
  const { facts, ...rest } = more;
  return {
    filename: `IMG_${local.replace(/\D/g, "")}.JPG`,
    facts: { taken: { local: local.padEnd(19, "T12:00:00".slice(local.length - 19)), source: "exif" }, ...facts },
    ...rest,
  };
}

export async function openTestGallery() {
  const folder = await temporaryFolder();
  const { catalog, add, forget, close, queue } = await openTestCatalog(folder);
  const archive = openDirectory(join(folder, "archive"));
  const site = join(folder, "site");
  const target = openDirectory(site);

  /** With renditions in the archive. */
  async function addPictures(photos: readonly GivenPhoto[]): Promise<Photo[]> {
    const pictured = await Promise.all(
      photos.map(async (photo, index) => ({
        ...photo,
        renditions: await renditionsOf(archive, photo.filename, index),
      })),
    );
    return await add(pictured);
  }

  function publish(
    given: Partial<PublishOptions> & { readonly to?: BlobStore; readonly signal?: AbortSignal } = {},
  ): Promise<PublishReport> {
    const { to = target, signal = new AbortController().signal, ...rest } = given;
    const options: PublishOptions = { title: "Photolog", prefix: "", public: false, encoding: "identity", ...rest };
    return publishGallery({ catalog, archive, target: to, options, signal });
  }

  return { folder, catalog, queue, archive, target, site, add, addPictures, forget, publish, close };
}

async function renditionsOf(archive: BlobStore, filename: string, index: number): Promise<Rendition[]> {
  const sha256 = createHash("sha256").update(filename).digest("hex");
  const hue = HUES[index % HUES.length] ?? "#777";
  return await Promise.all(
    (
      [
        ["grid", 320],
        ["view", 640],
      ] as const
    ).map(async ([name, height]) => {
      const bytes = await draw(hue, height);
      const blobKey = `renditions/${sha256}/${name}.webp`;
      const proof = createHash("sha256").update(bytes).digest("hex");
      await archive.put({
        key: blobKey,
        source: { bytes },
        size: bytes.length,
        sha256: proof,
        contentType: "image/webp",
      });
      return {
        name,
        blobKey,
        mime: "image/webp",
        width: height * 1.5,
        height,
        bytes: bytes.length,
        sha256: proof,
      };
    }),
  );
}

/** As the catalog would tell it, for what needs no catalog. */
export function shown(
  index: number,
  given: Partial<Photo> & Pick<Partial<ShownPhoto>, "renditions" | "receipts"> = {},
): ShownPhoto {
  const { renditions = [], receipts = {}, ...rest } = given;
  const sha256 = createHash("sha256").update(`photo ${index}`).digest("hex");
  const photo: Photo = {
    id: index + 1,
    key: sha256.slice(0, 12),
    sha256,
    bytes: 6_300_000 + index,
    filename: `DSC${String(index).padStart(5, "0")}.JPG`,
    mime: "image/jpeg",
    extension: "jpg",
    kind: "image",
    receivedAt: Date.UTC(2024, 4, 17, 12),
    tags: [],
    sidecars: [],
    albums: [],
    related: [],
    blobKey: `originals/2024/05/17/DSC${index}-${sha256.slice(0, 12)}.jpg`,
    ...rest,
  };
  return { photo, day: dayOf(photo), renditions, receipts };
}

export function rendered(sha256: string, size: { readonly width: number; readonly height: number }): Rendition[] {
  return (["grid", "view"] as const).map((name) => ({
    name,
    blobKey: `renditions/${sha256}/${name}.webp`,
    mime: "image/webp",
    ...size,
    bytes: 10_000,
    sha256,
  }));
}

/** Newest first, as `Catalog.timeline` tells them. */
export async function* timelineOf(photos: readonly ShownPhoto[]): AsyncGenerator<ShownPhoto> {
  const at = ({ photo, day }: ShownPhoto): string => photo.facts?.taken?.local ?? `${day}T00:00:00`;
  yield* photos.toSorted((a, b) => (at(a) < at(b) ? 1 : -1));
}
