/** Moving the map by mouse, finger and key. */

export interface Gestures {
  /** By so many pixels. */
  readonly pan: (right: number, down: number) => void;
  /** By so many doublings, around a point of the map; its middle where there is none. */
  readonly zoom: (by: number, at?: { readonly left: number; readonly top: number }, isSmooth?: boolean) => void;
  readonly whole: () => void;
}

const KEY_STEP = 90;
/** Shorter moves are presses. */
const SLIP = 4;

export function listenTo(map: HTMLElement, { pan, zoom, whole }: Gestures): void {
  const pointers = new Map<number, PointerEvent>();
  let moved = 0;
  const pointOf = ({ clientX, clientY }: MouseEvent): { left: number; top: number } => {
    const { left, top } = map.getBoundingClientRect();
    return { left: clientX - left, top: clientY - top };
  };

  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || (event.target as Element).closest(".zooms") !== null) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, event);
  });
  map.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (last === undefined) return;
    const [right, down] = [event.clientX - last.clientX, event.clientY - last.clientY];
    moved += Math.abs(right) + Math.abs(down);
    if (moved <= SLIP) return;
    // What is pressed on the way is not meant.
    map.setPointerCapture(event.pointerId);
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    pointers.set(event.pointerId, event);
    pan(right / pointers.size, down / pointers.size);
    if (other === undefined) return;
    const apart = (one: PointerEvent): number => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const [here, there] = [pointOf(event), pointOf(other)];
    const middle = { left: (here.left + there.left) / 2, top: (here.top + there.top) / 2 };
    zoom(Math.log2(Math.max(1, apart(event)) / Math.max(1, apart(last))), middle, false);
  });
  for (const name of ["pointerup", "pointercancel"] as const) {
    map.addEventListener(name, ({ pointerId }) => pointers.delete(pointerId));
  }
  map.addEventListener(
    "click",
    (event) => {
      if (moved <= SLIP) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("dblclick", (event) => {
    if ((event.target as Element).closest("a, button") === null) zoom(1, pointOf(event));
  });
  map.addEventListener(
    "wheel",
    (event) => {
      // Whoever only scrolls past shall not be held up.
      if (!event.ctrlKey && !map.contains(document.activeElement)) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === 1 ? 20 : 1);
      zoom(-Math.max(-1, Math.min(1, pixels / (event.ctrlKey ? 100 : 300))), pointOf(event), false);
    },
    { passive: false },
  );
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => pan(KEY_STEP, 0),
    ArrowRight: () => pan(-KEY_STEP, 0),
    ArrowUp: () => pan(0, KEY_STEP),
    ArrowDown: () => pan(0, -KEY_STEP),
    "+": () => zoom(1),
    "=": () => zoom(1),
    "-": () => zoom(-1),
    "0": whole,
  };
  map.addEventListener("keydown", (event) => {
    const key = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (key === undefined) return;
    event.preventDefault();
    key();
  });
}
