/** Speaks to `photolog serve`: asks what it has, sends a photo, asks how a photo fares. Tries nothing twice. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  FIELDS,
  PATHS,
  RECEIPT_HEADERS,
  SECRET_HEADER,
  SESSION_HEADER,
  sidecarsPath,
  type AmendQuestion,
  type PhotoAmendment,
  type PhotoView,
  type UploadAnswer,
  type VerifyQuestion,
} from "../api.ts";
import { PhotologError } from "../errors.ts";
import type { Checksum, PhotoKey, ServiceName } from "../photo.ts";
import { toAmending, toAttaching, toChecking, toSending, toViewing, type Answer, type Known } from "./answers.ts";
import { multipart, type Part } from "./multipart.ts";
import type { Proxies } from "./proxied-wire.ts";
import { readOriginal } from "./read-original.ts";
import { reasonOf } from "./entry.ts";
import type { UploadPlaces } from "./journal.ts";
import { unreachable } from "./unreachable.ts";
import { openWire, type Outgoing, type Wire } from "./wire.ts";

/** A photo as it goes over the wire. */
export interface Parcel {
  /** Absolute. */
  readonly path: string;
  readonly filename: string;
  readonly bytes: number;
  /** Milliseconds since the epoch; the file is no longer the same photo where this has changed. */
  readonly modified: number;
  readonly sha256: Checksum;
  readonly sidecars: readonly SidecarFile[];
  readonly tags: readonly string[];
  readonly albums: readonly string[];
  /** As in `FIELDS.related`. */
  readonly related: readonly string[];
  readonly skip: readonly ServiceName[];
  readonly targetDate?: string;
}

export interface SidecarFile {
  /** Absolute. */
  readonly path: string;
  readonly filename: string;
}

export interface Watching {
  readonly signal: AbortSignal;
  /** Hears how many bytes of the photo the server has or has coming, in all. */
  readonly moved: (bytes: number) => void;
}

/**
 * Every method rejects with a `PhotologError`: `NOT_AUTHENTICATED`; a refusal of this one photo; one of the codes that
 * `isLost` (in `connection.ts`) takes for a lost server; `FILE_CHANGED` and `FILE_UNREADABLE`. Or with the signal's reason.
 */
export interface Client {
  /** For people, as they gave it. */
  readonly host: string;
  /** Those of at most `VERIFY_LIMIT` checksums that the server has. */
  check(checksums: readonly Checksum[], signal: AbortSignal, asked?: Asking): Promise<ReadonlyMap<Checksum, Known>>;
  /** In one request. */
  send(parcel: Parcel, watching: Watching): Promise<UploadAnswer>;
  /** In pieces that survive a broken connection and a restart of either side. */
  resume(parcel: Parcel, watching: Watching & { readonly places: UploadPlaces }): Promise<UploadAnswer>;
  /** At most `VERIFY_LIMIT`; answers to which of them something was new. */
  amend(photos: readonly PhotoAmendment[], signal: AbortSignal): Promise<ReadonlySet<Checksum>>;
  addSidecars(key: PhotoKey, sidecars: readonly SidecarFile[], signal: AbortSignal): Promise<void>;
  view(
    photo: { readonly key: PhotoKey; readonly sha256: Checksum },
    signal: AbortSignal,
  ): Promise<PhotoView["destinations"]>;
  close(): Promise<void>;
}

export interface Asking {
  /** Each is looked for in the archive. */
  readonly archive?: true;
  /** Hears the server's session, as in `SESSION_HEADER`. */
  readonly heard?: (session: string) => void;
}

export interface ClientOptions {
  /** An origin: scheme, name and port, no path. */
  readonly host: string;
  readonly secret: string;
  /** How many requests may be under way at the same time. */
  readonly connections: number;
  /** Milliseconds without any progress after which the server counts as lost. */
  readonly patience?: number;
  /** HTTP and HTTPS proxies, as their environment variables name them. */
  readonly proxies?: Proxies;
}

const PATIENCE = 60_000;
const CONNECT_PATIENCE = 10_000;
/** A server writes a photo to its disk before it answers: 50 MB a second. */
export const DISK_MS_PER_BYTE = 1 / 50_000;
export interface Question extends Pick<Outgoing, "method" | "path" | "signal"> {
  readonly contentType?: string;
  readonly contentLength?: number;
  readonly body?: Outgoing["body"];
  /** Milliseconds more than usual until an answer must have begun. */
  readonly patienceMore?: number;
  readonly headers?: Outgoing["headers"];
}

export type Ask = (question: Question) => Promise<Answer>;

