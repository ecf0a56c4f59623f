/** The HTTP side of `photolog serve`: routes, who may use them, and how failures are told. */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import Fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import type { Logger } from "pino";
import type { ProblemAnswer, StatusAnswer } from "../api.ts";
import { PhotologError } from "../errors.ts";
import { type AmendParts, amendRoutes } from "./amend.ts";
import { proofOf, TooManyAttempts } from "./authenticate.ts";
import { type GalleryParts, galleryRoutes } from "./gallery.ts";
import { photoRoutes, uploadRoute } from "./photos.ts";
import { OPENAPI } from "./openapi.ts";
import { type TusParts, tusRoutes } from "./tus.ts";
import { type VerifyParts, verifyRoutes } from "./verify.ts";

export interface AppParts extends TusParts, AmendParts, VerifyParts {
  readonly log: Logger;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly status: () => Promise<StatusAnswer>;
  readonly isDraining: () => boolean;
  readonly gallery: GalleryParts;
}

/** Longest silence of a client in the middle of a body. */
const SILENCE_MS = 60_000;
const RETRY_AFTER_SECONDS = 10;
/** How much of a refused body is still read, so that the client sees the answer instead of a broken connection. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 5_000;

export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    // Bodies may take hours on a slow line; silence may not.
    requestTimeout: 0,
    connectionTimeout: SILENCE_MS,
    // A proxy on this machine tells who asks, so that one who guesses secrets does not slow down everybody else.
    trustProxy: "loopback",
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    ...(parts.tls === undefined
      ? {}
      : { https: { cert: readFileSync(parts.tls.cert), key: readFileSync(parts.tls.key) } }),
  }) as unknown as FastifyInstance;

  // The upload's body is read by its route, as it comes.
  app.addContentTypeParser("multipart/form-data", (_request, _body, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    answerProblem(new PhotologError("NOT_FOUND", "There is nothing here."), request, reply),
  );

  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/openapi.json", async () => OPENAPI);
  app.get("/readyz", async () => {
    refuseWhileDraining(parts);
    if ((await parts.spool.room()) === 0) throw new PhotologError("DISK_FULL", "There is no room for photos now.");
    return { status: "ready" };
  });

  await app.register(async (open) => {
    open.addHook("onRequest", async () => refuseWhileDraining(parts));
    uploadRoute(open, parts);
  });
  await app.register(async (pieces) => {
    pieces.addHook("onRequest", async (request) => {
      refuseWhileDraining(parts);
      await parts.gate.admit(proofOf(request.headers), request.ip);
    });
    tusRoutes(pieces, parts);
  });
  await app.register(async (locked) => {
    locked.addHook("onRequest", async (request) => parts.gate.admit(proofOf(request.headers), request.ip));
    verifyRoutes(locked, parts);
    photoRoutes(locked, parts);
    await locked.register(async (open) => {
      open.addHook("onRequest", async () => refuseWhileDraining(parts));
      amendRoutes(open, parts);
    });
    locked.get("/status", () => parts.status());
    locked.get("/metrics", async (_request, reply) =>
      reply.type(parts.metrics.contentType).send(await parts.metrics.text()),
    );
  });
  await app.register((pages) => galleryRoutes(pages, parts.gallery));
  return app;
}

function refuseWhileDraining(parts: AppParts): void {
  if (parts.isDraining()) throw new PhotologError("DRAINING", "The server is stopping.", { hint: "Try again soon." });
}

async function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const failure = problemOf(error as FastifyError);
  if (failure.status === 500) request.log.error({ err: error, code: failure.code }, failure.message);
  else request.log.info({ code: failure.code, status: failure.status }, failure.message);
  if (failure.status === 503) reply.header("retry-after", RETRY_AFTER_SECONDS);
  if (failure instanceof TooManyAttempts) reply.header("retry-after", failure.retryAfterSeconds);
  if (failure.status === 401) reply.header("www-authenticate", 'Bearer realm="photolog"');
  const problem: ProblemAnswer = {
    type: "about:blank",
    title: failure.code.toLowerCase().replaceAll("_", " "),
    status: failure.status,
    code: failure.code,
    detail: failure.status === 500 ? "Something went wrong on the server; its log says what." : failure.message,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  };
  const text = JSON.stringify(problem);
  reply.code(failure.status).type("application/problem+json");
  if (request.raw.complete) return void (await reply.send(text));
  await reply
    .header("connection", "close")
    .header("content-length", Buffer.byteLength(text))
    .send(linger(request, text));
}

/** Fastify's own refusals (a body that is no JSON, too large …) in our words. */
function problemOf(error: FastifyError): PhotologError {
  if (error instanceof PhotologError) return error;
  const status = error.statusCode ?? 500;
  if (status === 413) return new PhotologError("TOO_LARGE", "The body is too large.", { cause: error });
  if (status >= 400 && status < 500) return new PhotologError("BAD_FIELD", error.message, { cause: error });
  return new PhotologError("INTERNAL", error.message, { cause: error });
}

/**
 * All of the answer at once, whose end comes only with that of the body: Node closes the connection then, and a client that is
 * still sending would see that instead of the answer.
 */
function linger({ raw }: FastifyRequest, text: string): Readable {
  let left = LINGER_BYTES;
  const answer = new Readable({ read: () => undefined });
  answer.push(text);
  const end = (): void => {
    clearTimeout(timer);
    answer.push(null);
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  raw.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  for (const event of ["end", "close", "error"]) raw.on(event, end);
  if (raw.destroyed) end();
  raw.resume();
  return answer;
}
