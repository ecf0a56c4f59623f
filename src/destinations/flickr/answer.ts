/** Reads what comes back from Flickr: XML from upload, JSON from the API, a form from the sign-in; or something that is not Flickr. */

/** `question` and `change` are API methods, sent by GET and by POST. */
export type Call = "upload" | "question" | "change" | "sign-in";

/** An answer without its secrets: the base string that Flickr quotes in `debug_sbs` never gets in here. */
export interface FlickrAnswer {
  readonly call: Call;
  readonly httpStatus: number;
  /** Undefined where the answer is not in Flickr's format. */
  readonly stat?: "ok" | "fail";
  /** Flickr's error code. */
  readonly code?: number;
  /** Flickr's words for it, at most 200 characters. */
  readonly message?: string;
  /** `oauth_problem`, e.g. `timestamp_refused`. */
  readonly problem?: string;
  /** Of an upload that was kept. */
  readonly photoId?: string;
  /** Of the copy that Flickr has already; comes with code 9. */
  readonly duplicateId?: string;
  /** How long Flickr asks us to wait; at most a day. */
  readonly waitMs?: number;
  /** Flickr's clock minus ours. */
  readonly clockSkewMs?: number;
}

export interface RawAnswer {
  readonly call: Call;
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** When it arrived, milliseconds since the epoch. */
  readonly at: number;
}

type Format = "xml" | "json" | "form";

interface Words extends Pick<FlickrAnswer, "stat" | "code" | "message" | "problem" | "photoId" | "duplicateId"> {
  readonly format?: Format;
  readonly waitSeconds?: number;
}

/** Of what Flickr answers when all is well; it complains in any of them. */
const FORMATS: Readonly<Record<Call, Format>> = { upload: "xml", question: "json", change: "json", "sign-in": "form" };

const DAY = 24 * 60 * 60_000;

export async function readAnswer({ call, httpStatus, headers, text, at }: RawAnswer): Promise<FlickrAnswer> {
  const { waitSeconds, format, ...words } = await wordsOf(text);
  if (words.stat === "ok" && format !== FORMATS[call]) return { call, httpStatus };
  const waitMs = waitSeconds === undefined ? retryAfter(headers["retry-after"], at) : waitSeconds * 1000;
  const date = Date.parse(String(headers["date"]));
  return {
    call,
    httpStatus,
    ...words,
    ...(waitMs !== undefined && { waitMs: Math.min(Math.max(waitMs, 0), DAY) }),
    ...(!Number.isNaN(date) && { clockSkewMs: date - at }),
  };
}

/** Only what Flickr itself calls a success, in its own format, with what the call was made for. */
export function succeeded({ call, httpStatus, stat, photoId }: FlickrAnswer): boolean {
  return httpStatus >= 200 && httpStatus < 300 && stat === "ok" && (call !== "upload" || photoId !== undefined);
}

/** The text at this path of an API answer; Flickr wraps some texts as `{"_content": "…"}`. */
export function textAt(answer: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(answer, path);
  const text = valueAt(found, ["_content"]) ?? found;
  if (typeof text === "number") return String(text);
  return typeof text === "string" ? text : undefined;
}

/** The list at this path of an API answer; empty where there is none. */
export function listAt(answer: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(answer, path);
  return Array.isArray(found) ? found : [];
}

async function wordsOf(text: string): Promise<Words> {
  const start = text.trimStart();
  if (start.startsWith("{")) return jsonWords(start);
  if (start.startsWith("<")) return xmlWords(start);
  return formWords(start);
}

function jsonWords(text: string): Words {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return {};
  }
  const stat = statAt(answer, ["stat"]);
  if (stat !== "fail") return stat ? { format: "json", stat } : {};
  return { stat, ...numbered(textAt(answer, "code")), ...worded(textAt(answer, "message")) };
}

async function xmlWords(text: string): Promise<Words> {
  const { XMLParser } = await import("flickr-sdk");
  let rsp: unknown;
  try {
    rsp = await new XMLParser().parse(new Response(text));
  } catch {
    return {};
  }
  const stat = statAt(rsp, ["stat"]);
  if (stat === "ok") return { format: "xml", stat, ...identified("photoId", textAt(rsp, "photoid")) };
  if (stat !== "fail") return {};
  // Clients disagree on whether these are elements of their own or attributes of `err`: both are read.
  const beside = (name: string): string | undefined => textAt(rsp, name) ?? textAt(rsp, "err", name);
  const seconds = Number(beside("non_pro_desktop_upload_wait_time") ?? Number.NaN);
  return {
    stat,
    ...numbered(textAt(rsp, "err", "code")),
    ...worded(textAt(rsp, "err", "msg")),
    ...identified("duplicateId", beside("duplicate_photo_id")),
    ...(Number.isFinite(seconds) && { waitSeconds: seconds }),
  };
}

function formWords(text: string): Words {
  const form = new URLSearchParams(text);
  const problem = form.get("oauth_problem");
  if (problem !== null && /^[a-z_]{1,40}$/.test(problem)) return { stat: "fail", problem };
  return form.get("oauth_token") && form.get("oauth_token_secret") ? { format: "form", stat: "ok" } : {};
}

function statAt(answer: unknown, path: readonly string[]): "ok" | "fail" | undefined {
  const stat = valueAt(answer, path);
  return stat === "ok" || stat === "fail" ? stat : undefined;
}

function numbered(text: string | undefined): Pick<Words, "code"> {
  const code = Number(text ?? Number.NaN);
  return Number.isInteger(code) ? { code } : {};
}

function worded(text: string | undefined): Pick<Words, "message"> {
  if (text === undefined) return {};
  const message = text
    .replaceAll(/oauth_\w+(?:=|%3D)[^&\s]*/gi, "…")
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
  return message ? { message } : {};
}

function identified<K extends "photoId" | "duplicateId">(
  key: K,
  id: string | undefined,
): { readonly [P in K]?: string } {
  return id !== undefined && /^\d+$/.test(id) ? ({ [key]: id } as { readonly [P in K]: string }) : {};
}

function retryAfter(header: string | string[] | undefined, at: number): number | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - at;
  return Number.isFinite(ms) ? ms : undefined;
}

function valueAt(answer: unknown, path: readonly string[]): unknown {
  let at = answer;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}
