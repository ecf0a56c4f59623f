/** Google's sign-in, as far as photolog meets it: a certified OpenID provider, set up as Google is for desktop apps. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import Provider from "oidc-provider";
import type { Adapter, AdapterPayload, Configuration } from "oidc-provider";

export const APPEND = "https://www.googleapis.com/auth/photoslibrary.appendonly";
export const READ = "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata";
export const EMAIL = "https://www.googleapis.com/auth/userinfo.email";
const SCOPES = [APPEND, READ, EMAIL, "https://www.googleapis.com/auth/photoslibrary.edit.appcreateddata"];

export const CLIENT_ID = "1234-photolog.apps.googleusercontent.com";
export const CLIENT_SECRET = "GOCSPX-not-a-real-secret";
const EMAIL_ADDRESS = "ansel@example.com";

export const AUTH_PATH = "/o/oauth2/v2/auth";
export const TOKEN_PATH = "/token";
/** A code that is shown on a page, or brought to this address, was asked for by hand: without PKCE. */
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const BY_HAND = "http://127.0.0.1/by-hand";

export interface Consent {
  /** What is left ticked; everything that was asked for by default. */
  readonly scopes?: readonly string[];
  readonly deny?: true;
}

export interface Accounts {
  /** Answers what is meant for it; false for everything else. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** The scopes of a token that lives; undefined for any other. */
  scopesOf(accessToken: string): Promise<ReadonlySet<string> | undefined>;
  /** Every token and code that was ever given out. */
  tokens(): readonly string[];
  /** Does what a person does in her browser, and returns the address that it ends at. */
  consent(authUrl: string, consent?: Consent): Promise<string>;
  /** A person takes back every grant: no token lives on. */
  revoke(): void;
  /** Access tokens end before their time; refresh tokens live on. */
  expireAccessTokens(): void;
}

/** One key pair for all servers of a test run: making one takes longer than most tests. */
const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

export function openAccounts(origin: string): Accounts {
  const store = new Map<string, AdapterPayload>();
  const offline = new Set<string>();
  const given = new Set<string>();
  const provider = new Provider(origin, configuration(store, offline));
  const remember = ({ jti }: { readonly jti: string }): void => void given.add(jti);
  provider.on("access_token.saved", remember);
  provider.on("refresh_token.saved", remember);
  provider.on("authorization_code.saved", remember);
  // Google names the refresh token once, when a person signs in.
  provider.on("grant.success", (ctx) => {
    if (ctx.oidc.params?.["grant_type"] === "refresh_token")
      delete (ctx.body as Record<string, unknown>)["refresh_token"];
  });
  const handle = provider.callback();

  /** A page of Google's on which a person decides; here its buttons are the fields of a JSON body. */
  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params, prompt } = await provider.interactionDetails(request, response);
    const wanted = String(params["scope"]).split(" ");
    const { scopes = wanted, deny } = JSON.parse(String(request.headers["x-consent"] ?? "{}")) as Consent;
    if (deny) {
      await provider.interactionFinished(request, response, { error: "access_denied" });
      return;
    }
    if (prompt.name === "login") {
      await provider.interactionFinished(request, response, { login: { accountId: "ansel" } });
      return;
    }
    const grant = new provider.Grant({ accountId: "ansel", clientId: CLIENT_ID });
    const ticked = wanted.filter((scope) => scopes.includes(scope));
    grant.addOIDCScope(ticked.join(" "));
    grant.rejectOIDCScope(wanted.filter((scope) => !scopes.includes(scope)).join(" "));
    const grantId = await grant.save();
    if (params["access_type"] === "offline") offline.add(grantId);
    await provider.interactionFinished(request, response, { consent: { grantId } });
  }

  async function tokenInfo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = await provider.AccessToken.find(bearerOf(request) ?? "");
    if (!token) {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: "invalid_token", error_description: "Invalid Value" }));
      return;
    }
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
    response.end(
      JSON.stringify({
        azp: CLIENT_ID,
        aud: CLIENT_ID,
        scope: [...token.scopes].join(" "),
        expires_in: String(token.remainingTTL),
        access_type: "offline",
        ...(token.scopes.has(EMAIL) && { email: EMAIL_ADDRESS, email_verified: "true" }),
      }),
    );
  }

  return {
    async answer(request, response) {
      const { pathname } = new URL(request.url ?? "/", origin);
      if (pathname.startsWith("/v1/")) return false;
      if (/^\/interaction\/[\w-]+$/.test(pathname)) await interact(request, response);
      else if (pathname === "/tokeninfo") await tokenInfo(request, response);
      else await handle(request, response);
      return true;
    },
    async scopesOf(accessToken) {
      return (await provider.AccessToken.find(accessToken))?.scopes;
    },
    tokens: () => [...given],
    async consent(authUrl, consent = {}) {
      const cookies = new Map<string, string>();
      let url = authUrl;
      for (let steps = 0; steps < 12; steps++) {
        const answer = await fetch(url, {
          redirect: "manual",
          headers: {
            cookie: Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; "),
            "x-consent": JSON.stringify(consent),
          },
        });
        for (const cookie of answer.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          cookies.set(name, value);
        }
        const location = answer.headers.get("location");
        if (location === null) throw new Error(`Google's page: HTTP ${answer.status} ${await answer.text()}`);
        const next = new URL(location, url);
        if (next.origin !== origin) return next.href;
        url = next.href;
      }
      throw new Error("Google's pages go round in circles.");
    },
    revoke() {
      store.clear();
    },
    expireAccessTokens() {
      for (const key of store.keys()) if (key.startsWith("AccessToken:")) store.delete(key);
    },
  };
}

