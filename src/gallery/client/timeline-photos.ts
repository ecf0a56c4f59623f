/** All photos of the timeline: their shapes and days at once, what they are when it is asked for. */
import {
  ID_LETTERS,
  type PhotoShard,
  stepsOf,
  TIME_LETTERS,
  TONE_LETTERS,
  type TimelineShapes,
} from "../timeline-format.ts";
import { dayPath, picturePath, shardPath } from "../site-paths.ts";
import { dayTitle } from "../wording.ts";
import { lastNotAbove, type Shape } from "./timeline-layout.ts";

export interface TimelinePhoto {
  /** From the root of the site. */
  readonly page: string;
  readonly picture: string | undefined;
  /** `#8ab`. */
  readonly tone: string;
  /** `Photo, 17 May 2024, 14:02`. */
  readonly name: string;
  /** What to show where there is no picture, and for films. */
  readonly label: string | undefined;
  readonly filename: string | undefined;
}

interface Shard {
  readonly name: string;
  readonly path: string;
  photos?: PhotoShard;
  loading?: Promise<void>;
}

export class TimelinePhotos implements Shape {
  readonly steps: Uint8Array;
  readonly dayStarts: Uint32Array;
  /** `YYYY-MM-DD`, newest first. */
  readonly days: readonly string[];
  readonly #part: number;
  readonly #shards: readonly Shard[];
  readonly #shardStarts: Uint32Array;
  readonly #load: (path: string) => Promise<void>;

  /** `load` runs the script at a path of the site. */
  constructor(shapes: TimelineShapes, load: (path: string) => Promise<void>) {
    this.#load = load;
    this.#part = shapes.part;
    this.steps = stepsOf(shapes.ratios);
    const days = listOf(shapes.days);
    this.days = days.map(([day = ""]) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
    this.dayStarts = startsOf(days.map(([, count]) => Number(count)));
    const shards = listOf(shapes.shards);
    this.#shards = shards.map(([name = "", code = ""]) => ({ name, path: shardPath(name, code) }));
    this.#shardStarts = startsOf(shards.map(([, , count]) => Number(count)));
  }

  get count(): number {
    return this.steps.length;
  }

  dayOf(photo: number): number {
    return lastNotAbove(this.dayStarts, photo, this.days.length);
  }

  /** The newest day that is not after this one; the oldest where there is none. */
  dayAtOrBefore(day: string): number {
    const found = this.days.findIndex((one) => one <= day);
    return found < 0 ? this.days.length - 1 : found;
  }

  /** Undefined until `ready`. */
  photo(photo: number): TimelinePhoto | undefined {
    const number = this.#shardOf(photo);
    const shard = this.#shards[number]?.photos;
    if (shard === undefined) return undefined;
    const index = photo - (this.#shardStarts[number] ?? 0);
    const id = cut(shard.ids, index, ID_LETTERS);
    const time = cut(shard.times, index, TIME_LETTERS).trim();
    const { label, isVideo, filename } = shard.special[index] ?? {};
    const dayNumber = this.dayOf(photo);
    const day = this.days[dayNumber] ?? "";
    const part = 1 + Math.floor((photo - (this.dayStarts[dayNumber] ?? 0)) / this.#part);
    return {
      page: `${dayPath(day, part)}#p-${id}`,
      picture: filename === undefined ? picturePath(id, "grid") : undefined,
      tone: `#${cut(shard.tones, index, TONE_LETTERS)}`,
      name: `${isVideo ? "Video" : "Photo"}, ${dayTitle(day)}${time && `, ${time.slice(0, 2)}:${time.slice(2)}`}`,
      label,
      filename,
    };
  }

  /** When all photos from the first to before the second are known. Rejects where one cannot be loaded. */
  async ready(from: number, to: number): Promise<void> {
    const [first, last] = [this.#shardOf(from), this.#shardOf(Math.max(from, to - 1))];
    await Promise.all(this.#shards.slice(first, last + 1).map((shard) => this.#ready(shard)));
  }

  take(name: string, photos: PhotoShard): void {
    const shard = this.#shards.find((one) => one.name === name);
    if (shard !== undefined) shard.photos = photos;
  }

  #ready(shard: Shard): Promise<void> {
    shard.loading ??= this.#load(shard.path);
    return shard.loading;
  }

  #shardOf(photo: number): number {
    return lastNotAbove(this.#shardStarts, photo, this.#shards.length);
  }
}

function listOf(text: string): readonly (readonly string[])[] {
  return text === "" ? [] : text.split(" ").map((entry) => entry.split(":"));
}

function startsOf(counts: readonly number[]): Uint32Array {
  const starts = new Uint32Array(counts.length + 1);
  for (const [index, count] of counts.entries()) starts[index + 1] = (starts[index] ?? 0) + count;
  return starts;
}

function cut(text: string, index: number, letters: number): string {
  return text.slice(index * letters, (index + 1) * letters);
}
