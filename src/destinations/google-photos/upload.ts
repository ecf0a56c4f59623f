/**
 * Sends the bytes of an original and gets an upload token for them: nothing is in the library yet.
 * https://developers.google.com/photos/library/guides/resumable-uploads
 *
 * The file's name is never in a header (headers are ASCII; it goes with `batchCreate`). `X-Goog-Hash` is not sent: it takes a
 * SHA-1, so that every file would be read once more before its first byte leaves, and Google documents it for uploads in one
 * request only. TLS guards the way, and `originalBytes` holds the last bytes back until the SHA-256 of all of them is right.
 */
import { Readable } from "node:stream";
import { PhotologError } from "../../errors.ts";
import type { Original } from "../../photo.ts";
import { originalBytes } from "../original-bytes.ts";
import { foreignAnswer } from "../transport-failures.ts";
import { failureOf } from "./failures.ts";
import { rejectionOf } from "./rejection.ts";
import type { Rejection } from "./rejection.ts";
import { send, SERVICE } from "./send.ts";
import type { Answer } from "./send.ts";
import type { Session } from "./session.ts";

export interface Upload {
  readonly original: Original;
  readonly mime: string;
  /** Address of an upload of these bytes that an earlier attempt began. */
  readonly begun?: string;
  /** Called with the address of each new upload before the first byte is sent. */
  readonly onBegin: (address: string) => Promise<void>;
  readonly judge: (rejection: Rejection) => PhotologError;
  readonly signal: AbortSignal;
}

export interface Uploads {
  /** Resolves with the upload token. Rejects as `Destination.deliver` does. */
  send(upload: Upload): Promise<string>;
  /** Whether we may upload at all: begins one that never gets a byte, and takes it back. */
  probe(judge: (rejection: Rejection) => PhotologError, signal: AbortSignal): Promise<void>;
}

export interface UploadsOptions {
  readonly baseUrl: string;
  readonly authorized: Session["authorized"];
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a connection may take no bytes, in milliseconds. */
  readonly stallMs?: number;
}

type State = { readonly token: string } | { readonly position: number } | "gone";
/** The bytes did not all arrive; how much did is for Google to say. */
interface Broken {
  /** What it means if nothing is done about it. */
  readonly meaning: () => PhotologError;
}

const RECOVERIES = 3;
const SESSIONS = 2;
const RECOVERY_PAUSE_MS = 1000;
/** A film is looked at before the answer comes. */
const FINALIZE_PATIENCE_MS = 10 * 60_000;
/** At a chunk of 1 MiB, some 30 kbit/s. */
const STALL_MS = 5 * 60_000;

