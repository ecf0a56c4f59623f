import type { IncomingMessage } from "node:http";
import { Writable } from "node:stream";
import { messageOf, PhotologError } from "../errors.ts";
import { PACE_MS, watchPace } from "./multipart.ts";

export interface PieceBody {
  /**
   * Resolves when all of it was taken, each chunk after the one before. Rejects with what `take` or `cut` gave, or with
   * `BODY_CUT_SHORT`; then nothing is taken any more.
   */
  read(take: (chunk: Buffer) => Promise<void>): Promise<void>;
  /** Ends it there. */
  cut(error: PhotologError): void;
}

export function bodyOf(request: IncomingMessage): PieceBody {
  let failure: unknown;
  let fail = (error: unknown): void => void (failure ??= error);

  return {
    cut: (error) => fail(error),
    async read(take) {
      if (request.readableEnded) return awaitServer(request);
      if (request.destroyed && !request.complete) fail(cutShort());
      if (failure !== undefined) throw failure;
      let taking = Promise.resolve();
      const handOn = async (chunk: Buffer, done: (error?: Error) => void): Promise<void> => {
        const fault = await take(chunk).then(() => undefined, errorOf);
        done(fault);
      };
      const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
          taking = handOn(chunk, done);
        },
      });
      fail = (error) => sink.destroy(errorOf(error));
      const whole = Promise.withResolvers<void>();
      sink.on("finish", whole.resolve);
      sink.on("error", whole.reject);
      request.on("error", () => fail(cutShort()));
      request.on("close", () => {
        if (!request.complete) fail(cutShort());
      });
      const stopWatching = watchPace(request, PACE_MS, (error) => fail(error));
      request.pipe(sink);
      try {
        await whole.promise;
        awaitServer(request);
      } finally {
        stopWatching();
        request.unpipe(sink);
        fail = () => undefined;
        await taking;
      }
    },
  };
}

/** From now on the client's silence is no sign of anything: reading a film anew may take longer than the server waits for one. */
function awaitServer(request: IncomingMessage): void {
  request.setTimeout(0);
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

function cutShort(): PhotologError {
  return new PhotologError("BODY_CUT_SHORT", "The body ended before it was complete.", {
    hint: "Ask with HEAD how much has arrived and go on from there.",
  });
}
