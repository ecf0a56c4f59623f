import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { PhotologError } from "../errors.ts";
import type { Finding } from "../server/doctor.ts";
import { SETTING_KEYS, type SettingName } from "../setting-keys.ts";
import type { Settings } from "../settings.ts";
import { askFor, findingOf, type Conversation, type Question } from "./conversation.ts";
import type { SettingsDraft } from "./settings-draft.ts";

export interface Interview {
  readonly conversation: Conversation;
  readonly draft: SettingsDraft;
  /** Where a relative path that is typed begins. */
  readonly cwd: string;
}

/** Answers what was typed, in the form of this key; what the draft says is the default. Nothing is put into the draft. */
export function askSetting(
  { conversation, draft }: Pick<Interview, "conversation" | "draft">,
  name: SettingName,
  question: Omit<Question, "read">,
): Promise<string> {
  const { form } = SETTING_KEYS[name];
  const current = question.current ?? draft.get(name);
  return askFor(conversation, {
    ...question,
    current,
    shown: question.shown ?? (question.isHidden && current !== undefined ? "the one that is set" : current),
    read(text) {
      const reading = form.read(text, { folder: dirname(draft.file) });
      return "wrong" in reading ? reading : { value: text };
    },
  });
}

/** Answers an absolute path; `~` is the home folder, as in a shell. */
export function askPath(interview: Interview, title: string, current: string): Promise<string> {
  return askFor(interview.conversation, {
    title,
    current,
    read: (text) => ({ value: resolve(interview.cwd, text.replace(/^~(?=\/|$)/, homedir())) }),
  });
}

/** What these keys of the draft come to when somebody looks at it; that they do not fit together is a finding too. */
export async function* examineSettings(
  { draft, names }: { readonly draft: SettingsDraft; readonly names: readonly SettingName[] },
  examine: (settings: Settings) => AsyncIterable<Finding>,
): AsyncGenerator<Finding> {
  let settings: Settings;
  try {
    settings = draft.settings(names);
  } catch (error) {
    if (!(error instanceof PhotologError)) throw error;
    yield* findingOf("settings", () => Promise.reject(error));
    return;
  }
  yield* examine(settings);
}
