/**
 * Renditions: both sizes of a 15 megapixel JPEG, against `vipsthumbnail`, once for each size.
 *
 *   node bench/renditions.ts [--photos DIR] [--rounds N] [--json]
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { compete, costOf, isInstalled } from "./cost.ts";
import { show } from "./outcome.ts";

const { values } = parseArgs({
  options: { photos: { type: "string" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const PHOTOS = 12;
const [WIDTH, HEIGHT] = [4752, 3168];

const work = await mkdtemp(join(tmpdir(), "photolog-bench-"));
try {
  const photos = values.photos === undefined ? await makePhotos() : await photosIn(values.photos);
  const worker = fileURLToPath(new URL("render-all.ts", import.meta.url));
  const contenders = [
    { name: "photolog", run: () => costOf([process.execPath, worker, work, ...photos]) },
    ...((await isInstalled("vipsthumbnail"))
      ? [
          {
            name: "vipsthumbnail, twice",
            run: () =>
              costOf([
                "bash",
                "-c",
                'vipsthumbnail --vips-concurrency=1 -s x320 -o "$0/%s-g.webp[Q=72,strip]" "$@" && vipsthumbnail --vips-concurrency=1 -s 2048 -o "$0/%s-v.webp[Q=78,strip]" "$@"',
                work,
                ...photos,
              ]),
          },
        ]
      : []),
  ];
  show({
    title: "Renditions of 320 px height and 2048 px length, WebP",
    unit: "photo",
    count: photos.length,
    costs: await compete(contenders, Number(values.rounds)),
    absent: contenders.length > 1 ? [] : ["vipsthumbnail"],
  });
} finally {
  await rm(work, { recursive: true, force: true });
}

async function photosIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /\.jpe?g$/i.test(name)).sort();
  return names.map((name) => join(folder, name));
}

/** Soft shapes with a grain of a sensor over them, the same each time. */
async function makePhotos(): Promise<string[]> {
  const photos: string[] = [];
  for (let number = 0; number < PHOTOS; number++) {
    let state = number + 1;
    const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const coarse = Buffer.from(Array.from({ length: 48 * 32 * 3 }, () => Math.floor(random() * 256)));
    const shapes = await sharp(coarse, { raw: { width: 48, height: 32, channels: 3 } })
      .resize({ width: WIDTH, height: HEIGHT, kernel: "cubic" })
      .raw()
      .toBuffer();
    for (let at = 0; at < shapes.length; at++)
      shapes[at] = Math.max(0, Math.min(255, (shapes[at] ?? 0) + random() * 6 - 3));
    const path = join(work, `photo-${number}.jpg`);
    await sharp(shapes, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path);
    photos.push(path);
  }
  return photos;
}
