/**
 * The words of the photos that came last are told by the directory itself, and move into the pieces together: so one photo more
 * does not change the piece of each of its words.
 */
import type { Numbers } from "./numbers.ts";
import type { Leaf } from "./pieces.ts";
import type { WordLog } from "./word-log.ts";

/** So many move at once. */
const RECENT = 256;

/** The places of those that came last, by the ids that the catalog gave them in the order in which they came. */
export function recentPlaces(photoIds: Numbers): ReadonlySet<number> {
  const settled = photoIds.length - (photoIds.length % RECENT);
  const sorted = new Uint32Array(photoIds.length);
  for (let place = 0; place < sorted.length; place++) sorted[place] = photoIds.at(place) ?? 0;
  const first = sorted.sort()[settled] ?? Infinity;
  const places = new Set<number>();
  for (let place = 0; place < photoIds.length; place++) if ((photoIds.at(place) ?? 0) >= first) places.add(place);
  return places;
}

export function recentWords(
  log: WordLog,
  of: {
    /** As of `WordLog.index`. */
    readonly order: Iterable<number>;
    readonly recent: ReadonlySet<number>;
    readonly write: (positions: Uint32Array) => string;
  },
): Leaf {
  const positions = new Map<string, number[]>();
  let position = -1;
  for (const place of of.order) {
    position++;
    if (!of.recent.has(place)) continue;
    for (const word of log.wordsAt(place)) {
      const known = positions.get(word);
      if (known === undefined) positions.set(word, [position]);
      else known.push(position);
    }
  }
  const words = [...positions].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    words: words.map(([word]) => word),
    photos: words.map(([, known]) => of.write(Uint32Array.from(known))),
  };
}
