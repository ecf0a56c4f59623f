/** One request to Google over undici. What Google answers is the caller's to judge; what breaks on the way is translated here. */
import type { Readable } from "node:stream";
import { statusFailure, transportFailure } from "../transport-failures.ts";

export const SERVICE = "Google Photos";

/** Where the Library API is, without a slash at the end. */
export function baseOf(baseUrl = "https://photoslibrary.googleapis.com"): string {
  return baseUrl.replace(/\/+$/, "");
}

export interface Request {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream comes with its exact length, in bytes, in the `content-length` header. */
  readonly body?: string | Readable;
  /** It changes something at Google, so that a lost answer leaves us not knowing; anything else may simply be asked again. */
  readonly changes?: true;
  /** How long Google may think once it has the whole request, in milliseconds. */
  readonly patienceMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
}

const PATIENCE_MS = 120_000;
/** More than any answer we ask for; a portal's page may be longer and is cut. */
const LONGEST_ANSWER_BYTES = 1 << 20;

/** Resolves with whatever was answered, 4xx and 5xx included; rejects with a `PhotologError` where there was no answer from Google. */
export async function send(request: Request, signal: AbortSignal): Promise<Answer> {
  const { request: ask } = await import("undici");
  try {
    const answer = await ask(request.url, {
      method: request.method ?? "POST",
      headers: { ...request.headers },
      body: request.body ?? null,
      headersTimeout: request.patienceMs ?? PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      signal,
    });
    const text = await readText(answer.body);
    const inBetween = statusFailure(answer.statusCode, SERVICE);
    if (inBetween) throw inBetween;
    return {
      status: answer.statusCode,
      text,
      header(name) {
        const value = answer.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
    };
  } catch (error) {
    throw transportFailure(error, { service: SERVICE, sent: request.changes ? "whole" : "not-sent", signal }) ?? error;
  }
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > LONGEST_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
