/** A bad line: passes everything on, but flips one bit in what a client sends, once for each connection. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface FlippingProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Far enough to be past any headers. */
const FLIP_AFTER = 20_000;

export async function startFlippingProxy(endpoint: string): Promise<FlippingProxy> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => other.destroy());
    }
    service.pipe(client);
    let passed = 0;
    client.on("data", (chunk) => {
      const flips = passed < FLIP_AFTER && passed + chunk.length >= FLIP_AFTER;
      passed += chunk.length;
      if (flips) chunk[chunk.length - 1] = (chunk.at(-1) ?? 0) ^ 1;
      service.write(chunk);
    });
    client.on("end", () => service.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
