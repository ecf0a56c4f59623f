/** All photos of the timeline: their shapes and days at once, what they are when it is asked for. */
import { type Directory, type PhotoPiece, type Shapes, stepsOf } from "../pieces.ts";
import { dayPath, picturePath, piecePath } from "../site-paths.ts";
import { photoIn } from "./piece-photos.ts";
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

/** Gets what a piece holds: its name, and its path from the root of the site. Rejects where it cannot be had. */
export type LoadPiece = <T>(name: string, path: string) => Promise<T>;

interface Piece {
  readonly name: string;
  readonly path: string;
  photos?: PhotoPiece;
  loading?: Promise<void>;
}

/** With the shapes of all years, of which a large gallery has a piece each. */
export async function openTimeline(directory: Directory, load: LoadPiece): Promise<TimelinePhotos> {
  const years = await Promise.all(
    directory.years.map(async ([year, told]) => {
      const shapes = typeof told === "string" ? await load<Shapes>(`y/${year}`, piecePath(`y/${year}`, told)) : told;
      return { year, ...shapes };
    }),
  );
  return new TimelinePhotos(directory, years, load);
}

export class TimelinePhotos implements Shape {
  readonly steps: Uint8Array;
  readonly dayStarts: Uint32Array;
  /** `YYYY-MM-DD`, newest first. */
  readonly days: readonly string[];
  /** Of each day, how many photos of its month are older. */
  readonly #before: Uint32Array;
  readonly #directory: Directory;
  readonly #months: ReadonlyMap<string, readonly Piece[]>;
  readonly #load: LoadPiece;

  constructor(directory: Directory, years: readonly (Shapes & { readonly year: string })[], load: LoadPiece) {
    this.#directory = directory;
    this.#load = load;
    this.steps = stepsOf(years.map(({ ratios }) => ratios).join(""));
    const days = years.flatMap((year) => listOf(year.days).map(([day, count]) => ({ day: year.year + day, count })));
    this.days = days.map(({ day }) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
    this.dayStarts = startsOf(days.map(({ count }) => count));
    this.#before = new Uint32Array(days.length);
    for (let day = days.length - 2; day >= 0; day--) {
      const isSameMonth = days[day]?.day.slice(0, 6) === days[day + 1]?.day.slice(0, 6);
      this.#before[day] = isSameMonth ? (this.#before[day + 1] ?? 0) + (days[day + 1]?.count ?? 0) : 0;
    }
    this.#months = new Map(
      directory.months.map(([month, , codes]) => [month, codes.map((code, number) => pieceOf(month, number, code))]),
    );
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
    const dayNumber = this.dayOf(photo);
    const inDay = photo - (this.dayStarts[dayNumber] ?? 0);
    const number = this.#numberOf(dayNumber, inDay);
    const photos = this.#piece(dayNumber, number)?.photos;
    if (photos === undefined) return undefined;
    const day = this.days[dayNumber] ?? "";
    const { id, tone, name, mark } = photoIn(
      photos,
      (this.#before[dayNumber] ?? 0) + inDay - number * this.#directory.piece,
      day,
    );
    return {
      page: `${dayPath(day, 1 + Math.floor(inDay / this.#directory.part))}#p-${id}`,
      picture: mark?.filename === undefined ? picturePath(id, "grid") : undefined,
      tone,
      name,
      label: mark?.label,
      filename: mark?.filename,
    };
  }

  /** When all photos from the first to before the second are known. Rejects where one cannot be loaded. */
  async ready(from: number, to: number): Promise<void> {
    const wanted = new Set<Piece>();
    for (let day = this.dayOf(from); day < this.days.length && (this.dayStarts[day] ?? 0) < to; day++) {
      const start = this.dayStarts[day] ?? 0;
      const [first, last] = [Math.max(from, start), Math.min(to, this.dayStarts[day + 1] ?? to) - 1];
      for (let number = this.#numberOf(day, first - start); number <= this.#numberOf(day, last - start); number++) {
        const piece = this.#piece(day, number);
        if (piece !== undefined) wanted.add(piece);
      }
    }
    await Promise.all([...wanted].map((piece) => this.#ready(piece)));
  }

  #ready(piece: Piece): Promise<void> {
    piece.loading ??= this.#load<PhotoPiece>(piece.name, piece.path).then((photos) => void (piece.photos = photos));
    return piece.loading;
  }

  /** Of the piece of its month that knows a photo of a day. */
  #numberOf(day: number, inDay: number): number {
    return Math.floor(((this.#before[day] ?? 0) + inDay) / this.#directory.piece);
  }

  #piece(day: number, number: number): Piece | undefined {
    return this.#months.get(this.days[day]?.slice(0, 7) ?? "")?.[number];
  }
}

function pieceOf(month: string, number: number, code: string): Piece {
  const name = `m/${month}.${number}`;
  return { name, path: piecePath(name, code) };
}

function listOf(text: string): readonly (readonly [string, number])[] {
  return text === ""
    ? []
    : text.split(" ").map((entry) => {
        const [day = "", count = "0"] = entry.split(":");
        return [day, Number(count)];
      });
}

function startsOf(counts: readonly number[]): Uint32Array {
  const starts = new Uint32Array(counts.length + 1);
  for (const [index, count] of counts.entries()) starts[index + 1] = (starts[index] ?? 0) + count;
  return starts;
}
