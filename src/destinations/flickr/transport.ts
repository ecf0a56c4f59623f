/**
 * Carries the requests that `flickr-sdk` has signed. The SDK's own transport reads whole files into memory, rewrites line ends
 * after signing and loses Flickr's error codes; this one streams, sends every value as signed, and throws what an answer means.
 */
import { Readable } from "node:stream";
import type { GET, POST, Transport } from "flickr-sdk";
import { messageOf, PhotologError } from "../../errors.ts";
import { transportFailure } from "../transport-failures.ts";
import { readAnswer, succeeded } from "./answer.ts";
import type { Call } from "./answer.ts";
import { judge } from "./judge.ts";
import { openMultipart } from "./multipart.ts";
import type { Attachment, Multipart } from "./multipart.ts";

export interface TransportOptions {
  /** Instead of Flickr's hosts: `<base>/services/oauth/…`, `<base>/services/rest`, `<base>/services/upload`. */
  readonly baseUrl?: string | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What is sent in place of the SDK's `photo`. */
  readonly attachment?: Attachment;
}

interface Request {
  readonly call: Call;
  readonly address: string;
  readonly body?: Multipart;
}

const MINUTE = 60_000;
/** No answer of Flickr's comes near; a portal's might. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** Rejects with a `PhotologError`, or with the signal's reason. */
export function openTransport({ baseUrl, signal, now, attachment }: TransportOptions): Transport {
  const exchange = async ({ call, address, body }: Request): Promise<Response> => {
    let received: Received;
    try {
      received = await send({ call, address, ...(body && { body }) }, signal);
    } catch (error) {
      throw broken(error, { signal, body: call === "upload" ? body : undefined });
    }
    const answer = await readAnswer({ call, ...received, at: now() });
    if (!succeeded(answer)) throw judge(answer);
    return new Response(received.text);
  };

  return {
    get(url: string, params: GET) {
      const call = new URL(url).pathname.startsWith("/services/oauth/") ? "sign-in" : "question";
      return exchange({ call, address: `${addressOf(url, baseUrl)}?${queryOf(params.entries())}` });
    },
    async post(url: string, params: POST) {
      const call = new URL(url).pathname === "/services/upload" ? "upload" : "change";
      const texts = [...params.getFormData().entries()].filter(isText);
      const body = await openMultipart(texts, attachment).catch((error: unknown) => {
        throw broken(error, { signal, body: undefined });
      });
      try {
        return await exchange({ call, address: addressOf(url, baseUrl), body });
      } finally {
        await body.close();
      }
    },
  };
}

/** Where a request to this URL of Flickr's goes. */
export function addressOf(url: string, baseUrl: string | undefined): string {
  return baseUrl === undefined ? url : `${baseUrl.replace(/\/+$/, "")}${new URL(url).pathname}`;
}

/**
 * A text as it can be signed and sent: line ends are CRLF, which multipart demands and the signature covers; control characters,
 * which XML cannot carry, are replaced. Half a surrogate pair becomes U+FFFD in the SDK's own parameters.
 */
export function wireText(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, "\r\n").replaceAll(/[^\P{Cc}\r\n\t]/gu, "\uFFFD");
}

interface Received {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

async function send({ call, address, body }: Request, signal: AbortSignal): Promise<Received> {
  const { request } = await import("undici");
  const answer = await request(address, {
    method: body ? "POST" : "GET",
    headers: {
      "user-agent": "photolog",
      ...(body && { "content-type": body.contentType, "content-length": String(body.length) }),
    },
    body: body ? Readable.from(body.chunks(), { objectMode: false }) : null,
    signal,
    // Flickr answers an upload only after it has looked at the whole photo or film.
    headersTimeout: call === "upload" ? 10 * MINUTE : MINUTE,
    bodyTimeout: 2 * MINUTE,
  });
  return { httpStatus: answer.statusCode, headers: answer.headers, text: await textOf(answer.body) };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Only an upload is asked about how far it got: everything else may be asked again. */
function broken(error: unknown, { signal, body }: { signal: AbortSignal; body: Multipart | undefined }): unknown {
  const sent = body?.sent() ?? "not-sent";
  const failure = transportFailure(error, { service: "Flickr", sent, signal });
  if (failure || sent === "not-sent") return failure ?? error;
  return new PhotologError("OUTCOME_UNKNOWN", `The upload to Flickr broke: ${messageOf(error)}.`, { cause: error });
}

function queryOf(entries: Iterable<[string, string]>): string {
  return Array.from(entries, ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
}

function isText(entry: [string, string | File]): entry is [string, string] {
  return typeof entry[1] === "string";
}
