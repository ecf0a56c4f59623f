/** Land and borders, drawn on a canvas. */
import { project } from "../map-pieces.ts";
import { readLine } from "../outline-letters.ts";
import { type Screen, sizeAt, type View } from "./map-view.ts";

/** As the build has written them. */
export interface Outlines {
  readonly land: readonly string[];
  readonly borders: readonly string[];
}

/** A line in units of the world, `x` and `y` by turns, and the box around it. */
interface Line {
  readonly points: Float64Array;
  readonly box: readonly [west: number, north: number, east: number, south: number];
}

export class Drawing {
  readonly #canvas: HTMLCanvasElement;
  readonly #land: readonly Line[];
  readonly #borders: readonly Line[];

  constructor(canvas: HTMLCanvasElement, { land, borders }: Outlines) {
    this.#canvas = canvas;
    this.#land = land.map(lineOf);
    this.#borders = borders.map(lineOf);
  }

  draw(view: View, { width, height }: Screen): void {
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
    }
    const pen = this.#canvas.getContext("2d");
    if (pen === null) return;
    const style = getComputedStyle(this.#canvas);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const size = sizeAt(view.zoom);
    pen.setTransform(ratio, 0, 0, ratio, (width / 2 - view.x * size) * ratio, (height / 2 - view.y * size) * ratio);
    const seen = { x: width / 2 / size, y: height / 2 / size };
    const isSeen = ({ box: [west, north, east, south] }: Line, around: number): boolean =>
      west + around <= view.x + seen.x &&
      east + around >= view.x - seen.x &&
      north <= view.y + seen.y &&
      south >= view.y - seen.y;
    const traceAll = (lines: readonly Line[]): void => {
      pen.beginPath();
      // Once around the world: some lines go on beyond its end.
      for (const around of [-1, 0, 1])
        for (const line of lines) if (isSeen(line, around)) trace(pen, line, { size, around });
    };
    pen.clearRect((view.x - seen.x) * size, (view.y - seen.y) * size, width, height);
    pen.lineJoin = "round";

    traceAll(this.#land);
    pen.fillStyle = colour("--land");
    pen.fill("evenodd");
    pen.strokeStyle = colour("--shore");
    pen.lineWidth = 1;
    pen.stroke();

    traceAll(this.#borders);
    pen.strokeStyle = colour("--border");
    pen.stroke();
  }
}

function trace(
  pen: CanvasRenderingContext2D,
  { points }: Line,
  { size, around }: { readonly size: number; readonly around: number },
): void {
  for (let at = 0; at + 1 < points.length; at += 2) {
    const [x, y] = [((points[at] ?? 0) + around) * size, (points[at + 1] ?? 0) * size];
    if (at === 0) pen.moveTo(x, y);
    else pen.lineTo(x, y);
  }
}

function lineOf(text: string): Line {
  const places = readLine(text).map(([longitude, latitude]) => project(latitude, longitude));
  const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
  return {
    points: Float64Array.from(places.flatMap(({ x, y }) => [x, y])),
    box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
  };
}
