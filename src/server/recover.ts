import type { Logger } from "pino";
import type { Catalog } from "../catalog.ts";
import type { Queue } from "../queue/queue.ts";
import type { Partials } from "../storage/partials.ts";
import type { Spool } from "../storage/spool.ts";

/**
 * What a crash left: jobs that were running run again, halves of files go (unless their upload can be gone on with), and so do whole ones whose photo is safe without
 * them. Whole ones that nobody knows stay: the database that knows them may have been lost, or not be the one that was named.
 */
export async function recover(
  {
    catalog,
    queue,
    spool,
    partials,
  }: { readonly catalog: Catalog; readonly queue: Queue; readonly spool: Spool; readonly partials: Partials },
  log: Logger,
): Promise<void> {
  const rescued = await queue.rescue("everything");
  const needed = await catalog.spoolNames();
  const { removed: expired } = await partials.load(needed);
  const { removed, unknown } = await spool.sweep(needed);
  const checksums = [...new Set(unknown.map(({ sha256 }) => sha256))];
  const safe = await catalog.safe(checksums, (name) => spool.has(name));
  for (const sha256 of safe) await spool.forgetUnknown(sha256);
  if (rescued + removed + expired > 0) log.info({ rescued, swept: removed, expired }, "recovered from the last stop");
  const found = unknown.filter(({ sha256 }) => !safe.has(sha256)).length;
  if (found === 0) return;
  log.warn(
    {
      found,
      folder: spool.folder,
      hint: "Start photolog with the DB_FILE they belong to. If that is lost, give them a photo's extension and upload them again.",
    },
    "files of photos that this database does not know are in the spool",
  );
}
