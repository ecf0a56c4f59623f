/** What this machine knows of the server it sends to: flags, then the environment, then a file, then a local server's defaults. */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PhotologError, systemCodeOf } from "../errors.ts";
import { findConfigFile, type ConfigFile } from "./config-file.ts";
import type { Proxies } from "./proxied-wire.ts";

export interface ClientConfig {
  /** An origin: scheme, name and port. */
  readonly host: string;
  readonly secret: string;
  /** Whether a person wants to be asked when the server is lost. */
  readonly halt: boolean;
  /** Each a sentence, for people. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  readonly flags: { readonly host?: string | undefined; readonly halt?: boolean | undefined };
  readonly environment: Environment;
  readonly cwd: string;
  /** Where `serve` writes the secret that it makes up for itself on this machine. */
  readonly localSecretFile: string;
}

interface Values {
  host?: string;
  halt?: boolean;
  secret?: string;
}

/** Where `photolog serve` listens if nothing else is said. */
const LOCAL_HOST = "http://127.0.0.1:5000";

/**
 * Rejects with `SETTINGS_WRONG`, whose message has one line a problem, or with `USAGE` where the flag is what is wrong.
 * No message quotes a secret.
 */
export async function loadClientConfig(sources: ConfigSources): Promise<ClientConfig> {
  const { flags, environment, cwd, localSecretFile } = sources;
  const given = flags.host === undefined ? undefined : readHost(flags.host);
  if (given !== undefined && "wrong" in given) throw new PhotologError("USAGE", `--host ${given.wrong}.`);

  const home = homeOf(environment);
  const settings = join(environment["XDG_CONFIG_HOME"] || join(home, ".config"), "photolog");
  const { file, foreign } = await findConfigFile({ cwd, home, settings });
  const problems: string[] = [];
  const values = { ...(await valuesOfFile(file, problems)), ...valuesOfEnvironment(environment, problems) };
  const host = given?.value ?? values.host ?? LOCAL_HOST;
  const secret = values.secret ?? (isThisMachine(host) ? secretIn(localSecretFile) : undefined);
  if (secret === undefined && problems.length === 0) {
    const where = file === undefined ? "There is no ~/.photolog" : `${file.path} names no secret`;
    problems.push(`${where}, and PHOTOLOG_SECRET is not set: the secret of ${host} is missing.`);
  }
  if (secret === undefined || problems.length > 0) {
    throw new PhotologError("SETTINGS_WRONG", problems.join("\n"), {
      hint: "Give ~/.photolog these lines: `host: http://…`, `halt: true`, and `secret:` with the API_SECRET of that server.",
    });
  }
  const warnings = [
    ...foreign.map((path) => `${path} belongs to somebody else and is not used.`),
    ...(file !== undefined && isOpenToOthers(file.path)
      ? [`${file.path} can be read by other users. Run \`chmod 600 ${file.path}\`.`]
      : []),
  ];
  return { host, secret, halt: flags.halt ?? values.halt ?? false, warnings };
}

/** Where the journal of this user is kept. */
export function journalFileOf(environment: Environment): string {
  const state = environment["XDG_STATE_HOME"] || join(homeOf(environment), ".local", "state");
  return join(state, "photolog", "journal.db");
}

/** The proxies that this environment names, in either case, as curl reads them; lower case wins. */
export function proxiesOf(environment: Environment): Proxies {
  const named = (name: string): string | undefined => environment[name] || environment[name.toUpperCase()] || undefined;
  const [httpProxy, httpsProxy, noProxy] = [named("http_proxy"), named("https_proxy"), named("no_proxy")];
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

function homeOf(environment: Environment): string {
  return environment["HOME"] || homedir();
}

type Reading<T> = { readonly value: T } | { readonly wrong: string };

const READERS: { readonly [K in keyof Required<Values>]: (text: string) => Reading<NonNullable<Values[K]>> } = {
  host: readHost,
  halt(text) {
    if (/^(?:true|yes|on|1)$/i.test(text)) return { value: true };
    return /^(?:false|no|off|0)$/i.test(text) ? { value: false } : { wrong: "must be true or false" };
  },
  secret: (text) => (text.trim() === "" ? { wrong: "must not be empty" } : { value: text.trim() }),
};

function isKey(name: string): name is keyof typeof READERS {
  return Object.hasOwn(READERS, name);
}

/** Answers what is wrong with the value, if anything is. */
function readInto(values: Values, key: keyof typeof READERS, text: string): string | undefined {
  const reading = READERS[key](text);
  if ("wrong" in reading) return reading.wrong;
  Object.assign(values, { [key]: reading.value });
  return undefined;
}

function readHost(text: string): Reading<string> {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return { wrong: "must be a URL that starts with http:// or https://" };
  }
  if (url.username !== "" || url.password !== "") return { wrong: "must not contain a user name or password" };
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return { wrong: `must end after the host name (${url.origin}), without a path` };
  }
  return { value: url.origin };
}

async function valuesOfFile(file: ConfigFile | undefined, problems: string[]): Promise<Values> {
  if (file === undefined) return {};
  problems.push(...file.errors.map(({ line, message }) => `${file.path}:${line}: ${message}.`));
  const values: Values = {};
  for (const { key, text, line } of file.lines) {
    const wrong = isKey(key)
      ? text === undefined
        ? "must be a single value"
        : readInto(values, key, text)
      : await unknownKey(key);
    if (wrong !== undefined) problems.push(`${file.path}:${line}: ${key} ${wrong}.`);
  }
  return values;
}

async function unknownKey(key: string): Promise<string> {
  const { closest, distance } = await import("fastest-levenshtein");
  const near = closest(key.toLowerCase(), Object.keys(READERS));
  return distance(key.toLowerCase(), near) <= 2 ? `is unknown (did you mean ${near}?)` : "is unknown";
}

function valuesOfEnvironment(environment: Environment, problems: string[]): Values {
  const values: Values = {};
  for (const key of Object.keys(READERS).filter(isKey)) {
    const name = `PHOTOLOG_${key.toUpperCase()}`;
    const text = environment[name];
    if (text === undefined || text === "") continue;
    const wrong = readInto(values, key, text);
    if (wrong !== undefined) problems.push(`${name} ${wrong}.`);
  }
  return values;
}

/** The made-up secret is nobody else's business. */
function isThisMachine(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(host).hostname);
}

function secretIn(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch (error) {
    if (systemCodeOf(error) !== undefined) return undefined;
    throw error;
  }
}

function isOpenToOthers(path: string): boolean {
  return process.platform !== "win32" && (statSync(path).mode & 0o044) !== 0;
}
