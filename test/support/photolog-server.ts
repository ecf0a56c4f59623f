/**
 * The other side of the wire, as small as it can be: speaks the upload API to a client, keeps what it is sent in memory, and
 * misbehaves when told to. It shares nothing with `photolog serve` but the protocol.
 */
import { Busboy } from "@fastify/busboy";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export const SECRET = "not-a-real-secret";

export interface ReceivedPhoto {
  readonly key: string;
  readonly filename: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly sidecars: readonly { readonly filename: string; readonly text: string }[];
}

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Counts the requests of this method and path from 0. */
  readonly nth: number;
  readonly contentLength: number;
}

/** What to do instead of answering as one should. */
export type Misbehaviour =
  /** Answer this at once, without reading the body. */
  | { readonly answer: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Read all of the body, keep nothing, then answer this. */
  | { readonly late: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Break the connection: before reading, after so many bytes of the body, or after all was received and kept. */
  | { readonly cut: "before" | "after" | number }
  /** Never answer, and read nothing. */
  | "stall";

type Deliveries = Readonly<
  Record<string, { readonly state: string; readonly attempts: number; readonly error?: string }>
>;

export class PhotologServer {
  /** By SHA-256. */
  readonly photos = new Map<string, ReceivedPhoto>();
  readonly requests: Request[] = [];
  /** Names of the files of which all bytes have come in, whatever was answered. */
  readonly received: string[] = [];
  behave: (request: Request) => Misbehaviour | undefined = () => undefined;
  deliveries: (photo: ReceivedPhoto, looks: number) => Deliveries = () => ({ archive: { state: "done", attempts: 1 } });
  /** How many photos are being received at this moment, and at most so far. */
  readonly load = { now: 0, most: 0 };
  /** The first photos are not answered before so many of them have come at the same time. */
  gathers = 0;
  readonly #gathered = Promise.withResolvers<void>();
  readonly #counts = new Map<string, number>();
  readonly #looks = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #session = "";

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens on a free port; after `close` again on the same one, and may have other photos. */
  async open(port = this.#port): Promise<this> {
    this.#session = randomUUID();
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => request.socket.destroy());
    });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** All, or this one, as a server that was started with another catalog. */
  forget(sha256?: string): void {
    this.#session = randomUUID();
    if (sha256 === undefined) this.photos.clear();
    else this.photos.delete(sha256);
  }

  /** As if its plug had been pulled. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const name = `${request.method} ${path}`;
    const nth = this.#counts.get(name) ?? 0;
    this.#counts.set(name, nth + 1);
    const contentLength = Number(request.headers["content-length"] ?? 0);
    const arrived = { method: request.method ?? "", path, nth, contentLength };
    this.requests.push(arrived);

    const misbehaviour = this.behave(arrived);
    if (misbehaviour === "stall") return;
    if (misbehaviour !== undefined && "answer" in misbehaviour) {
      const { answer, headers = {}, body = "" } = misbehaviour;
      response.writeHead(answer, { "content-type": "text/html", ...headers }).end(body);
      return;
    }
    const cut = misbehaviour !== undefined && "cut" in misbehaviour ? misbehaviour.cut : undefined;
    if (cut === "before") return void request.socket.resetAndDestroy();
    if (typeof cut === "number") return await cutAfter(request, cut);
    if (misbehaviour !== undefined && "late" in misbehaviour) {
      const { late, headers = {}, body = "" } = misbehaviour;
      for await (const _ of request);
      response.writeHead(late, { "content-type": "text/html", ...headers }).end(body);
      return;
    }
    if (request.headers["x-photolog-secret"] !== createHash("md5").update(SECRET).digest("hex")) {
      return problem(response, { status: 401, code: "NOT_AUTHENTICATED", detail: "Wrong secret." });
    }
    if (name === "POST /photos/") return await this.#receive(request, response, cut === "after");
    if (name === "POST /photos/verify/") return await this.#verify(request, response);
    if (request.method === "GET" && path.startsWith("/photos/")) return this.#view(path.slice(8), response);
    problem(response, { status: 404, code: "NOT_FOUND", detail: "No such page." });
  }

  async #receive(request: IncomingMessage, response: ServerResponse, answerIsLost: boolean): Promise<void> {
    const { socket } = request;
    this.load.most = Math.max(this.load.most, ++this.load.now);
    if (this.load.most >= this.gathers) this.#gathered.resolve();
    const photo = await Promise.all([receive(request), this.#gathered.promise])
      .then(([received]) => received)
      .finally(() => this.load.now--);
    this.received.push(photo.filename);
    if (photo.fields.get("sha256") !== photo.sha256) {
      return problem(response, { status: 422, code: "CHECKSUM_MISMATCH", detail: "Other bytes than announced." });
    }
    const { sha256, key } = photo;
    const isNew = !this.photos.has(sha256);
    if (isNew) this.photos.set(sha256, photo);
    if (answerIsLost) return void socket.resetAndDestroy();
    if (isNew) json(response, { status: 202, body: { key, sha256, queued: true } });
    else json(response, { status: 200, body: { key, sha256, queued: false, reason: "duplicate" } });
  }

  async #verify(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
    const { sha256 } = JSON.parse(text) as { sha256: string[] };
    if (sha256.length > 1000) {
      return problem(response, { status: 400, code: "BAD_FIELD", detail: "At most 1000 checksums." });
    }
    const known = sha256.flatMap((one) => {
      const photo = this.photos.get(one);
      return photo === undefined ? [] : [[one, { key: photo.key, state: this.#stateOf(photo) }]];
    });
    response.setHeader("photolog-session", this.#session);
    json(response, { status: 200, body: { known: Object.fromEntries(known) } });
  }

  #stateOf(photo: ReceivedPhoto): string {
    const states = Object.values(this.deliveries(photo, this.#looks.get(photo.key) ?? 0)).map(({ state }) => state);
    if (states.includes("failed")) return "failed";
    return states.some((state) => ["queued", "running", "waiting", "parked"].includes(state)) ? "queued" : "done";
  }

  #view(key: string, response: ServerResponse): void {
    const photo = [...this.photos.values()].find((one) => one.key === key);
    if (photo === undefined) return problem(response, { status: 404, code: "NOT_FOUND", detail: "No such photo." });
    const looks = (this.#looks.get(key) ?? 0) + 1;
    this.#looks.set(key, looks);
    const { sha256, filename, bytes } = photo;
    json(response, {
      status: 200,
      body: { key, sha256, filename, bytes, destinations: this.deliveries(photo, looks) },
    });
  }
}

async function cutAfter(request: IncomingMessage, bytes: number): Promise<void> {
  const { socket } = request;
  let read = 0;
  for await (const chunk of request) {
    read += (chunk as Buffer).length;
    if (read >= bytes) break;
  }
  socket.resetAndDestroy();
}

/** Rejects where the body is not what its headers say. */
function receive(request: IncomingMessage): Promise<ReceivedPhoto> {
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string>();
    const sidecars: { filename: string; text: string }[] = [];
    let photo: { filename: string; sha256: string; bytes: number } | undefined;
    const busboy = new Busboy({ headers: request.headers as { "content-type": string } });
    busboy.on("field", (name, value) => void fields.set(name, value));
    busboy.on("file", (name, stream, filename) => {
      const hash = createHash("sha256");
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
        if (name === "metadata_file") chunks.push(chunk);
      });
      stream.on("end", () => {
        if (name === "metadata_file") sidecars.push({ filename, text: Buffer.concat(chunks).toString() });
        else if (name === "photo_file") photo = { filename, sha256: hash.digest("hex"), bytes };
      });
    });
    busboy.once("error", reject);
    request.once("aborted", () => reject(new Error("cut short")));
    busboy.once("finish", () => {
      if (photo === undefined) reject(new Error("no photo"));
      else resolve({ ...photo, key: photo.sha256.slice(0, 12), fields, sidecars });
    });
    request.pipe(busboy);
  });
}

function json(response: ServerResponse, { status, body }: { status: number; body: unknown }): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

function problem(
  response: ServerResponse,
  { status, code, detail }: { status: number; code: string; detail: string },
): void {
  const body = JSON.stringify({ type: "about:blank", title: code, status, code, detail });
  response.writeHead(status, { "content-type": "application/problem+json" }).end(body);
}
