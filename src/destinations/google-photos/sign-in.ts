/**
 * A person says yes in her browser: authorization code with PKCE, brought back by the loopback address or by her own hand.
 * https://developers.google.com/identity/protocols/oauth2/native-app
 */
import { randomBytes } from "node:crypto";
import type { GoogleCredentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";
import { judge } from "./judge.ts";
import { openLoopback } from "../loopback.ts";
import type { Loopback } from "../loopback.ts";
import { describeToken, openOAuthClient, SCOPES, tokenRefusal } from "./oauth-client.ts";
import type { OAuthClient } from "./oauth-client.ts";
import { codeIn } from "./redirect.ts";
import type { Rejection } from "./rejection.ts";
import { baseOf } from "./send.ts";
import { SCOPE_NOT_GRANTED } from "./session.ts";
import { orAborted } from "../or-aborted.ts";
import { openUploads } from "./upload.ts";

export interface GoogleSignInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Instead of Google's own addresses. */
  readonly authUrl?: string;
  readonly tokenUrl?: string;
  readonly baseUrl?: string;
  /** On 127.0.0.1; any free one by default. */
  readonly port?: number;
  /** Shows a person one or more lines. */
  readonly say: (text: string) => void;
  /** Resolves with the line that the person typed; rejects when the signal is aborted, or where nobody can type. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
  /** Somebody may open the page although nobody can type. */
  readonly isSeen: boolean;
  readonly signal: AbortSignal;
}

const PREPARE = `photolog speaks to Google Photos as an app of your own. Once, at https://console.cloud.google.com:
  1. Create a project, and enable the Photos Library API in it:
     https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com
  2. Create an OAuth client of type "Desktop app"; its id and secret are GPHOTOS_CLIENT_ID and GPHOTOS_SECRET.
  3. Under Audience, press "Publish app". While it is in Testing, Google ends every sign-in after seven days.
Google will warn that it has not verified the app: it is yours, go on by "Advanced". Tick every box it shows.`;

/**
 * Resolves with what is to be kept, after Google has confirmed it. Rejects with `SIGN_IN_NEEDED` where the person says no or
 * leaves the box for uploads empty; with the signal's reason where it is aborted; with the reason of `ask` where nobody can type, nor see the
 * page's address.
 */
export async function signInToGoogle(options: GoogleSignInOptions): Promise<GoogleCredentials> {
  const { say, signal } = options;
  signal.throwIfAborted();
  const state = randomBytes(24).toString("base64url");
  const client = await openOAuthClient(options);
  const loopback = await openLoopback({
    path: "/oauth2callback",
    port: options.port ?? 0,
    isAwaited: (query) => query.get("state") === state,
  });
  let end = "The sign-in has failed: photolog says why in the terminal.";
  try {
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const url = new URL(
      client.generateAuthUrl({
        access_type: "offline",
        // Without it Google gives a refresh token only the first time.
        prompt: "consent",
        scope: Object.values(SCOPES),
        state,
        redirect_uri: loopback.address,
      }),
    );
    url.searchParams.set("code_challenge", codeChallenge ?? "");
    url.searchParams.set("code_challenge_method", "S256");
    say(PREPARE);
    say(`\nOpen this page and allow what it asks for:\n\n${url.href}\n`);
    say(
      `If the browser runs on another machine, its last page will not load: paste that page's address here. Or have it load, through \`ssh -L ${loopback.port}:127.0.0.1:${loopback.port} HOST\`.`,
    );
    const code = await codeFrom(loopback, { state, ...options });
    const credentials = await exchange(client, { code, codeVerifier, redirectUri: loopback.address, ...options });
    await proveApi(credentials, options);
    end = "You are signed in to photolog. You may close this page.";
    return credentials;
  } finally {
    await loopback.close(end);
  }
}

interface Exchange {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  readonly signal: AbortSignal;
}

