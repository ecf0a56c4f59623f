/** Puts the untouched original into the archive, proves it, and writes its record beside it. */
import { checksumsOf } from "../media/checksum.ts";
import { dayOf, type Photo } from "../photo.ts";
import type { Step } from "../queue/worker.ts";
import { photoOf, withFacts, withOriginal } from "./original.ts";
import type { Parts } from "./pipeline.ts";
import { besideKey, blobKeysFor, recordOf } from "./record.ts";

export function archive(parts: Parts): Step {
  return {
    name: "archive",
    concurrency: 2,
    async run(job, signal) {
      const photo = await photoOf(parts, job);
      await withOriginal(parts, { photo, signal }, async (original) => {
        const told = await withFacts(parts, photo, original);
        const key = await parts.catalog.decideBlobKey(photo.id, blobKeysFor(told, dayOf(told)));
        const proof = await parts.archive.put(
          {
            key,
            source: { path: original.path },
            size: original.bytes,
            sha256: original.sha256,
            contentType: photo.mime,
          },
          signal,
        );
        if (photo.md5 === undefined) {
          const { md5 } = proof.md5 === undefined ? await checksumsOf(original.path, ["md5"], signal) : proof;
          if (md5 !== undefined) await parts.catalog.recordMd5(photo.id, md5);
        }
      });
      await archiveRecord(parts, await photoOf(parts, job), signal);
      return "done";
    },
  };
}

/** The record, and the sidecars that are not in the archive yet. */
export async function archiveRecord(parts: Parts, photo: Photo, signal: AbortSignal): Promise<void> {
  const { catalog, spool } = parts;
  for (const sidecar of photo.sidecars) {
    if (sidecar.blobKey !== undefined || sidecar.spoolName === undefined) continue;
    const key = sidecarKey(photo, sidecar.sha256);
    await parts.archive.put(
      {
        key,
        source: { path: spool.path(sidecar.spoolName) },
        size: sidecar.bytes,
        sha256: sidecar.sha256,
        contentType: "application/octet-stream",
      },
      signal,
    );
    await catalog.recordSidecarBlob(photo.id, sidecar.sha256, key);
  }
  await parts.archive.put(
    recordOf(await photoOf(parts, { photoId: photo.id }), await catalog.receipts(photo.id)),
    signal,
  );
}

/** `<original>.xmp`; a second sidecar with the same extension carries its checksum. */
function sidecarKey(photo: Photo, sha256: string): string {
  const extension = (name: string): string => /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1]?.toLowerCase() ?? "sidecar";
  const position = photo.sidecars.findIndex((sidecar) => sidecar.sha256 === sha256);
  const own = extension(photo.sidecars[position]?.filename ?? "");
  const first = photo.sidecars.findIndex((sidecar) => extension(sidecar.filename) === own) === position;
  return besideKey(photo.blobKey ?? "", first ? own : `${sha256.slice(0, 12)}.${own}`);
}
