/** A Google Photos of our own: sign-in by a real OpenID provider, and a Library API that keeps to every rule that is known. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  APPEND,
  AUTH_PATH,
  bearerOf,
  CLIENT_ID,
  CLIENT_SECRET,
  EMAIL,
  openAccounts,
  READ,
  TOKEN_PATH,
} from "./google-accounts.ts";
import type { Accounts, Consent } from "./google-accounts.ts";
import { flatRefusal, refusal } from "./google-exchange.ts";
import type { Fault, GoogleRequest, Reply } from "./google-exchange.ts";
import { openLibrary } from "./google-library.ts";
import type { AlbumOfGoogle, Item } from "./google-library.ts";
import { openUploads } from "./google-uploads.ts";

export interface GoogleServer {
  readonly baseUrl: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Granted already, with every scope. */
  readonly refreshToken: string;
  readonly items: readonly Item[];
  readonly albums: readonly AlbumOfGoogle[];
  /** What was asked of the Library API and of the token endpoint, oldest first. */
  readonly requests: readonly GoogleRequest[];
  readonly mostWritesAtOnce: () => number;
  readonly writesUnderWay: () => number;
  /** Writes that begin from now on stay under way until the answer is called. */
  readonly holdWrites: () => () => void;
  /** Everything that no message may ever show. */
  readonly secrets: () => readonly string[];
  /** Does what a person does in her browser, and returns the address that it ends at. */
  consent(authUrl: string, consent?: Consent): Promise<string>;
  /** A second sign-in, as `photolog auth google` would make it. */
  grant(consent?: Consent): Promise<string>;
  revoke(): void;
  expireAccessTokens(): void;
  expireUploadTokens(): void;
  forgetSessions(): void;
  addAlbum(title: string): void;
  deleteAlbum(id: string): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  close(): Promise<void>;
}

export interface GoogleServerOptions {
  readonly now?: () => number;
}

/** What the Library API wants to be asked with. */
const NEEDS = [APPEND, READ] as const;

