/**
 * What the timeline is drawn from: one small file that tells the shape of every photo, so that the place of each is known exactly
 * before anything else is, and a file for about every thousand photos that tells what they are. They are scripts, since pages opened
 * from a folder may load nothing else; each calls a function of the page with its content.
 */
import { createHash } from "node:crypto";
import { monthsOf } from "./calendar.ts";
import { DAY_PART, type Outline, type OutlineDay, type Tile } from "./outline.ts";
import { shardPath, TIMELINE_SHAPES } from "./site-paths.ts";
import { lettersOf, type PhotoShard, type TimelineShapes } from "./timeline-format.ts";

/** Photos of one file; a day is divided only where it alone has more. */
const SHARD = 1500;

export interface TimelineFile {
  readonly path: string;
  readonly text: string;
  /** False for the one that tells of all the others: it keeps its name. */
  readonly isForEver: boolean;
}

/** Those of the photos first, that of the shapes last: it names the others. */
export function* timelineFiles({ days }: Outline): Generator<TimelineFile> {
  const shards: [name: string, code: string, photos: number][] = [];
  for (const { month, days: daysOfMonth } of monthsOf(days)) {
    for (const [number, tiles] of [...shardsOf(daysOfMonth)].toReversed().entries()) {
      const name = `${month}.${number}`;
      const text = `photologShard(${JSON.stringify(name)},${JSON.stringify(shardOf(tiles))})\n`;
      const code = createHash("sha256").update(text).digest("hex").slice(0, 10);
      shards.push([name, code, tiles.length]);
      yield { path: shardPath(name, code), text, isForEver: true };
    }
  }
  const shapes: TimelineShapes = {
    part: DAY_PART,
    days: days.map(({ day, tiles }) => `${day.replaceAll("-", "")}:${tiles.length}`).join(" "),
    ratios: days.map(({ tiles }) => lettersOf(tiles.map((tile) => tile.ratio))).join(""),
    shards: shards.map((shard) => shard.join(":")).join(" "),
  };
  yield { path: TIMELINE_SHAPES, text: `photologShapes(${JSON.stringify(shapes)})\n`, isForEver: false };
}

/** The photos of a month, cut into shards; the last comes first, so that new photos change no other. */
function* shardsOf(days: readonly OutlineDay[]): Generator<readonly Tile[]> {
  let shard: (readonly Tile[])[] = [];
  let count = 0;
  for (const { tiles } of days.toReversed()) {
    if (count > 0 && count + tiles.length > SHARD) {
      yield shard.flat();
      shard = [];
      count = 0;
    }
    let end = tiles.length;
    for (; end > SHARD; end -= end % SHARD || SHARD) yield tiles.slice(end - (end % SHARD || SHARD), end);
    shard.unshift(tiles.slice(0, end));
    count += end;
  }
  if (count > 0) yield shard.flat();
}

function shardOf(tiles: readonly Tile[]): PhotoShard {
  const special: PhotoShard["special"] = {};
  for (const [index, { label, kind, filename }] of tiles.entries()) {
    if (label === undefined) continue;
    special[index] = { label, ...(kind === "Video" && { isVideo: true }), ...(filename !== undefined && { filename }) };
  }
  return {
    ids: tiles.map(({ id }) => id).join(""),
    times: tiles.map(({ time = "     " }) => time.replace(":", "").slice(0, 4)).join(""),
    tones: tiles.map(({ tone }) => tone.toString(16).padStart(3, "0")).join(""),
    special,
  };
}
