/**
 * The address on this machine to which the browser comes back from a sign-in (https://www.rfc-editor.org/rfc/rfc8252#section-7.3).
 * The browser is kept waiting until it is known how the sign-in ended, so that its page tells the truth.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PhotologError, systemCodeOf } from "../errors.ts";

export interface Loopback {
  readonly address: string;
  readonly port: number;
  /** The query that the browser brought; never settles without one. Every other is turned away. */
  readonly arrival: Promise<URLSearchParams>;
  /** Tells the browser how it ended, if it was here, and stops listening. */
  close(text: string): Promise<void>;
}

export interface LoopbackOptions {
  readonly path: string;
  /** 0 is any free one. */
  readonly port: number;
  /** Whether this query belongs to the sign-in that is under way. */
  readonly isAwaited: (query: URLSearchParams) => boolean;
}

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'",
  "referrer-policy": "no-referrer",
  connection: "close",
};

/** Rejects with `USAGE` where the port cannot be had. */
export async function openLoopback({ path, port, isAwaited }: LoopbackOptions): Promise<Loopback> {
  const { promise: arrival, resolve: arrive } = Promise.withResolvers<URLSearchParams>();
  let waiting: ServerResponse | undefined;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (pathname !== path || !isAwaited(searchParams)) {
      page(response, 404, "This is not the sign-in that photolog waits for.");
      return;
    }
    // Reloaded while it waits: the last page gets the answer.
    if (waiting) page(waiting, 200, "This page was opened again elsewhere.");
    waiting = response;
    arrive(searchParams);
  });
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    throw new PhotologError(
      "USAGE",
      `Port ${port} on 127.0.0.1 cannot be used (${systemCodeOf(error) ?? "unknown"}).`,
      {
        cause: error,
        hint: "Choose another one with --port.",
      },
    );
  }
  const { port: chosen } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${chosen}${path}`,
    port: chosen,
    arrival,
    async close(text) {
      if (waiting && !waiting.destroyed) {
        const told = once(waiting, "close");
        page(waiting, 200, text);
        await told;
      }
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function page(response: ServerResponse, status: number, text: string): void {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  response.writeHead(status, HEADERS).end(`<!doctype html><title>photolog</title><p>${escaped}</p>`);
}
