/** Photos that the server has already: nothing of them is sent, but what is new about them is told. */
import { statSync } from "node:fs";
import type { PhotoAmendment } from "../api.ts";
import { SERVICES, type Checksum, type ServiceName } from "../photo.ts";
import type { Known } from "./answers.ts";
import { pathOf, type FoundSidecar } from "./entry.ts";
import { readWhole, type Identified } from "./identify.ts";
import type { Sighting } from "./journal.ts";
import { failure, isOf, type Run } from "./run.ts";
import type { Outcome } from "./tally.ts";

export const ON_SERVER = { outcome: "duplicate", reason: "on the server already" } as const satisfies Outcome;

interface Met {
  readonly photo: Identified;
  readonly known: Known;
}

/** Books each of them. Whether a photo stays away from a service is for a person to change, and so never changed by the way. */
export async function meetAgain(met: readonly Met[], run: Run): Promise<void> {
  const { options, tally } = run;
  const notes = await amend(met, run);
  for (const { photo, known } of met) {
    const { found, sha256, bytes } = photo;
    const { key } = known;
    const keptBack = keptBackOf(known, options);
    tally.keptBack(keptBack);
    const attached = found.sidecars.length === 0 ? undefined : await attach(photo, known, run);
    if (options.clearing !== undefined) run.arrivals.push({ file: found, sha256 });
    if (attached?.failed === undefined) {
      const reason = reasonWith(notes.get(sha256), attached?.note);
      // Of what stays away from a service people hear each time.
      const isTold = keptBack.length === 0 && { isTold: true as const };
      tally.end(found, { outcome: ON_SERVER.outcome, sha256, bytes, reason, key, ...isTold });
    } else tally.end(found, { ...attached.failed, key });
  }
}

/** Services that it does not go to because it was sent so once, and that nobody keeps it from this time. */
function keptBackOf({ skipped = [] }: Known, { skip, sendsSkipped }: Run["options"]): readonly ServiceName[] {
  return sendsSkipped ? [] : skipped.filter((name) => !skip.includes(name));
}

function reasonWith(...notes: readonly (string | undefined)[]): string {
  return notes.reduce<string>((reason, note) => (note === undefined ? reason : `${reason}; ${note}`), ON_SERVER.reason);
}

/** What was new, by checksum, for people. */
async function amend(met: readonly Met[], run: Run): Promise<ReadonlyMap<Checksum, string>> {
  const { client, connection, options, signal } = run;
  const wanted = met.flatMap(({ photo, known }) => amendmentOf(photo, known, run) ?? []);
  const notes = new Map<Checksum, string>();
  if (wanted.length === 0) return notes;
  if (options.isDryRun) {
    for (const { sha256, want } of wanted) if (want !== undefined) notes.set(sha256, sentTo(want, "would go"));
    return notes;
  }
  const changed = await connection.through(() => client.amend(wanted, signal));
  for (const { sha256, want } of wanted) {
    if (changed.has(sha256)) notes.set(sha256, want === undefined ? "tags or albums added" : sentTo(want, "goes"));
  }
  run.tally.amended(changed.size);
  return notes;
}

function sentTo(services: readonly ServiceName[], verb: string): string {
  return `${verb} to ${services.join(" and ")} now`;
}

function amendmentOf({ found, sha256 }: Identified, known: Known, { options }: Run): PhotoAmendment | undefined {
  const { tags, albums } = options.labelsOf(found);
  const skipped = options.sendsSkipped ? (known.skipped ?? []) : [];
  if (tags.length + albums.length + skipped.length === 0) return undefined;
  const want = SERVICES.filter((name) => skipped.includes(name) && !options.skip.includes(name));
  if (tags.length + albums.length + want.length === 0) return undefined;
  return {
    sha256,
    ...(tags.length === 0 ? {} : { tags }),
    ...(albums.length === 0 ? {} : { albums }),
    ...(want.length === 0 ? {} : { want }),
  };
}

/** Sidecars that came to lie beside the file later. */
async function attach(
  { found, sha256 }: Identified,
  known: Known,
  run: Run,
): Promise<{ readonly note?: string; readonly failed?: Outcome } | undefined> {
  try {
    const missing: FoundSidecar[] = [];
    for (const sidecar of found.sidecars) {
      const checksum = await checksumOf(sidecar, run);
      if (known.sidecars?.includes(checksum) !== true) missing.push(sidecar);
    }
    if (missing.length === 0) return undefined;
    const note = `${missing.length} sidecar${missing.length === 1 ? "" : "s"} added`;
    if (run.options.isDryRun) return { note: note.replace("added", "would be added") };
    const sidecars = missing.map((sidecar) => ({ path: pathOf(sidecar), filename: sidecar.name }));
    await run.connection.through(() => run.client.addSidecars(known.key, sidecars, run.signal));
    run.tally.attached(missing.length);
    return { note };
  } catch (error) {
    return { failed: failure(error, sha256) };
  }
}

async function checksumOf({ folder, name }: FoundSidecar, run: Run): Promise<Checksum> {
  const { size: bytes, mtimeMs: modified, ino: inode } = statSync(pathOf({ folder, name }));
  return recallOrRead({ folder, name, bytes, modified, inode }, run);
}

async function recallOrRead(file: Sighting, run: Run): Promise<Checksum> {
  return run.journal.find(file) ?? (await readWhole(file, run)).sha256;
}

/** What the server is told of the pictures beside a film or RAW file. A picture that cannot be read is not told of. */
export async function relatedTo({ found }: Identified, run: Run): Promise<readonly string[]> {
  const relation = found.kind === "video" ? "live" : "raw";
  const related: string[] = [];
  for (const partner of found.partners) {
    try {
      related.push(`${relation}:${await recallOrRead(partner, run)}`);
    } catch (error) {
      if (!isOf(error, "FILE_UNREADABLE", "FILE_CHANGED")) throw error;
    }
  }
  return related;
}
