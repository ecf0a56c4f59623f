import * as Flags from "@oclif/core/flags";
import { resolve } from "node:path";
import { describe, PhotologCommand, settingsFlag } from "../../command.ts";
import { PhotologError } from "../../errors.ts";
import type { PublishOptions, PublishProgress, PublishReport } from "../../gallery/publish.ts";
import { SERVICES } from "../../photo.ts";
import type { Settings } from "../../settings.ts";
import type { BlobStore } from "../../storage/blob-store.ts";

interface Target {
  readonly store: BlobStore;
  readonly prefix: string;
  readonly encoding: PublishOptions["encoding"];
}

export default class GalleryPublish extends PhotologCommand {
  static override summary = "Publish a static gallery of what is backed up.";
  static override description =
    "Puts only what has changed since the last time: pictures, then pages, then the index. Nothing makes the gallery public; " +
    "if the world can read it and GALLERY_PUBLIC is not true, this says so and exits 1.";
  static override examples = [
    { description: "To the bucket (or the archive's folder)", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "To a folder that opens by double-click",
      command: "<%= config.bin %> <%= command.id %> --to ~/gallery",
    },
    "<%= config.bin %> <%= command.id %> --dry-run --json",
  ];
  static override enableJsonFlag = true;
  static override flags = {
    settings: settingsFlag,
    to: Flags.string({ description: "Publish to this folder instead.", helpValue: "DIR" }),
    "dry-run": Flags.boolean({ description: "Say what would be put and deleted, and do neither." }),
    now: Flags.boolean({ description: "Delete at once what no page refers to any more, not a week later." }),
    force: Flags.boolean({ description: "Delete even if more than a tenth of the site would go." }),
  };

  async run(): Promise<PublishReport> {
    const { flags } = await this.parse(GalleryPublish);
    const settings = await this.settings(flags.settings);
    const { publishGallery } = await import("../../gallery/publish.ts");
    const { openArchive } = await import("../../storage/open-archive.ts");
    const controller = new AbortController();
    process.once("SIGINT", () =>
      controller.abort(new PhotologError("INTERRUPTED", "Interrupted; run it again to go on.")),
    );
    return this.withDatabase(settings, async ({ catalog }) => {
      const target = await openTarget(settings, flags.to);
      const report = await this.withProgress((onProgress) =>
        publishGallery({
          catalog,
          archive: openArchive(settings.archive),
          target: target.store,
          options: {
            title: settings.gallery.title,
            prefix: target.prefix,
            ...(settings.gallery.url === undefined ? {} : { url: settings.gallery.url }),
            public: settings.gallery.public,
            places: settings.gallery.places,
            services: SERVICES.filter((name) => settings[name] !== undefined),
            encoding: target.encoding,
            force: flags.force,
            sweepNow: flags.now,
            dryRun: flags["dry-run"],
            onProgress,
          },
          signal: controller.signal,
        }),
      );
      this.tell(report, {
        place: `${target.store.address}${target.prefix && `/${target.prefix}`}`,
        dryRun: flags["dry-run"],
      });
      if (!flags["dry-run"] && flags.to === undefined) await this.checkPrivacy(settings, target, controller.signal);
      return report;
    });
  }

  private async checkPrivacy({ gallery }: Settings, { store, prefix }: Target, signal: AbortSignal): Promise<void> {
    const { checkPrivacy } = await import("../../gallery/privacy.ts");
    const { url, public: isPublic } = gallery;
    try {
      await checkPrivacy({
        target: store,
        prefix,
        ...(url === undefined ? {} : { url }),
        public: isPublic,
        fetch,
        signal,
      });
    } catch (error) {
      if (!(error instanceof PhotologError) || error.code !== "GALLERY_PUBLIC") throw error;
      // What was published is told all the same.
      process.stderr.write(`${describe(error)}\n`);
      process.exitCode = error.exit;
    }
  }

  /** On a terminal one line shows how far it is. */
  private async withProgress<T>(publish: (onProgress: (progress: PublishProgress) => void) => Promise<T>): Promise<T> {
    const { Listr } = await import("listr2");
    let result: { readonly value: T } | undefined;
    const quiet = this.jsonEnabled() || !process.stderr.isTTY;
    await new Listr(
      [
        {
          title: "Publishing the gallery",
          task: async (_context, task) => {
            const value = await publish(({ stage, done, total }) => {
              task.output =
                stage === "waiting"
                  ? "another publish may be at work: waiting whether it is"
                  : `${stage} ${done.toLocaleString("en")}${total === undefined ? "" : ` of ${total.toLocaleString("en")}`}`;
            });
            result = { value };
          },
        },
      ],
      { renderer: quiet ? "silent" : "default" },
    ).run();
    if (result === undefined) throw new PhotologError("INTERNAL", "Publishing ended without a result.");
    return result.value;
  }

  private tell(report: PublishReport, { place, dryRun }: { place: string; dryRun: boolean }): void {
    if (this.jsonEnabled()) return;
    const number = (n: number): string => n.toLocaleString("en");
    this.say(`${number(report.pages)} pages and ${number(report.pictures)} pictures in ${place}`);
    this.say(
      `${dryRun ? "would put" : "put"} ${number(report.put)}, unchanged ${number(report.unchanged)}, ` +
        `${dryRun ? "would delete" : "deleted"} ${number(report.deleted)}` +
        (report.waiting === 0 ? "" : `, kept for a week ${number(report.waiting)}`) +
        (dryRun ? "" : `; ${(report.bytes / 1e6).toFixed(1)} MB in ${report.seconds} s`),
    );
    if (report.url !== undefined) this.say(report.url);
  }
}

async function openTarget(settings: Settings, folder: string | undefined): Promise<Target> {
  const { archive, gallery } = settings;
  if (folder !== undefined || archive.kind === "folder") {
    const { openDirectory } = await import("../../storage/directory.ts");
    return folder === undefined
      ? {
          store: openDirectory(archive.kind === "folder" ? archive.folder : ""),
          prefix: gallery.prefix,
          encoding: "identity",
        }
      : { store: openDirectory(resolve(folder)), prefix: "", encoding: "identity" };
  }
  const { openS3 } = await import("../../storage/s3.ts");
  const { kind: _, ...options } = archive;
  const bucket = gallery.bucket ?? archive.bucket;
  // Another bucket is the gallery's own: the archive's prefix says nothing there.
  const prefix = bucket === archive.bucket ? archive.prefix : "";
  return { store: openS3({ ...options, bucket, prefix }), prefix: gallery.prefix, encoding: "gzip" };
}
