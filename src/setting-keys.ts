/** Every setting there is: its form, its default, and what it means. The README's table is checked against this one. */
import bytes from "bytes";
import { isAbsolute, resolve } from "node:path";

/** Reads a value as written; answers the value or, as a string in `wrong`, what it should have been. */
type Reading<T> = { readonly value: T } | { readonly wrong: string };

export interface Form<T> {
  readonly secret?: true;
  read(text: string, context: { readonly folder: string }): Reading<T>;
}

export interface SettingKey<T> {
  readonly form: Form<T>;
  /** For people; what applies where nothing is set. */
  readonly fallback: string;
  readonly meaning: string;
}

const text: Form<string> = {
  read: (given) => (given.trim() === "" ? { wrong: "must not be empty" } : { value: given.trim() }),
};
const secret: Form<string> = { ...text, secret: true };
const path: Form<string> = {
  read(given, { folder }) {
    if (given.trim() === "") return { wrong: "must be a path" };
    return { value: isAbsolute(given) ? given : resolve(folder, given) };
  },
};
const flag: Form<boolean> = {
  read(given) {
    if (/^(true|yes|on|1)$/i.test(given)) return { value: true };
    if (/^(false|no|off|0)$/i.test(given)) return { value: false };
    return { wrong: "must be true or false" };
  },
};
const port: Form<number> = {
  read(given) {
    const value = Number(given);
    return Number.isInteger(value) && value >= 0 && value <= 65_535
      ? { value }
      : { wrong: "must be a port number, 0 to 65535" };
  },
};
const count: Form<number> = {
  read(given) {
    const value = Number(given);
    return Number.isInteger(value) && value >= 1 ? { value } : { wrong: "must be a whole number, 1 or more" };
  },
};
const size: Form<number> = {
  read(given) {
    const value = /^\d+(\.\d+)?\s*([kmgtp]i?b?|b)?$/i.test(given) ? bytes.parse(given.replace(/i(?=b?$)/i, "")) : null;
    return value === null ? { wrong: "must be a size such as 500MB or 20GB" } : { value };
  },
};
const url: Form<string> = {
  read(given) {
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
      return { wrong: "must be a URL that starts with http:// or https://" };
    }
    return { value: given.replace(/\/+$/, "") };
  },
};
const prefix: Form<string> = {
  read(given) {
    const value = given.replace(/^\/+/, "").replace(/\/*$/, "/");
    if (value === "/") return { value: "" };
    return value.split("/").some((part) => part === "..") ? { wrong: "must not contain .." } : { value };
  },
};

function choice<const T extends string>(...values: readonly T[]): Form<T> {
  return {
    read(given) {
      const value = values.find((one) => one === given.toLowerCase());
      return value === undefined ? { wrong: `must be one of ${values.join(", ")}` } : { value };
    },
  };
}

const key = <T>(form: Form<T>, fallback: string, meaning: string): SettingKey<T> => ({ form, fallback, meaning });

export const SETTING_KEYS = {
  HOST: key(text, "127.0.0.1", "Address the API listens on."),
  PORT: key(port, "5000", "Port the API listens on; 0 takes any free one."),
  API_SECRET: key(secret, "generated once", "What a client has to know to upload."),
  UPLOAD_FOLDER: key(path, "`<data>/spool`", "Accepted originals that are not yet everywhere."),
  DB_FILE: key(path, "`<data>/photolog.db`", "The SQLite database."),
  MAX_UPLOAD_SIZE: key(size, "20GB", "Larger bodies are refused with 413."),
  MAX_CONCURRENT_UPLOADS: key(
    count,
    "32",
    "Bodies taken at the same time, a quarter of them without the secret in a header; more are asked to come back.",
  ),
  SPOOL_RESERVE: key(size, "256MB, at most 5 %", "Kept free on the spool's disk; uploads that would need it get 507."),
  TLS_CERT: key(path, "none", "Certificate chain (PEM); with `TLS_KEY`, the API speaks HTTPS itself."),
  TLS_KEY: key(path, "none", "Private key (PEM) for `TLS_CERT`."),
  LOG_LEVEL: key(choice("trace", "debug", "info", "warn", "error", "fatal", "silent"), "info", "How much is logged."),

  ARCHIVE_FOLDER: key(path, "`<data>/archive` without `S3_BUCKET`", "Keeps the archive in this folder."),
  S3_BUCKET: key(text, "none", "Keeps the archive in this bucket."),
  S3_ACCESS_KEY: key(secret, "none", "Access key id."),
  S3_SECRET_KEY: key(secret, "none", "Secret access key."),
  S3_ENDPOINT: key(url, "AWS", "URL of another S3-compatible service."),
  S3_REGION: key(text, "us-east-1", "Region; `auto` for Cloudflare R2."),
  S3_PATH_STYLE: key(
    choice("auto", "true", "false"),
    "auto",
    "Bucket in the path instead of the host name; `auto`: with `S3_ENDPOINT`.",
  ),
  S3_PREFIX: key(prefix, "none", "Everything goes below this prefix."),
  S3_STORAGE_CLASS: key(text, "the bucket's", "Storage class of what is put."),
  S3_SSE: key(text, "the bucket's", "Server-side encryption: `AES256` or `aws:kms`."),
  S3_CHECKSUMS: key(
    choice("auto", "on", "off"),
    "auto",
    "Additional integrity headers, and the SHA-256 that the service computes itself as proof; `auto`: on for AWS only.",
  ),

  FLICKR_ENABLED: key(flag, "true with its keys", "Deliver to Flickr."),
  FLICKR_API_KEY: key(secret, "none", "Key of your Flickr app."),
  FLICKR_API_SECRET: key(secret, "none", "Secret of your Flickr app."),
  FLICKR_APP_TOKEN: key(secret, "from `photolog auth flickr`", "OAuth token."),
  FLICKR_APP_SECRET: key(secret, "from `photolog auth flickr`", "OAuth token secret."),
  FLICKR_BASE_URL: key(url, "Flickr's own", "Replaces Flickr's hosts."),

  GPHOTOS_ENABLED: key(flag, "true with its keys", "Deliver to Google Photos."),
  GPHOTOS_CLIENT_ID: key(secret, "none", "OAuth client id (type Desktop app)."),
  GPHOTOS_SECRET: key(secret, "none", "OAuth client secret."),
  GPHOTOS_ACCESS_CODE: key(secret, "none", "A fresh access code; exchanged once, then the refresh token is kept."),
  GPHOTOS_REFRESH_TOKEN: key(secret, "from `photolog auth google`", "OAuth refresh token."),
  GPHOTOS_ALBUM: key(text, "none", "Put uploads in an album of this title, which photolog creates."),
  GPHOTOS_BASE_URL: key(url, "Google's own", "Replaces the Photos Library API's host."),
  GOOGLE_AUTH_URL: key(url, "Google's own", "Replaces the page where access is granted."),
  GOOGLE_TOKEN_URL: key(url, "Google's own", "Replaces the token endpoint."),

  GALLERY_TITLE: key(text, "Photolog", "Title of the gallery."),
  GALLERY_BUCKET: key(text, "`S3_BUCKET`", "Bucket the gallery is published to."),
  GALLERY_PREFIX: key(prefix, "`gallery/`", "Prefix of the gallery in its bucket."),
  GALLERY_URL: key(url, "none", "Where people open the published gallery."),
  GALLERY_PUBLIC: key(flag, "false", "The gallery is meant to be read by everybody."),
  GALLERY_PLACES: key(
    flag,
    "true unless `GALLERY_PUBLIC`",
    "Tell in the gallery where photos were taken, and draw the map of them.",
  ),
  GALLERY_ORIGINALS: key(flag, "false", "Offer originals for download in the gallery."),
} as const satisfies Record<string, SettingKey<unknown>>;

export type SettingName = keyof typeof SETTING_KEYS;

/** Values as read, by key; a key that nobody set is absent. */
export type SettingValues = {
  readonly [K in SettingName]?: (typeof SETTING_KEYS)[K] extends SettingKey<infer T> ? T : never;
};
