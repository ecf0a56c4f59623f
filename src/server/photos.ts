/** The routes of photos: taking them in, telling about them, trying them again. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { FIELDS, PATHS, type PhotosAnswer, type UploadAnswer } from "../api.ts";
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import type { Photo } from "../photo.ts";
import type { Queue } from "../queue/queue.ts";
import type { Spool } from "../storage/spool.ts";
import { type Gate, proofOf } from "./authenticate.ts";
import { ingest, type Ingested, type IngestParts } from "./ingest.ts";
import type { Intake } from "./intake.ts";
import type { Metrics } from "./metrics.ts";
import { discardAll, type PhotoForm, readPhotoForm } from "./multipart.ts";
import { photoNamed } from "./photo-named.ts";
import { isDeliveryState, isDestination, photoIdsIn, photoViews } from "./views.ts";
import { wishesOf } from "./wishes.ts";

export interface PhotoParts extends IngestParts {
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly spool: Spool;
  readonly gate: Gate;
  readonly intake: Intake;
  readonly metrics: Metrics;
  readonly maxUploadSize: number;
  /** New work is due. */
  readonly wake: () => void;
}

/** What the multipart body may have besides the photo itself. */
const OVERHEAD = 2 * 1024 * 1024;
/** Without the secret in a header, or as a field before the file, a file is only known to be welcome when it is here. */
const LARGEST_OF_STRANGERS = 1024 ** 3;
const LONGEST_PAGE = 1000;

/** `POST /photos/`: the one route whose secret may come in the body, and even after the file. */
export function uploadRoute(app: FastifyInstance, parts: PhotoParts): void {
  app.post(PATHS.photos, async (request, reply) => {
    const announced = await refuseEarly(request, parts);
    const proof = proofOf(request.headers);
    if (proof !== undefined) await parts.gate.admit(proof, request.ip);
    let admitted = proof !== undefined;
    const place = await parts.intake.enter({ announced, stranger: !admitted });
    const { photo, created } = await receive().finally(() => place.leave());
    parts.wake();
    parts.metrics.countUpload(created ? "photo" : "duplicate", created ? photo.bytes : 0);

    async function receive(): Promise<Ingested> {
      const form = await readPhotoForm(request.raw, parts.spool, {
        largest: () => (admitted ? parts.maxUploadSize : Math.min(parts.maxUploadSize, LARGEST_OF_STRANGERS)),
        async onField(name, value) {
          if (name !== FIELDS.secret || proof !== undefined) return;
          await parts.gate.admit({ form: "md5", value }, request.ip);
          admitted = true;
        },
      });
      return takeIn(form, async () => {
        if (!admitted) await parts.gate.admit(undefined, request.ip);
        return parts;
      });
    }

    request.log.info({ key: photo.key, bytes: photo.bytes, duplicate: !created }, "received");
    const answer: UploadAnswer = {
      key: photo.key,
      sha256: photo.sha256,
      queued: created,
      ...(created ? {} : { reason: "duplicate" }),
    };
    return reply.code(created ? 202 : 200).send(answer);
  });
}

async function takeIn(form: PhotoForm, admit: () => Promise<IngestParts>): Promise<Ingested> {
  const { photo, sidecars } = form;
  try {
    const parts = await admit();
    const wishes = wishesOf(form.fields);
    if (photo === undefined) {
      throw new PhotologError("NO_FILE", `There is no file in the field ${FIELDS.file}.`);
    }
    return await ingest(parts, { photo, sidecars }, wishes);
  } catch (error) {
    await discardAll([...(photo === undefined ? [] : [photo]), ...sidecars]);
    throw error;
  }
}

/** What can be known from the headers is answered before a byte of the body is read. Answers the announced length. */
async function refuseEarly(request: FastifyRequest, parts: PhotoParts): Promise<number> {
  if (!/^multipart\/form-data\b/i.test(request.headers["content-type"] ?? "")) {
    const proof = proofOf(request.headers);
    await parts.gate.admit(proof, request.ip);
    throw new PhotologError("NO_FILE", "The body must be multipart/form-data with the field photo_file.");
  }
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > parts.maxUploadSize + OVERHEAD) {
    throw new PhotologError("TOO_LARGE", `Files may have ${parts.maxUploadSize} bytes at most.`);
  }
  return announced;
}

/** Everything else about photos; the secret has been checked. */
export function photoRoutes(app: FastifyInstance, parts: PhotoParts): void {
  const { catalog, queue } = parts;

  app.get(PATHS.photos, async (request): Promise<PhotosAnswer> => {
    const query = request.query as Record<string, string | undefined>;
    const { state, destination, after } = query;
    const limit = query["limit"] === undefined ? 100 : Number(query["limit"]);
    if (!Number.isInteger(limit) || limit < 1 || limit > LONGEST_PAGE) {
      throw new PhotologError("BAD_FIELD", `limit must be a number from 1 to ${LONGEST_PAGE}.`);
    }
    if (state !== undefined && !isDeliveryState(state)) throw new PhotologError("BAD_FIELD", "state is none.");
    if (destination !== undefined && !isDestination(destination)) {
      throw new PhotologError("BAD_FIELD", "destination is none.");
    }
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : (await photoNamed(catalog, after)).id;
    const photos = await pageOf(parts, { state, destination, before, limit: limit + 1 });
    const page = photos.slice(0, limit);
    const last = page.at(-1);
    return {
      photos: await photoViews(parts, page),
      ...(photos.length > limit && last !== undefined ? { next: last.key } : {}),
    };
  });

  app.get("/photos/:key", async (request) => {
    const photo = await photoNamed(catalog, (request.params as { key: string }).key);
    return (await photoViews(parts, [photo]))[0];
  });

  app.post("/photos/:key/retry", async (request: FastifyRequest, reply: FastifyReply) => {
    const photo = await photoNamed(catalog, (request.params as { key: string }).key);
    await queue.revive({ photoIds: [photo.id], states: ["failed", "cancelled", "waiting"] });
    parts.wake();
    return reply.send((await photoViews(parts, [photo]))[0]);
  });
}

/** The newest first. Without a destination, `done` asks for the photos of which everything is. */
async function pageOf(
  { catalog, queue }: PhotoParts,
  wanted: Parameters<typeof photoIdsIn>[1],
): Promise<readonly Photo[]> {
  const { state, destination, before, limit } = wanted;
  if (state === undefined && destination === undefined) return catalog.newest(limit, before);
  const ids =
    state === "done" && destination === undefined
      ? await queue.photoIds({ steps: ["release"], states: ["done"], beforePhotoId: before, limit })
      : await photoIdsIn(queue, wanted);
  return (await catalog.byIds(ids)).toReversed();
}
