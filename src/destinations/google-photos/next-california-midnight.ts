const DAY = 24 * 60 * 60_000;

/**
 * When the next calendar day begins in California, in milliseconds since the epoch; right on the days on which the clocks
 * change, too (they do so at two in the morning, so that there is exactly one midnight every day).
 */
export function nextCaliforniaMidnight(now: number): number {
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone: "America/Los_Angeles",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  /** The wall clock's reading at this instant, written as if it were UTC. */
  const wall = (at: number): number => {
    const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const wanted = (Math.floor(wall(now) / DAY) + 1) * DAY;
  // The wall clock is as far off at `wanted` as it is at midnight: that is some hours later, and still before two o'clock.
  return wanted + (wanted - wall(wanted));
}
