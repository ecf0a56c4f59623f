/** One request through the tus library. Is loaded with the first of them, since most servers never see one. */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Server, TUS_RESUMABLE } from "@tus/server";
import type { FastifyRequest } from "fastify";
import { PATHS, RECEIPT_HEADERS } from "../api.ts";
import { type ErrorCode, PhotologError } from "../errors.ts";
import type { Ingested } from "./ingest.ts";
import type { TusParts } from "./tus.ts";
import { bodyOf } from "./tus-body.ts";
import { CHECKSUM_ALGORITHMS, checksumOf, metadataOf } from "./tus-headers.ts";
import { UploadStore } from "./tus-store.ts";

export interface TusAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** After the last piece. */
  readonly ingested: Ingested | undefined;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PIECE = "application/offset+octet-stream";
/** What the library is told; the rest is none of its business. */
const HEADERS_OF_LIBRARY = ["tus-resumable", "upload-length", "upload-offset", "content-length", "content-type"];

/** Rejects with what `problem+json` is made of. */
export async function answerTus(request: FastifyRequest, parts: TusParts): Promise<TusAnswer> {
  const { headers } = request;
  const method = methodOf(request);
  refuseEarly(method, headers);
  if (method === "POST" && "id" in (request.params as object)) {
    throw new PhotologError("NOT_FOUND", "An upload is begun at the folder, not at another upload.");
  }
  const body = bodyOf(request.raw);
  const store = new UploadStore(
    {
      body,
      metadata: metadataOf(textOf(headers, "upload-metadata")),
      checksum: checksumOf(textOf(headers, "upload-checksum")),
      offset: headers["upload-offset"] === undefined ? undefined : Number(headers["upload-offset"]),
    },
    parts,
  );
  let failure: unknown;
  const server = new Server({
    path: PATHS.uploads.replace(/\/$/, ""),
    relativeLocation: true,
    maxSize: parts.maxUploadSize,
    datastore: store,
    locker: parts.locks.of({
      cut: () => body.cut(new PhotologError("UPLOAD_LOCKED", "Another request has gone on with this upload.")),
    }),
    namingFunction: () => randomUUID(),
    getFileIdFromRequest: (_request, last) => (last !== undefined && ID.test(last) ? last : undefined),
    onResponseError(_request, error) {
      failure = error;
      return undefined;
    },
  });
  const response = await server.handleWeb(requestOf(request, method));
  if (response.status >= 400) {
    await store.takeBack();
    throw failure instanceof Error ? failure : refusalOf(response.status, await response.text());
  }
  return { status: response.status, headers: headersOf(response, store, method), ingested: store.ingested };
}

const OVERRIDES: ReadonlySet<string> = new Set(["PATCH", "HEAD", "DELETE"]);

/** Some proxies let only GET and POST through. */
function methodOf({ method, headers }: FastifyRequest): string {
  const override = textOf(headers, "x-http-method-override")?.toUpperCase();
  return method === "POST" && override !== undefined && OVERRIDES.has(override) ? override : method;
}

function refuseEarly(method: string, headers: IncomingHttpHeaders): void {
  if (method !== "OPTIONS" && headers["tus-resumable"] !== TUS_RESUMABLE) {
    throw new PhotologError("TUS_VERSION", `The header Tus-Resumable must be ${TUS_RESUMABLE}.`);
  }
  if (method === "PATCH" && headers["content-type"] !== PIECE) {
    throw new PhotologError("UNSUPPORTED_MEDIA", `The Content-Type of a piece must be ${PIECE}.`);
  }
  if (headers["upload-defer-length"] !== undefined || headers["upload-concat"] !== undefined) {
    throw new PhotologError("BAD_FIELD", "Upload-Defer-Length and Upload-Concat are not offered.", {
      hint: "Give Upload-Length, and send one upload for each file.",
    });
  }
}

function requestOf({ url, headers }: FastifyRequest, method: string): Request {
  const told = new Headers();
  for (const name of HEADERS_OF_LIBRARY) {
    const value = textOf(headers, name);
    if (value !== undefined) told.set(name, value);
  }
  return new Request(new URL(url, "http://photolog"), { method, headers: told });
}

function headersOf(response: Response, store: UploadStore, method: string): Record<string, string> {
  const { ingested, expiresAt } = store;
  const own = [...response.headers].filter(
    ([name]) => !name.startsWith("access-control-") && !name.startsWith("content-"),
  );
  return {
    ...Object.fromEntries(own),
    ...(method === "OPTIONS" ? { "tus-checksum-algorithm": CHECKSUM_ALGORITHMS.join(",") } : {}),
    ...(method === "HEAD" && expiresAt !== undefined ? { "upload-expires": new Date(expiresAt).toUTCString() } : {}),
    ...(ingested === undefined
      ? {}
      : { [RECEIPT_HEADERS.key]: ingested.photo.key, [RECEIPT_HEADERS.queued]: String(ingested.created) }),
  };
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: "NOT_FOUND",
  409: "CONFLICT",
  410: "NOT_FOUND",
  412: "TUS_VERSION",
  413: "TOO_LARGE",
};

/** What the library refuses by itself. */
function refusalOf(status: number, text: string): PhotologError {
  const code = CODES[status] ?? (status < 500 ? "BAD_FIELD" : "INTERNAL");
  const message = text.trim() || "The request is not one of tus.";
  return new PhotologError(code, /[.!]$/.test(message) ? message : `${message}.`);
}

function textOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
