/** Everything that `photolog init` asks, in this order; each answer is tried as soon as it can be. */
import { existsSync } from "node:fs";
import { ensureApiSecret, makeUpSecret } from "../settings.ts";
import { askArchive } from "./ask-archive.ts";
import { askFolders } from "./ask-folders.ts";
import { askFlickr, askGoogle } from "./ask-services.ts";
import { askSetting, type Interview } from "./ask-setting.ts";
import { askUntilSound } from "./conversation.ts";

/** What is guessed within months. */
const SHORT = 12;

/** Changes the draft alone. Rejects with the signal's reason, or with `USAGE` where the input has ended. */
export async function holdInterview(interview: Interview): Promise<void> {
  const { conversation, draft } = interview;
  const chapter = (title: string): void => conversation.say(`\n${title}`);
  chapter("Data");
  await askFolders(interview);
  chapter("Archive: where the untouched originals are kept");
  await askArchive(interview);
  chapter("Upload secret: who knows it may upload");
  await askSecret(interview);
  chapter("Flickr");
  await askFlickr(interview);
  chapter("Google Photos");
  await askGoogle(interview);
  chapter("Gallery");
  const title = await askSetting(interview, "GALLERY_TITLE", {
    title: "Title",
    current: draft.get("GALLERY_TITLE") ?? "Photolog",
  });
  draft.put("GALLERY_TITLE", title);
}

async function askSecret(interview: Interview): Promise<void> {
  const { conversation, draft } = interview;
  const enter = secretThatIs(interview) ?? { current: makeUpSecret(), shown: "one that photolog makes up" };
  await askUntilSound(conversation, {
    async ask() {
      const question = { title: "Secret (is not shown)", isHidden: true, ...enter } as const;
      draft.put("API_SECRET", await askSetting(interview, "API_SECRET", question));
    },
    async *examine() {
      const { length } = draft.get("API_SECRET") ?? "";
      if (length >= SHORT) return;
      yield {
        check: "secret",
        result: "problem",
        detail: `${length} characters can be guessed`,
        fix: `Take ${SHORT} or more, or press Enter for ${enter.shown}.`,
      };
    },
  });
}

/** The one in the settings, or the one that `photolog serve` made up when it had none. */
function secretThatIs({ draft }: Interview): { readonly current: string; readonly shown: string } | undefined {
  const current = draft.get("API_SECRET");
  if (current !== undefined) return { current, shown: "the one that is set" };
  const { apiSecretFile } = draft.settings([]);
  if (!existsSync(apiSecretFile)) return undefined;
  return { current: ensureApiSecret({ apiSecretFile }), shown: `the one in ${apiSecretFile}` };
}
