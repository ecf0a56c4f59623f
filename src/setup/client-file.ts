/** The file that tells `photolog upload` where the server is, for the person who runs `photolog init`. */
import { join } from "node:path";
import { findConfigFile } from "../upload/config-file.ts";
import { choose, type Conversation } from "./conversation.ts";
import { openYamlFile, type YamlFile } from "./yaml-file.ts";

const HEADING = "Where `photolog upload` sends photos; written by `photolog init`.";
const NAMES = ["host", "secret", "halt"];

/** The one that `photolog upload` reads, or `~/.photolog`. With `settings`, the user's folder of settings for photolog. */
export async function openClientFile(home: string, settings: string): Promise<YamlFile> {
  const { file } = await findConfigFile({ cwd: home, home, settings });
  return openYamlFile(file?.path ?? join(home, ".photolog"), HEADING);
}

/** Answers whether there is anything to be written. A file that names another server is changed only if the person says so. */
export async function askClientFile(
  conversation: Conversation,
  { file, host, secret }: { readonly file: YamlFile; readonly host: string; readonly secret: string },
): Promise<boolean> {
  const other = file.get("host");
  const isHere = other === undefined || isSameServer(other, host);
  // Whoever has the same secret is the same server under another name.
  if (file.get("secret") === secret && other !== undefined) return false;
  if (!isHere) {
    const title = `\n${file.path} sends photos to ${other}. Keep that, or send them here`;
    if ((await choose(conversation, { title, words: ["keep", "here"], current: "keep" })) === "keep") return false;
  }
  const put = (name: string, value: string | boolean, comment: string): void =>
    file.put(name, value, { comment, after: NAMES });
  if (!isHere || other === undefined) put("host", host, "The server.");
  put("secret", secret, "API_SECRET of the server's settings.");
  if (!file.exists) put("halt", true, "When the server is lost, ask whether to resume.");
  return true;
}

/** Where a client on this machine finds a server with these settings. */
export function localAddressOf({
  host,
  port,
  tls,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls?: object;
}): string {
  const name = /^(?:0\.0\.0\.0|::|\[::\])$/.test(host) ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return new URL(`http${tls === undefined ? "" : "s"}://${name}:${port}`).origin;
}

function isSameServer(given: string, host: string): boolean {
  const origin = (text: string): string => new URL(text).origin.replace("//localhost", "//127.0.0.1");
  return URL.canParse(given) && origin(given) === origin(host);
}
