/** The settings file that `photolog init` works on: where each key goes, and what is said about it. */
import { SETTING_KEYS, type SettingName } from "../setting-keys.ts";
import { settingsOf, type Environment, type Settings } from "../settings.ts";
import { openYamlFile } from "./yaml-file.ts";

interface Group {
  readonly title: string;
  readonly names: readonly SettingName[];
}

const GROUPS: readonly Group[] = [
  { title: "Where photolog keeps what it works with.", names: ["UPLOAD_FOLDER", "DB_FILE"] },
  {
    title: "The archive, which keeps the originals: a folder (ARCHIVE_FOLDER) or a bucket (S3_BUCKET).",
    names: ["ARCHIVE_FOLDER", "S3_ENDPOINT", "S3_REGION", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"],
  },
  { title: "Every client has this secret in its ~/.photolog.", names: ["API_SECRET"] },
  {
    title: "Copies on Flickr. After new keys: `photolog auth flickr`.",
    names: ["FLICKR_ENABLED", "FLICKR_API_KEY", "FLICKR_API_SECRET"],
  },
  {
    title: "Copies on Google Photos. After a new client: `photolog auth google`.",
    names: ["GPHOTOS_ENABLED", "GPHOTOS_CLIENT_ID", "GPHOTOS_SECRET"],
  },
  { title: "The gallery.", names: ["GALLERY_TITLE"] },
];

const HEADING = `Settings of photolog. \`photolog init\` wrote this file and changes it when it is run again; what else stands here, it keeps.
\`photolog doctor\` checks it, and the README tells every key. It holds secrets: let nobody else read it.`;

export interface SettingsDraft {
  readonly file: string;
  /** Whether it was there before. */
  readonly exists: boolean;
  /** As written. */
  get(name: SettingName): string | undefined;
  put(name: SettingName, value: string | boolean): void;
  delete(name: SettingName): void;
  /** What these keys alone mean, whatever is wrong with others. Throws `SETTINGS_WRONG`. */
  settings(names: readonly SettingName[]): Settings;
  text(): string;
}

/** Rejects with `SETTINGS_WRONG` where there is a file that is not YAML. */
export async function openSettingsDraft(file: string, environment: Environment): Promise<SettingsDraft> {
  const yaml = await openYamlFile(file, HEADING);
  return {
    file,
    exists: yaml.exists,
    get: (name) => yaml.get(name),
    put(name, value) {
      const { title, names } = groupOf(name);
      const isFirst = names.every((one) => yaml.get(one) === undefined);
      const { meaning } = SETTING_KEYS[name];
      yaml.put(name, value, { comment: isFirst ? `${title}\n${meaning}` : meaning, after: names });
    },
    delete(name) {
      yaml.delete(name, `${groupOf(name).title}\n${SETTING_KEYS[name].meaning}`);
    },
    settings(names) {
      const lines = names.flatMap((name) => {
        const text = yaml.get(name);
        return text === undefined ? [] : [[name, text] as const];
      });
      return settingsOf(Object.fromEntries(lines), { file, environment });
    },
    text: () => yaml.text(),
  };
}

function groupOf(name: SettingName): Group {
  return GROUPS.find(({ names }) => names.includes(name)) ?? { title: "", names: [] };
}
