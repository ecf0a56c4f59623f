import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { localFault, type Spool } from "./spool.ts";

/** What is written beside the bytes of an upload that comes in pieces. */
export interface PartialRecord {
  /** Bytes that it will have. */
  readonly length: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where its pieces are checked one by one, only so many bytes are known to be right; whatever follows came without its end. */
  readonly checked?: number;
}

export function partialName(id: string): string {
  return `${id}.upload`;
}

export function recordName(id: string): string {
  return `${id}.upload.json`;
}

/** All of it or none; a half that is left is swept like any other. */
export async function writeRecord(spool: Spool, id: string, record: PartialRecord): Promise<void> {
  const half = spool.path(`${randomUUID()}.part`);
  try {
    await writeFile(half, JSON.stringify(record), { mode: 0o600 });
    await rename(half, spool.path(recordName(id)));
  } catch (error) {
    await rm(half, { force: true }).catch(() => undefined);
    throw localFault(error, spool.folder);
  }
}

/** Undefined where it is not what this program wrote: a power cut may leave it empty. */
export async function readRecord(spool: Spool, id: string): Promise<PartialRecord | undefined> {
  const path = spool.path(recordName(id));
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as Partial<PartialRecord> | null;
    const { length, metadata, checked } = record ?? {};
    if (!isSize(length) || typeof metadata !== "object" || metadata === null) return undefined;
    return { length, metadata, ...(isSize(checked) ? { checked } : {}) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw localFault(error, path);
  }
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
