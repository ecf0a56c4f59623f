/** All sample photos, the folders by turns, so that any first few of them are a mixture. */
import { CITIES } from "./cities.ts";
import { LAKE } from "./lake.ts";
import { LISBON } from "./lisbon.ts";
import type { SamplePhoto } from "./sample.ts";

const FOLDERS = [LISBON, LAKE, CITIES];
const LONGEST = Math.max(...FOLDERS.map(({ length }) => length));

export const SAMPLE_PHOTOS: readonly SamplePhoto[] = Array.from({ length: LONGEST }, (_, index) =>
  FOLDERS.flatMap((photos) => photos.slice(index, index + 1)),
).flat();
