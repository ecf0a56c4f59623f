/** What a person decided: a YAML file, the environment, defaults. Every problem is told at once. */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { PhotologError, systemCodeOf } from "./errors.ts";
import { SETTING_KEYS, type SettingName, type SettingValues } from "./setting-keys.ts";

export interface S3Settings {
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly endpoint?: string;
  readonly region: string;
  readonly pathStyle: "auto" | boolean;
  readonly prefix: string;
  readonly storageClass?: string;
  readonly sse?: string;
  readonly checksums: "auto" | "on" | "off";
}

export interface FlickrSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly token?: { readonly token: string; readonly tokenSecret: string };
  readonly baseUrl?: string;
}

export interface GooglePhotosSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessCode?: string;
  readonly refreshToken?: string;
  readonly album?: string;
  readonly baseUrl?: string;
  readonly authUrl?: string;
  readonly tokenUrl?: string;
}

export interface GallerySettings {
  readonly title: string;
  /** Where it is published: this bucket, or the archive's folder. */
  readonly bucket?: string;
  readonly prefix: string;
  readonly url?: string;
  readonly public: boolean;
  /** Where photos were taken is told. */
  readonly places: boolean;
  readonly originals: boolean;
}

export interface Settings {
  /** Absolute; undefined where there is no file. */
  readonly file?: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly uploadFolder: string;
  readonly dbFile: string;
  readonly credentialsFile: string;
  /** Undefined: `apiSecretFile` holds it, or will. */
  readonly apiSecret?: string;
  readonly apiSecretFile: string;
  /** Bytes. */
  readonly maxUploadSize: number;
  readonly maxConcurrentUploads: number;
  /** Bytes; undefined where the spool decides. */
  readonly spoolReserve?: number;
  readonly archive: { readonly kind: "folder"; readonly folder: string } | ({ readonly kind: "s3" } & S3Settings);
  readonly flickr?: FlickrSettings;
  readonly gphotos?: GooglePhotosSettings;
  readonly gallery: GallerySettings;
  readonly logLevel: NonNullable<SettingValues["LOG_LEVEL"]>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `file` beats the environment's `SETTINGS`, which beats `usualSettingsFile`. Rejects with `SETTINGS_WRONG`, whose message has one
 * line a problem.
 */
export async function loadSettings(given: { file?: string; environment: Environment; cwd: string }): Promise<Settings> {
  const { environment, cwd } = given;
  const usual = usualSettingsFile(environment);
  const file = settingsFileOf(given) ?? (existsSync(usual) ? usual : undefined);
  const problems: string[] = [];
  const written: Written[] = [
    ...(file === undefined ? [] : await readFile(file, problems)),
    ...readEnvironment(environment, { cwd, problems }),
  ];
  const settings = settle(written, { problems, origin: file ?? "settings", environment });
  return { ...settings, ...optional("file", file) };
}

/** What these lines alone mean in a file of this name; no file is read. Throws `SETTINGS_WRONG`. */
export function settingsOf(
  lines: Readonly<Partial<Record<SettingName, string>>>,
  { file, environment }: { readonly file: string; readonly environment: Environment },
): Settings {
  const written = (Object.entries(lines) as [SettingName, string][]).map(([name, text]): Written => ({
    name,
    text,
    origin: file,
    folder: dirname(file),
  }));
  return settle(written, { problems: [], origin: file, environment });
}

/** The file that a person named, by the flag or in the environment. */
export function settingsFileOf(given: { file?: string; environment: Environment; cwd: string }): string | undefined {
  const named = given.file ?? (given.environment["SETTINGS"] || undefined);
  return named === undefined ? undefined : resolve(given.cwd, named);
}

/** The file that is read where nobody named one, if it is there: `$XDG_CONFIG_HOME/photolog/settings.yaml`. */
export function usualSettingsFile(environment: Environment): string {
  const folder = environment["XDG_CONFIG_HOME"] || join(environment["HOME"] || homedir(), ".config");
  return join(folder, "photolog", "settings.yaml");
}

function settle(
  written: readonly Written[],
  context: { problems: string[]; origin: string; environment: Environment },
): Settings {
  const { problems, origin, environment } = context;
  const values: Record<string, unknown> = {};
  for (const { name, text, origin, folder } of written) {
    const reading = SETTING_KEYS[name].form.read(text, { folder });
    if ("wrong" in reading) problems.push(`${origin}: ${name} ${reading.wrong}.`);
    else values[name] = reading.value;
  }
  const settings = assemble(values, { problems, origin, data: dataFolder(environment) });
  if (problems.length === 0) return settings;
  throw new PhotologError("SETTINGS_WRONG", problems.join("\n"), {
    hint: "The README lists every setting. Mend these, then run the command again.",
  });
}

/** Where things are kept when nothing else is said: `$XDG_DATA_HOME/photolog`. */
export function dataFolder(environment: Environment): string {
  return join(environment["XDG_DATA_HOME"] || join(environment["HOME"] || homedir(), ".local", "share"), "photolog");
}

/** One that nobody guesses: 32 characters. */
export function makeUpSecret(): string {
  return randomBytes(24).toString("base64url");
}

/** The secret of these settings; made up and written down (mode 0600) where there is none yet. */
export function ensureApiSecret(settings: Pick<Settings, "apiSecret" | "apiSecretFile">): string {
  if (settings.apiSecret !== undefined) return settings.apiSecret;
  const file = settings.apiSecretFile;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = openSync(file, "wx", 0o600);
    try {
      writeSync(handle, `${makeUpSecret()}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  }
  const secret = readFileSync(file, "utf8").trim();
  if (secret !== "") return secret;
  throw new PhotologError("SETTINGS_WRONG", `${file} is empty.`, { hint: "Remove it; a new secret will be written." });
}

interface Written {
  readonly name: SettingName;
  readonly text: string;
  /** For messages: the file with its line, or the variable. */
  readonly origin: string;
  /** What a relative path is relative to. */
  readonly folder: string;
}

async function readFile(file: string, problems: string[]): Promise<Written[]> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    problems.push(`${file}: cannot be read (${systemCodeOf(error) ?? "unknown error"}).`);
    return [];
  }
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) {
    problems.push(`${file}:${lines.linePos(error.pos[0]).line}: is not YAML: ${error.message}`);
  }
  if (document.contents === null || document.errors.length > 0) return [];
  if (!isMap(document.contents)) {
    problems.push(`${file}: must be a list of KEY: value lines.`);
    return [];
  }
  const written: Written[] = [];
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const origin = `${file}:${lines.linePos(key.range?.[0] ?? 0).line}`;
    if (!isSettingName(name)) problems.push(`${origin}: ${await unknownKey(name)}`);
    else if (isScalar(value) && value.value !== null) {
      // As it stands in the file: 0123 is a secret, not a number.
      written.push({ name, text: value.source ?? JSON.stringify(value.value), origin, folder: dirname(file) });
    } else if (value !== null && !isScalar(value)) problems.push(`${origin}: ${name} must be a single value.`);
  }
  return written;
}

const PREFIX = "PHOTOLOG_";

function readEnvironment(environment: Environment, context: { cwd: string; problems: string[] }): Written[] {
  const { cwd, problems } = context;
  const written: Written[] = [];
  for (const name of Object.keys(SETTING_KEYS) as SettingName[]) {
    const variable = PREFIX + name;
    const direct = environment[variable];
    const file = environment[`${variable}_FILE`];
    // The client's PHOTOLOG_HOST is a URL, the server's an address.
    const isClients = name === "HOST" && direct?.includes("://") === true;
    if (direct !== undefined && direct !== "" && file !== undefined && file !== "") {
      problems.push(`${variable} and ${variable}_FILE: only one of them may be set.`);
    } else if (direct !== undefined && direct !== "" && !isClients) {
      written.push({ name, text: direct, origin: variable, folder: cwd });
    } else if (file !== undefined && file !== "") {
      try {
        const text = readFileSync(resolve(cwd, file), "utf8").replace(/\r?\n$/, "");
        written.push({ name, text, origin: `${variable}_FILE`, folder: cwd });
      } catch (error) {
        problems.push(`${variable}_FILE: ${file} cannot be read (${systemCodeOf(error) ?? "unknown error"}).`);
      }
    }
  }
  return written;
}

function assemble(
  values: SettingValues,
  context: { problems: string[]; origin: string; data: string },
): Omit<Settings, "file"> {
  const { problems, origin, data } = context;
  const wrong = (problem: string): void => void problems.push(`${origin}: ${problem}`);
  /** All of them or none; says which are missing. */
  const together = (...names: readonly SettingName[]): boolean => {
    const missing = names.filter((name) => values[name] === undefined);
    if (missing.length > 0 && missing.length < names.length) {
      const present = names.filter((name) => values[name] !== undefined);
      wrong(`${missing.join(" and ")} must be set too, as ${present.join(" and ")} is.`);
    }
    return missing.length === 0;
  };
  const enabled = (flag: "FLICKR_ENABLED" | "GPHOTOS_ENABLED", ...keys: readonly SettingName[]): boolean => {
    if (values[flag] === false) return false;
    const complete = together(...keys);
    if (values[flag] === true && !complete && keys.every((name) => values[name] === undefined)) {
      wrong(`${flag} is true, but ${keys.join(" and ")} are missing.`);
    }
    return complete;
  };

  const dbFile = values.DB_FILE ?? join(data, "photolog.db");
  const hasBucket = values.S3_BUCKET !== undefined;
  if (hasBucket && values.ARCHIVE_FOLDER !== undefined) wrong("S3_BUCKET and ARCHIVE_FOLDER exclude each other.");
  together("S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY");
  if (values.GALLERY_BUCKET !== undefined && !hasBucket) wrong("GALLERY_BUCKET needs S3_BUCKET and its keys.");
  together("FLICKR_APP_TOKEN", "FLICKR_APP_SECRET");
  const flickr = enabled("FLICKR_ENABLED", "FLICKR_API_KEY", "FLICKR_API_SECRET");
  const gphotos = enabled("GPHOTOS_ENABLED", "GPHOTOS_CLIENT_ID", "GPHOTOS_SECRET");

  return {
    host: values.HOST ?? "127.0.0.1",
    port: values.PORT ?? 5000,
    ...(together("TLS_CERT", "TLS_KEY") ? { tls: { cert: values.TLS_CERT ?? "", key: values.TLS_KEY ?? "" } } : {}),
    uploadFolder: values.UPLOAD_FOLDER ?? join(data, "spool"),
    dbFile,
    credentialsFile: join(dirname(dbFile), "credentials.json"),
    ...(values.API_SECRET === undefined ? {} : { apiSecret: values.API_SECRET }),
    apiSecretFile: join(data, "api_secret"),
    maxUploadSize: values.MAX_UPLOAD_SIZE ?? 20 * 1024 ** 3,
    maxConcurrentUploads: values.MAX_CONCURRENT_UPLOADS ?? 32,
    ...optional("spoolReserve", values.SPOOL_RESERVE),
    archive: hasBucket
      ? { kind: "s3", ...s3Settings(values) }
      : { kind: "folder", folder: values.ARCHIVE_FOLDER ?? join(data, "archive") },
    ...(flickr ? { flickr: flickrSettings(values) } : {}),
    ...(gphotos ? { gphotos: googlePhotosSettings(values) } : {}),
    gallery: {
      title: values.GALLERY_TITLE ?? "Photolog",
      ...optional("bucket", values.GALLERY_BUCKET ?? values.S3_BUCKET),
      prefix: values.GALLERY_PREFIX ?? "gallery/",
      ...optional("url", values.GALLERY_URL),
      public: values.GALLERY_PUBLIC ?? false,
      places: values.GALLERY_PLACES ?? values.GALLERY_PUBLIC !== true,
      originals: values.GALLERY_ORIGINALS ?? false,
    },
    logLevel: values.LOG_LEVEL ?? "info",
  };
}

function s3Settings(values: SettingValues): S3Settings {
  return {
    bucket: values.S3_BUCKET ?? "",
    accessKeyId: values.S3_ACCESS_KEY ?? "",
    secretAccessKey: values.S3_SECRET_KEY ?? "",
    ...optional("endpoint", values.S3_ENDPOINT),
    region: values.S3_REGION ?? "us-east-1",
    pathStyle: values.S3_PATH_STYLE === "true" ? true : values.S3_PATH_STYLE === "false" ? false : "auto",
    prefix: values.S3_PREFIX ?? "",
    ...optional("storageClass", values.S3_STORAGE_CLASS),
    ...optional("sse", values.S3_SSE),
    checksums: values.S3_CHECKSUMS ?? "auto",
  };
}

function flickrSettings(values: SettingValues): FlickrSettings {
  const { FLICKR_APP_TOKEN: token, FLICKR_APP_SECRET: tokenSecret } = values;
  return {
    apiKey: values.FLICKR_API_KEY ?? "",
    apiSecret: values.FLICKR_API_SECRET ?? "",
    ...(token === undefined || tokenSecret === undefined ? {} : { token: { token, tokenSecret } }),
    ...optional("baseUrl", values.FLICKR_BASE_URL),
  };
}

function googlePhotosSettings(values: SettingValues): GooglePhotosSettings {
  return {
    clientId: values.GPHOTOS_CLIENT_ID ?? "",
    clientSecret: values.GPHOTOS_SECRET ?? "",
    ...optional("accessCode", values.GPHOTOS_ACCESS_CODE),
    ...optional("refreshToken", values.GPHOTOS_REFRESH_TOKEN),
    ...optional("album", values.GPHOTOS_ALBUM),
    ...optional("baseUrl", values.GPHOTOS_BASE_URL),
    ...optional("authUrl", values.GOOGLE_AUTH_URL),
    ...optional("tokenUrl", values.GOOGLE_TOKEN_URL),
  };
}

function optional<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: T });
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTING_KEYS, name);
}

async function unknownKey(name: string): Promise<string> {
  const { closest, distance } = await import("fastest-levenshtein");
  const near = closest(name.toUpperCase(), Object.keys(SETTING_KEYS));
  const guess = distance(name.toUpperCase(), near) <= Math.max(2, name.length / 4) ? ` Did you mean ${near}?` : "";
  return `${name} is no setting.${guess}`;
}
