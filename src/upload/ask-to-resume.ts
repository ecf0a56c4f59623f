/** Puts it to a person that the server is lost. */
import { PhotologError } from "../errors.ts";

export type Decision = "resume" | "cancel";

export interface Conversation {
  /** One line. */
  readonly say: (line: string) => void;
  /** Rejects with `USAGE` where the input has ended. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
}

/** Enter resumes; the end of the input cancels. Asks again until it understands. */
export async function askToResume(
  { error, host, signal }: { readonly error: PhotologError; readonly host: string; readonly signal: AbortSignal },
  { say, ask }: Conversation,
): Promise<Decision> {
  say(error.message);
  if (error.hint !== undefined) say(error.hint);
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
