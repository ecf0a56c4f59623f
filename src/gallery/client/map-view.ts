/** Which part of the world is on the screen. */
import { LAST_LEVEL, project, WORLD } from "../map-pieces.ts";

/** The middle of the screen, in units of the world, and how large the world is drawn: twice as large at each further zoom. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
}

const MOST_ZOOM = LAST_LEVEL + 1;
/** Of a place alone on the map, and of places close together. */
const CLOSEST_FIT = 6;
/** Around the places, pixels. */
const MARGIN = 70;
/** Beyond both ends of the world, pixels: what lies at its end shall not be cut off. */
const BEYOND = 40;
const TOP = project(80, 0).y;
const BOTTOM = project(-57, 0).y;

export function sizeAt(zoom: number): number {
  return WORLD * 2 ** zoom;
}

/** The level of gathering that suits: a little ahead, so that places part before they have all the room. */
export function levelAt(zoom: number): number {
  return Math.max(0, Math.min(LAST_LEVEL, Math.floor(zoom + 0.3)));
}

/** Neither much smaller than the screen is wide, nor far beyond the ends of the world. */
export function within({ x, y, zoom }: View, { width, height }: Screen): View {
  const least = Math.log2(Math.max(1, width - 2 * BEYOND) / WORLD);
  const allowed = Math.max(least, Math.min(MOST_ZOOM, zoom));
  const half = { x: width / 2 / sizeAt(allowed), y: height / 2 / sizeAt(allowed) };
  const beyond = BEYOND / sizeAt(allowed);
  return {
    x: between(x, half.x - beyond, 1 - half.x + beyond),
    y: between(y, TOP + half.y, BOTTOM - half.y),
    zoom: allowed,
  };
}

/** All of these on the screen. */
export function fitting(points: readonly { readonly x: number; readonly y: number }[], screen: Screen): View {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [west, east] = [Math.min(...xs), Math.max(...xs)];
  const [north, south] = [Math.min(...ys), Math.max(...ys)];
  const room = (length: number, across: number): number =>
    Math.log2(Math.max(1, across - 2 * MARGIN) / (WORLD * Math.max(length, 1e-9)));
  const zoom = Math.min(CLOSEST_FIT, room(east - west, screen.width), room(south - north, screen.height));
  return within({ x: (west + east) / 2, y: (north + south) / 2, zoom }, screen);
}

/** Larger or smaller by `by`, while what is under this point of the screen stays there. */
export function zoomed(
  view: View,
  by: number,
  at: { readonly left: number; readonly top: number },
  screen: Screen,
): View {
  const zoom = within({ ...view, zoom: view.zoom + by }, screen).zoom;
  const from = { x: at.left - screen.width / 2, y: at.top - screen.height / 2 };
  const shift = 1 / sizeAt(view.zoom) - 1 / sizeAt(zoom);
  return within({ x: view.x + from.x * shift, y: view.y + from.y * shift, zoom }, screen);
}

/** `#4.5/48.86/2.35`: zoom, latitude and longitude, so that the address of the page tells what is seen. */
export function hashOf({ x, y, zoom }: View): string {
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
  return `#${zoom.toFixed(2)}/${latitude.toFixed(2)}/${(x * 360 - 180).toFixed(2)}`;
}

export function viewOf(hash: string): View | undefined {
  const [zoom = NaN, latitude = NaN, longitude = NaN] = /^#-?[\d.]+\/-?[\d.]+\/-?[\d.]+$/.test(hash)
    ? hash.slice(1).split("/").map(Number)
    : [];
  const known = [zoom, latitude, longitude].every(Number.isFinite);
  return known ? { ...project(latitude, longitude), zoom } : undefined;
}

function between(value: number, least: number, most: number): number {
  return least > most ? (least + most) / 2 : Math.max(least, Math.min(most, value));
}
