/** Serves a published site from memory, each file with the headers it was put with, as a bucket does. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SiteBlob } from "./pictured-gallery.ts";

export interface SiteServer {
  /** With the port, without a slash at its end. */
  readonly url: string;
  close(): void;
}

export async function serveSite(blobs: ReadonlyMap<string, SiteBlob>): Promise<SiteServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://site").pathname.slice(1).replace(/(^|\/)$/, "$1index.html");
    const blob = blobs.get(path);
    if (blob === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": blob.contentType,
      "content-length": blob.bytes.length,
      ...(blob.cacheControl === undefined ? {} : { "cache-control": blob.cacheControl }),
      ...(blob.contentEncoding === undefined ? {} : { "content-encoding": blob.contentEncoding }),
    });
    response.end(blob.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