export async function startGoogleServer({ now = Date.now }: GoogleServerOptions = {}): Promise<GoogleServer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = openAccounts(origin);
  const uploads = openUploads(now);
  const library = openLibrary((token) => uploads.redeem(token));
  const requests: GoogleRequest[] = [];
  const faults: (Fault & { left: number })[] = [];

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", origin);
    const isLibrary = url.pathname.startsWith("/v1/");
    const asked: { -readonly [K in keyof GoogleRequest]: GoogleRequest[K] } = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers as Record<string, string | undefined>,
      command: request.headers["x-goog-upload-command"] as string | undefined,
      bytes: 0,
      json: undefined,
      status: undefined,
    };
    if (isLibrary || url.pathname === TOKEN_PATH) requests.push(asked);
    const isUpload = url.pathname === "/v1/uploads";
    // Of everything else the body is read first: a fault may depend on it.
    if (isLibrary && !isUpload) asked.json = parse(await textOf(counted(request, asked)));
    const fault = faults.find(({ left, when }) => left > 0 && when(asked));
    if (fault) {
      fault.left--;
      fault.onHit?.();
    }
    const what = fault?.answer;
    if (what === "reset") {
      request.socket.destroy();
      return;
    }
    if (what === "stall") return;
    if (typeof what === "function" || (typeof what === "object" && "status" in what)) {
      if (isUpload) await textOf(counted(request, asked));
      reply(response, asked, typeof what === "function" ? await what(asked) : what);
      return;
    }
    if (!isLibrary) {
      await accounts.answer(request, response);
      asked.status = response.statusCode;
      return;
    }
    const body = counted(request, asked, typeof what === "object" ? what.cutAfter : Infinity);
    const answered = await serve(asked, body, request).catch((error: unknown) => {
      request.socket.destroy();
      throw error;
    });
    if (what === "commit then reset") request.socket.destroy();
    else if (what !== "hold") reply(response, asked, answered);
  }

  async function serve(asked: GoogleRequest, body: AsyncIterable<Buffer>, request: IncomingMessage): Promise<Reply> {
    const isUpload = asked.path === "/v1/uploads";
    const scopes = await accounts.scopesOf(bearerOf(request) ?? "");
    const needed = asked.method === "GET" ? NEEDS[1] : NEEDS[0];
    if (isUpload && !scopes?.has(needed)) return flatRefusal(401, 16, "Authentication session is not defined.");
    if (!scopes) {
      return refusal(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token.",
      );
    }
    if (!scopes.has(needed)) {
      return refusal(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
    }
    const { query, headers } = asked;
    if (isUpload && asked.method === "POST") return uploads.answer({ query, headers, body, origin });
    const isJson = /^application\/json\b/.test(headers["content-type"] ?? "");
    const album = /^POST \/v1\/albums\/([^/:]+):batchAddMediaItems$/.exec(`${asked.method} ${asked.path}`)?.[1];
    if (album !== undefined) return library.addToAlbum(decodeURIComponent(album), asked.json);
    switch (`${asked.method} ${asked.path}`) {
      case "POST /v1/mediaItems:batchCreate":
        return isJson ? library.batchCreate(asked.json) : refusal(400, "INVALID_ARGUMENT", "Not JSON.");
      case "POST /v1/albums":
        return isJson ? library.createAlbum(asked.json) : refusal(400, "INVALID_ARGUMENT", "Not JSON.");
      case "GET /v1/albums":
        return library.listAlbums(query);
      default:
        return refusal(404, "NOT_FOUND", "Requested entity was not found.");
    }
  }

  const urls = { authUrl: `${origin}${AUTH_PATH}`, tokenUrl: `${origin}${TOKEN_PATH}` };
  const grant = (consent?: Consent): Promise<string> => refreshTokenOf(accounts, urls, consent);
  const refreshToken = await grant();
  requests.length = 0;
  return {
    baseUrl: origin,
    ...urls,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    refreshToken,
    items: library.items,
    albums: library.albums,
    requests,
    mostWritesAtOnce: () => library.mostWritesAtOnce,
    writesUnderWay: () => library.writesUnderWay,
    holdWrites: () => library.holdWrites(),
    secrets: () => [CLIENT_SECRET, ...accounts.tokens(), ...uploads.tokens()],
    consent: (authUrl, consent) => accounts.consent(authUrl, consent),
    grant,
    revoke: () => accounts.revoke(),
    expireAccessTokens: () => accounts.expireAccessTokens(),
    expireUploadTokens: () => uploads.expireTokens(),
    forgetSessions: () => uploads.forgetSessions(),
    addAlbum: (title) => library.addAlbum(title),
    deleteAlbum: (id) => library.deleteAlbum(id),
    fault(fault) {
      faults.push({ ...fault, left: fault.times ?? 1 });
    },
    clearFaults() {
      faults.length = 0;
    },
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function reply(
  response: ServerResponse,
  asked: { status: number | undefined },
  { status, headers, body = "" }: Reply,
): void {
  asked.status = status;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(typeof body === "object" && { "content-type": "application/json; charset=UTF-8" }),
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** The body, of which the last bytes may never come. */
async function* counted(request: IncomingMessage, asked: { bytes: number }, most = Infinity): AsyncGenerator<Buffer> {
  for await (const chunk of request as AsyncIterable<Buffer>) {
    const left = most - asked.bytes;
    asked.bytes += Math.min(left, chunk.length);
    if (chunk.length > left) {
      yield chunk.subarray(0, left);
      throw new Error("The connection was cut.");
    }
    yield chunk;
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The whole way by hand: consent in the browser, then the exchange. */
async function refreshTokenOf(
  accounts: Accounts,
  { authUrl, tokenUrl }: { readonly authUrl: string; readonly tokenUrl: string },
  consent?: Consent,
): Promise<string> {
  const verifier = randomBytes(48).toString("base64url");
  const redirectUri = "http://127.0.0.1:1/oauth2callback";
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: [APPEND, READ, EMAIL].join(" "),
    access_type: "offline",
    prompt: "consent",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const end = new URL(await accounts.consent(`${authUrl}?${query}`, consent));
  const answer = await fetch(tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: end.searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      code_verifier: verifier,
    }),
  });
  const { refresh_token: token } = (await answer.json()) as { refresh_token?: string };
  if (token === undefined) throw new Error("Google gave no refresh token.");
  return token;
}
