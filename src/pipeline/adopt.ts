/** Takes into the catalog what the archive holds already: its bytes are read once, and neither copied nor put again. */
import { createHash } from "node:crypto";
import type { Catalog } from "../catalog.ts";
import { PhotologError } from "../errors.ts";
import { recognise } from "../media/formats.ts";
import { type Receipt, SERVICES, type ServiceName } from "../photo.ts";
import type { NewJob } from "../queue/job.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import type { Spool } from "../storage/spool.ts";
import { factsOf } from "./original.ts";

/** An original in the archive, and what an earlier program knew of it. */
export interface Found {
  readonly blobKey: string;
  readonly filename: string;
  /** What the bytes must have, lower-case hex; undefined where nobody knows. */
  readonly md5: string | undefined;
  readonly tags: readonly string[];
  readonly title?: string;
  readonly description?: string;
  /** `YYYY-MM-DD`, for a file that carries no date of its own. */
  readonly targetDate?: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Copies that are at the services. To the others it is not sent. */
  readonly receipts: Readonly<Partial<Record<ServiceName, Receipt>>>;
}

export interface AdoptParts {
  readonly catalog: Catalog;
  readonly spool: Spool;
  readonly archive: BlobStore;
  /** Those that are set up. */
  readonly services: readonly ServiceName[];
}

/**
 * Answers whether the photo is new to the catalog. Rejects with `BLOB_MISSING`, with `CHECKSUM_MISMATCH` where the bytes are not those
 * of which the earlier program knew, with `UNSUPPORTED_MEDIA`, and with the errors of the archive and of the spool.
 */
export async function adopt(
  { catalog, spool, archive, services }: AdoptParts,
  found: Found,
  signal: AbortSignal,
): Promise<{ readonly key: string; readonly created: boolean }> {
  const { blobKey, filename, tags, receivedAt, receipts } = found;
  const source = await archive.get(blobKey, signal);
  const copy = await spool.receive();
  try {
    const hash = createHash("md5");
    for await (const chunk of source) {
      hash.update(chunk as Buffer);
      await copy.write(chunk as Buffer);
    }
    const { bytes, sha256 } = await copy.finish();
    const md5 = hash.digest("hex");
    if (found.md5 !== undefined && found.md5 !== md5) {
      throw new PhotologError("CHECKSUM_MISMATCH", `${blobKey} has MD5 ${md5}, not ${found.md5}.`, {
        hint: "It is not the file that was once put there. Upload the right one, if you have it.",
      });
    }
    const format = await recognise(copy.path, filename);
    if (format === undefined) {
      throw new PhotologError("UNSUPPORTED_MEDIA", `${blobKey} is neither a picture nor a video that photolog knows.`);
    }
    const { mime, extension, kind } = format;
    const facts = await factsOf(copy.path, { mime, kind, filename, receivedAt });
    const { title = facts.title, description = facts.description } = found;
    return await catalog.adopt(
      {
        sha256,
        md5,
        bytes,
        filename,
        mime,
        extension,
        kind,
        receivedAt,
        ...(found.targetDate === undefined ? {} : { targetDate: found.targetDate }),
        tags,
        facts: {
          ...facts,
          ...(title === undefined ? {} : { title }),
          ...(description === undefined ? {} : { description }),
        },
        blobKey,
        receipts,
      },
      jobsOf(receipts, services),
    );
  } finally {
    source.destroy();
    await copy.discard();
  }
}

/** The archive has it, and where it is not yet it was not meant to go. */
function jobsOf(receipts: Found["receipts"], services: readonly ServiceName[]): readonly NewJob[] {
  return [
    { step: "archive", state: "done" },
    { step: "renditions", state: "queued" },
    ...SERVICES.filter((name) => receipts[name] !== undefined || services.includes(name)).map((name): NewJob => ({
      step: name,
      state: receipts[name] === undefined ? "skipped" : "done",
    })),
    { step: "release", state: "blocked" },
  ];
}
