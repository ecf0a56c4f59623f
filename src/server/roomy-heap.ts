/** For what holds little for long, and much that is soon gone: lets V8 look seldom for what is over. */
import { setFlagsFromString } from "node:v8";

/**
 * For the whole process. A body comes in pieces of a new buffer each, which V8 counts as memory of the heap; left to itself it goes
 * through the whole heap for every thirty photos, in threads beside ours, and that takes a third of all the time that an upload costs.
 * So what is there may grow to three times as much first: of the twenty megabytes that an idle server has, to sixty.
 */
export function giveHeapRoom(): void {
  setFlagsFromString("--heap-growing-percent=200");
}
