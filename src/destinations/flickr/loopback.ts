/** The address on this machine to which the browser returns from Flickr's page. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Loopback {
  readonly url: string;
  /** Resolves when a browser brings the verifier of this request token; everything else is turned away. */
  verifierFor(requestToken: string, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

interface Awaited {
  readonly requestToken: string;
  readonly arrived: (verifier: string) => void;
}

const PATH = "/flickr/callback";
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'",
  "referrer-policy": "no-referrer",
  connection: "close",
};

export async function openLoopback(): Promise<Loopback> {
  let awaited: Awaited | undefined;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const verifier = searchParams.get("oauth_verifier");
    if (pathname !== PATH || verifier === null || searchParams.get("oauth_token") !== awaited?.requestToken) {
      answer(response, 404, "This is not the sign-in that photolog waits for.");
      return;
    }
    const { arrived } = awaited;
    response.once("close", () => {
      arrived(verifier);
    });
    answer(response, 200, "Flickr has told photolog. You may close this page.");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    verifierFor(requestToken, signal) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const abort = (): void => {
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", abort, { once: true });
        awaited = {
          requestToken,
          arrived(verifier) {
            signal.removeEventListener("abort", abort);
            resolve(verifier);
          },
        };
      });
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, HEADERS).end(`<!doctype html><title>photolog</title><p>${text}</p>`);
}
