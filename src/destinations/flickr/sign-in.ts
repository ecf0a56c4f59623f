/** The conversation that ends with a token: OAuth 1.0a, https://www.flickr.com/services/api/auth.oauth.html */
import type { FlickrCredentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";
import { accountOf, loginOf } from "./account.ts";
import { openLoopback } from "../loopback.ts";
import { orAborted } from "../or-aborted.ts";
import { openSession } from "./session.ts";
import type { FlickrKeys } from "./session.ts";
import { addressOf } from "./transport.ts";

export interface SignInOptions extends FlickrKeys {
  /** Shows a person one or more lines. */
  readonly say: (text: string) => void;
  /** Resolves with what the person typed. */
  readonly ask: (question: string) => Promise<string>;
  /** `oob`: Flickr shows a code and the person types it. `loopback`: the browser, on this machine, brings it. */
  readonly callback: "oob" | "loopback";
  readonly signal: AbortSignal;
}

interface Verified {
  readonly requestToken: string;
  readonly requestTokenSecret: string;
  readonly verifier: string;
}

const NO_CODE_HINT = "Run `photolog auth flickr` again and type the nine digits that Flickr shows.";

/**
 * Ends with a question that proves the new token and names the account. Nothing is stored: that is the caller's.
 * Rejects with a `PhotologError`, or with the signal's reason.
 */
export async function signInToFlickr(options: SignInOptions): Promise<FlickrCredentials> {
  const { say, signal } = options;
  signal.throwIfAborted();
  say(
    "Flickr gives new API keys only to people with Flickr Pro; keys that exist go on working.\n" +
      "Create one at https://www.flickr.com/services/apps/create/ and put its key and secret into the settings\n" +
      "as FLICKR_API_KEY and FLICKR_API_SECRET.",
  );
  const { requestToken, requestTokenSecret, verifier } =
    options.callback === "oob" ? await byTypedCode(options) : await byLoopback(options);
  const asked = await openSession(options, { token: requestToken, tokenSecret: requestTokenSecret });
  const { oauthToken, oauthTokenSecret } = await asked.oauth(signal).verify(verifier);
  const token = { token: oauthToken, tokenSecret: oauthTokenSecret };

  const session = await openSession(options, token);
  const { nsid, name } = await loginOf(session, signal);
  const account = await accountOf(session, { name, token: token.token, pause: () => Promise.resolve() }, signal);
  say(`Signed in to Flickr as ${account.name}.`);
  for (const warning of account.warnings) say(warning);
  return { ...token, username: name, nsid };
}

/** Asks Flickr for the token that a sign-in begins with, which it gives only to keys that it knows. Rejects as `signInToFlickr`. */
export async function proveKeys(keys: FlickrKeys & { readonly signal: AbortSignal }): Promise<void> {
  await requestToken(keys, "oob");
}

async function byTypedCode(options: SignInOptions): Promise<Verified> {
  const request = await requestToken(options, "oob");
  options.say(`Open this page in a browser and allow photolog to add photos:\n${authorizeUrl(options, request)}`);
  const typed = await options.ask("The code that Flickr shows (like 123-456-789): ");
  options.signal.throwIfAborted();
  const verifier = verifierOf(typed);
  if (verifier === "") throw new PhotologError("SIGN_IN_NEEDED", "No code was typed.", { hint: NO_CODE_HINT });
  return { ...request, verifier };
}

async function byLoopback(options: SignInOptions): Promise<Verified> {
  let asked: string | undefined;
  const loopback = await openLoopback({
    path: "/flickr/callback",
    port: 0,
    isAwaited: (query) => query.get("oauth_token") === asked && query.has("oauth_verifier"),
  });
  try {
    const request = await requestToken(options, loopback.address);
    asked = request.requestToken;
    options.say(
      `Open this page in a browser on this machine and allow photolog to add photos:\n${authorizeUrl(options, request)}`,
    );
    const query = await orAborted(loopback.arrival, options.signal);
    return { ...request, verifier: query.get("oauth_verifier") ?? "" };
  } finally {
    await loopback.close("Flickr has told photolog. You may close this page.");
  }
}

async function requestToken(
  keys: FlickrKeys & { readonly signal: AbortSignal },
  callback: string,
): Promise<Omit<Verified, "verifier">> {
  const session = await openSession(keys, undefined);
  return session.oauth(keys.signal).request(callback);
}

function authorizeUrl({ baseUrl }: SignInOptions, { requestToken: token }: Omit<Verified, "verifier">): string {
  const page = addressOf("https://www.flickr.com/services/oauth/authorize", baseUrl);
  return `${page}?oauth_token=${encodeURIComponent(token)}&perms=write`;
}

/** People leave the dashes out; Flickr wants them. */
function verifierOf(typed: string): string {
  const code = typed.replaceAll(/\s/g, "");
  return /^\d{9}$/.test(code) ? code.replace(/^(\d{3})(\d{3})/, "$1-$2-") : code;
}
