import * as Flags from "@oclif/core/flags";
import { jobArgs, jobFlags, JobsCommand } from "../../jobs-command.ts";
import { settingsFlag } from "../../command.ts";
import { PhotologError } from "../../errors.ts";
import { DESTINATIONS } from "../../photo.ts";

export default class JobsCancel extends JobsCommand {
  static override summary = "Give deliveries up: those queued, waiting, parked or failed.";
  static override description =
    "Nothing is deleted anywhere. When nothing else is open for a photo, its local copy goes; the archive keeps the original, " +
    "and its own delivery cannot be given up. `photolog jobs retry` takes a cancellation back.";
  static override examples = [
    {
      description: "One photo's copy at Flickr",
      command: "<%= config.bin %> <%= command.id %> 3fa9c1d2e4b5 --destination flickr",
    },
    {
      description: "Everything that waits for Google Photos",
      command: "<%= config.bin %> <%= command.id %> --destination gphotos",
    },
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = jobArgs;
  static override flags = { settings: settingsFlag, ...jobFlags, all: Flags.boolean({ description: "All photos." }) };

  async run(): Promise<{ readonly cancelled: number }> {
    const { flags, argv } = await this.parse(JobsCancel);
    const keys = argv as string[];
    this.mustMeanSomething(keys, flags);
    if (flags.destination === "archive") {
      throw new PhotologError("USAGE", "The archive's delivery cannot be given up: the original would be nowhere.");
    }
    const settings = await this.settings(flags.settings);
    return this.withDatabase(settings, async ({ catalog, queue }) => {
      const photos = await this.photosNamed(catalog, keys);
      const cancelled = await queue.cancel({
        steps:
          flags.destination === undefined ? DESTINATIONS.filter((name) => name !== "archive") : [flags.destination],
        ...(photos === undefined ? {} : { photoIds: photos.map((photo) => photo.id) }),
      });
      this.say(`${cancelled} ${cancelled === 1 ? "delivery is" : "deliveries are"} given up.`);
      return { cancelled };
    });
  }
}
