import * as Flags from "@oclif/core/flags";
import { jobArgs, jobFlags, JobsCommand } from "../../jobs-command.ts";
import { settingsFlag } from "../../command.ts";
import { DESTINATIONS } from "../../photo.ts";
import type { JobState } from "../../queue/job.ts";

const UNSUCCESSFUL: readonly JobState[] = ["failed", "cancelled", "waiting"];

export default class JobsRetry extends JobsCommand {
  static override summary = "Try failed, cancelled or waiting deliveries again, now, and open their lanes.";
  static override description =
    "With `--destination renditions --all` every rendition is made again, from the originals in the archive: " +
    "useful after an update that decodes more or better.";
  static override examples = [
    { description: "One photo", command: "<%= config.bin %> <%= command.id %> 3fa9c1d2e4b5" },
    {
      description: "Everything that Flickr did not take",
      command: "<%= config.bin %> <%= command.id %> --destination flickr",
    },
    "<%= config.bin %> <%= command.id %> --all",
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = jobArgs;
  static override flags = {
    settings: settingsFlag,
    ...jobFlags,
    all: Flags.boolean({ description: "All photos; with --destination renditions, also those that have theirs." }),
  };

  async run(): Promise<{ readonly revived: number }> {
    const { flags, argv } = await this.parse(JobsRetry);
    const keys = argv as string[];
    this.mustMeanSomething(keys, flags);
    const settings = await this.settings(flags.settings);
    return this.withDatabase(settings, async ({ catalog, queue }) => {
      const photos = await this.photosNamed(catalog, keys);
      const again = flags.all && flags.destination === "renditions";
      const revived = await queue.revive({
        steps: flags.destination === undefined ? DESTINATIONS : [flags.destination],
        states: again
          ? [...UNSUCCESSFUL, "done", "unsupported"]
          : photos
            ? [...UNSUCCESSFUL, "unsupported"]
            : UNSUCCESSFUL,
        ...(photos === undefined ? {} : { photoIds: photos.map((photo) => photo.id) }),
      });
      this.say(`${revived} ${revived === 1 ? "delivery is" : "deliveries are"} due again.`);
      return { revived };
    });
  }
}
