/** Speaks to `photolog serve`: asks what it has, sends a photo, asks how a photo fares. Tries nothing twice. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Dispatcher, Pool } from "undici";
import { FIELDS, PATHS, SECRET_HEADER, type PhotoView, type UploadAnswer } from "../api.ts";
import { PhotologError, systemCodeOf } from "../errors.ts";
import type { Checksum, PhotoKey, ServiceName } from "../photo.ts";
import { toChecking, toSending, toViewing, type Answer, type Known } from "./answers.ts";
import { multipart, type Part } from "./multipart.ts";
import { readOriginal } from "./read-original.ts";
import { reasonOf } from "./entry.ts";

/** A photo as it goes over the wire. */
export interface Parcel {
  /** Absolute. */
  readonly path: string;
  readonly filename: string;
  readonly bytes: number;
  /** Milliseconds since the epoch; the file is no longer the same photo where this has changed. */
  readonly modified: number;
  readonly sha256: Checksum;
  readonly sidecars: readonly { readonly path: string; readonly filename: string }[];
  readonly tags: readonly string[];
  readonly skip: readonly ServiceName[];
  readonly targetDate?: string;
}

/**
 * Every method rejects with a `PhotologError`: `NOT_AUTHENTICATED`; a refusal of this one photo; one of the codes that
 * `isLost` (in `connection.ts`) takes for a lost server; `FILE_CHANGED` and `FILE_UNREADABLE`. Or with the signal's reason.
 */
export interface Client {
  /** For people, as they gave it. */
  readonly host: string;
  /** Those of at most `VERIFY_LIMIT` checksums that the server has. */
  check(checksums: readonly Checksum[], signal: AbortSignal): Promise<ReadonlyMap<Checksum, Known>>;
  /** `moved` hears how many bytes of the photo are on their way in all. */
  send(parcel: Parcel, watch: { signal: AbortSignal; moved: (bytes: number) => void }): Promise<UploadAnswer>;
  view(
    photo: { readonly key: PhotoKey; readonly sha256: Checksum },
    signal: AbortSignal,
  ): Promise<PhotoView["destinations"]>;
  close(): Promise<void>;
}

export interface ClientOptions {
  /** An origin: scheme, name and port, no path. */
  readonly host: string;
  readonly secret: string;
  /** How many requests may be under way at the same time. */
  readonly connections: number;
  /** Milliseconds without any progress after which the server counts as lost. */
  readonly patience?: number;
}

const PATIENCE = 60_000;
const CONNECT_PATIENCE = 10_000;
/** A server writes a photo to its disk before it answers: it is given a second more for so many bytes. */
const BYTES_PER_SECOND_OF_DISK = 50_000_000;
/** Larger than any answer of ours. */
const ANSWER_LIMIT = 4_000_000;

interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly contentType?: string;
  readonly contentLength?: number;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly patience?: number;
  readonly signal: AbortSignal;
}

export function openClient({ host, secret, connections, patience = PATIENCE }: ClientOptions): Client {
  const secretHash = createHash("md5").update(secret).digest("hex");
  let pool: Pool | undefined;

  async function connect(): Promise<Pool> {
    const { Pool } = await import("undici");
    return (pool ??= new Pool(host, {
      connections,
      allowH2: false,
      connect: { timeout: Math.min(CONNECT_PATIENCE, patience) },
    }));
  }

  async function ask(question: Question): Promise<Answer> {
    const { method, path, contentType, contentLength, body, signal } = question;
    const timeout = question.patience ?? patience;
    try {
      const response = await (
        await connect()
      ).request({
        method,
        path,
        headers: {
          accept: "application/json",
          [SECRET_HEADER]: secretHash,
          ...(contentType === undefined ? {} : { "content-type": contentType }),
          ...(contentLength === undefined ? {} : { "content-length": String(contentLength) }),
        },
        // Any async iterable will do, although only its documentation says so, not its types.
        body: (body ?? null) as NonNullable<Dispatcher.DispatchOptions["body"]> | null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal,
      });
      const { headers, statusCode: status } = response;
      return {
        status,
        contentType: single(headers["content-type"]) ?? "",
        retryAfter: single(headers["retry-after"]),
        location: single(headers["location"]),
        text: await textOf(response.body),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(error, host);
    }
  }

  return {
    host,

    async check(checksums, signal) {
      const body = JSON.stringify({ sha256: checksums });
      const answer = await ask({ method: "POST", path: PATHS.verify, contentType: "application/json", body, signal });
      return toChecking(answer, { host, checksums });
    },

    async send(parcel, { signal, moved }) {
      const local: { failure?: PhotologError } = {};
      const photo = readingOf(parcel, { moved, failed: (failure) => (local.failure = failure) });
      const { contentType, length, body } = multipart([...(await fieldsOf(parcel)), photo]);
      try {
        const answer = await ask({
          method: "POST",
          path: PATHS.photos,
          contentType,
          contentLength: length,
          body: body(),
          patience: patience + (parcel.bytes / BYTES_PER_SECOND_OF_DISK) * 1000,
          signal,
        });
        return toSending(answer, { host, sha256: parcel.sha256 });
      } catch (error) {
        // What broke the connection may have been our own file.
        throw local.failure ?? error;
      }
    },

    async view({ key, sha256 }, signal) {
      const answer = await ask({ method: "GET", path: PATHS.photos + encodeURIComponent(key), signal });
      return toViewing(answer, { host, sha256 });
    },

    async close() {
      await pool?.destroy();
    },
  };
}

/** Everything but the photo; it goes first, so that the server knows of it before the long part begins. */
async function fieldsOf({ sha256, tags, skip, targetDate, sidecars }: Parcel): Promise<Part[]> {
  const fields: Part[] = [{ name: FIELDS.sha256, value: sha256 }];
  if (tags.length > 0) fields.push({ name: FIELDS.tags, value: tags.join(",") });
  if (skip.length > 0) fields.push({ name: FIELDS.skip, value: skip.join(",") });
  if (targetDate !== undefined) fields.push({ name: FIELDS.targetDate, value: targetDate });
  for (const { path, filename } of sidecars) {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new PhotologError("FILE_UNREADABLE", `its sidecar ${filename}: ${reasonOf(error)}`, { cause: error });
    });
    fields.push({
      name: FIELDS.sidecar,
      filename,
      bytes: bytes.length,
      read: async function* () {
        yield bytes;
      },
    });
  }
  return fields;
}

function readingOf(
  parcel: Parcel,
  { moved, failed }: { readonly moved: (bytes: number) => void; readonly failed: (error: PhotologError) => void },
): Part {
  return {
    name: FIELDS.file,
    filename: parcel.filename,
    bytes: parcel.bytes,
    async *read() {
      let sent = 0;
      try {
        for await (const chunk of readOriginal(parcel.path, parcel)) {
          yield chunk;
          moved((sent += chunk.length));
        }
      } catch (error) {
        if (error instanceof PhotologError) failed(error);
        throw error;
      }
    },
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Whatever this is, it is no answer of ours; judged as such without the rest.
    if (bytes > ANSWER_LIMIT) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection lost",
  EPIPE: "connection lost",
  UND_ERR_SOCKET: "connection lost",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "no way there",
  ENETUNREACH: "no network",
  ETIMEDOUT: "no answer in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "no answer in time",
};

function unreachable(error: unknown, host: string): PhotologError {
  const code = systemCodeOf(error) ?? "unknown error";
  const why = WHY[code] ?? code;
  return new PhotologError("SERVER_UNREACHABLE", `Cannot reach ${host}: ${why}.`, { cause: error });
}
