import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { PhotologError } from "../errors.ts";
import { examineArchive } from "../server/doctor.ts";
import { SETTING_KEYS, type SettingName } from "../setting-keys.ts";
import type { Settings } from "../settings.ts";
import { archivePlace, openArchive } from "../storage/open-archive.ts";
import { askPath, askSetting, examineSettings, type Interview } from "./ask-setting.ts";
import { askFor, askUntilSound, choose } from "./conversation.ts";

const BUCKET = ["S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"] as const satisfies readonly SettingName[];
const NAMES: readonly SettingName[] = [
  ...BUCKET,
  "DB_FILE",
  "ARCHIVE_FOLDER",
  "S3_ENDPOINT",
  "S3_REGION",
  "S3_PATH_STYLE",
  "S3_PREFIX",
  "S3_STORAGE_CLASS",
  "S3_SSE",
  "S3_CHECKSUMS",
];
const AWS = "AWS";

export async function askArchive(interview: Interview): Promise<void> {
  const { conversation, draft } = interview;
  const before = placeOf(interview);
  await askUntilSound(conversation, {
    async ask() {
      const kind = await choose(conversation, {
        title: "Keep the originals in",
        words: ["folder", "bucket"],
        current: draft.get("S3_BUCKET") === undefined ? "folder" : "bucket",
      });
      if (kind === "folder") await askFolder(interview);
      else await askBucket(interview);
    },
    examine: () => examineSettings({ draft, names: NAMES }, examineArchive),
  });
  const { dbFile } = draft.settings(["DB_FILE"]);
  if (before !== undefined && before !== placeOf(interview) && existsSync(dbFile)) {
    conversation.say(`  What is archived already stays in ${before}: photolog does not move it.`);
  }
}

async function askFolder(interview: Interview): Promise<void> {
  const { draft } = interview;
  const { dbFile } = draft.settings(["DB_FILE"]);
  // Where none is named the archive is in the usual place, wherever the database is; it may have begun there.
  const named = folderIn(draft.settings(["ARCHIVE_FOLDER"]));
  const isFree = draft.get("ARCHIVE_FOLDER") === undefined && !existsSync(named);
  const written = isFree ? join(dirname(dbFile), "archive") : named;
  const folder = await askPath(interview, "Folder of the archive", written);
  for (const name of [...BUCKET, "GALLERY_BUCKET"] as const) draft.delete(name);
  if (draft.get("ARCHIVE_FOLDER") === undefined || folder !== written) draft.put("ARCHIVE_FOLDER", folder);
}

async function askBucket(interview: Interview): Promise<void> {
  const { conversation, draft } = interview;
  conversation.say("  Any S3-compatible service will do. Its address for AWS need not be given.");
  const given = draft.get("S3_ENDPOINT");
  const isAws = (text: string): boolean => text.toUpperCase() === AWS;
  const endpoint = await askFor(conversation, {
    title: `Endpoint, or ${AWS}`,
    current: given ?? AWS,
    read: (text) =>
      isAws(text) ? { value: AWS } : SETTING_KEYS.S3_ENDPOINT.form.read(text, { folder: interview.cwd }),
  });
  if (isAws(endpoint)) draft.delete("S3_ENDPOINT");
  else draft.put("S3_ENDPOINT", endpoint);
  const hinted = given === draft.get("S3_ENDPOINT") ? undefined : regionIn(endpoint);
  const region = await askSetting(interview, "S3_REGION", {
    title: "Region",
    current: hinted ?? draft.get("S3_REGION") ?? "us-east-1",
  });
  draft.put("S3_REGION", region);
  draft.put("S3_BUCKET", await askSetting(interview, "S3_BUCKET", { title: "Bucket" }));
  draft.put("S3_ACCESS_KEY", await askSetting(interview, "S3_ACCESS_KEY", { title: "Access key id" }));
  const secret = { title: "Secret access key (is not shown)", isHidden: true } as const;
  draft.put("S3_SECRET_KEY", await askSetting(interview, "S3_SECRET_KEY", secret));
  draft.delete("ARCHIVE_FOLDER");
}

/** Where it says so itself. */
function regionIn(endpoint: string): string | undefined {
  if (endpoint === AWS) return undefined;
  const { hostname } = new URL(endpoint);
  if (hostname.endsWith(".r2.cloudflarestorage.com")) return "auto";
  return /^s3\.([a-z0-9-]+)\.(?:backblazeb2|amazonaws)\.com$/.exec(hostname)?.[1];
}

function folderIn({ archive }: Settings): string {
  return archive.kind === "folder" ? archive.folder : "";
}

/** For people; undefined where what is written does not fit together. */
function placeOf({ draft }: Interview): string | undefined {
  try {
    return openArchive(archivePlace(draft.settings(NAMES), { begun: false })).address;
  } catch (error) {
    if (error instanceof PhotologError) return undefined;
    throw error;
  }
}
