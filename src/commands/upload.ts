import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Args, Flags } from "@oclif/core";
import { PhotologCommand } from "../command.ts";
import { PhotologError } from "../errors.ts";
import { SERVICES, type ServiceName } from "../photo.ts";
import { dataFolder } from "../settings.ts";
import type { ConnectionOptions } from "../upload/connection.ts";
import type { ProgressReporter } from "../upload/progress.ts";
import type { Lines } from "../upload/report.ts";
import type { Reporter } from "../upload/reporter.ts";

export default class Upload extends PhotologCommand {
  static override summary = "Send photos and films to a photolog server.";
  static override description =
    "Walks folders, asks the server what it has, and sends the rest: images, then RAW, then films. Run it again at any time: " +
    "nothing is sent twice, and files that have not changed are not even read. Where the server is and its secret stand in " +
    "~/.photolog; on the machine where `photolog serve` runs with its defaults, no file is needed. Exits 1 if a file failed, " +
    "75 if the server was lost (run it again to go on), 77 if the secret was refused.";
  static override examples = [
    {
      description: "A folder and a file, with tags",
      command: "<%= config.bin %> <%= command.id %> ~/Pictures/2024 DSC00647.JPG --tags vegas,travel",
    },
    {
      description: "What would be sent, without sending it",
      command: "<%= config.bin %> <%= command.id %> /media/card --dry-run",
    },
    {
      description: "To the archive only",
      command: "<%= config.bin %> <%= command.id %> scans --skip google,flickr --target-date 1974-08-01",
    },
    {
      description: "What another program has chosen",
      command: "find . -name '*.jpg' -newer last -print0 | <%= config.bin %> <%= command.id %> --filelist - --json",
    },
    { description: "Until everything is everywhere", command: "<%= config.bin %> <%= command.id %> trip --wait" },
  ];
  static override strict = false;
  static override args = {
    path: Args.string({
      description: "Files and folders; folders with all that is in them.",
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    tags: Flags.string({ description: "Comma-separated tags for every photo.", helpValue: "TAG,TAG" }),
    skip: Flags.string({
      description: "Destinations that these photos shall not go to: flickr, google (or gphotos).",
      helpValue: "NAME,NAME",
    }),
    host: Flags.string({ description: "The server, without a path: http://photos.example.org", helpValue: "URL" }),
    halt: Flags.boolean({
      description: "When the server is lost, ask whether to resume. Without it, or without a terminal: exit 75.",
      allowNo: true,
    }),
    filelist: Flags.string({
      description: "File with more paths, one a line or separated by NUL; - is stdin.",
      helpValue: "FILE",
    }),
    "target-date": Flags.string({
      description: "Day for photos that carry no date of their own.",
      helpValue: "YYYY-MM-DD",
    }),
    concurrency: Flags.integer({
      description: "Photos sent at the same time.",
      default: 4,
      min: 1,
      max: 32,
      helpValue: "N",
    }),
    "dry-run": Flags.boolean({ description: "Ask the server, but send nothing." }),
    wait: Flags.boolean({
      description: "Return only when every photo has reached every destination; exit 1 if one did not.",
    }),
    json: Flags.boolean({ description: "One JSON object for each file, then one with the summary." }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Upload);
    const cwd = process.cwd();
    const named = argv as string[];
    if (named.length === 0 && flags.filelist === undefined) {
      throw new PhotologError("USAGE", "Nothing to upload.", { hint: "Name files or folders, or give --filelist." });
    }
    const skip = servicesOf(flags.skip);
    const targetDate = flags["target-date"];
    if (targetDate !== undefined && !isDay(targetDate)) {
      throw new PhotologError("USAGE", `--target-date ${targetDate} is not a day; write YYYY-MM-DD.`);
    }
    const { readFileList } = await import("../upload/file-list.ts");
    const listed =
      flags.filelist === undefined ? [] : await readFileList(flags.filelist, { cwd, stdin: process.stdin });
    const options = {
      paths: [...named, ...listed],
      cwd,
      tags: listOf(flags.tags),
      skip,
      ...(targetDate === undefined ? {} : { targetDate }),
      concurrency: flags.concurrency,
      isDryRun: flags["dry-run"],
      waits: flags.wait,
    };

    const { journalFileOf, loadClientConfig } = await import("../upload/config.ts");
    const config = await loadClientConfig({
      flags,
      environment: process.env,
      cwd,
      localSecretFile: join(dataFolder(process.env), "api_secret"),
    });
    const { Journal } = await import("../upload/journal.ts");
    const { openClient } = await import("../upload/client.ts");
    const { exitOf, upload } = await import("../upload/upload.ts");
    for (const warning of config.warnings) this.warnOf(warning);
    const client = openClient({ ...config, connections: flags.concurrency + 1 });
    const journal = Journal.open(journalFileOf(process.env), (warning) => this.warnOf(warning));
    const reporter = await this.reporter(flags.json);
    const ask = config.halt && process.stdin.isTTY ? this.asking(config.host, reporter) : undefined;
    try {
      const summary = await upload(options, {
        client,
        journal,
        reporter,
        ...(ask === undefined ? {} : { ask }),
        now: Date.now,
        pause: (ms, signal) => this.pause(ms, signal),
        random: Math.random,
        signal: interruption(),
      });
      if (summary.duplicate > 0 && options.tags.length + options.skip.length > 0) {
        this.warnOf("--tags and --skip change nothing about photos that are on the server already.");
      }
      if (summary.ended !== undefined) throw summary.ended;
      this.exit(exitOf(summary));
    } finally {
      await client.close();
      journal.close();
    }
  }

  /** Milliseconds. */
  protected async pause(ms: number, signal: AbortSignal): Promise<void> {
    await setTimeout(ms, undefined, { signal });
  }

  private warnOf(warning: string): void {
    process.stderr.write(`Warning: ${warning}\n`);
  }

  private async reporter(isJson: boolean): Promise<Reporter & Partial<Pick<ProgressReporter, "pause">>> {
    const lines: Lines = {
      out: (line) => void process.stdout.write(`${line}\n`),
      err: (line) => void process.stderr.write(`${line}\n`),
    };
    const { jsonReporter, lineReporter } = await import("../upload/report.ts");
    if (isJson) return jsonReporter(lines);
    const isPlain =
      !process.stdout.isTTY || !process.stdout.columns || process.env["TERM"] === "dumb" || Boolean(process.env["CI"]);
    if (isPlain) return lineReporter(lines);
    const { openProgress } = await import("../upload/progress.ts");
    return openProgress({ ...lines, now: Date.now, columns: () => process.stdout.columns });
  }

  private asking(host: string, reporter: Partial<Pick<ProgressReporter, "pause">>): ConnectionOptions["ask"] {
    return async (error, signal) => {
      const { askToResume } = await import("../upload/ask-to-resume.ts");
      await reporter.pause?.();
      return this.interactively((terminal) =>
        askToResume(
          { error, host, signal },
          { say: (line) => void process.stderr.write(`${line}\n`), ask: terminal.ask },
        ),
      );
    };
  }
}

function listOf(text = ""): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/** The original's users write `google`. */
function servicesOf(text: string | undefined): ServiceName[] {
  const names = listOf(text).map((word) => {
    const name = word.toLowerCase() === "google" ? "gphotos" : word.toLowerCase();
    const service = SERVICES.find((one) => one === name);
    if (service === undefined) throw new PhotologError("USAGE", `--skip ${word}: can be flickr, google or gphotos.`);
    return service;
  });
  return [...new Set(names)];
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
  );
}

/** Aborted by the first Ctrl-C; the second one does not wait for anything. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      controller.abort();
      process.once(name, () => process.exit(130));
    });
  }
  return controller.signal;
}