export function openUploads({ baseUrl, authorized, pause, stallMs = STALL_MS }: UploadsOptions): Uploads {
  async function begin(
    { mime, bytes }: { readonly mime: string; readonly bytes: number },
    { judge, signal }: Pick<Upload, "judge" | "signal">,
  ): Promise<string> {
    const answer = await command(`${baseUrl}/v1/uploads`, signal, {
      "x-goog-upload-command": "start",
      "x-goog-upload-protocol": "resumable",
      "x-goog-upload-content-type": mime,
      "x-goog-upload-raw-size": String(bytes),
    });
    if (answer.status !== 200) throw judge(rejectionOf("start", answer));
    const address = answer.header("x-goog-upload-url");
    if (address === undefined || !URL.canParse(address, baseUrl)) throw foreignAnswer(SERVICE, answer.status);
    return new URL(address, baseUrl).href;
  }

  async function ask(address: string, { original, judge, signal }: Upload): Promise<State> {
    const answer = await command(address, signal, { "x-goog-upload-command": "query" });
    if (answer.status !== 200) {
      const rejection = rejectionOf("session", answer);
      if (answer.status < 500 && failureOf(rejection).remedy !== undefined) return "gone";
      throw judge(rejection);
    }
    const status = answer.header("x-goog-upload-status");
    // Google has everything, and may or may not tell the token once more.
    if (status === "final") return isToken(answer.text) ? { token: answer.text } : "gone";
    if (status === "cancelled") return "gone";
    const position = Number(answer.header("x-goog-upload-size-received") ?? Number.NaN);
    if (!Number.isInteger(position) || position < 0 || position > original.bytes) {
      throw foreignAnswer(SERVICE, answer.status);
    }
    return { position };
  }

  async function sendFrom(
    address: string,
    position: number,
    upload: Upload,
  ): Promise<{ readonly token: string } | "gone" | Broken> {
    const { original, judge, signal } = upload;
    const watch = watchForStall(stallMs);
    try {
      const length = original.bytes - position;
      const answer = await authorized(
        (accessToken) =>
          send(
            {
              url: address,
              headers: {
                authorization: `Bearer ${accessToken}`,
                "content-length": String(length),
                "x-goog-upload-command": length === 0 ? "finalize" : "upload, finalize",
                ...(length > 0 && { "x-goog-upload-offset": String(position) }),
              },
              ...(length > 0 && { body: stream(original, position, watch) }),
              patienceMs: FINALIZE_PATIENCE_MS,
            },
            AbortSignal.any([signal, watch.signal]),
          ),
        signal,
      );
      if (answer.status !== 200) {
        const rejection = rejectionOf("session", answer);
        switch (failureOf(rejection).remedy) {
          case "resume":
            return { meaning: () => judge(rejection) };
          case "new session":
            return "gone";
          default:
            throw judge(rejection);
        }
      }
      if (!isToken(answer.text)) throw foreignAnswer(SERVICE, answer.status);
      return { token: answer.text };
    } catch (error) {
      if (!(error instanceof PhotologError && error.code === "SERVICE_UNREACHABLE" && error.retry.class === "retry")) {
        throw error;
      }
      return { meaning: () => error };
    } finally {
      watch.stop();
    }
  }

  function command(url: string, signal: AbortSignal, headers: Record<string, string>): Promise<Answer> {
    return authorized(
      (accessToken) =>
        send({ url, headers: { authorization: `Bearer ${accessToken}`, "content-length": "0", ...headers } }, signal),
      signal,
    );
  }

  return {
    async send(upload) {
      const { original, mime, onBegin, judge, signal } = upload;
      let address = upload.begun;
      let sessions = 0;
      let furthest = 0;
      let recoveries = 0;
      for (;;) {
        let state: State = address === undefined ? "gone" : await ask(address, upload);
        if (state === "gone" || address === undefined) {
          if (sessions === SESSIONS) throw judge({ at: "session", status: 410, text: "" });
          address = await begin({ mime, bytes: original.bytes }, { judge, signal });
          await onBegin(address);
          sessions++;
          state = { position: 0 };
        }
        if ("token" in state) return state.token;
        if (state.position > furthest) {
          furthest = state.position;
          recoveries = 0;
        }
        const outcome = await sendFrom(address, state.position, upload);
        if (outcome === "gone") {
          address = undefined;
          continue;
        }
        if ("token" in outcome) return outcome.token;
        recoveries++;
        if (recoveries > RECOVERIES) throw outcome.meaning();
        await pause(recoveries * RECOVERY_PAUSE_MS, signal);
      }
    },
    async probe(judge, signal) {
      const address = await begin({ mime: "image/jpeg", bytes: 1 }, { judge, signal });
      // Google forgets it by itself, too.
      await command(address, signal, { "x-goog-upload-command": "cancel" }).catch(() => signal.throwIfAborted());
    },
  };
}

/** Aborts where the connection stays open and takes nothing: nobody else would ever end that. */
function watchForStall(ms: number): { readonly signal: AbortSignal; touch(): void; stop(): void } {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  return {
    signal: stalled.signal,
    touch() {
      clearTimeout(timer);
      if (over) return;
      timer = setTimeout(() => {
        stalled.abort(new PhotologError("SERVICE_UNREACHABLE", `${SERVICE} has stopped taking bytes.`));
      }, ms);
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
  };
}

function stream(original: Original, position: number, watch: ReturnType<typeof watchForStall>): Readable {
  async function* watched(): AsyncGenerator<Buffer> {
    for await (const chunk of originalBytes(original, position)) {
      watch.touch();
      yield chunk;
    }
    watch.stop();
  }
  return Readable.from(watched(), { objectMode: false });
}

function isToken(text: string): boolean {
  return /^[^\s<>]+$/.test(text);
}