export function openClient(options: ClientOptions): Client {
  const { host, secret, patience = PATIENCE } = options;
  const secretHash = createHash("md5").update(secret).digest("hex");
  let opening: Promise<Wire> | undefined;
  const connect = (): Promise<Wire> =>
    (opening ??= openWire({ ...options, timeout: Math.min(CONNECT_PATIENCE, patience) }));

  async function ask(question: Question): Promise<Answer> {
    const { method, path, contentType, contentLength, body, signal } = question;
    try {
      const wire = await connect();
      const { headers, status, text } = await wire.request({
        method,
        path,
        headers: {
          ...question.headers,
          accept: "application/json",
          [SECRET_HEADER]: secretHash,
          ...(contentType === undefined ? {} : { "content-type": contentType }),
          ...(contentLength === undefined ? {} : { "content-length": String(contentLength) }),
        },
        body,
        timeout: patience + (question.patienceMore ?? 0),
        signal,
      });
      return {
        status,
        contentType: single(headers["content-type"]) ?? "",
        retryAfter: single(headers["retry-after"]),
        location: single(headers["location"]),
        offset: single(headers["upload-offset"]),
        session: single(headers[SESSION_HEADER]),
        resumed: resumedOf(single(headers[RECEIPT_HEADERS.key]), single(headers[RECEIPT_HEADERS.queued])),
        text,
      };
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(error, host);
    }
  }

  return {
    host,

    async check(checksums, signal, { archive, heard } = {}) {
      const question: VerifyQuestion = { sha256: checksums, ...(archive && { archive }) };
      const body = JSON.stringify(question);
      const answer = await ask({ method: "POST", path: PATHS.verify, contentType: "application/json", body, signal });
      const known = toChecking(answer, { host, checksums });
      if (answer.session !== undefined) heard?.(answer.session);
      return known;
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
          patienceMore: parcel.bytes * DISK_MS_PER_BYTE,
          signal,
        });
        return toSending(answer, { host, sha256: parcel.sha256 });
      } catch (error) {
        // What broke the connection may have been our own file.
        throw local.failure ?? error;
      }
    },

    async resume(parcel, watching) {
      const { resume } = await import("./resumable.ts");
      return resume(parcel, { ...watching, ask, host });
    },

    async amend(photos, signal) {
      const question: AmendQuestion = { photos };
      const body = JSON.stringify(question);
      const answer = await ask({ method: "POST", path: PATHS.amend, contentType: "application/json", body, signal });
      return toAmending(answer, { host, checksums: photos.map(({ sha256 }) => sha256) });
    },

    async addSidecars(key, sidecars, signal) {
      const { contentType, length, body } = multipart(await partsOfSidecars(sidecars));
      const answer = await ask({
        method: "POST",
        path: sidecarsPath(key),
        contentType,
        contentLength: length,
        body: body(),
        signal,
      });
      toAttaching(answer, { host, key });
    },

    async view({ key, sha256 }, signal) {
      const answer = await ask({ method: "GET", path: PATHS.photos + encodeURIComponent(key), signal });
      return toViewing(answer, { host, sha256 });
    },

    async close() {
      await (await opening)?.close();
    },
  };
}

function resumedOf(key: string | undefined, queued = ""): Answer["resumed"] {
  return key === undefined ? undefined : { key, queued };
}

/** Everything but the photo; it goes first, so that the server knows of it before the long part begins. */
async function fieldsOf(parcel: Parcel): Promise<Part[]> {
  const { sha256, tags, albums, related, skip, targetDate, modified, sidecars } = parcel;
  const fields: Part[] = [{ name: FIELDS.sha256, value: sha256 }];
  fields.push({ name: FIELDS.modified, value: String(Math.trunc(modified)) });
  for (const album of albums) fields.push({ name: FIELDS.album, value: album });
  for (const relation of related) fields.push({ name: FIELDS.related, value: relation });
  if (tags.length > 0) fields.push({ name: FIELDS.tags, value: tags.join(",") });
  if (skip.length > 0) fields.push({ name: FIELDS.skip, value: skip.join(",") });
  if (targetDate !== undefined) fields.push({ name: FIELDS.targetDate, value: targetDate });
  return [...fields, ...(await partsOfSidecars(sidecars))];
}

async function partsOfSidecars(sidecars: readonly SidecarFile[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { path, filename } of sidecars) {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new PhotologError("FILE_UNREADABLE", `its sidecar ${filename}: ${reasonOf(error)}`, { cause: error });
    });
    parts.push({
      name: FIELDS.sidecar,
      filename,
      bytes: bytes.length,
      read: async function* () {
        yield bytes;
      },
    });
  }
  return parts;
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

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
