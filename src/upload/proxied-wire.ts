/** Requests that a proxy passes on, unless it is not to be asked for this server. */
import type { Dispatcher } from "undici";
import { textOf, type Wire, type WireOptions } from "./wire.ts";

export interface Proxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

type Body = NonNullable<Dispatcher.DispatchOptions["body"]>;

export async function openProxiedWire({ host, connections, proxies, timeout }: WireOptions): Promise<Wire> {
  const { EnvHttpProxyAgent } = await import("undici");
  const { httpProxy = "", httpsProxy = "", noProxy = "" } = proxies ?? {};
  const connecting = { connections, allowH2: false, connect: { timeout } };
  const agent = new EnvHttpProxyAgent({ ...connecting, httpProxy, httpsProxy, noProxy });
  return {
    async request({ method, path, headers, body, timeout, signal }) {
      const answer = await agent.request({
        origin: host,
        method,
        path,
        headers,
        // Any async iterable will do, although only its documentation says so, not its types.
        body: (typeof body === "object" ? copiesOf(body) : (body ?? null)) as Body | null,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal,
      });
      return { status: answer.statusCode, headers: answer.headers, text: await textOf(answer.body) };
    },
    close: () => agent.destroy(),
  };
}

/** undici asks for the next chunk while it may still be sending the one before. */
async function* copiesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield new Uint8Array(chunk);
}
