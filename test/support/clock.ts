/** A clock that stands still until it is told to go on. */
export function stoppedClock(start = Date.UTC(2026, 0, 2, 3, 4, 5)) {
  let time = start;
  return {
    now: (): number => time,
    advance: (milliseconds: number): void => void (time += milliseconds),
    set: (milliseconds: number): void => void (time = milliseconds),
  };
}
