import { proveKeys } from "../destinations/flickr/sign-in.ts";
import { proveClient } from "../destinations/google-photos/prove-client.ts";
import type { SettingName } from "../setting-keys.ts";
import type { Settings } from "../settings.ts";
import { askSetting, examineSettings, type Interview } from "./ask-setting.ts";
import { askUntilSound, choose, findingOf } from "./conversation.ts";

interface Service {
  readonly title: string;
  readonly enabled: "FLICKR_ENABLED" | "GPHOTOS_ENABLED";
  readonly keys: readonly [Key, Key];
  /** Other keys that have to do with the service. */
  readonly names: readonly SettingName[];
  /** Where a person gets the keys. */
  readonly source: string;
  /** Resolves with what was found out. Rejects with a `PhotologError`, or with the signal's reason. */
  readonly prove: (settings: Settings, signal: AbortSignal) => Promise<string>;
}

interface Key {
  readonly name: SettingName;
  readonly title: string;
  readonly isHidden?: true;
}

const FLICKR: Service = {
  title: "Flickr",
  enabled: "FLICKR_ENABLED",
  keys: [
    { name: "FLICKR_API_KEY", title: "API key" },
    { name: "FLICKR_API_SECRET", title: "API secret (is not shown)", isHidden: true },
  ],
  names: ["FLICKR_BASE_URL"],
  source: "Flickr gives keys to people with Flickr Pro: https://www.flickr.com/services/apps/create/",
  async prove({ flickr }, signal) {
    if (flickr !== undefined) await proveKeys({ ...flickr, signal });
    return "Flickr knows the key and its secret";
  },
};

const GOOGLE: Service = {
  title: "Google Photos",
  enabled: "GPHOTOS_ENABLED",
  keys: [
    { name: "GPHOTOS_CLIENT_ID", title: "Client id" },
    { name: "GPHOTOS_SECRET", title: "Client secret (is not shown)", isHidden: true },
  ],
  names: ["GPHOTOS_BASE_URL", "GOOGLE_AUTH_URL", "GOOGLE_TOKEN_URL"],
  source:
    'An OAuth client of type "Desktop app" is made at https://console.cloud.google.com/apis/credentials (the README says how).',
  async prove({ gphotos }, signal) {
    if (gphotos !== undefined) await proveClient({ ...gphotos, signal });
    return "Google knows the client and its secret";
  },
};

export const askFlickr = (interview: Interview): Promise<void> => askService(interview, FLICKR);
export const askGoogle = (interview: Interview): Promise<void> => askService(interview, GOOGLE);

/** A service that is not wanted any more is switched off; its keys stay. */
async function askService(interview: Interview, service: Service): Promise<void> {
  const { conversation, draft } = interview;
  const { title, enabled, keys, names, source, prove } = service;
  const isSet = keys.every(({ name }) => draft.get(name) !== undefined);
  conversation.say(`  ${source}`);
  const current = isSet && !isOff(draft.get(enabled)) ? "yes" : "no";
  const wanted = await choose(conversation, { title: `Put copies on ${title}?`, words: ["yes", "no"], current });
  if (wanted === "no") {
    if ([enabled, ...keys.map(({ name }) => name)].some((name) => draft.get(name) !== undefined))
      draft.put(enabled, false);
    return;
  }
  await askUntilSound(conversation, {
    async ask() {
      for (const { name, ...question } of keys) draft.put(name, await askSetting(interview, name, question));
      draft.delete(enabled);
    },
    examine: () =>
      examineSettings({ draft, names: [...keys.map(({ name }) => name), ...names] }, (settings) =>
        findingOf(title, () => prove(settings, conversation.signal)),
      ),
  });
}

function isOff(text: string | undefined): boolean {
  return text !== undefined && /^(?:false|no|off|0)$/i.test(text);
}
