import * as Flags from "@oclif/core/flags";
import type { DeliveryState } from "../../api.ts";
import { jobArgs, jobFlags, JobsCommand } from "../../jobs-command.ts";
import { settingsFlag } from "../../command.ts";
import { type Column, formatTable, printable } from "../../table.ts";

interface ListedJob {
  readonly key: string;
  readonly filename: string;
  readonly destination: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly retry_at?: string;
  readonly error?: string;
  readonly hint?: string;
}

const UNFINISHED: readonly DeliveryState[] = ["queued", "running", "waiting", "parked", "failed"];

export default class JobsList extends JobsCommand {
  static override summary = "List single deliveries: those that are not done, or those in a given state.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    { description: "What failed, and why", command: "<%= config.bin %> <%= command.id %> --state failed" },
    "<%= config.bin %> <%= command.id %> --destination flickr --all --json",
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = jobArgs;
  static override flags = {
    settings: settingsFlag,
    ...jobFlags,
    all: Flags.boolean({ description: "Also those that are done, skipped, unsupported or cancelled." }),
    state: Flags.option({
      options: [...UNFINISHED, "done", "skipped", "unsupported", "cancelled"] as const,
      multiple: true,
      delimiter: ",",
    })({ description: "Only those in this state." }),
    limit: Flags.integer({ description: "At most so many photos.", default: 200, min: 1, helpValue: "N" }),
  };

  async run(): Promise<{ readonly jobs: readonly ListedJob[] }> {
    const { flags, argv } = await this.parse(JobsList);
    const settings = await this.settings(flags.settings);
    return this.withDatabase(settings, async ({ catalog, queue }) => {
      const { photoIdsIn, photoViews } = await import("../../server/views.ts");
      const named = await this.photosNamed(catalog, argv as string[]);
      const wanted: readonly DeliveryState[] | undefined = flags.state ?? (flags.all ? undefined : UNFINISHED);
      const ids = new Set<number>(named?.map((photo) => photo.id));
      if (named === undefined) {
        for (const state of wanted ?? [undefined]) {
          const page = { destination: flags.destination, before: Number.MAX_SAFE_INTEGER, limit: flags.limit };
          for (const id of await photoIdsIn(queue, { state, ...page })) ids.add(id);
        }
      }
      const photos = await catalog.byIds([...ids].toSorted((a, b) => a - b).slice(-flags.limit));
      const jobs = (await photoViews({ catalog, queue }, photos)).flatMap((view) =>
        Object.entries(view.destinations)
          .filter(([name, { state }]) => (flags.destination ?? name) === name && (wanted?.includes(state) ?? true))
          .map(([destination, delivery]) => ({ key: view.key, filename: view.filename, destination, ...delivery })),
      );
      if (!this.jsonEnabled()) this.say(describeJobs(jobs));
      return { jobs };
    });
  }
}

function describeJobs(jobs: readonly ListedJob[]): string {
  if (jobs.length === 0) return "Nothing is open.";
  const columns: Column[] = [
    { title: "key" },
    { title: "file" },
    { title: "destination" },
    { title: "state" },
    { title: "tries", align: "right" },
    { title: "next" },
    { title: "why" },
  ];
  const rows = jobs.map((job) => [
    job.key,
    shortened(printable(job.filename), 32),
    job.destination,
    job.state,
    String(job.attempts),
    job.retry_at === undefined ? "" : new Date(job.retry_at).toLocaleString("sv").slice(0, 16),
    printable([job.error, job.hint].filter(Boolean).join(" ")),
  ]);
  return formatTable(columns, rows);
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
