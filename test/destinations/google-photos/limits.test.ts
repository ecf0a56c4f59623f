import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusalOf } from "../../../src/destinations/google-photos/limits.ts";
import type { Photo } from "../../../src/photo.ts";

type Given = readonly [kind: Photo["kind"], mime: string, bytes: number];

const MB = 1024 * 1024;
const GB = 1024 * MB;

describe("what Google Photos never takes", () => {
  const refused: readonly (readonly [...Given, RegExp])[] = [
    ["image", "image/jpeg", 200 * MB + 1, /photos up to 200 MB/],
    ["raw", "image/x-sony-arw", 200 * MB + 1, /photos up to 200 MB/],
    ["video", "video/mp4", 20 * GB + 1, /videos up to 20 GB/],
    ["image", "image/vnd.adobe.photoshop", 1000, /image\/vnd\.adobe\.photoshop/],
    ["image", "image/jxl", 1000, /image\/jxl/],
    ["image", "image/jp2", 1000, /image\/jp2/],
    ["video", "video/x-flv", 1000, /video\/x-flv/],
    ["video", "application/mxf", 1000, /application\/mxf/],
    ["image", "image/jpeg", 0, /empty/],
  ];
  for (const [kind, mime, bytes, reason] of refused) {
    it(`is a ${kind} of type ${mime} with ${bytes} bytes`, () => {
      assert.match(refusalOf({ kind, mime, bytes }) ?? "", reason);
    });
  }

  const taken: readonly Given[] = [
    ["image", "image/jpeg", 200 * MB],
    ["image", "image/png", 1],
    ["image", "image/gif", 1],
    ["image", "image/webp", 1],
    ["image", "image/avif", 1],
    ["image", "image/heic", 1],
    ["image", "image/heif", 1],
    ["image", "image/tiff", 1],
    ["image", "image/bmp", 1],
    ["raw", "image/x-canon-cr3", 60 * MB],
    ["video", "video/mp4", 20 * GB],
    ["video", "video/quicktime", 300 * MB],
    ["video", "video/x-matroska", 1],
    ["video", "video/mp2t", 1],
    ["video", "video/x-ms-wmv", 1],
  ];
  for (const [kind, mime, bytes] of taken) {
    it(`is not a ${kind} of type ${mime} with ${bytes} bytes`, () => {
      assert.equal(refusalOf({ kind, mime, bytes }), undefined);
    });
  }
});
