/** Sets of photos as runs of addresses, written down in few characters. Runs in browsers too. */

/** From `first` to before `end`. */
export type Span = readonly [first: number, end: number];

/** Addresses of one month are beside each other, and no month's photos move when others come or go. */
export const MONTH_ROOM = 2 ** 20;

/** Of the `place`th photo of a month, from its oldest; `month` is `YYYY-MM`. */
export function addressOf(month: string, place = 0): number {
  return (Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1) * MONTH_ROOM + place;
}

/** The month and the place in it, of an address. */
export function monthOf(address: number): { readonly month: string; readonly place: number } {
  const number = Math.floor(address / MONTH_ROOM);
  const year = String(Math.floor(number / 12)).padStart(4, "0");
  return { month: `${year}-${String((number % 12) + 1).padStart(2, "0")}`, place: address % MONTH_ROOM };
}

export function read(text: string): Span[] {
  let last = 0;
  return text === ""
    ? []
    : text.split(",").map((run) => {
        const [gap = "", length = "1"] = run.split(".");
        const first = last + parseInt(gap, 36);
        last = first + parseInt(length, 36);
        return [first, last];
      });
}

/** What is in any of them. */
export function union(sets: readonly (readonly Span[])[]): Span[] {
  const [only, ...more] = sets;
  if (only !== undefined && more.length === 0) return [...only];
  const joined: [number, number][] = [];
  for (const [first, end] of sets.flat().sort(([a], [b]) => a - b)) {
    const last = joined[joined.length - 1];
    if (last !== undefined && first <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([first, end]);
  }
  return joined;
}

/** What is in both. */
export function intersection(a: readonly Span[], b: readonly Span[]): Span[] {
  const shared: Span[] = [];
  let [i, j] = [0, 0];
  for (let one = a[i], other = b[j]; one !== undefined && other !== undefined; one = a[i], other = b[j]) {
    const first = Math.max(one[0], other[0]);
    const end = Math.min(one[1], other[1]);
    if (first < end) shared.push([first, end]);
    if (one[1] < other[1]) i++;
    else j++;
  }
  return shared;
}

export function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, [first, end]) => sum + end - first, 0);
}
