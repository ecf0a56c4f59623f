/** Uploads that come in pieces and are not whole yet: in the spool's folder, until they are photos or have expired. */
import { readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { systemCodeOf } from "../errors.ts";
import { PartialFile } from "./partial-file.ts";
import { partialName, type PartialRecord, readRecord, recordName, writeRecord } from "./partial-record.ts";
import { localFault, type Spool, UUID } from "./spool.ts";

const EXPIRY_MS = 24 * 60 * 60_000;
/** So long after its last byte an upload still has its room; whoever comes back later has to find it anew. */
const PROMISE_MS = 15 * 60_000;

export interface Partials {
  /**
   * Finds what the last run of the server left, removing what has expired. One that was whole but is none of the needed files of
   * the spool never became a photo, so it waits again. Once, before the spool is swept.
   */
  load(needed: ReadonlySet<string>): Promise<{ readonly removed: number }>;
  /** `id` is a random UUID that no other has. */
  create(wanted: Omit<PartialRecord, "checked"> & { readonly id: string }): Promise<PartialFile>;
  /** Undefined where it is unknown, has become a photo, or has expired. */
  find(id: string): PartialFile | undefined;
  /** So long after its last byte an upload can be gone on with. */
  readonly expiryMs: number;
  /** Has become a photo or never will. */
  forget(partial: PartialFile): void;
  /** Removes what has expired. */
  sweep(): Promise<{ readonly removed: number }>;
  /** Bytes that the uploads under way still need. */
  promised(): number;
}

export function openPartials(spool: Spool, now: () => number): Partials {
  const partials = new Map<string, PartialFile>();
  const expired = (partial: PartialFile): boolean => !partial.isOpen && partial.lastByteAt + EXPIRY_MS <= now();

  async function sweep(): Promise<{ readonly removed: number }> {
    const over = [...partials.values()].filter(expired);
    for (const partial of over) {
      partials.delete(partial.id);
      await partial.end("refused");
    }
    return { removed: over.length };
  }

  return {
    async load(needed) {
      const names = await readdir(spool.folder);
      let removed = 0;
      for (const id of idsIn(names)) {
        const found = await find(spool, { id, names, needed });
        if (found === undefined) removed++;
        else partials.set(id, new PartialFile({ id, ...found }, { spool, now }));
      }
      return { removed: removed + (await sweep()).removed };
    },
    async create({ id, length, metadata }) {
      const record = { length, metadata };
      try {
        await writeFile(spool.path(partialName(id)), "", { flag: "wx", mode: 0o600 });
      } catch (error) {
        throw localFault(error, spool.folder);
      }
      const partial = new PartialFile({ id, record, bytes: 0, lastByteAt: now() }, { spool, now });
      try {
        await writeRecord(spool, id, record);
      } catch (error) {
        await partial.end("refused");
        throw error;
      }
      partials.set(id, partial);
      return partial;
    },
    find(id) {
      const partial = partials.get(id);
      return partial === undefined || expired(partial) ? undefined : partial;
    },
    expiryMs: EXPIRY_MS,
    forget: (partial) => void partials.delete(partial.id),
    sweep,
    promised() {
      const since = now() - PROMISE_MS;
      return [...partials.values()]
        .filter((partial) => partial.isOpen || partial.wantedAt > since || partial.lastByteAt > since)
        .reduce((sum, partial) => sum + partial.length - partial.bytes, 0);
    },
  };
}

const PARTIAL = new RegExp(`^(${UUID})\\.upload(?:\\.json)?$`);

function idsIn(names: readonly string[]): Set<string> {
  return new Set(names.flatMap((name) => PARTIAL.exec(name)?.[1] ?? []));
}

/** Undefined where it can never be gone on with; then nothing of it is left. */
async function find(
  spool: Spool,
  { id, names, needed }: { id: string; names: readonly string[]; needed: ReadonlySet<string> },
): Promise<{ record: PartialRecord; bytes: number; lastByteAt: number } | undefined> {
  const path = spool.path(partialName(id));
  const record = names.includes(recordName(id)) ? await readRecord(spool, id) : undefined;
  const whole = names.find((name) => name.length > id.length + 64 && name.endsWith(`-${id}`));
  if (record !== undefined && !names.includes(partialName(id)) && whole !== undefined && !needed.has(whole)) {
    await rename(spool.path(whole), path);
  }
  const found = await stat(path).catch((error: unknown) => {
    if (systemCodeOf(error) !== "ENOENT") throw localFault(error, path);
  });
  if (record === undefined || found === undefined) {
    await rm(path, { force: true });
    await rm(spool.path(recordName(id)), { force: true });
    return undefined;
  }
  const bytes = Math.min(found.size, record.checked ?? found.size, record.length);
  return { record, bytes, lastByteAt: found.mtimeMs };
}
