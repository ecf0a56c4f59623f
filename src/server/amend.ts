/** The routes by which more is told of photos that the server has already. */
import type { FastifyInstance } from "fastify";
import { type AmendAnswer, FIELDS, PATHS, type PhotoAmendment, type SidecarsAnswer, VERIFY_LIMIT } from "../api.ts";
import type { Amendment, Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import type { Checksum } from "../photo.ts";
import type { Spool } from "../storage/spool.ts";
import type { Arrival } from "./ingest.ts";
import type { Intake } from "./intake.ts";
import { discardAll, readPhotoForm } from "./multipart.ts";
import { photoNamed } from "./photo-named.ts";
import { albumsOf, relatedOf, servicesOf, tagsOf } from "./wishes.ts";

export interface AmendParts {
  readonly catalog: Catalog;
  readonly spool: Spool;
  readonly intake: Intake;
  /** New work is due. */
  readonly wake: () => void;
}

/** A thousand photos with some tags each. */
const LONGEST_QUESTION = 4 * 1024 * 1024;

export function amendRoutes(app: FastifyInstance, parts: AmendParts): void {
  const { catalog, wake } = parts;

  app.post(PATHS.amend, { bodyLimit: LONGEST_QUESTION }, async (request): Promise<AmendAnswer> => {
    const answers = await catalog.amend(amendmentsIn(request.body));
    wake();
    return { photos: Object.fromEntries(answers) };
  });

  app.post(`${PATHS.photos}:key/sidecars`, async (request): Promise<SidecarsAnswer> => {
    const photo = await photoNamed(catalog, (request.params as { key: string }).key);
    const announced = Number(request.headers["content-length"] ?? 0);
    const place = await parts.intake.enter({ announced, stranger: false });
    try {
      const form = await readPhotoForm(request.raw, parts.spool, { largest: () => 0, onField: async () => undefined });
      const arrivals = [...form.sidecars, ...(form.photo === undefined ? [] : [form.photo])];
      const added = await attach(parts, { photoId: photo.id, arrivals, given: form.sidecars });
      wake();
      return { key: photo.key, added };
    } finally {
      place.leave();
    }
  });
}

/** Whatever is not taken is deleted, also when this rejects. Answers how many were new. */
async function attach(
  { catalog, spool }: AmendParts,
  { photoId, arrivals, given }: { photoId: number; arrivals: readonly Arrival[]; given: readonly Arrival[] },
): Promise<number> {
  let taken: ReadonlySet<string> = new Set();
  try {
    if (given.length === 0) throw new PhotologError("NO_FILE", `There is no file in the field ${FIELDS.sidecar}.`);
    const whole = given.filter(({ file }) => file.bytes > 0);
    await Promise.all(whole.map(({ incoming }) => incoming.keep()));
    taken = await catalog.attach(
      photoId,
      whole.map(({ filename, file }) => ({
        filename,
        sha256: file.sha256,
        bytes: file.bytes,
        spoolName: file.name,
      })),
    );
    for (const { file } of whole) if (taken.has(file.name)) await spool.forgetUnknown(file.sha256);
    return taken.size;
  } finally {
    await discardAll(arrivals.filter(({ file }) => !taken.has(file.name)));
  }
}

function amendmentsIn(body: unknown): ReadonlyMap<Checksum, Amendment> {
  const photos: unknown = typeof body === "object" && body !== null && "photos" in body ? body.photos : undefined;
  if (!Array.isArray(photos)) throw new PhotologError("BAD_FIELD", 'The body must be {"photos": [photos]}.');
  if (photos.length > VERIFY_LIMIT) {
    throw new PhotologError("BAD_FIELD", `At most ${VERIFY_LIMIT} photos may be amended at once.`);
  }
  return new Map(photos.map(amendmentOf));
}

function amendmentOf(given: unknown): readonly [Checksum, Amendment] {
  const { sha256, tags, albums, related, want } = (given ?? {}) as {
    readonly [name in keyof PhotoAmendment]?: unknown;
  };
  const checksum = typeof sha256 === "string" ? sha256.toLowerCase() : "";
  if (!/^[0-9a-f]{64}$/.test(checksum)) {
    throw new PhotologError("BAD_FIELD", "Each photo needs its SHA-256 of 64 hex digits.");
  }
  const amendment = {
    tags: tagsOf(textsOf(tags, FIELDS.tags)),
    albums: albumsOf(textsOf(albums, "albums")),
    related: relatedOf(textsOf(related, FIELDS.related)),
    want: [...servicesOf(textsOf(want, "want"), "want")],
  };
  return [checksum, amendment];
}

function textsOf(given: unknown, name: string): readonly string[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.some((text) => typeof text !== "string")) {
    throw new PhotologError("BAD_FIELD", `${name} must be a list of texts.`);
  }
  return given as string[];
}
