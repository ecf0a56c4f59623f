/** The routes by which a client learns what the server has. */
import { createHash, randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { type KnownView, PATHS, SESSION_HEADER, VERIFY_LIMIT, type VerifyAnswer } from "../api.ts";
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import { checksumsOf } from "../media/checksum.ts";
import { SERVICES, type Checksum, type Photo } from "../photo.ts";
import type { Queue } from "../queue/queue.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { Spool } from "../storage/spool.ts";
import { stateOf } from "./views.ts";

export interface VerifyParts {
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly spool: Spool;
  readonly archive: BlobStore;
}

/** Questions to the archive that may be under way at the same time. */
const QUESTIONS_AT_ONCE = 8;

export function verifyRoutes(app: FastifyInstance, parts: VerifyParts): void {
  const session = randomUUID();

  app.get(PATHS.verify, async (request, reply) => {
    const { filename = "", checksum = "" } = request.query as { filename?: string; checksum?: string };
    if (!/^[0-9a-f]{32}$/i.test(checksum)) {
      throw new PhotologError("BAD_FIELD", "checksum must be an MD5 of 32 hex digits.");
    }
    return reply.code((await isKnown(parts, { filename, md5: checksum.toLowerCase() })) ? 204 : 404).send();
  });

  app.post(PATHS.verify, async (request, reply): Promise<VerifyAnswer> => {
    const { catalog, queue } = parts;
    const photos = await catalog.known(checksumsAsked(request.body));
    const jobs = Map.groupBy(await queue.list({ photoIds: photos.map(({ id }) => id) }), (job) => job.photoId);
    const asked = new AbortController();
    reply.raw.once("close", () => asked.abort());
    const archived = asksArchive(request.body) ? await archivedAmong(parts, photos, asked.signal) : undefined;
    const known = photos.map(({ id, key, sha256, sidecars }): readonly [string, KnownView] => {
      const own = jobs.get(id) ?? [];
      const skipped = SERVICES.filter((name) => own.some(({ step, state }) => step === name && state === "skipped"));
      const view: KnownView = {
        key,
        state: stateOf(own),
        ...(sidecars.length === 0 ? {} : { sidecars }),
        ...(skipped.length === 0 ? {} : { skipped }),
        ...(archived === undefined ? {} : { archived: archived.has(sha256) }),
      };
      return [sha256, view];
    });
    void reply.header(SESSION_HEADER, session);
    return { known: Object.fromEntries(known) };
  });
}

function checksumsAsked(body: unknown): string[] {
  const asked: unknown = typeof body === "object" && body !== null && "sha256" in body ? body.sha256 : undefined;
  if (!Array.isArray(asked)) throw new PhotologError("BAD_FIELD", 'The body must be {"sha256": [checksums]}.');
  if (asked.length > VERIFY_LIMIT) {
    throw new PhotologError("BAD_FIELD", `At most ${VERIFY_LIMIT} checksums may be asked for at once.`);
  }
  const checksums = asked.map((one) => (typeof one === "string" ? one.toLowerCase() : ""));
  if (checksums.some((one) => !/^[0-9a-f]{64}$/.test(one))) {
    throw new PhotologError("BAD_FIELD", "Each checksum must be a SHA-256 of 64 hex digits.");
  }
  return checksums;
}

function asksArchive(body: unknown): boolean {
  return typeof body === "object" && body !== null && "archive" in body && body.archive === true;
}

/**
 * Those whose originals (and sidecars) the archive holds, by its own word of this moment: somebody is about to delete the only other copy. Rejects
 * where the archive cannot be asked.
 */
async function archivedAmong(
  { catalog, queue, archive }: VerifyParts,
  known: readonly Pick<Photo, "id">[],
  signal: AbortSignal,
): Promise<ReadonlySet<Checksum>> {
  const ids = known.map(({ id }) => id);
  const jobs = await queue.list({ photoIds: ids, steps: ["archive"], states: ["done"] });
  const done = new Set(jobs.map(({ photoId }) => photoId));
  const waiting = (await catalog.byIds(ids)).filter(({ id }) => done.has(id));
  const held = new Set<Checksum>();
  const askInTurn = async (): Promise<void> => {
    for (let photo = waiting.pop(); photo !== undefined; photo = waiting.pop()) {
      if (await isHeld(archive, photo, signal)) held.add(photo.sha256);
    }
  };
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, askInTurn));
  return held;
}

async function isHeld(archive: BlobStore, photo: Photo, signal: AbortSignal): Promise<boolean> {
  const { blobKey, bytes, sha256, sidecars } = photo;
  if (blobKey === undefined || sidecars.some((sidecar) => sidecar.blobKey === undefined)) return false;
  const kept = await archive.stat(blobKey, signal);
  if (kept?.size !== bytes) return false;
  return (kept.sha256 ?? (await readBack(archive, blobKey, signal))) === sha256;
}

async function readBack(archive: BlobStore, key: string, signal: AbortSignal): Promise<Checksum> {
  const hash = createHash("sha256");
  for await (const chunk of await archive.get(key, signal)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/**
 * The original client's question. Nothing needs MD5 while a photo comes in, so the ones that are asked for before the
 * archive step has computed it are computed here.
 */
async function isKnown(parts: VerifyParts, asked: { filename: string; md5: string }): Promise<boolean> {
  if ((await parts.catalog.findByMd5(asked.md5)) !== undefined) return true;
  for (const photo of await parts.catalog.unhashed(asked.filename)) {
    const { md5 } = await checksumsOf(parts.spool.path(photo.spoolName ?? ""), ["md5"]);
    if (md5 === undefined) continue;
    await parts.catalog.recordMd5(photo.id, md5);
    if (md5 === asked.md5) return true;
  }
  return false;
}
