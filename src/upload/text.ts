/** Numbers and foreign text, ready for a line on a terminal. */

/** 1000-based, as cameras, cards and file managers count: `5.1 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const larger of ["kB", "MB", "GB", "TB"]) {
    if (value < 999.5) break;
    value /= 1000;
    unit = larger;
  }
  return unit === "B" ? `${value} B` : `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function countText(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? "" : "s"}`;
}

/** A name or message of somebody else's, safe to print and on one line. */
export function oneLine(text: string, limit = 300): string {
  const line = text
    .replace(/\s+/g, " ")
    .trim()
    // Nothing that moves the cursor, colours the terminal or turns the direction of reading.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD");
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}
