/** The connections to one server, or to the proxy before it. */
import type { Dispatcher } from "undici";

export interface Proxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

export interface DispatcherOptions {
  /** An origin. */
  readonly host: string;
  /** How many requests may be under way at the same time. */
  readonly connections: number;
  readonly proxies?: Proxies;
  /** Milliseconds until a connection must be there. */
  readonly timeout: number;
}

/** A proxy, where one is named for this server, else straight to it. */
export async function openDispatcher({ host, connections, proxies, timeout }: DispatcherOptions): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import("undici");
  const common = { connections, allowH2: false, connect: { timeout } };
  const { httpProxy = "", httpsProxy = "", noProxy = "" } = proxies ?? {};
  if (httpProxy + httpsProxy === "") return new Pool(host, common);
  return new EnvHttpProxyAgent({ ...common, httpProxy, httpsProxy, noProxy });
}
