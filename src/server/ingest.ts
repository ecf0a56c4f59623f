/** Takes one photo in: streams it to the spool, judges it by its content, and makes it safe before anybody is told. */
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import { recognise } from "../media/formats.ts";
import type { Checksum, Photo, Relation, ServiceName } from "../photo.ts";
import type { NewJob } from "../queue/job.ts";
import type { Incoming, Spool, SpoolFile } from "../storage/spool.ts";

/** A file of the request that is whole in the spool, though not safe yet. */
export interface Arrival {
  readonly filename: string;
  readonly incoming: Incoming;
  readonly file: SpoolFile;
}

export interface Wishes {
  readonly tags: readonly string[];
  readonly skip: ReadonlySet<ServiceName>;
  readonly targetDate?: string;
  readonly albums: readonly string[];
  readonly related: readonly Relation[];
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number;
  /** What the client says the checksum is. */
  readonly sha256?: Checksum;
}

export interface IngestParts {
  readonly catalog: Catalog;
  readonly spool: Spool;
  readonly jobsFor: (skip: ReadonlySet<ServiceName>) => readonly NewJob[];
  readonly now: () => number;
}

export interface Ingested {
  readonly photo: Photo;
  readonly created: boolean;
}

/**
 * Resolves when the photo cannot be lost any more: its file and its folder are on disk, then its row and its jobs.
 * Whatever is not taken is deleted, also when this rejects.
 */
export async function ingest(
  parts: IngestParts,
  { photo, sidecars }: { photo: Arrival; sidecars: readonly Arrival[] },
  wishes: Wishes,
): Promise<Ingested> {
  const arrivals = [photo, ...sidecars];
  let taken: ReadonlySet<string> = new Set();
  try {
    const { bytes, sha256, name: spoolName } = photo.file;
    if (bytes === 0) throw new PhotologError("NO_FILE", "The file is empty.");
    if (wishes.sha256 !== undefined && wishes.sha256 !== sha256) {
      throw new PhotologError("CHECKSUM_MISMATCH", `The file arrived with SHA-256 ${sha256}, not ${wishes.sha256}.`, {
        hint: "Send it again.",
      });
    }
    const format = await recognise(photo.incoming.path, photo.filename, photo.incoming.begins);
    if (format === undefined) {
      throw new PhotologError("UNSUPPORTED_MEDIA", "The file is neither a picture nor a video that photolog knows.");
    }
    await Promise.all(arrivals.map(({ incoming }) => incoming.keep()));
    const added = await parts.catalog.add(
      {
        sha256,
        bytes,
        filename: photo.filename,
        mime: format.mime,
        extension: format.extension,
        kind: format.kind,
        receivedAt: parts.now(),
        ...(wishes.targetDate === undefined ? {} : { targetDate: wishes.targetDate }),
        ...(wishes.modifiedAt === undefined ? {} : { modifiedAt: wishes.modifiedAt }),
        tags: wishes.tags,
        albums: wishes.albums,
        related: wishes.related,
        spoolName,
        sidecars: sidecars
          .filter(({ file }) => file.bytes > 0)
          .map(({ filename, file }) => ({ filename, sha256: file.sha256, bytes: file.bytes, spoolName: file.name })),
      },
      parts.jobsFor(wishes.skip),
      (name) => parts.spool.has(name),
    );
    taken = added.taken;
    for (const { file } of arrivals) if (taken.has(file.name)) await parts.spool.forgetUnknown(file.sha256);
    return { photo: added.photo, created: added.created };
  } finally {
    await Promise.all(arrivals.filter(({ file }) => !taken.has(file.name)).map(({ incoming }) => incoming.discard()));
  }
}
