/** Puts it to a person that the server is lost. */
import { PhotologError } from "../errors.ts";
import type { SoFar } from "./tally.ts";
import { countText, sizeText } from "./text.ts";

/** `12 of 30 photos are through (1.2 GB of 3.4 GB).` */
function soFarText({ ended, found, endedBytes, foundBytes, isWhole }: SoFar): string {
  const all = isWhole ? countText(found, "photo") : `the ${countText(found, "photo")} found so far`;
  return `${ended} of ${all} ${ended === 1 ? "is" : "are"} through (${sizeText(endedBytes)} of ${sizeText(foundBytes)}).`;
}

export type Decision = "resume" | "cancel";

export interface Conversation {
  /** One line. */
  readonly say: (line: string) => void;
  /** Rejects with `USAGE` where the input has ended. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
}

export interface Halt {
  readonly error: PhotologError;
  readonly host: string;
  readonly soFar: SoFar;
  readonly signal: AbortSignal;
}

/** Enter resumes; the end of the input cancels. Asks again until it understands. */
export async function askToResume({ error, host, soFar, signal }: Halt, { say, ask }: Conversation): Promise<Decision> {
  say(error.message);
  if (error.hint !== undefined) say(error.hint);
  say(soFarText(soFar));
  say("  Resume (or Enter): try again now, and go on exactly there.");
  say("  Cancel: stop; the same command goes on from here at any later time.");
  say("Either way nothing is sent twice.");
  const question = `Cannot reach ${host}. Resume, or cancel? [R/c] `;
  try {
    for (;;) {
      const answer = (await ask(question, signal)).trim().toLowerCase();
      if (["", "r", "resume", "y", "yes"].includes(answer)) return "resume";
      if (["c", "cancel", "q", "quit", "n", "no"].includes(answer)) return "cancel";
    }
  } catch (failure) {
    if (failure instanceof PhotologError && failure.code === "USAGE") return "cancel";
    throw failure;
  }
}
