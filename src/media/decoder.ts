/** The picture decoder, loaded when first needed and set once for the whole process. */
import type sharp from "sharp";

let loading: Promise<typeof sharp> | undefined;

/**
 * One thread per picture: two pictures side by side on two cores take half the time of one picture on two threads. No cache
 * of decoded pictures or open files: no photo is looked at twice, and a long run must not grow.
 */
export async function loadDecoder(): Promise<typeof sharp> {
  loading ??= import("sharp").then((module) => {
    module.default.concurrency(1);
    module.default.cache(false);
    return module.default;
  });
  return await loading;
}
