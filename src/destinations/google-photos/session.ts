/** Who we are at Google: finds the sign-in, keeps its access token fresh, and notices when a person signs in anew. */
import type { Credentials, GoogleCredentials } from "../../credentials.ts";
import { messageOf, PhotologError } from "../../errors.ts";
import { openOAuthClient, SCOPES, tokenRefusal, unreadable } from "./oauth-client.ts";
import { codeIn, OUT_OF_BAND } from "./redirect.ts";
import type { Rejection } from "./rejection.ts";
import type { Answer } from "./send.ts";
import { singleFlight } from "./single-flight.ts";

export interface SessionOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** From the settings; what `credentials` holds goes before. */
  readonly refreshToken?: string;
  /** From the settings: exchanged once, where there is no refresh token; the outcome is kept in `credentials`. */
  readonly accessCode?: string;
  readonly credentials: Credentials;
  readonly tokenUrl?: string;
  readonly now: () => number;
  readonly judge: (rejection: Rejection, signedInAt: number | undefined) => PhotologError;
}

export interface SignIn extends GoogleCredentials {
  readonly accessToken: string;
}

export interface Session {
  /** With an access token that is good for some minutes. Rejects with `SIGN_IN_NEEDED` where nobody has signed in. */
  current(signal: AbortSignal): Promise<SignIn>;
  /**
   * Asks with an access token. Where Google refuses it (401), asks once more with a new one: a token may be revoked before
   * its time. Resolves with whatever is answered then.
   */
  readonly authorized: (ask: (accessToken: string) => Promise<Answer>, signal: AbortSignal) => Promise<Answer>;
}

interface Held extends GoogleCredentials {
  /** It lives in the credentials file; a refresh token that a person put into the settings stays where she put it. */
  readonly stored: boolean;
}

/** Google gives a token even where the box for uploads was not ticked. */
export const SCOPE_NOT_GRANTED: Rejection = { at: "token", status: 200, reason: "scope_not_granted", text: "" };

/** A token that ends while a request is on its way is of no use. */
const MARGIN_MS = 5 * 60_000;

export function openSession(options: SessionOptions): Session {
  const { clientId, clientSecret, credentials, tokenUrl, now, judge } = options;
  let held: Held | undefined;

  /** What `photolog auth google` stored goes before everything we hold. */
  async function notice(): Promise<void> {
    const stored = await credentials.get("google");
    if (stored !== undefined) {
      if (held?.refreshToken !== stored.refreshToken) held = { ...stored, stored: true };
      return;
    }
    if (held === undefined || held.stored) {
      held = options.refreshToken === undefined ? undefined : { refreshToken: options.refreshToken, stored: false };
    }
  }

  async function current(signal: AbortSignal): Promise<SignIn> {
    signal.throwIfAborted();
    await notice();
    return held !== undefined && isFresh(held, now()) ? held : renew(signal);
  }

  async function replace(refused: string, signal: AbortSignal): Promise<SignIn> {
    if (held?.accessToken === refused) held = { ...held, expiresAt: 0 };
    return current(signal);
  }

  const renew = singleFlight(async (signal): Promise<SignIn> => {
    const client = await openOAuthClient({
      clientId,
      clientSecret,
      ...(tokenUrl !== undefined && { tokenUrl }),
      signal,
    });
    const before = held;
    // Google's client puts the old refresh token over a new one; the event comes first.
    let rotated: string | undefined;
    client.once("tokens", (tokens) => {
      if (tokens.refresh_token !== before?.refreshToken) rotated = tokens.refresh_token ?? undefined;
    });
    const tokens = await ask(async () => {
      if (before !== undefined) {
        client.setCredentials({ refresh_token: before.refreshToken });
        return (await client.refreshAccessToken()).credentials;
      }
      if (options.accessCode === undefined) throw nobodySignedIn();
      const { code, redirectUri } = codeIn(options.accessCode);
      return (await client.getToken({ code, redirect_uri: redirectUri ?? OUT_OF_BAND })).tokens;
    });

    if (typeof tokens.access_token !== "string") throw unreadable();
    const refreshToken = rotated ?? before?.refreshToken;
    if (refreshToken === undefined) throw nobodySignedIn();
    if (typeof tokens.scope === "string" && !tokens.scope.split(" ").includes(SCOPES.append)) {
      throw judge(SCOPE_NOT_GRANTED, before?.signedInAt);
    }
    const { stored = true, ...known } = before ?? { signedInAt: now() };
    const fresh = {
      ...known,
      refreshToken,
      accessToken: tokens.access_token,
      // The client counts from the system's clock, and we from ours.
      expiresAt: now() + ((tokens.expiry_date ?? Date.now()) - Date.now()),
      ...(typeof tokens.scope === "string" && { scope: tokens.scope }),
    };
    held = { ...fresh, stored: stored || rotated !== undefined };
    if (held.stored) await store(fresh, before);
    return fresh;
  });

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof PhotologError) throw error;
      const refusal = tokenRefusal(error);
      throw refusal instanceof PhotologError ? refusal : judge(refusal, held?.signedInAt);
    }
  }

  async function store(fresh: GoogleCredentials, before: Held | undefined): Promise<void> {
    try {
      const there = await credentials.get("google");
      // Somebody signed in while we were asking: hers stays.
      if (there !== undefined && there.refreshToken !== before?.refreshToken) return;
      await credentials.put("google", fresh);
    } catch (error) {
      throw new PhotologError("LOCAL_FAULT", `${credentials.file} cannot be written: ${messageOf(error)}`, {
        cause: error,
        hint: "Check the folder's disk and permissions.",
      });
    }
  }

  return {
    current,
    async authorized(question, signal) {
      const { accessToken } = await current(signal);
      const answer = await question(accessToken);
      if (answer.status !== 401) return answer;
      return question((await replace(accessToken, signal)).accessToken);
    },
  };
}

function isFresh(held: Held, now: number): held is Held & SignIn {
  return held.accessToken !== undefined && (held.expiresAt ?? 0) - MARGIN_MS > now;
}

function nobodySignedIn(): PhotologError {
  return new PhotologError("SIGN_IN_NEEDED", "Nobody has signed in to Google Photos yet.", {
    hint: "Run `photolog auth google`.",
  });
}
