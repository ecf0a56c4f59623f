/** Lines on the globe, written down in few characters. Runs in browsers too. */

/** Longitude and latitude, degrees. */
export type Point = readonly [longitude: number, latitude: number];

/** Steps of a tenth of a degree: at the scale of the outlines nothing smaller can be seen. */
const GRAIN = 10;

/** Numbers in base 36 with a sign, parted by where a sign or a space begins: `12-3 4`. */
export function writeLine(line: readonly (readonly number[])[]): string {
  let text = "";
  let [x, y] = [0, 0];
  for (const [longitude = 0, latitude = 0] of line) {
    const [nextX, nextY] = [Math.round(longitude * GRAIN), Math.round(latitude * GRAIN)];
    if (text !== "" && nextX === x && nextY === y) continue;
    for (const step of [nextX - x, nextY - y]) text += step < 0 ? step.toString(36) : ` ${step.toString(36)}`;
    [x, y] = [nextX, nextY];
  }
  return text.trimStart();
}

export function readLine(text: string): Point[] {
  const steps = (text.match(/-?[0-9a-z]+/g) ?? []).map((step) => parseInt(step, 36));
  const line: Point[] = [];
  let [x, y] = [0, 0];
  for (let at = 0; at + 1 < steps.length; at += 2) {
    x += steps[at] ?? 0;
    y += steps[at + 1] ?? 0;
    line.push([x / GRAIN, y / GRAIN]);
  }
  return line;
}
