/** A proxy between client and server that does what bad lines and strict proxies do. It passes bytes on and counts them. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { whenDone } from "./temporary.ts";

export interface CuttingProxy {
  readonly url: string;
  /** Bytes that clients have sent through it. */
  readonly sent: () => number;
  /** Once so many more bytes have come from clients, every connection breaks; once. */
  cutAfter(bytes: number): void;
  /** From now on so many bytes of each second get through. */
  throttle(bytesPerSecond: number): void;
  /** Nothing gets through, and nobody is told. */
  stall(isStalled: boolean): void;
  /** Requests with longer bodies are answered 413 by the proxy itself. */
  refuseOver(bytes: number): void;
  /** Every request is answered by the sign-in page of a hotel. */
  captivate(isCaptive: boolean): void;
}

const PORTAL = "<!doctype html><title>Welcome to our hotel</title><form>Room number</form>";

export async function openCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let sent = 0;
  let cutAt = Infinity;
  let rate = Infinity;
  let largest = Infinity;
  let isStalled = false;
  let isCaptive = false;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      socket.on("error", () => undefined);
    }
    client.on("data", (chunk: Buffer) => {
      const head = /^[A-Z]+ \S+ HTTP\/1\.1\r\n[^]*?\r\n\r\n/.exec(chunk.toString("latin1", 0, 4096))?.[0];
      if (head !== undefined && isCaptive) return answer(client, "200 OK", PORTAL);
      const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head ?? "")?.[1] ?? 0);
      if (length > largest) return answer(client, "413 Request Entity Too Large", "<html>413</html>");
      if (isStalled) return client.pause();
      sent += chunk.length;
      if (sent >= cutAt) {
        cutAt = Infinity;
        for (const socket of sockets) socket.destroy();
        return;
      }
      const hasRoom = upstream.write(chunk);
      if (rate === Infinity) {
        if (hasRoom) return;
        client.pause();
        upstream.once("drain", () => client.resume());
        return;
      }
      client.pause();
      setTimeout(() => client.resume(), (chunk.length * 1000) / rate);
    });
    upstream.on("data", (chunk: Buffer) => {
      if (!isStalled) client.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  whenDone(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    cutAfter: (bytes) => void (cutAt = sent + bytes),
    throttle: (bytes) => void (rate = bytes),
    stall: (stalled) => void (isStalled = stalled),
    refuseOver: (bytes) => void (largest = bytes),
    captivate: (captive) => void (isCaptive = captive),
  };
}

function answer(client: Socket, status: string, body: string): void {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  client.end(head + body);
  // Whoever is still sending shall hear the answer.
  client.removeAllListeners("data").on("data", () => undefined);
}
