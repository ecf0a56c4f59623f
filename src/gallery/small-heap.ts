/** For what makes very many objects that are soon gone: keeps V8 from using all the memory there is for them. */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes of the space for new objects, which V8 would let grow to ten times as much. */
const ENOUGH = 12e6;

/**
 * For the whole process, and for as long as it lives. To be called again and again while the work goes on: the space for new objects
 * is left to grow first, as a small one makes the work slower, and then grows no more. What has become old is collected when it has
 * grown by a third.
 */
export function keepHeapSmall(): void {
  if (isBounded) return;
  setFlagsFromString("--heap-growing-percent=30");
  const { space_size: size = 0 } = getHeapSpaceStatistics().find((space) => space.space_name === "new_space") ?? {};
  if (size < ENOUGH) return;
  setFlagsFromString("--semi-space-growth-factor=1");
  isBounded = true;
}

let isBounded = false;
