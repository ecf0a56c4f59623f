import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { describe, PhotologCommand, settingsFlag } from "../command.ts";
import { PhotologError } from "../errors.ts";
import { SERVICES } from "../photo.ts";
import type { OldPicture } from "../pipeline/python-catalog.ts";
import type { Settings } from "../settings.ts";
import { printable } from "../table.ts";

/** Originals that are read at a time. */
const AT_ONCE = 4;

export interface ImportReport {
  readonly pictures: number;
  /** Taken into the catalog now. */
  readonly imported: number;
  /** Were in it before. */
  readonly known: number;
  readonly failed: readonly { readonly picture: number; readonly filename: string; readonly error: string }[];
}

export default class ImportOriginal extends PhotologCommand {
  static override summary = "Take over the photos of the Python photolog, without uploading them again.";
  static override description =
    "Reads its SQLite catalog and, once, each original in the archive: the checksums are compared, and nothing is copied, moved " +
    "or put again. Tags, names, notes and the addresses at Flickr and Google Photos come along, and nothing is sent there. " +
    "`photolog serve` then makes what the gallery shows. It can be stopped and run again; what is known is skipped.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> ~/photolog/photolog.db --dry-run",
    "<%= config.bin %> <%= command.id %> ~/photolog/photolog.db",
  ];
  static override enableJsonFlag = true;
  static override args = {
    DB_FILE: Args.string({ description: "The old catalog: its settings' DB_FILE.", required: true }),
  };
  static override flags = {
    settings: settingsFlag,
    "dry-run": Flags.boolean({ description: "Say what would be imported; read no original and change nothing." }),
  };

  async run(): Promise<ImportReport> {
    const { args, flags } = await this.parse(ImportOriginal);
    const settings = await this.settings(flags.settings);
    const { readPythonCatalog } = await import("../pipeline/python-catalog.ts");
    const pictures = await readPythonCatalog(args.DB_FILE);
    const report = await this.import(settings, pictures, flags["dry-run"]);
    const verb = flags["dry-run"] ? "to import" : "imported";
    this.say(
      `${report.pictures} pictures: ${report.imported} ${verb}, ${report.known} known before, ${report.failed.length} failed.`,
    );
    if (report.failed.length > 0) process.exitCode = 1;
    return report;
  }

  private import(settings: Settings, pictures: readonly OldPicture[], isDry: boolean): Promise<ImportReport> {
    const controller = new AbortController();
    process.once("SIGINT", () =>
      controller.abort(new PhotologError("INTERRUPTED", "Interrupted; run it again to go on.")),
    );
    return this.withDatabase(settings, async ({ catalog }) => {
      const { openArchive } = await import("../storage/open-archive.ts");
      const { openSpool } = await import("../storage/spool.ts");
      const { adopt } = await import("../pipeline/adopt.ts");
      const { keyInArchive } = await import("../pipeline/python-catalog.ts");
      const parts = {
        catalog,
        spool: openSpool(settings.uploadFolder, settings.spoolReserve),
        archive: openArchive(settings.archive),
        services: SERVICES.filter((name) => settings[name] !== undefined),
      };
      const place = settings.archive.kind === "s3" ? settings.archive : { prefix: "" };
      const counts = { imported: 0, known: 0 };
      const failed: { picture: number; filename: string; error: string }[] = [];
      const waiting = [...pictures];

      const importOne = async (picture: OldPicture): Promise<void> => {
        if (picture.md5 !== undefined && (await catalog.findByMd5(picture.md5)) !== undefined) {
          counts.known++;
          return;
        }
        const blobKey = keyInArchive(picture.original, place);
        if (blobKey === undefined) {
          throw new PhotologError(
            "NOT_FOUND",
            `Its original, ${picture.original || "of no address"}, is not in the archive.`,
            {
              hint: "S3_BUCKET and S3_PREFIX must be those that the Python program used.",
            },
          );
        }
        const isNew = isDry || (await adopt(parts, { ...picture, blobKey }, controller.signal)).created;
        counts[isNew ? "imported" : "known"]++;
      };
      const work = async (): Promise<void> => {
        for (let picture = waiting.shift(); picture !== undefined; picture = waiting.shift()) {
          controller.signal.throwIfAborted();
          try {
            await importOne(picture);
          } catch (error) {
            controller.signal.throwIfAborted();
            failed.push({ picture: picture.id, filename: picture.filename, error: describe(error) });
            process.stderr.write(`${printable(picture.filename)} (${picture.id}): ${printable(describe(error))}\n`);
          }
          this.showProgress(pictures.length - waiting.length, pictures.length);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return { pictures: pictures.length, ...counts, failed };
    });
  }

  /** On a terminal one line shows how far it is. */
  private showProgress(done: number, total: number): void {
    if (this.jsonEnabled() || !process.stderr.isTTY) return;
    process.stderr.write(`\r\u001b[K${done} of ${total}${done === total ? "\n" : ""}`);
  }
}