export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? "")?.[1];
}

function configuration(store: Map<string, AdapterPayload>, offline: ReadonlySet<string>): Configuration {
  return {
    adapter: (name: string) => adapterOf(name, store),
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/oauth2callback", BY_HAND, OUT_OF_BAND],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [KEY] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    scopes: SCOPES,
    extraParams: ["access_type"],
    routes: { authorization: AUTH_PATH, token: TOKEN_PATH },
    pkce: {
      required: (ctx) => {
        const redirectUri = String(ctx.oidc.params?.["redirect_uri"]);
        return redirectUri !== OUT_OF_BAND && !/^http:\/\/127\.0\.0\.1:\d+\/by-hand$/.test(redirectUri);
      },
    },
    // Google gives one where `access_type=offline` was asked for, and never a new one for an old one.
    issueRefreshToken: (_ctx, _client, code) => Promise.resolve(offline.has(code.grantId ?? "")),
    rotateRefreshToken: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => Promise.resolve({ sub: accountId }) }),
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 60,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
    renderError: (ctx, out) => {
      ctx.type = "text/plain";
      ctx.body = `${out.error}: ${out.error_description ?? ""}`;
    },
  };
}

function adapterOf(name: string, store: Map<string, AdapterPayload>): Adapter {
  const keyOf = (id: string): string => `${name}:${id}`;
  const findBy = (field: "uid" | "userCode", value: string): Promise<AdapterPayload | undefined> =>
    Promise.resolve([...store].find(([key, row]) => key.startsWith(`${name}:`) && row[field] === value)?.[1]);
  return {
    upsert(id, payload) {
      store.set(keyOf(id), payload);
      return Promise.resolve();
    },
    find: (id) => Promise.resolve(store.get(keyOf(id))),
    findByUid: (uid) => findBy("uid", uid),
    findByUserCode: (userCode) => findBy("userCode", userCode),
    consume(id) {
      const row = store.get(keyOf(id));
      if (row) row.consumed = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    destroy(id) {
      store.delete(keyOf(id));
      return Promise.resolve();
    },
    revokeByGrantId(grantId) {
      for (const [key, row] of store) if (row.grantId === grantId) store.delete(key);
      return Promise.resolve();
    },
  };
}
