/** What was put where by earlier publishing: one blob among the site's own, so that only what differs is put again. */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { PhotologError } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import type { BlobStore } from "../storage/blob-store.ts";

export type Encoding = "gzip" | "identity";

/** From the root of the site. */
export const RECORD = "_/publish.json";

/** Raised when the way files are put changes for the same content (types, caching): everything is put once more. */
const VERSION = 1;

export interface PublishRecord {
  /** By path from the root of the site: SHA-256 of the content before any encoding. */
  readonly files: Map<string, Checksum>;
  /** Those of them that the site does not refer to any more, and since when: milliseconds since the epoch. */
  readonly waiting: Map<string, number>;
  /** False: there was none, or none that can be read. What the store holds must be looked at, and is not ours to delete. */
  readonly found: boolean;
  /** Of the record's own text as it is stored. */
  readonly stored: Checksum | undefined;
}

export async function loadRecord(
  target: BlobStore,
  { prefix, encoding, signal }: { readonly prefix: string; readonly encoding: Encoding; readonly signal: AbortSignal },
): Promise<PublishRecord> {
  const { text, record } = (await readRecord(target, prefix, signal)) ?? {};
  if (text === undefined || record === undefined) {
    return { files: new Map(), waiting: new Map(), found: false, stored: undefined };
  }
  // Put in another way, a file of the same content is still another file.
  const same = record.version === VERSION && record.encoding === encoding;
  const files = new Map(Object.entries(record.files).map(([path, sha256]) => [path, same ? sha256 : ""]));
  const waiting = new Map(
    Object.entries(record.waiting).flatMap(([path, since]) => {
      const time = Date.parse(since);
      return Number.isNaN(time) || !files.has(path) ? [] : [[path, time] as const];
    }),
  );
  return { files, waiting, found: true, stored: sha256Of(text) };
}

/** As `PublishRecord.stored`, as it is now. */
export async function storedNow(
  target: BlobStore,
  { prefix, signal }: { readonly prefix: string; readonly signal: AbortSignal },
): Promise<Checksum | undefined> {
  const read = await readRecord(target, prefix, signal);
  return read && sha256Of(read.text);
}

/** Undefined where there is none, or none that can be read. */
async function readRecord(
  target: BlobStore,
  prefix: string,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly record: Parsed } | undefined> {
  const bytes = await readWhole(target, prefix + RECORD, signal);
  const text = bytes && unpacked(bytes);
  const record = text === undefined ? undefined : parseRecord(text);
  return text === undefined || record === undefined ? undefined : { text, record };
}

/** The text of a record, the same for the same files. */
export function recordText({ files, waiting }: Pick<PublishRecord, "files" | "waiting">, encoding: Encoding): string {
  const since = [...waiting].map(([path, time]) => [path, `${new Date(time).toISOString().slice(0, 19)}Z`] as const);
  const gone = waiting.size === 0 ? "" : `"waiting":{\n${linesOf(since)}\n},`;
  return `{"version":${VERSION},"encoding":"${encoding}",${gone}"files":{\n${linesOf([...files])}\n}}\n`;
}

function linesOf(entries: readonly (readonly [string, string])[]): string {
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map((entry) => entry.map((part) => JSON.stringify(part)).join(":")).join(",\n");
}

export async function putRecord(
  target: BlobStore,
  { prefix, text, signal }: { readonly prefix: string; readonly text: string; readonly signal: AbortSignal },
): Promise<void> {
  const bytes = gzipSync(text);
  const sha256 = sha256Of(bytes);
  const key = prefix + RECORD;
  // Gzip is the record's own form, whatever the encoding of the pages: nobody opens it in a browser.
  await target.put(
    { key, source: { bytes }, size: bytes.length, sha256, contentType: "application/gzip", cacheControl: "no-store" },
    signal,
  );
}

export function sha256Of(content: string | Uint8Array): Checksum {
  return createHash("sha256").update(content).digest("hex");
}

/** Undefined where there is no such blob. */
export async function readWhole(store: BlobStore, key: string, signal: AbortSignal): Promise<Buffer | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await store.get(key, signal)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof PhotologError && error.code === "BLOB_MISSING") return undefined;
    throw error;
  }
}

/** Undefined where the bytes are neither text nor packed text. */
export function unpacked(bytes: Buffer): string | undefined {
  try {
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
  } catch {
    return undefined;
  }
}

interface Parsed {
  readonly version: unknown;
  readonly encoding: unknown;
  readonly files: Readonly<Record<string, string>>;
  readonly waiting: Readonly<Record<string, string>>;
}

function parseRecord(text: string): Parsed | undefined {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record !== "object" || record === null || !("files" in record)) return undefined;
    const { files } = record;
    const waiting = "waiting" in record ? record.waiting : {};
    if (!isTable(files) || !isTable(waiting) || !Object.keys(files).every(isOurs)) return undefined;
    return {
      version: "version" in record ? record.version : undefined,
      encoding: "encoding" in record ? record.encoding : undefined,
      files,
      waiting,
    };
  } catch {
    return undefined;
  }
}

function isTable(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((entry) => typeof entry === "string");
}

const OURS = [
  /^a\/[\w-]{2}\/[\w-]+-[gv]\.webp$/,
  /^_\/(style|icon|app|viewer|timeline|find|search|map|outlines)\.\w+\.(css|svg|js)$/,
  // Pieces `p`, and the directories `timeline` and `search`, are those of galleries that an earlier version published.
  /^data\/([gmpsy]\/[\w-]+(\.\d+)?\.\w+|gallery|map|timeline|search)\.js$/,
  /^((\d{4}|timeline|tags|cameras|places|map|search|status|about)\/([\w-]+\/)*)?index\.html$/,
  /^404\.html$/,
];

/** A record that something else wrote must not make us delete anything beside the site. */
function isOurs(path: string): boolean {
  return OURS.some((pattern) => pattern.test(path));
}
