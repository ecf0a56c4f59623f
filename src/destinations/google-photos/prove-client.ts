import { PhotologError } from "../../errors.ts";
import { judge } from "./judge.ts";
import { openOAuthClient, tokenRefusal } from "./oauth-client.ts";
import type { OAuthClientOptions } from "./oauth-client.ts";

/** What no sign-in is. */
const NOBODY = "nobody-signed-in-yet";

/**
 * Asks Google whether it knows this client, before anybody signs in with it: for a token that cannot be given. Google looks at the
 * client first, so `invalid_grant` means that the client is right (https://datatracker.ietf.org/doc/html/rfc6749#section-5.2).
 * Rejects with a `PhotologError`, or with the signal's reason.
 */
export async function proveClient(client: OAuthClientOptions & { readonly signal: AbortSignal }): Promise<void> {
  const google = await openOAuthClient(client);
  google.setCredentials({ refresh_token: NOBODY });
  try {
    await google.refreshAccessToken();
  } catch (error) {
    client.signal.throwIfAborted();
    const refusal = tokenRefusal(error);
    if (refusal instanceof PhotologError) throw refusal;
    if (refusal.reason !== "invalid_grant") throw judge(refusal, { now: Date.now(), chance: Math.random() });
  }
}