async function exchange(client: OAuthClient, { code, codeVerifier, redirectUri, signal }: Exchange): Promise<SignedIn> {
  const tokens = await client
    .getToken({ code, codeVerifier, redirect_uri: redirectUri })
    .then(({ tokens }) => tokens)
    .catch((error: unknown) => {
      signal.throwIfAborted();
      const refusal = tokenRefusal(error);
      throw refusal instanceof PhotologError ? refusal : judged(refusal);
    });
  const { access_token: accessToken, refresh_token: refreshToken, scope, expiry_date: expiresAt } = tokens;
  // RFC 6749 lets the scope be left out where everything was granted.
  const granted = scope?.split(" ") ?? Object.values(SCOPES);
  if (!granted.includes(SCOPES.append)) throw judged(SCOPE_NOT_GRANTED);
  if (typeof accessToken !== "string" || typeof refreshToken !== "string") {
    throw new PhotologError(
      "SIGN_IN_NEEDED",
      "Google gave no refresh token, without which photolog cannot work on its own.",
      {
        hint: "Remove the app at https://myaccount.google.com/connections, then run `photolog auth google` again.",
      },
    );
  }
  const { email } = await describeToken(client, accessToken, signal);
  return {
    refreshToken,
    accessToken,
    ...(typeof expiresAt === "number" && { expiresAt }),
    scope: granted.join(" "),
    ...(email !== undefined && { account: email }),
    signedInAt: Date.now(),
  };
}

type SignedIn = GoogleCredentials & { readonly accessToken: string };

/** The sign-in is good even where the API is switched off: then the person is told, and needs not sign in again. */
async function proveApi({ accessToken }: SignedIn, { baseUrl, say, signal }: GoogleSignInOptions): Promise<void> {
  const uploads = openUploads({
    baseUrl: baseOf(baseUrl),
    authorized: (ask) => ask(accessToken),
    pause: () => Promise.resolve(),
  });
  try {
    await uploads.probe(judged, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PhotologError) || error.code === "SIGN_IN_NEEDED") throw error;
    say(`You are signed in, but: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
  }
}

/** From the browser or from the person, whoever is first. */
async function codeFrom(
  loopback: Loopback,
  {
    state,
    say,
    ask,
    isSeen,
    signal,
  }: Pick<GoogleSignInOptions, "say" | "ask" | "isSeen" | "signal"> & { readonly state: string },
): Promise<string> {
  const arrived = new AbortController();
  const either = AbortSignal.any([signal, arrived.signal]);
  try {
    return await orAborted(Promise.race([loopback.arrival.then(codeOf), typed()]), signal);
  } finally {
    arrived.abort();
  }

  async function typed(): Promise<string> {
    for (;;) {
      let line: string;
      try {
        line = await ask("Waiting for the browser, or paste the address here: ", either);
      } catch (error) {
        if (!isSeen && !either.aborted) throw error;
        // Nobody can type here; the browser still can come.
        return new Promise(() => undefined);
      }
      const redirect = codeIn(line);
      if (redirect.params) {
        if (redirect.params.get("state") === state) return codeOf(redirect.params);
        say("That address belongs to another sign-in. Use the page above.");
      } else if (/^[\w/.~-]{8,}$/.test(redirect.code)) {
        // A bare code shows no state; it is of no use to anybody without this sign-in's PKCE verifier.
        return redirect.code;
      } else if (line.trim() !== "") {
        say("That is neither the address of the last page nor a code.");
      }
    }
  }
}

function codeOf(params: URLSearchParams): string {
  const code = params.get("code");
  if (code !== null && code !== "") return code;
  const reason = params.get("error") ?? "no code";
  if (reason === "access_denied") {
    throw new PhotologError("SIGN_IN_NEEDED", "You did not allow photolog to use Google Photos.", {
      hint: "Run `photolog auth google` again and press Allow.",
    });
  }
  throw new PhotologError("SIGN_IN_NEEDED", `Google did not sign you in (${reason.slice(0, 60)}).`, {
    hint: "Check the OAuth client at https://console.cloud.google.com/apis/credentials, then run `photolog auth google` again.",
  });
}

function judged(rejection: Rejection): PhotologError {
  return judge(rejection, { now: Date.now(), chance: Math.random() });
}
