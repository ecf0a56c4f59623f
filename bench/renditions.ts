/**
 * Renditions: both sizes of a 15 megapixel JPEG, against `vipsthumbnail`, once for each size.
 *
 *   node bench/renditions.ts [--photos DIR] [--rounds N] [--json]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compete, costOf, installed } from "./cost.ts";
import { makePhotos, photosIn } from "./inputs.ts";
import { show } from "./outcome.ts";

const { values } = parseArgs({
  options: { photos: { type: "string" }, rounds: { type: "string", default: "3" }, json: { type: "boolean" } },
});
const SIZE = { width: 4752, height: 3168, count: 24 };
const TWICE =
  'vipsthumbnail --vips-concurrency=1 -s x320 -o "$0/%s-g.webp[Q=72,strip]" "$@" && vipsthumbnail --vips-concurrency=1 -s 2048 -o "$0/%s-v.webp[Q=78,strip]" "$@"';
/** As the program did that photolog replaces, but for these two sizes. */
const PILLOW = `
import os, sys
from PIL import Image
for path in sys.argv[2:]:
    for name, size, quality in (("g", (100000, 320), 72), ("v", (2048, 2048), 78)):
        with Image.open(path) as picture:
            picture = picture.convert("RGB")
            picture.thumbnail(size, Image.LANCZOS, reducing_gap=None)
            picture.save(os.path.join(sys.argv[1], os.path.basename(path) + name + ".webp"), quality=quality)
`;

const work = await mkdtemp(join(tmpdir(), "photolog-bench-"));
try {
  const { paths: photos } = values.photos === undefined ? await makePhotos(SIZE) : photosIn(values.photos);
  const worker = fileURLToPath(new URL("render-all.ts", import.meta.url));
  const { present, absent } = await installed([
    { name: "photolog", role: "ours", run: () => costOf([process.execPath, worker, work, ...photos]) },
    {
      name: "vipsthumbnail, twice",
      role: "peer",
      needs: "vipsthumbnail",
      run: () => costOf(["bash", "-c", TWICE, work, ...photos]),
    },
    {
      name: "Pillow, a decode for each size",
      role: "peer",
      needs: "Pillow",
      isThere: "/usr/bin/python3 -c 'import PIL'",
      run: () => costOf(["/usr/bin/python3", "-c", PILLOW, work, ...photos]),
    },
  ]);
  const entries = await compete(present, Number(values.rounds));
  show({
    title: "Renditions",
    cases: [{ work: "320 px height and 2048 px length, WebP", unit: "photo", count: photos.length, entries }],
    absent,
    remarks: ["What limits it: decoding the JPEG once, then compressing WebP."],
  });
} finally {
  await rm(work, { recursive: true, force: true });
}
