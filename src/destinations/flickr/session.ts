/** `flickr-sdk` put together with our transport, our clock and one token. */
import type { API, Auth, GET, OAuthService, POST } from "flickr-sdk";
import type { Attachment } from "./multipart.ts";
import { openTransport, wireText } from "./transport.ts";

export interface FlickrKeys {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Instead of Flickr's hosts; signatures are made for Flickr's all the same. */
  readonly baseUrl?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

export interface FlickrToken {
  readonly token: string;
  readonly tokenSecret: string;
}

export interface UploadOptions {
  readonly signal: AbortSignal;
  /** How far in the future the upload is dated, for one that outlives its signature otherwise. */
  readonly aheadMs: number;
}

/** Every method rejects with a `PhotologError` or with the signal's reason. */
export interface Session {
  /** Calls a method of the API. */
  call(method: keyof API, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
  /** Returns the id of the photo that Flickr made of it. */
  upload(attachment: Attachment, params: Readonly<Record<string, string>>, options: UploadOptions): Promise<string>;
  /** The sign-in's requests. */
  oauth(signal: AbortSignal): OAuthService;
}

/** Without a token only the sign-in's first request makes sense. */
export async function openSession(keys: FlickrKeys, token: FlickrToken | undefined): Promise<Session> {
  const { createFlickr, OAuth, OAuthService: SignIn } = await import("flickr-sdk");
  const { baseUrl, now = Date.now } = keys;

  class Clocked extends OAuth {
    readonly #aheadMs: number;
    constructor(aheadMs: number) {
      super(keys.apiKey, keys.apiSecret);
      this.#aheadMs = aheadMs;
    }
    override timestamp(): string {
      return String(Math.floor((now() + this.#aheadMs) / 1000));
    }
  }

  const signer = (aheadMs: number): Auth => ({
    async sign(method: "GET" | "POST", url: string, params: GET | POST): Promise<void> {
      const oauth = new Clocked(aheadMs);
      for (const [name, value] of Object.entries(oauth.params())) params.set(name, value);
      if (token) params.set("oauth_token", token.token);
      const signed = Object.fromEntries(params.entries());
      params.set("oauth_signature", oauth.signature(method, url, signed, token?.tokenSecret));
    },
  });

  return {
    async call(method, params, signal) {
      const { flickr } = createFlickr(signer(0), openTransport({ baseUrl, signal, now }));
      return flickr(method, wired(params) as API[typeof method][0]);
    },
    async upload(attachment, params, { signal, aheadMs }) {
      const { upload } = createFlickr(signer(aheadMs), openTransport({ baseUrl, signal, now, attachment }));
      // The SDK's types do not know `dedup_check`; the empty file keeps the place of the one that the transport streams.
      const { id } = await upload(new File([], attachment.filename), wired(params));
      return id;
    },
    oauth: (signal) => new SignIn(openTransport({ baseUrl, signal, now }), signer(0)),
  };
}

function wired(params: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, wireText(value)]));
}
