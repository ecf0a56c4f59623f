/**
 * A small, strict S3 service on this machine, for tests: real HTTP, real signatures, real checksums, and faults on demand.
 *
 * It agrees with a real Ceph gateway (16.2) in all that photolog relies on. Where the two differ, it does so on purpose:
 *
 * - checksum headers (CRC32, CRC32C, SHA1, SHA256) are verified and echoed, and an upload in parts that was begun with them is
 *   only completed with them, as Amazon does; Ceph 16 ignores them;
 * - a body in aws-chunked framing is answered 501 NotImplemented, as several services do (`chunkedAnswer`); Ceph 16 says 411;
 * - any ACL header is refused (AccessControlListNotSupported), as Amazon's new buckets do: nothing of ours may ever send one;
 * - completing an upload in parts tells its ETag and heeds If-None-Match, and a plain put heeds If-Match, as Amazon does; Ceph 16
 *   does none of these;
 * - a key that is too long is KeyTooLongError as on Amazon, not Ceph's InvalidObjectName;
 * - STANDARD_IA and encryption are accepted, and the wrong names refused, with Amazon's codes and words; Ceph 16 has no words;
 * - what photolog never asks for is 501: policies, websites, tags, versions, locks, lifecycles, CORS, form posts, batch deletion;
 * - buckets stand in the path only.
 */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { S3Options } from "../../src/storage/s3.ts";
import { tag, type Answer, type Exchange, type Objects } from "./s3-objects.ts";
import { objectsOf, operationOf, perform, refuseChunked, type S3Operation, type World } from "./s3-operations.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { checkBody, checkSignature, type SigningKey } from "./s3-signature.ts";
import { Uploads, type PendingUpload } from "./s3-uploads.ts";

export type { S3Operation };

export interface S3Request {
  readonly operation: S3Operation;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  /** Of the answer; undefined while there is none, or where the connection was cut. */
  status?: number;
}

export type FaultAnswer =
  | {
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly headers?: Record<string, string>;
      /** Instead of the XML that tells code and message. */
      readonly body?: string;
    }
  /** The connection is cut; nothing was done. */
  | "reset"
  /** All was done, but the connection is cut instead of the answer. */
  | "reset-after-commit"
  /** No answer ever. */
  | "hang"
  /** What a network's sign-in page answers to everything. */
  | "html-200"
  /** Half of the answer's body, then the connection is cut. */
  | "cut"
  /** The last bit of the body is flipped before it is stored, unnoticed. */
  | "corrupt"
  /** Only the first half of the body is stored, unnoticed. */
  | "truncate"
  /** Answers as if the object were stored, but does not store it. */
  | "forget";

export interface Fault {
  when(request: S3Request): boolean;
  readonly answer: FaultAnswer;
  /** How many requests meet it; 1. */
  readonly times?: number;
}

export interface S3ServerOptions {
  /** `lookalike`: 32 hex digits that are not the MD5. `opaque`: nothing like an MD5. */
  readonly etags?: "md5" | "lookalike" | "opaque";
  /** No page of a listing has more keys, or more parts. */
  readonly mostKeys?: number;
  readonly chunkedAnswer?: { readonly status: number; readonly code: string };
  /** Bodies are not compared with the SHA-256 that their request is signed with. */
  readonly trustsBodies?: boolean;
  /** For other programs, which may ask for the ACL that objects have anyhow. */
  readonly ignoresAcls?: boolean;
  /** To serve over TLS. */
  readonly listen?: (
    listener: (request: IncomingMessage, response: ServerResponse) => void,
  ) => ReturnType<typeof createServer>;
}

export interface S3Server extends SigningKey {
  readonly endpoint: string;
  /** Exists from the start. */
  readonly bucket: string;
  /** What is in `bucket`. */
  readonly objects: Objects;
  /** Uploads in parts that are neither completed nor aborted, by id. */
  readonly uploads: Map<string, PendingUpload>;
  readonly pendingUploads: number;
  /** Every request that was understood, in the order of arrival. */
  readonly requests: S3Request[];
  fault(fault: Fault): void;
  /** From now on nothing is wrong. */
  clearFaults(): void;
  /** The next request that fits, as soon as all of it has arrived. */
  arrival(when: (request: S3Request) => boolean): Promise<S3Request>;
  close(): Promise<void>;
}

const KEY: SigningKey = { accessKeyId: "photolog-test", secretAccessKey: "not-a-real-secret", region: "eu-test-1" };
const BUCKET = "photolog-test";
const PORTAL = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to Hotel WiFi</body></html>";

