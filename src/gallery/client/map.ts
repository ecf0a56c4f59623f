/**
 * The map of places: outlines that come with the gallery, and marks that were gathered when it was published. It asks nobody where
 * anything is.
 */
import { type MapManifest, project } from "../map-pieces.ts";
import { counted } from "../wording.ts";
import { loadShard } from "./load-shard.ts";
import { element } from "./loading.ts";
import { Drawing, type Outlines } from "./map-drawing.ts";
import { listenTo } from "./map-gestures.ts";
import { Markers } from "./map-markers.ts";
import { partingZoom, Places } from "./map-places.ts";
import { fitting, hashOf, levelAt, type Screen, sizeAt, type View, viewOf, within, zoomed } from "./map-view.ts";
import "./map.css";

const SMOOTH_MS = 280;
const SETTLED_MS = 200;

const box = document.querySelector<HTMLElement>(".map");

async function start(map: HTMLElement): Promise<void> {
  const [manifest, outlines] = await Promise.all([
    loadShard<MapManifest>("map", map.dataset["places"] ?? ""),
    loadShard<Outlines>("outlines", map.dataset["outlines"] ?? ""),
  ]);
  if (manifest.ids.length === 0) return;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const layer = element("div", "spots");
  const status = element("p", "off");
  status.setAttribute("role", "status");
  map.append(canvas, layer, zooms(), status);
  map.hidden = false;
  map.tabIndex = 0;
  map.setAttribute("role", "region");
  map.setAttribute("aria-label", "Map of places. Arrows move it, plus and minus change its scale, 0 shows all places.");

  const places = new Places(manifest);
  const [south, west, north, east] = manifest.box.map((hundredths) => hundredths / 100);
  const whole = [project(north ?? 0, west ?? 0), project(south ?? 0, east ?? 0)];
  const drawing = new Drawing(canvas, outlines);
  const markers = new Markers(layer, (place) => {
    const zoom = Math.max(view.zoom + 1, partingZoom(place, levelAt(view.zoom)));
    glide(within({ x: place.x, y: place.y, zoom }, screenOf()));
  });
  const screenOf = (): Screen => ({ width: map.clientWidth, height: map.clientHeight });
  let view: View = within(viewOf(location.hash) ?? fitting(whole, screenOf()), screenOf());
  let frame = 0;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let gliding = 0;

  listenTo(map, {
    pan: (right, down) => {
      const size = sizeAt(view.zoom);
      stop();
      show(within({ ...view, x: view.x - right / size, y: view.y - down / size }, screenOf()));
    },
    zoom: (by, at = { left: screenOf().width / 2, top: screenOf().height / 2 }, isSmooth = true) => {
      const next = zoomed(view, by, at, screenOf());
      if (isSmooth) glide(next);
      else {
        stop();
        show(next);
      }
    },
    whole: () => glide(fitting(whole, screenOf())),
  });
  new ResizeObserver(() => show(within(view, screenOf()))).observe(map);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(view));
  addEventListener("hashchange", () => {
    const told = viewOf(location.hash);
    if (told !== undefined && location.hash !== hashOf(view)) show(within(told, screenOf()));
  });

  // Whoever comes back from a place finds the map as it was left.
  layer.addEventListener("click", keep);

  function keep(): void {
    history.replaceState(null, "", hashOf(view));
  }

  /** At the next frame. */
  function show(next: View): void {
    view = next;
    if (frame === 0) frame = requestAnimationFrame(paint);
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLED_MS);
  }

  function paint(): void {
    frame = 0;
    drawing.draw(view, screenOf());
    if (markers.show(places.seen(view, screenOf()))) map.focus({ preventScroll: true });
  }

  function settle(): void {
    // A busy browser may not have come to it yet.
    if (frame !== 0) {
      cancelAnimationFrame(frame);
      paint();
    }
    keep();
    const seen = places.seen(view, screenOf(), 0);
    const count = seen.reduce((sum, { others }) => sum + 1 + others, 0);
    const text = count === 0 ? "No places here." : `${counted(count, "place")} on the map.`;
    if (status.textContent !== text) status.textContent = text;
    places.load(view, screenOf()).then(
      (isMore) => {
        if (isMore) show(view);
      },
      () => (status.textContent = "Some places cannot be loaded. Load this page again."),
    );
  }

  function stop(): void {
    cancelAnimationFrame(gliding);
  }

  function glide(to: View): void {
    stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      show(to);
      return;
    }
    const from = view;
    const begun = performance.now();
    const step = (now: number): void => {
      const part = Math.max(0, Math.min(1, (now - begun) / SMOOTH_MS));
      const eased = 1 - (1 - part) ** 3;
      const zoom = from.zoom + (to.zoom - from.zoom) * eased;
      // The middle moves as fast as the scale changes, so that the way is straight for the eye.
      const [a, b] = [2 ** -from.zoom, 2 ** -to.zoom];
      const way = Math.abs(a - b) < 1e-12 ? eased : (2 ** -zoom - a) / (b - a);
      show(part === 1 ? to : { x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way, zoom });
      if (part < 1) gliding = requestAnimationFrame(step);
    };
    gliding = requestAnimationFrame(step);
  }

  function zooms(): HTMLElement {
    const bar = element("div", "zooms");
    for (const [drawn, name, press] of [
      ["M9 2V16M2 9H16", "Larger", "+"],
      ["M2 9H16", "Smaller", "-"],
      ["M2 6V2H6M12 2H16V6M16 12V16H12M6 16H2V12", "All places", "0"],
    ] as const) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(sign(drawn));
      button.title = name;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", () => map.dispatchEvent(new KeyboardEvent("keydown", { key: press })));
      bar.append(button);
    }
    return bar;
  }

  show(view);
}

/** Of 18 by 18 pixels. */
function sign(path: string): SVGElement {
  const made = <K extends "svg" | "path">(name: K, attributes: Readonly<Record<string, string>>) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    return one;
  };
  const drawing = made("svg", { viewBox: "0 0 18 18", width: "18", height: "18", "aria-hidden": "true" });
  drawing.append(made("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": "2" }));
  return drawing;
}

// Without the map there is still the list.
if (box !== null) start(box).catch(() => (box.hidden = true));
