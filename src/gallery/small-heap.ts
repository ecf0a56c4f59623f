/** For what makes very many objects that are soon gone: keeps V8 from using all the memory there is for them. */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes of the space for new objects, which V8 would let grow to ten times as much. */
const ENOUGH = 12e6;

/**
 * The space for new objects grows no more, for the whole process, and for as long as it lives.
 *
 * A server is best off with what it has at the start. A body comes in buffers of its own, each a small object with much memory
 * elsewhere: where the space is left to grow, so much of that gathers before it is full that V8 goes through the whole heap instead, in
 * threads beside ours. That took a third of the time that a small upload cost.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

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
  keepNewSpaceSmall();
  isBounded = true;
}

let isBounded = false;
