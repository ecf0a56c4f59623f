/** Google's own OAuth client, taught to speak through `send.ts` and not to retry by itself: the queue does that. */
import type { auth } from "@googleapis/oauth2";
import { PhotologError } from "../../errors.ts";
import { rejectionOf } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";
import { send } from "./send.ts";

/** https://developers.google.com/photos/overview/authorization */
export const SCOPES = {
  /** Uploads, and albums that photolog makes. Without it nothing works. */
  append: "https://www.googleapis.com/auth/photoslibrary.appendonly",
  /** Lists the albums that photolog made: an album is not made twice after a crash. */
  read: "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata",
  /** Names the account. */
  email: "https://www.googleapis.com/auth/userinfo.email",
} as const;

export type OAuthClient = InstanceType<typeof auth.OAuth2>;

export interface OAuthClientOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where a person says yes. */
  readonly authUrl?: string;
  readonly tokenUrl?: string;
  /** Ends requests that are under way. */
  readonly signal?: AbortSignal;
}

const FORM = "application/x-www-form-urlencoded;charset=UTF-8";
const TOKEN_PATIENCE_MS = 30_000;

export async function openOAuthClient(options: OAuthClientOptions): Promise<OAuthClient> {
  const { auth: google } = await import("@googleapis/oauth2");
  const client = new google.OAuth2({
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    endpoints: {
      ...(options.authUrl !== undefined && { oauth2AuthBaseUrl: options.authUrl }),
      ...(options.tokenUrl !== undefined && {
        oauth2TokenUrl: options.tokenUrl,
        // Google's own is the token endpoint's sibling, so that one setting moves both.
        tokenInfoUrl: new URL("tokeninfo", options.tokenUrl).href,
      }),
    },
    transporterOptions: { fetchImplementation: fetchBySend(options.signal ?? new AbortController().signal) },
  });
  client.transporter.interceptors.request.add({
    resolved: (request) => Promise.resolve({ ...request, retry: false, retryConfig: { retry: 0 } }),
  });
  return client;
}

/** Whose access token this is and what it may do, as far as Google says so. Never rejects, except on an abort. */
export async function describeToken(
  client: OAuthClient,
  accessToken: string,
  signal: AbortSignal,
): Promise<{ readonly email?: string; readonly scopes?: readonly string[] }> {
  try {
    const { email, scopes } = await client.getTokenInfo(accessToken);
    return { scopes, ...(typeof email === "string" && { email }) };
  } catch {
    // A name is a courtesy: where nobody tells it, things go on without.
    signal.throwIfAborted();
    return {};
  }
}

/**
 * What the OAuth client threw: a refusal of the token endpoint, or the error that `send` made of a broken connection.
 * The client's own error never leaves this file: it carries the request, and with it the secrets.
 */
export function tokenRefusal(error: unknown): Rejection | PhotologError {
  if (typeof error === "object" && error !== null && "response" in error && error.response !== undefined) {
    const { status, data, headers } = error.response as { status: number; data: unknown; headers: Headers };
    return rejectionOf("token", {
      status,
      text: typeof data === "string" ? data : JSON.stringify(data),
      header: (name) => headers.get(name) ?? undefined,
    });
  }
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof PhotologError) return at;
  return unreadable();
}

/** Something answered for the token endpoint that is none: a portal or a proxy. */
export function unreadable(): PhotologError {
  return new PhotologError("SERVICE_UNREACHABLE", "Google's sign-in service gave no answer that can be read.");
}

function fetchBySend(signal: AbortSignal): typeof fetch {
  return async (url, init = {}) => {
    const answer = await send(
      {
        url: url instanceof Request ? url.url : String(url),
        method: init.method === "POST" ? "POST" : "GET",
        headers: { "content-type": FORM, ...Object.fromEntries(new Headers(init.headers)) },
        // The client only ever sends forms.
        ...(init.body instanceof URLSearchParams && { body: init.body.toString() }),
        patienceMs: TOKEN_PATIENCE_MS,
      },
      signal,
    );
    const headers = ["content-type", "retry-after"].flatMap((name): [string, string][] => {
      const value = answer.header(name);
      return value === undefined ? [] : [[name, value]];
    });
    return new Response(answer.status === 204 ? null : answer.text, { status: answer.status, headers });
  };
}
