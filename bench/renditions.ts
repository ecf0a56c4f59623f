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
const SIZE = { width: 4752, height: 3168, count: 12 };
const TWICE =
  'vipsthumbnail --vips-concurrency=1 -s x320 -o "$0/%s-g.webp[Q=72,strip]" "$@" && vipsthumbnail --vips-concurrency=1 -s 2048 -o "$0/%s-v.webp[Q=78,strip]" "$@"';

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
