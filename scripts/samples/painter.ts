/** One of the threads that paint the sample photos: those of the given numbers. */
import { workerData } from "node:worker_threads";
import sharp from "sharp";
import { SAMPLE_PHOTOS } from "./list.ts";
import { makeSamplePhoto } from "../sample-photos.ts";

const { folder, indexes } = workerData as { readonly folder: string; readonly indexes: readonly number[] };
sharp.concurrency(1);
for (const index of indexes) {
  const photo = SAMPLE_PHOTOS[index];
  if (photo !== undefined) await makeSamplePhoto(folder, photo);
}
