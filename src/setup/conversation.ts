/** How `photolog init` asks: with what is there as the default, again until it can be understood, and again until it works. */
import { orAborted } from "../destinations/or-aborted.ts";
import { messageOf, PhotologError } from "../errors.ts";
import type { Finding } from "../server/doctor.ts";

const MARKS = { ok: "ok", warning: "warning", problem: "PROBLEM" } as const;

export interface Conversation {
  /** Shows a person one or more lines. */
  readonly say: (text: string) => void;
  /** Resolves with the line that was typed; rejects when the signal is aborted, or where the input has ended. */
  readonly ask: (question: string) => Promise<string>;
  /** The same, without showing what is typed. */
  readonly askHidden: (question: string) => Promise<string>;
  readonly signal: AbortSignal;
}

export interface Question {
  /** `Bucket`. */
  readonly title: string;
  /** What Enter takes; without it, something has to be typed. */
  readonly current?: string | undefined;
  /** What is shown instead of `current`. */
  readonly shown?: string | undefined;
  readonly isHidden?: true;
  /** Answers the value, or what it should have been: "must be a URL". */
  readonly read?: (text: string) => { readonly value: string } | { readonly wrong: string };
}

/** Asks until the answer can be understood. */
export async function askFor(conversation: Conversation, question: Question): Promise<string> {
  const { title, current, shown = current, isHidden, read = (text) => ({ value: text }) } = question;
  const ask = isHidden ? conversation.askHidden : conversation.ask;
  for (;;) {
    const typed = (await ask(`${title}${shown === undefined ? "" : ` [${shown}]`}: `)).trim();
    if (isHidden && typed !== "") conversation.say(`  ${typed.length} characters.`);
    if (typed === "" && current !== undefined) return current;
    const reading = typed === "" ? { wrong: "must not be empty" } : read(typed);
    if ("value" in reading) return reading.value;
    conversation.say(`  That ${reading.wrong}.`);
  }
}

/** Answers one of the words; its beginning will do. */
export async function choose<T extends string>(
  conversation: Conversation,
  question: { readonly title: string; readonly words: readonly T[]; readonly current: T },
): Promise<T> {
  const { title, words, current } = question;
  const answer = await askFor(conversation, {
    title: `${title} (${words.join(" or ")})`,
    current,
    read(text) {
      const value = words.find((word) => word.startsWith(text.toLowerCase()));
      return value === undefined ? { wrong: `must be ${words.join(" or ")}` } : { value };
    },
  });
  return answer as T;
}

/** Asks, tries the answer, and asks again until it works, or until the person wants to keep it as it is. */
export async function askUntilSound(
  conversation: Conversation,
  { ask, examine }: { readonly ask: () => Promise<void>; readonly examine: () => AsyncIterable<Finding> },
): Promise<void> {
  for (;;) {
    await ask();
    const problems: Finding[] = [];
    for await (const finding of untilAborted(examine, conversation.signal)) {
      conversation.say(`  ${MARKS[finding.result]}: ${lineOf(finding)}`);
      if (finding.result === "problem") problems.push(finding);
    }
    if (problems.length === 0) return;
    const title = "Try other answers, or keep these anyway";
    if ((await choose(conversation, { title, words: ["again", "keep"], current: "again" })) === "keep") return;
  }
}

/** What comes of a question to a service, as the doctor would tell it. */
export async function* findingOf(check: string, look: () => Promise<string>): AsyncGenerator<Finding> {
  try {
    yield { check, result: "ok", detail: await look() };
  } catch (error) {
    const fix = error instanceof PhotologError ? error.hint : undefined;
    yield { check, result: "problem", detail: messageOf(error), ...(fix === undefined ? {} : { fix }) };
  }
}

/** What · why · what to do. */
function lineOf({ check, detail, fix }: Finding): string {
  return [check, detail, ...(fix === undefined ? [] : [fix])].join(" · ");
}

async function* untilAborted(examine: () => AsyncIterable<Finding>, signal: AbortSignal): AsyncGenerator<Finding> {
  const findings = examine()[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await orAborted(findings.next(), signal);
    if (done) return;
    yield value;
  }
}
