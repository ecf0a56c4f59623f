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
  /** False: there was none, or none that can be read. What the store holds must be looked at, and is not ours to delete. */
  readonly found: boolean;
  /** Of the record's own text as it is stored. */
  readonly stored: Checksum | undefined;
}

export async function loadRecord(
  target: BlobStore,
  { prefix, encoding, signal }: { readonly prefix: string; readonly encoding: Encoding; readonly signal: AbortSignal },
): Promise<PublishRecord> {
  const lost: PublishRecord = { files: new Map(), found: false, stored: undefined };
  const bytes = await readWhole(target, prefix + RECORD, signal);
  const text = bytes && unpacked(bytes);
  const record = text === undefined ? undefined : parseRecord(text);
  if (text === undefined || record === undefined) return lost;
  // Put in another way, a file of the same content is still another file.
  const same = record.version === VERSION && record.encoding === encoding;
  const files = new Map(Object.entries(record.files).map(([path, sha256]) => [path, same ? sha256 : ""]));
  return { files, found: true, stored: sha256Of(text) };
}

/** The text of a record, the same for the same files. */
export function recordText(files: ReadonlyMap<string, Checksum>, encoding: Encoding): string {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map((file) => file.map((part) => JSON.stringify(part)).join(":"));
  return `{"version":${VERSION},"encoding":"${encoding}","files":{\n${lines.join(",\n")}\n}}\n`;
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

function parseRecord(
  text: string,
): { readonly version: unknown; readonly encoding: unknown; readonly files: Record<string, string> } | undefined {
  try {
    const record: unknown = JSON.parse(text);
    if (typeof record !== "object" || record === null || !("files" in record)) return undefined;
    const { files } = record;
    if (typeof files !== "object" || files === null) return undefined;
    if (!Object.entries(files).every(([path, sha256]) => isOurs(path) && typeof sha256 === "string")) return undefined;
    return {
      version: "version" in record ? record.version : undefined,
      encoding: "encoding" in record ? record.encoding : undefined,
      files: files as Record<string, string>,
    };
  } catch {
    return undefined;
  }
}

const OURS = [
  /^a\/[\w-]{2}\/[\w-]+-[gv]\.webp$/,
  /^_\/(style|icon|app|viewer|timeline|find|search)\.\w+\.(css|svg|js)$/,
  /^data\/([mps]\/[\w-]+(\.\d+)?\.\w+|timeline|search)\.js$/,
  /^((\d{4}|timeline|tags|cameras|search|status|about)\/([\w-]+\/)*)?index\.html$/,
  /^404\.html$/,
];

/** A record that something else wrote must not make us delete anything beside the site. */
function isOurs(path: string): boolean {
  return OURS.some((pattern) => pattern.test(path));
}
