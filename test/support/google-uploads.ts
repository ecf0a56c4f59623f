/**
 * Google's resumable uploads, kept to the letter.
 * https://developers.google.com/photos/library/guides/resumable-uploads
 */
import { createHash, randomBytes } from "node:crypto";
import type { Hash } from "node:crypto";
import { flatRefusal, page } from "./google-exchange.ts";
import type { Reply } from "./google-exchange.ts";

/** Chunks begin at multiples of this, and what is kept of a chunk that breaks off ends at one. */
export const GRANULARITY = 256 * 1024;
const DAY = 24 * 60 * 60_000;

export interface Uploaded {
  readonly sha256: string;
  readonly bytes: number;
  readonly mime: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Session {
  readonly mime: string;
  readonly size: number;
  readonly hash: Hash;
  received: number;
  status: "active" | "final" | "cancelled";
  token?: string;
}

export interface Arrival {
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body; it throws where the connection breaks, after what had arrived. */
  readonly body: AsyncIterable<Buffer>;
  /** Of this server, for addresses. */
  readonly origin: string;
}

export interface Uploads {
  answer(arrival: Arrival): Promise<Reply>;
  /** What a token stands for, for a day. */
  redeem(token: string): Uploaded | undefined;
  /** Every upload's id and token. */
  tokens(): readonly string[];
  /** Google forgets the uploads that are under way. */
  forgetSessions(): void;
  /** As if a day had passed. */
  expireTokens(): void;
}

export function openUploads(now: () => number): Uploads {
  const sessions = new Map<string, Session>();
  const tokens = new Map<string, Uploaded>();
  const given = new Set<string>();

  function start({ headers, origin }: Arrival): Reply {
    if (headers["x-goog-upload-protocol"] !== "resumable") return bad("Unknown X-Goog-Upload-Protocol.");
    if (headers["content-length"] !== "0") return bad("Content-Length of the start must be 0.");
    const mime = headers["x-goog-upload-content-type"];
    const name = headers["x-goog-upload-file-name"];
    if (name !== undefined && !isAscii(name)) return page(400, "Error 400 (Bad Request)!!1");
    // What Google does where it cannot tell what is coming.
    if (mime === undefined && name === undefined) return flatRefusal(500, 13, "Internal error encountered.");
    if (mime !== undefined && !/^[\w.+-]+\/[\w.+-]+$/.test(mime)) return page(400, "Error 400 (Bad Request)!!1");
    const size = headers["x-goog-upload-raw-size"] ?? "";
    if (!/^[1-9]\d*$/.test(size)) return bad("X-Goog-Upload-Raw-Size must be a number above 0.");
    const id = randomBytes(60).toString("base64url");
    given.add(id);
    sessions.set(id, {
      mime: mime ?? "application/octet-stream",
      size: Number(size),
      hash: createHash("sha256"),
      received: 0,
      status: "active",
    });
    return {
      status: 200,
      headers: {
        "x-goog-upload-url": `${origin}/v1/uploads?upload_id=${id}&upload_protocol=resumable`,
        "x-goog-upload-chunk-granularity": String(GRANULARITY),
        "x-goog-upload-status": "active",
      },
    };
  }

  async function receive(session: Session, arrival: Arrival, isLast: boolean): Promise<Reply> {
    const length = Number(arrival.headers["content-length"] ?? Number.NaN);
    const offset = Number(arrival.headers["x-goog-upload-offset"] ?? Number.NaN);
    if (!Number.isInteger(length)) return bad("Content-Length is missing.");
    if (offset !== session.received) {
      return bad(`The offset is ${offset}, but ${session.received} bytes were received.`, "active");
    }
    if (!isLast && (length % GRANULARITY !== 0 || length === 0)) {
      return bad(`A part must be a multiple of ${GRANULARITY} bytes.`, "active");
    }
    let pending: Buffer[] = [];
    let held = 0;
    const keep = (bytes: Buffer): void => {
      session.hash.update(bytes);
      session.received += bytes.length;
    };
    for await (const chunk of arrival.body) {
      pending.push(chunk);
      held += chunk.length;
      if (held < GRANULARITY) continue;
      const all = Buffer.concat(pending);
      const whole = all.length - (all.length % GRANULARITY);
      keep(all.subarray(0, whole));
      pending = [Buffer.from(all.subarray(whole))];
      held = all.length - whole;
    }
    keep(Buffer.concat(pending));
    return isLast ? finalize(session) : { status: 200, headers: { "x-goog-upload-status": "active" } };
  }

  function finalize(session: Session): Reply {
    if (session.received !== session.size) {
      session.status = "cancelled";
      return bad(`${session.received} bytes were received, and ${session.size} were announced.`, "final");
    }
    const token = `CAIS${randomBytes(96).toString("base64url")}`;
    given.add(token);
    tokens.set(token, {
      sha256: session.hash.digest("hex"),
      bytes: session.size,
      mime: session.mime,
      at: now(),
    });
    session.status = "final";
    session.token = token;
    return done(token);
  }

  return {
    async answer(arrival) {
      const { query, headers } = arrival;
      const command = headers["x-goog-upload-command"];
      const id = query.get("upload_id");
      if (id === null) return command === "start" ? start(arrival) : bad("X-Goog-Upload-Command must be start.");
      const session = sessions.get(id);
      if (!session) return flatRefusal(404, 5, "Upload session not found.");
      if (command === "query") {
        if (headers["content-length"] !== "0") return bad("Content-Length of the query must be 0.", session.status);
        if (session.status === "final") return done(session.token ?? "");
        return {
          status: 200,
          headers: {
            "x-goog-upload-status": session.status,
            ...(session.status === "active" && { "x-goog-upload-size-received": String(session.received) }),
          },
        };
      }
      if (session.status !== "active") return bad(`This upload is ${session.status}.`, "final");
      switch (command) {
        case "cancel":
          session.status = "cancelled";
          return { status: 200, headers: { "x-goog-upload-status": "cancelled" } };
        case "upload":
          return receive(session, arrival, false);
        case "upload, finalize":
          return receive(session, arrival, true);
        case "finalize":
          return finalize(session);
        default:
          return bad("Unknown X-Goog-Upload-Command.", "active");
      }
    },
    redeem(token) {
      const uploaded = tokens.get(token);
      return uploaded && now() - uploaded.at < DAY ? uploaded : undefined;
    },
    tokens: () => [...given],
    forgetSessions() {
      sessions.clear();
    },
    expireTokens() {
      tokens.clear();
    },
  };
}

function done(token: string): Reply {
  return {
    status: 200,
    headers: { "content-type": "text/plain; charset=utf-8", "x-goog-upload-status": "final" },
    body: token,
  };
}

function bad(message: string, status?: string): Reply {
  const { headers, ...rest } = flatRefusal(400, 3, message);
  return { ...rest, headers: { ...headers, ...(status !== undefined && { "x-goog-upload-status": status }) } };
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
