/**
 * What the scripts of the timeline and of the search ask for: one file that leads to all others, and pieces of which each is
 * asked for when it is wanted. One photo more changes the first, and the piece of its month.
 */
import { type Month, monthsOf, yearsOf } from "./calendar.ts";
import type { Outline } from "./outline.ts";
import { type Directory, lettersOf, type Mark, type PhotoPiece, type Shapes } from "./pieces.ts";
import { recentPlaces, recentWords } from "./recent-words.ts";
import { codeOf, directory, shard } from "./shard.ts";
import { DIRECTORY_NAME } from "./site-paths.ts";
import type { StyleFile } from "./style-file.ts";
import { DAY_PART, type OutlineDay, type Tile } from "./tiles.ts";
import { addressWriter, wordShards } from "./word-shards.ts";
import type { WordLog } from "./word-log.ts";

/** So many photos of a month are told in one piece, counted from its oldest: packed 30 kB. */
const PIECE = 1500;
/** Characters of shapes that the directory holds itself. */
const FEW_SHAPES = 16_000;

/** Every piece once, and what leads to them last. */
export function* findingFiles({ tiles }: Outline, words: WordLog): Generator<StyleFile> {
  const months = monthsOf(tiles.days);
  const told: [string, number, string[]][] = [];
  for (const { month, days, photos } of months.toReversed()) {
    const codes: string[] = [];
    for (const [number, piece] of [...piecesOf(days.toReversed(), photos)].entries()) {
      const file = shard(`m/${month}.${number}`, piece);
      codes.push(codeOf(file));
      yield file;
    }
    told.push([month, photos, codes]);
  }
  const years: [string, Shapes | string][] = [];
  const areFew = tiles.count + tiles.days.length * 8 <= FEW_SHAPES;
  for (const { year, months: monthsOfYear } of yearsOf(months)) {
    const shapes = shapesOf(monthsOfYear);
    const file = areFew ? undefined : shard(`y/${year}`, shapes);
    years.push([year, file === undefined ? shapes : codeOf(file)]);
    if (file !== undefined) yield file;
  }
  const recent = recentPlaces(tiles.photoIds);
  const write = addressWriter(told.map(([month, photos]) => [month, photos]));
  const keys: [string, string][] = [];
  for (const [key, code, file] of wordShards(words, { order: fromOldest(tiles), without: recent, write })) {
    if (key !== undefined) keys.push([key, code]);
    if (file !== undefined) yield file;
  }
  yield directory(DIRECTORY_NAME, {
    part: DAY_PART,
    piece: PIECE,
    months: told,
    years,
    words: keys,
    recent: recentWords(words, { order: fromOldest(tiles), recent, write }),
  } satisfies Directory);
}

/** Days from the oldest. */
function* piecesOf(days: readonly OutlineDay[], photos: number): Generator<PhotoPiece> {
  for (let from = 0; from < photos; from += PIECE) {
    const tiles: Tile[] = [];
    const runs: [string, number, number][] = [];
    let before = 0;
    for (const day of days) {
      const [first, end] = [Math.max(0, from - before), Math.min(day.photos, from + PIECE - before)];
      before += day.photos;
      if (first >= end) continue;
      tiles.push(...day.slice(first, end));
      runs.push([day.day.slice(8), first, end - first]);
    }
    yield {
      days: runs,
      ids: tiles.map(({ id }) => id).join(""),
      ratios: lettersOf(tiles.map(({ ratio }) => ratio)),
      times: tiles.map(({ time = "     " }) => time.replace(":", "").slice(0, 4)).join(""),
      tones: tiles.map(({ tone }) => tone.toString(16).padStart(3, "0")).join(""),
      marks: marksOf(tiles),
    };
  }
}

function marksOf(tiles: readonly Tile[]): PhotoPiece["marks"] {
  const marks: Record<number, Mark> = {};
  for (const [index, { label, kind, filename }] of tiles.entries()) {
    if (label === undefined) continue;
    marks[index] = { label, ...(kind === "Video" && { isVideo: true }), ...(filename !== undefined && { filename }) };
  }
  return marks;
}

function shapesOf(months: readonly Month[]): Shapes {
  const days = months.flatMap((month) => month.days);
  return {
    days: days.map(({ day, photos }) => `${day.slice(5).replace("-", "")}:${photos}`).join(" "),
    ratios: days.map((day) => lettersOf(day.tiles.map((tile) => tile.ratio))).join(""),
  };
}

/** The places of all photos, those of the oldest day first. */
function* fromOldest({ days }: Outline["tiles"]): Generator<number> {
  for (const { from, photos } of days.toReversed()) for (let place = 0; place < photos; place++) yield from + place;
}
