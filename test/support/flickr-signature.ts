/** Judges OAuth 1.0a signatures by an implementation that is not the one under test. */
import { createHmac } from "node:crypto";
import OAuth from "oauth-1.0a";
import type { Ledger, Token } from "./flickr-ledger.ts";

export interface Signed {
  readonly method: string;
  readonly pathname: string;
  /** Every parameter but the file. */
  readonly fields: Readonly<Record<string, string>>;
}

/** HTTP 401. Like Flickr, its body quotes the base string, tokens included. */
export class Refused extends Error {
  readonly body: string;

  constructor(problem: string, baseString: string) {
    super(problem);
    this.body = `oauth_problem=${problem}&debug_sbs=${encodeURIComponent(baseString)}`;
  }
}

const HOSTS: Readonly<Record<string, string>> = {
  "/services/rest": "https://api.flickr.com",
  "/services/upload": "https://up.flickr.com",
  "/services/oauth/request_token": "https://www.flickr.com",
  "/services/oauth/access_token": "https://www.flickr.com",
};

const NOBODY: Token = { kind: "request", token: "", tokenSecret: "", perms: "" };

/** Throws `Refused`; returns whose request it is. */
export function verifySignature(ledger: Ledger, { method, pathname, fields }: Signed): Token {
  const { apiKey, apiSecret } = ledger.account;
  const host = HOSTS[pathname];
  if (host === undefined) throw new Error(`Flickr has no ${pathname}`);
  const { oauth_signature: signature = "", ...signed } = fields;
  for (const name of ["oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method"]) {
    if (!fields[name]) throw new Refused("parameter_absent", name);
  }
  const judge = new OAuth({
    consumer: { key: apiKey, secret: apiSecret },
    signature_method: "HMAC-SHA1",
    hash_function: (text, key) => createHmac("sha1", key).update(text).digest("base64"),
  });
  const oauthData = signed as unknown as OAuth.Data;
  const baseString = judge.getBaseString({ url: host + pathname, method, data: {} }, oauthData);
  if (fields["oauth_consumer_key"] !== apiKey) throw new Refused("consumer_key_unknown", baseString);
  const name = fields["oauth_token"];
  const token = name === undefined ? NOBODY : ledger.tokens.get(name);
  if (!token || (token === NOBODY && !pathname.endsWith("/request_token")))
    throw new Refused("token_rejected", baseString);
  const expected = judge.hash_function(baseString, judge.getSigningKey(token.tokenSecret));
  if (signature !== expected) throw new Refused("signature_invalid", baseString);
  const { tolerance = 300 } = ledger.options;
  if (Math.abs(Number(fields["oauth_timestamp"]) - ledger.seconds()) > tolerance) {
    throw new Refused("timestamp_refused", baseString);
  }
  const once = `${fields["oauth_timestamp"]} ${fields["oauth_nonce"]}`;
  if (ledger.seen.has(once)) throw new Refused("nonce_used", baseString);
  ledger.seen.add(once);
  return token;
}
