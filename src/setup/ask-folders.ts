import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { examineFolders } from "../server/doctor.ts";
import { askPath, examineSettings, type Interview } from "./ask-setting.ts";
import { askUntilSound } from "./conversation.ts";

const NAMES = ["DB_FILE", "UPLOAD_FOLDER", "SPOOL_RESERVE"] as const;

/** Where the database and the spool are. Both move with it, unless they are where they were. */
export async function askFolders(interview: Interview): Promise<void> {
  const { conversation, draft } = interview;
  const before = draft.settings(["DB_FILE"]).dbFile;
  await askUntilSound(conversation, {
    async ask() {
      const { dbFile } = draft.settings(["DB_FILE"]);
      const folder = await askPath(
        interview,
        "Data folder, for the database and uploads on their way",
        dirname(dbFile),
      );
      const isMoved = folder !== dirname(dbFile);
      // A spool that no key names is in the usual place, and may have originals in it.
      if (!isMoved && draft.get("DB_FILE") !== undefined) return;
      draft.put("DB_FILE", join(folder, basename(dbFile)));
      if (isMoved || draft.get("UPLOAD_FOLDER") === undefined) draft.put("UPLOAD_FOLDER", join(folder, "spool"));
    },
    examine: () => examineSettings({ draft, names: NAMES }, examineFolders),
  });
  const after = draft.settings(["DB_FILE"]).dbFile;
  if (after !== before && existsSync(before)) {
    conversation.say(
      `  The database ${before} stays where it is. To go on with it, stop photolog and move the whole folder.`,
    );
  }
}
