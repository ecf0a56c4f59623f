/**
 * `/uploads/`: photos that come in pieces, over whatever line, by tus 1.0 (https://tus.io/protocols/resumable-upload). The last
 * piece is answered only when its photo is safe, as by `POST /photos/`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PATHS } from "../api.ts";
import type { Partials } from "../storage/partials.ts";
import type { PhotoParts } from "./photos.ts";
import type { UploadLocks } from "./tus-lock.ts";

export interface TusParts extends PhotoParts {
  readonly partials: Partials;
  readonly locks: UploadLocks;
}

const VERSION = "1.0.0";

/** The secret has been checked, and no byte of a body was read. */
export function tusRoutes(app: FastifyInstance, parts: TusParts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  app.addHook("onSend", async (_request, reply) => {
    reply.header("tus-resumable", VERSION);
    if (reply.statusCode === 412) reply.header("tus-version", VERSION);
  });

  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { answerTus } = await import("./tus-protocol.ts");
    const { status, headers, ingested } = await answerTus(request, parts);
    if (ingested !== undefined) {
      const { photo, created } = ingested;
      parts.wake();
      parts.metrics.countUpload(created ? "photo" : "duplicate", created ? photo.bytes : 0);
      request.log.info({ key: photo.key, bytes: photo.bytes, duplicate: !created, pieces: true }, "received");
    }
    return reply.code(status).headers(headers).send();
  };
  app.route({ method: ["OPTIONS", "POST"], url: PATHS.uploads, handler: answer });
  app.route({ method: ["HEAD", "OPTIONS", "PATCH", "DELETE", "POST"], url: `${PATHS.uploads}:id`, handler: answer });
}