export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const makeEtag = (md5: string): string => etagFrom(md5, options.etags ?? "md5");
  const world: World = {
    buckets: new Map([[BUCKET, new Map()]]),
    uploads: new Uploads(makeEtag, options.mostKeys ?? 1000),
    mostKeys: options.mostKeys ?? 1000,
    etagFrom: makeEtag,
  };
  const requests: S3Request[] = [];
  const faults: { readonly fault: Fault; left: number }[] = [];
  const waiting = new Set<{ when: (request: S3Request) => boolean; tell: (request: S3Request) => void }>();

  const server = (options.listen ?? createServer)((incoming, response) => {
    respond(incoming, response).catch(() => response.destroy());
  });

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]);
    const exchange = exchangeOf(incoming, body);
    const { method, bucket, key, query, headers } = exchange;
    const operation = operationOf(exchange);
    const request: S3Request = { operation, method, bucket, key, query, headers, bodyBytes: body.length };
    requests.push(request);
    for (const waiter of waiting) if (waiter.when(request)) waiter.tell(request);
    const answer = (): Answer => {
      refuseChunked(exchange, options.chunkedAnswer);
      checkSignature({ method, rawUrl: incoming.url ?? "/", headers, body }, KEY);
      if (options.trustsBodies !== true) checkBody({ headers, body });
      if (options.ignoresAcls === true) delete exchange.headers["x-amz-acl"];
      return perform(world, operation, exchange);
    };
    const met = faults.find(({ fault, left }) => left > 0 && fault.when(request));
    if (met === undefined) return send(response, request, refusing(answer));
    met.left--;
    const withBody = (stored: Buffer) => (): Answer => perform(world, operation, { ...exchange, body: stored });
    switch (met.fault.answer) {
      case "reset":
        return void response.destroy();
      case "reset-after-commit":
        answer();
        return void response.destroy();
      case "hang":
        return;
      case "html-200":
        return send(response, request, { status: 200, headers: { "content-type": "text/html" }, body: PORTAL });
      case "cut":
        return sendHalf(response, request, answer());
      case "corrupt":
        return send(response, request, refusing(withBody(flipLastBit(body))));
      case "truncate":
        return send(response, request, refusing(withBody(body.subarray(0, body.length / 2))));
      case "forget":
        send(response, request, refusing(answer));
        return void world.buckets.get(bucket)?.delete(key);
      default:
        return send(response, request, errorAnswer(met.fault.answer));
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...KEY,
    endpoint: `http${options.listen ? "s" : ""}://127.0.0.1:${port}`,
    bucket: BUCKET,
    objects: objectsOf(world, BUCKET),
    requests,
    uploads: world.uploads.pending,
    get pendingUploads() {
      return world.uploads.pending.size;
    },
    fault: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    clearFaults: () => void faults.splice(0),
    arrival: (when) =>
      new Promise((resolve) => {
        const waiter = {
          when,
          tell(request: S3Request) {
            waiting.delete(waiter);
            resolve(request);
          },
        };
        waiting.add(waiter);
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** For a store that lives in this server. */
export function optionsFor(server: S3Server, more: Partial<S3Options> = {}): S3Options {
  const { bucket, accessKeyId, secretAccessKey, region, endpoint } = server;
  const key = { accessKeyId, secretAccessKey };
  return { ...key, bucket, prefix: "", region, endpoint, pathStyle: "auto", checksums: "auto", ...more };
}

/** From an MD5 in hex, or from one of parts. */
function etagFrom(md5: string, etags: "md5" | "lookalike" | "opaque"): string {
  const [digest = "", parts] = md5.split("-");
  if (etags === "opaque") return `"v1:${digest.slice(0, 12)}"`;
  const shown = etags === "lookalike" ? [...digest].toReversed().join("") : digest;
  return `"${parts === undefined ? shown : `${shown}-${parts}`}"`;
}

function exchangeOf(incoming: IncomingMessage, body: Buffer): Exchange {
  const [path = "/", search = ""] = (incoming.url ?? "/").split("?", 2);
  const [, bucket = "", rawKey = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return {
    method: incoming.method ?? "GET",
    bucket,
    key: decodeURIComponent(rawKey),
    query: new URLSearchParams(search),
    headers: incoming.headers,
    body,
  };
}

function flipLastBit(body: Buffer): Buffer {
  const flipped = Buffer.from(body);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  return flipped;
}

function refusing(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    if (error instanceof S3Refusal) return errorAnswer(error);
    throw error;
  }
}

/** Without a code, an empty body, as gateways and proxies like to answer. */
function errorAnswer({ status, code, message, headers, body }: Exclude<FaultAnswer, string>): Answer {
  if (code === undefined) return { status, headers: headers ?? {}, body: body ?? "" };
  const told = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${tag("Code", code)}${tag("Message", message ?? code)}<RequestId>test</RequestId></Error>`;
  return { status, headers: { "content-type": "application/xml", ...headers }, body: told };
}

function send(response: ServerResponse, request: S3Request, { status, headers, body }: Answer): void {
  request.status = status;
  response.writeHead(status, { "x-amz-request-id": "test", ...headers });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sendHalf(response: ServerResponse, request: S3Request, { status, headers, body = "" }: Answer): void {
  request.status = status;
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}
