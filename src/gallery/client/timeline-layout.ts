/**
 * Where every photo of the timeline lies, for one width of the screen. All photos are laid out at once from their ratios alone, a
 * million in some fifty milliseconds, so nothing moves afterwards and the scrubber tells the truth.
 */
import { RATIOS } from "../ratio.ts";

/** In CSS pixels. */
export interface Measures {
  readonly width: number;
  /** What a row is meant to be high; it becomes a little more or less so that it ends where the page ends. */
  readonly rowHeight: number;
  readonly gap: number;
  /** Between days that share a row. */
  readonly dayGap: number;
  /** Of the line above the first row of a day, with the space before it. */
  readonly heading: number;
  /** What the heading of a day needs. */
  readonly leastDay: number;
}

export interface Shape {
  /** A step of `RATIOS` for each photo. */
  readonly steps: Uint8Array;
  /** The first photo of each day, and at the end the number of photos. */
  readonly dayStarts: Uint32Array;
}

/** Rows of photos of one height. A row that begins with a new day has the headings of all its days above it. */
export interface Layout {
  readonly measures: Measures;
  readonly rows: number;
  /** The first photo of each row, and at the end the number of photos. */
  readonly firsts: Uint32Array;
  /** The first day that has photos in the row. */
  readonly days: Uint32Array;
  /** Where the row begins, its headings included. */
  readonly tops: Float64Array;
  /** Of its photos. */
  readonly heights: Float32Array;
  /** 1 where it begins with a heading. */
  readonly headed: Uint8Array;
  readonly height: number;
}

const SPACE_BELOW_DAY = 4;
/** A row of short days grows at most by this to fill the page; a last row of a long day, to. */
const MOST_GROWTH = 1.25;

export function layOut({ steps, dayStarts }: Shape, measures: Measures): Layout {
  const { width, rowHeight, gap, dayGap, heading } = measures;
  const photos = steps.length;
  const firsts = new Uint32Array(photos + 1);
  const days = new Uint32Array(photos);
  const tops = new Float64Array(photos + 1);
  const heights = new Float32Array(photos);
  const headed = new Uint8Array(photos);
  let rows = 0;
  let top = 0;

  /** Days that share a row, not yet closed. */
  let band = { day: 0, days: 0, width: 0 };
  for (let day = 0; day < dayStarts.length - 1; day++) {
    const [from, to] = [start(day), start(day + 1)];
    const own = dayWidth({ steps, from, to, height: rowHeight }, measures);
    if (band.days > 0 && band.width + dayGap + own > width) closeBand();
    if (own > width) addLongDay(day, from, to);
    else if (band.days === 0) band = { day, days: 1, width: own };
    else band = { day: band.day, days: band.days + 1, width: band.width + dayGap + own };
  }
  closeBand();
  firsts[rows] = photos;
  tops[rows] = top;
  return {
    measures,
    rows,
    firsts: firsts.slice(0, rows + 1),
    days: days.slice(0, rows),
    tops: tops.slice(0, rows + 1),
    heights: heights.slice(0, rows),
    headed: headed.slice(0, rows),
    height: top,
  };

  function start(day: number): number {
    return dayStarts[day] ?? 0;
  }

  function addRow(row: { first: number; day: number; height: number; isHeaded: boolean }): void {
    firsts[rows] = row.first;
    days[rows] = row.day;
    tops[rows] = top;
    heights[rows] = row.height;
    headed[rows] = row.isHeaded ? 1 : 0;
    rows++;
    top += (row.isHeaded ? heading : 0) + row.height + gap;
  }

  function closeBand(): void {
    if (band.days === 0) return;
    const gaps = (band.days - 1) * dayGap;
    const growth = (width - gaps) / (band.width - gaps);
    const isNearlyFull = growth <= MOST_GROWTH;
    addRow({
      first: start(band.day),
      day: band.day,
      height: isNearlyFull ? rowHeight * growth : rowHeight,
      isHeaded: true,
    });
    top += SPACE_BELOW_DAY;
    band = { day: 0, days: 0, width: 0 };
  }

  /** Breaks where the row comes nearest to its meant height. */
  function addLongDay(day: number, from: number, to: number): void {
    let first = from;
    let sum = 0;
    for (let photo = from; photo < to; photo++) {
      const ratio = RATIOS[steps[photo] ?? 0] ?? 1;
      const without = heightOf(sum, photo - first);
      sum += ratio;
      const height = heightOf(sum, photo - first + 1);
      if (height > rowHeight) continue;
      if (photo > first && without * height < rowHeight * rowHeight) {
        addRow({ first, day, height: without, isHeaded: first === from });
        first = photo;
        sum = ratio;
        const alone = heightOf(sum, 1);
        if (alone > rowHeight) continue;
        addRow({ first, day, height: alone, isHeaded: false });
      } else {
        addRow({ first, day, height, isHeaded: first === from });
      }
      first = photo + 1;
      sum = 0;
    }
    if (first < to) {
      const height = heightOf(sum, to - first);
      addRow({
        first,
        day,
        height: height <= rowHeight * MOST_GROWTH ? height : rowHeight,
        isHeaded: first === from,
      });
    }
    top += SPACE_BELOW_DAY;
  }

  /** Of so many photos with this sum of ratios that fill the page. */
  function heightOf(sum: number, count: number): number {
    return (width - gap * (count - 1)) / sum;
  }
}

/** What a day takes in a row that it shares. */
export function dayWidth(
  of: { readonly steps: Uint8Array; readonly from: number; readonly to: number; readonly height: number },
  { gap, leastDay, width }: Measures,
): number {
  let sum = 0;
  let photo = of.from;
  // Once it is wider than the page it does not matter by how much.
  for (; photo < of.to && sum * of.height <= width; photo++) sum += RATIOS[of.steps[photo] ?? 0] ?? 1;
  return Math.max(leastDay, sum * of.height + gap * (photo - of.from - 1));
}

/** The row at this height: the last one that begins at or above it. */
export function rowAt({ tops, rows }: Layout, y: number): number {
  return Math.max(0, lastNotAbove(tops, y, rows));
}

/** The row of a photo. */
export function rowOf({ firsts, rows }: Layout, photo: number): number {
  return lastNotAbove(firsts, photo, rows);
}

/** The index of the last of the first `count` numbers, which rise, that is not above the limit; -1 if there is none. */
export function lastNotAbove(rising: Uint32Array | Float64Array, limit: number, count: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** As the style sheet has it for the other pages. */
export function measuresOf(width: number): Measures {
  return {
    width,
    rowHeight: Math.max(112, Math.min(88 + width * 0.065, 256)),
    gap: Math.round(Math.max(3, Math.min(width * 0.0045, 6))),
    dayGap: Math.round(Math.max(20, Math.min(width * 0.025, 40))),
    heading: 54,
    leastDay: 152,
  };
}
