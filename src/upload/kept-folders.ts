/**
 * Folders of which the server has every photo. While it runs it forgets none, and says in which session it is; so a folder that is the
 * same down to the last file is not asked for photo by photo again.
 */
import { createHash } from "node:crypto";
import type { Found } from "./entry.ts";
import type { Journal, KeptDigests } from "./journal.ts";
import { knownToServer, type Run, type UploadOptions, type UploadParts } from "./run.ts";
import type { Outcome } from "./tally.ts";

/** Files of one folder that were found together and have not all ended yet. */
interface Open {
  readonly files: readonly Found[];
  waiting: number;
}

export class KeptFolders {
  readonly #options: UploadOptions;
  readonly #journal: Journal;
  readonly #digests: KeptDigests;
  readonly #isUsed: boolean;
  readonly #open = new Map<Found, Open>();
  /** That of the server, by all its answers in this run. */
  readonly #sessions = new Set<string>();
  #isAsked = false;

  constructor(options: UploadOptions, { client, journal, reporter }: UploadParts) {
    this.#options = options;
    this.#journal = journal;
    this.#digests = journal.keptDigests(client.host);
    // For these it takes more than that the server has a photo.
    this.#isUsed =
      !options.sendsSkipped && !options.waits && options.clearing === undefined && reporter.tellsChecksums !== true;
  }

  /** Whether the server has all of these, which were found together in one folder, and has heard all that there is to say of them. */
  async has(files: readonly Found[], run: Run): Promise<boolean> {
    if (!this.#isUsed || !isPlain(files)) return false;
    if (this.#sessions.size === 0 && !this.#isAsked && this.#digests.isAny()) {
      this.#isAsked = true;
      await knownToServer([], run);
    }
    const session = this.#session();
    return session !== undefined && this.#digests.has(session, this.#digestOf(files));
  }

  heard(session: string): void {
    this.#sessions.add(session);
  }

  /** Hears of these, all that there are in one folder, by `ended`. */
  expect(files: readonly Found[]): void {
    if (this.#options.isDryRun || !isPlain(files)) return;
    const open = { files, waiting: files.length };
    for (const file of files) this.#open.set(file, open);
  }

  ended(file: Found, { isTold }: Outcome): void {
    const open = this.#open.get(file);
    if (open === undefined) return;
    if (isTold !== true) return this.#giveUp(open);
    this.#open.delete(file);
    if (--open.waiting > 0) return;
    const session = this.#session();
    // What the journal has not noted may change without looking like it.
    if (session === undefined || open.files.some((one) => this.#journal.find(one) === undefined)) return;
    this.#digests.put(session, this.#digestOf(open.files));
  }

  #giveUp({ files }: Open): void {
    for (const file of files) this.#open.delete(file);
  }

  /** Undefined where the server has not told one, or has been started anew since the run began. */
  #session(): string | undefined {
    return this.#sessions.size === 1 ? [...this.#sessions][0] : undefined;
  }

  #digestOf(files: readonly Found[]): Buffer {
    const { labelsOf, skip } = this.#options;
    const [first] = files;
    const numbers = new Float64Array(files.length * 3);
    for (const [index, { bytes, modified, inode }] of files.entries()) numbers.set([bytes, modified, inode], index * 3);
    // Labels follow from the folder.
    const said = [first?.folder, first && labelsOf(first), skip, files.map(({ name }) => name)];
    return createHash("sha256").update(JSON.stringify(said)).update(numbers).digest();
  }
}

/** Of a sidecar that lies beside a photo the server is asked each time. */
function isPlain(files: readonly Found[]): boolean {
  return files.length > 0 && files.every(({ sidecars }) => sidecars.length === 0);
}
