/**
 * Requests to one server by Node.js's own HTTP: to load undici would take nearly a third of the processor time of a run without
 * news. And Node.js says when a chunk is sent, so that the next one can be read to the same place.
 */
import type { ClientRequest, IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Proxies } from "./proxied-wire.ts";

export interface Wire {
  /** Rejects with the system's error, or one whose cause is that, where there is no whole answer. Tries nothing twice. */
  request(outgoing: Outgoing): Promise<Incoming>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

export interface Outgoing {
  readonly method: "GET" | "POST" | "HEAD" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A chunk may be written over as soon as the next one is asked for. */
  readonly body: string | AsyncIterable<Uint8Array> | undefined;
  /** Milliseconds without any progress, once the connection is there. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface WireOptions {
  /** An origin. */
  readonly host: string;
  /** How many requests may be under way at the same time. */
  readonly connections: number;
  readonly proxies?: Proxies;
  /** Milliseconds until a connection must be there. */
  readonly timeout: number;
}

/** Somebody on the way may have forgotten a connection that was quiet for longer, and would let the next request wait in vain. */
const IDLE_MS = 4000;
/** Larger than any answer of ours. */
const ANSWER_LIMIT = 4_000_000;

/** Through a proxy, where one is named, else straight to the server. */
export async function openWire(options: WireOptions): Promise<Wire> {
  const { httpProxy = "", httpsProxy = "" } = options.proxies ?? {};
  if (httpProxy + httpsProxy === "") return openStraightWire(options);
  const { openProxiedWire } = await import("./proxied-wire.ts");
  return openProxiedWire(options);
}

async function openStraightWire({ host, connections, timeout: connectTimeout }: WireOptions): Promise<Wire> {
  const { protocol, hostname, port } = new URL(host);
  // Imported, it would be asked for all that it exports, and load the undici that Node.js brings along.
  const { Agent, request } = process.getBuiltinModule(protocol === "https:" ? "node:https" : "node:http");
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const keep = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    const isKept = keep(socket);
    // The agent lets go of a connection on which nothing moves while nobody uses it.
    (socket as Socket).setTimeout(IDLE_MS);
    return isKept;
  };
  // An address of IPv6 stands in brackets only within a URL.
  const place = { agent, protocol, port, hostname: hostname.replace(/^\[|\]$/g, "") };
  return {
    async request({ method, path, headers, body, timeout, signal }) {
      signal.throwIfAborted();
      const outgoing = request({ ...place, method, path, headers, signal });
      limitConnecting(outgoing, connectTimeout);
      outgoing.setTimeout(timeout, () => outgoing.destroy(outOfTime()));
      const { promise, resolve, reject } = Promise.withResolvers<Incoming>();
      // Listens to the end: what breaks after the answer is of no interest.
      outgoing.on("error", reject);
      outgoing.once("response", (incoming) => {
        const { statusCode: status = 0, headers } = incoming;
        textOf(incoming).then((text) => resolve({ status, headers, text }), reject);
      });
      if (body === undefined || typeof body === "string") outgoing.end(body);
      else void pour(body, outgoing);
      try {
        return await promise;
      } finally {
        // Whoever answers before the end does not want the rest.
        if (!outgoing.writableFinished) outgoing.destroy();
      }
    },
    async close() {
      agent.destroy();
    },
  };
}

/** Never rejects: what goes wrong is the request's error. */
async function pour(body: AsyncIterable<Uint8Array>, outgoing: ClientRequest): Promise<void> {
  let stop: (reason: unknown) => void = () => undefined;
  outgoing.once("close", () => stop(new Error("The request was broken off.")));
  try {
    for await (const chunk of body) {
      await new Promise<void>((resolve, reject) => {
        stop = reject;
        if (outgoing.destroyed) reject(new Error("The request was broken off."));
        else outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    }
    outgoing.end();
  } catch (error) {
    outgoing.destroy(error as Error);
  }
}

function limitConnecting(outgoing: ClientRequest, ms: number): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => outgoing.destroy(outOfTime()), ms);
    const clear = (): void => clearTimeout(timer);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", clear);
    outgoing.once("close", clear);
  });
}

function outOfTime(): Error {
  return Object.assign(new Error("No answer in time."), { code: "ETIMEDOUT" });
}

/** Empty where it is too long to be one of ours; judged as such without the rest. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_LIMIT) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
