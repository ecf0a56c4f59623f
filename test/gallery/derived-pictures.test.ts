/** What a published gallery lets out of the originals: nothing but how they look. */
import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import ExifReader from "exifreader";
import sharp, { type Sharp } from "sharp";
import { withTiffExif } from "../../scripts/samples/tiff-exif.ts";
import { renderRenditions } from "../../src/media/renditions.ts";
import type { Rendition } from "../../src/photo.ts";
import { openTestGallery, taken } from "../support/gallery.ts";

const SECRETS = {
  Make: "FUJIFILM",
  Model: "X-T5",
  Artist: "Ana Nobody",
  Copyright: "All of it is Ana's",
  BodySerialNumber: "SN-47110815",
  CameraOwnerName: "Ana Q. Owner",
  LensSerialNumber: "LS-998877",
} as const;

const FORMATS: Readonly<Record<string, (picture: Sharp) => Promise<Buffer>>> = {
  jpeg: (picture) => picture.jpeg().toBuffer(),
  png: (picture) => picture.png().toBuffer(),
  webp: (picture) => picture.webp().toBuffer(),
  tiff: async (picture) =>
    withTiffExif(await picture.tiff().toBuffer(), {
      main: [
        { tag: 271, type: 2, value: SECRETS.Make },
        { tag: 315, type: 2, value: SECRETS.Artist },
      ],
      exif: [{ tag: 42033, type: 2, value: SECRETS.BodySerialNumber }],
    }),
  avif: (picture) => picture.avif({ effort: 0 }).toBuffer(),
};

function original(): Sharp {
  const { Make, Model, Artist, Copyright, ...rest } = SECRETS;
  return sharp({ create: { width: 900, height: 600, channels: 3, background: "#7a9e87" } })
    .withExif({
      IFD0: { Make, Model, Artist, Copyright },
      IFD2: rest,
      IFD3: {
        GPSLatitudeRef: "N",
        GPSLatitude: "38/1 42/1 3000/100",
        GPSLongitudeRef: "W",
        GPSLongitude: "9/1 8/1 0/1",
      },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><r xmlns="urn:x">38.7119 north</r></x:xmpmeta>');
}

test("no picture of a published gallery says where, with what or by whom it was taken, whatever format it came in", async () => {
  const gallery = await openTestGallery();
  const withMetadata: string[] = [];
  for (const [format, encode] of Object.entries(FORMATS)) {
    const path = join(gallery.folder, `original.${format}`);
    const bytes = await encode(original());
    await writeFile(path, bytes);
    if (bytes.includes(SECRETS.BodySerialNumber) && bytes.includes(SECRETS.Artist)) withMetadata.push(format);
    const { files } = await renderRenditions(path, { mime: `image/${format}`, kind: "image" }, gallery.folder);
    const renditions: Rendition[] = [];
    for (const { path: from, ...file } of files) {
      const blobKey = `renditions/${format}/${file.name}.webp`;
      const { bytes: size, sha256, mime: contentType } = file;
      await gallery.archive.put({ key: blobKey, source: { path: from }, size, sha256, contentType });
      renditions.push({ ...file, blobKey });
    }
    await gallery.add([{ ...taken("2024-05-17T10:00:00"), filename: `original.${format}`, renditions }]);
  }
  assert.deepEqual(withMetadata, Object.keys(FORMATS), "the originals say it");
  await gallery.publish({ public: true });

  const pictures: string[] = [];
  for (const name of await readdir(gallery.site, { recursive: true })) {
    const path = join(gallery.site, name);
    if (!(await stat(path)).isFile()) continue;
    const bytes = await readFile(path);
    for (const secret of Object.values(SECRETS)) assert.equal(bytes.includes(secret), false, `${secret} in ${name}`);
    assert.equal(bytes.includes("38.7"), false, `the place in ${name}`);
    if (!name.endsWith(".webp")) continue;
    pictures.push(name);
    const { exif, gps, xmp, iptc, icc } = ExifReader.load(bytes, { expanded: true });
    assert.deepEqual([exif, gps, xmp, iptc, icc], [undefined, undefined, undefined, undefined, undefined], name);
  }
  assert.equal(pictures.length, 2 * Object.keys(FORMATS).length);
});
