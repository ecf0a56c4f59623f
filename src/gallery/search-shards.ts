/** What the search page's script asks for: where words are found, and photos to be shown as tiles. */
import { runsOf } from "./calendar.ts";
import { spoken } from "./grid.ts";
import { DAY_PART, type Outline, type OutlineDay, type Tile } from "./outline.ts";
import { codeOf, directory, shard } from "./shard.ts";
import type { SearchManifest, TilePiece } from "./search-pieces.ts";
import type { StyleFile } from "./style-file.ts";
import type { WordLog } from "./word-log.ts";
import { wordShards } from "./word-shards.ts";

/** By which the script knows it, and its name. */
const DIRECTORY = "search";
/** So many photos of a month are told in one piece, counted from its oldest. */
const PIECE = 500;

/** Every piece once, and what names them all last. */
export function* searchShards(outline: Outline, words: WordLog): Generator<StyleFile> {
  const months: [string, number, string[]][] = [];
  for (const [month, days] of runsOf(outline.days.toReversed(), ({ day }) => day.slice(0, 7))) {
    const codes: string[] = [];
    for (const [number, piece] of piecesOf(days).entries()) {
      const file = shard(`p/${month}.${number}`, piece);
      codes.push(codeOf(file));
      yield file;
    }
    months.push([month, days.reduce((sum, { tiles }) => sum + tiles.length, 0), codes]);
  }
  const keys: [string, string][] = [];
  const ordered = {
    order: fromOldest(outline.days),
    months: months.map(([month, photos]) => [month, photos] as const),
  };
  for (const [key, code, file] of wordShards(words, ordered)) {
    keys.push([key, code]);
    yield file;
  }
  yield directory(DIRECTORY, { months, words: keys, piece: PIECE, part: DAY_PART } satisfies SearchManifest);
}

function piecesOf(days: readonly OutlineDay[]): TilePiece[] {
  const photos = days.flatMap((day) => day.tiles.map((tile, place) => ({ tile, place })));
  return Array.from({ length: Math.ceil(photos.length / PIECE) }, (_, number) =>
    pieceOf(photos.slice(number * PIECE, (number + 1) * PIECE)),
  );
}

function pieceOf(photos: readonly { readonly tile: Tile; readonly place: number }[]): TilePiece {
  const days: [string, number, number][] = [];
  const marks: Record<number, readonly string[]> = {};
  for (const [index, { tile, place }] of photos.entries()) {
    const day = tile.day.day.slice(8);
    const last = days.at(-1);
    if (last?.[0] === day) last[2]++;
    else days.push([day, place, 1]);
    if (tile.size === undefined) marks[index] = [tile.label ?? "", tile.filename ?? ""];
    else if (tile.label !== undefined) marks[index] = [tile.label];
  }
  return {
    days,
    ids: photos.map(({ tile }) => tile.id).join(""),
    ratios: photos.map(({ tile }) => tile.ratio),
    spoken: photos.map(({ tile }) => spoken(tile)),
    marks,
  };
}

/** How the timeline numbers its photos, newest day first, from the oldest day on. */
function* fromOldest(days: readonly OutlineDay[]): Generator<number> {
  let before = days.reduce((sum, { tiles }) => sum + tiles.length, 0);
  for (const { tiles } of days.toReversed()) {
    before -= tiles.length;
    for (let place = 0; place < tiles.length; place++) yield before + place;
  }
}
