import { dirname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { InferredFlags } from "@oclif/core/interfaces";
import { PhotologCommand } from "../command.ts";
import { PhotologError } from "../errors.ts";
import { SERVICES, type ServiceName } from "../photo.ts";
import { dataFolder } from "../settings.ts";
import type { ProgressReporter } from "../upload/progress.ts";
import type { Lines } from "../upload/report.ts";
import type { Reporter } from "../upload/reporter.ts";
import type { UploadOptions, UploadParts } from "../upload/run.ts";
import type { Summary } from "../upload/tally.ts";

type Ask = NonNullable<UploadParts["ask"]>;

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
    {
      description: "All but the drafts, each photo in an album of its folder's name",
      command: "<%= config.bin %> <%= command.id %> ~/Pictures --exclude drafts --album-from-folders",
    },
    { description: "Until everything is everywhere", command: "<%= config.bin %> <%= command.id %> trip --wait" },
    {
      description: "Whatever comes into a folder, which is emptied as the archive fills",
      command: "<%= config.bin %> <%= command.id %> ~/Inbox --watch --move-done ~/Sent",
    },
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
    "tags-from-folders": Flags.boolean({
      description: "Tag each photo with the names of the folders it lies in, below the one that is named here.",
    }),
    album: Flags.string({ description: "Album for every photo, at Flickr and Google Photos.", helpValue: "TITLE" }),
    "album-from-folders": Flags.boolean({ description: "Put each photo into an album of its folder's name." }),
    skip: Flags.string({
      description: "Destinations that these photos shall not go to: flickr, google (or gphotos).",
      helpValue: "NAME,NAME",
    }),
    "send-skipped": Flags.boolean({
      description: "Photos that were kept from a destination when first sent go there now, unless --skip names it.",
    }),
    include: Flags.string({
      description: "Only files that match this pattern: *.jpg anywhere, 2024/** below the named folder. Repeatable.",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "GLOB",
    }),
    exclude: Flags.string({
      description: "Leave out files and folders that match this pattern. Repeatable.",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "GLOB",
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
      description: "Photos sent at the same time, at most; fewer on a slow line.",
      default: 4,
      min: 1,
      max: 32,
      helpValue: "N",
    }),
    "dry-run": Flags.boolean({ description: "Ask the server, but send nothing." }),
    wait: Flags.boolean({
      description: "Return only when every photo has reached every destination; exit 1 if one did not.",
    }),
    watch: Flags.boolean({
      description: "Go on until Ctrl-C: send what is added to the folders, once nobody writes to it any more.",
      exclusive: ["dry-run", "wait", "filelist"],
    }),
    "move-done": Flags.string({
      description: "Move files to this folder once the archive is proven to hold them.",
      helpValue: "DIR",
      exclusive: ["delete-done"],
    }),
    "delete-done": Flags.boolean({ description: "Delete files once the archive is proven to hold them." }),
    quiet: Flags.boolean({ char: "q", description: "Tell of trouble only, and the counts at the end." }),
    json: Flags.boolean({ description: "One JSON object for each file, then one with the summary." }),
  };

  async run(): Promise<void> {
    const { argv, flags, metadata } = await this.parse(Upload);
    const cwd = process.cwd();
    const named = argv as string[];
    if (named.length === 0 && flags.filelist === undefined) {
      throw new PhotologError("USAGE", "Nothing to upload.", { hint: "Name files or folders, or give --filelist." });
    }
    const given = Object.keys(flags).filter((name) => metadata.flags[name]?.setFromDefault !== true);
    const options = await this.optionsOf(flags, { named, cwd });

    const { journalFileOf, loadClientConfig, proxiesOf } = await import("../upload/config.ts");
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
    const client = openClient({ ...config, connections: flags.concurrency + 1, proxies: proxiesOf(process.env) });
    const journalFile = journalFileOf(process.env);
    const journal = Journal.open(journalFile, (warning) => this.warnOf(warning));
    const reporter = await this.reporter(flags);
    const ask = config.halt && process.stdin.isTTY && !flags.watch ? this.asking(config.host, reporter) : undefined;
    const parts: UploadParts = {
      client,
      journal,
      reporter,
      ...(ask === undefined ? {} : { ask }),
      now: Date.now,
      pause: (ms, signal) => this.pause(ms, signal),
      random: Math.random,
      signal: interruption(),
    };
    try {
      if (flags.watch) return await this.watch(options, parts);
      const summary = await upload(options, parts);
      if (!flags["dry-run"])
        await this.offerRetry(summary, join(dirname(journalFile), "failed"), flagsGiven(flags, given));
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

  /** Rejects with `USAGE` before anything is sent. */
  private async optionsOf(
    flags: InferredFlags<typeof Upload.flags>,
    { named, cwd }: { readonly named: readonly string[]; readonly cwd: string },
  ): Promise<UploadOptions> {
    const { readFileList } = await import("../upload/file-list.ts");
    const { chooserOf } = await import("../upload/globs.ts");
    const { openLabels } = await import("../upload/labels.ts");
    const targetDate = flags["target-date"];
    if (targetDate !== undefined && !isDay(targetDate)) {
      throw new PhotologError("USAGE", `--target-date ${targetDate} is not a day; write YYYY-MM-DD.`);
    }
    const labelsOf = openLabels({
      tags: listOf(flags.tags),
      ...(flags.album === undefined ? {} : { album: flags.album }),
      tagsFromFolders: flags["tags-from-folders"],
      albumFromFolders: flags["album-from-folders"],
    });
    const skip = servicesOf(flags.skip);
    const chooser = chooserOf({ include: flags.include ?? [], exclude: flags.exclude ?? [] });
    const moveTo = flags["move-done"];
    const listed =
      flags.filelist === undefined ? [] : await readFileList(flags.filelist, { cwd, stdin: process.stdin });
    const paths = [...named, ...listed];
    if (moveTo !== undefined) {
      const { refuseOverlap } = await import("../upload/done.ts");
      await refuseOverlap(moveTo, paths, cwd);
    }
    return {
      paths,
      cwd,
      chooser,
      labelsOf,
      skip,
      sendsSkipped: flags["send-skipped"],
      ...(targetDate === undefined ? {} : { targetDate }),
      concurrency: flags.concurrency,
      isDryRun: flags["dry-run"],
      waits: flags.wait,
      ...(moveTo === undefined ? {} : { clearing: { moveTo: resolve(cwd, moveTo) } }),
      ...(flags["delete-done"] ? { clearing: { isDeleting: true } } : {}),
    };
  }

  private async watch(options: UploadOptions, parts: UploadParts): Promise<void> {
    const { upload } = await import("../upload/upload.ts");
    const { watch } = await import("../upload/watch.ts");
    const { watchReporter } = await import("../upload/report.ts");
    const reporter = watchReporter(parts.reporter, parts.now);
    const folders = options.paths.map((path) => resolve(options.cwd, path));
    process.stderr.write(`Watching ${folders.join(", ")}; Ctrl-C ends it.\n`);
    try {
      await watch({
        folders,
        now: parts.now,
        pause: parts.pause,
        signal: parts.signal,
        async pass(isReady) {
          const summary = await upload({ ...options, isReady }, { ...parts, reporter, isPatient: true });
          if (summary.ended !== undefined) throw summary.ended;
        },
      });
    } catch (error) {
      if (!parts.signal.aborted) throw error;
      await reporter.close();
      throw new PhotologError("INTERRUPTED", "Stopped watching.");
    }
  }

  /** A file with the failed ones, and the command that tries only these. */
  private async offerRetry({ failures }: Summary, folder: string, flags: readonly string[]): Promise<void> {
    if (failures.length === 0) return;
    const { retryCommand, writeFailedList } = await import("../upload/failed-list.ts");
    try {
      const list = writeFailedList(folder, failures, new Date());
      process.stderr.write(`To try only the failed ones again:\n  ${retryCommand(list, flags)}\n`);
    } catch (error) {
      this.warnOf(`The list of failed files could not be written: ${String(error)}`);
    }
  }

  private warnOf(warning: string): void {
    process.stderr.write(`Warning: ${warning}\n`);
  }

  private async reporter(flags: {
    readonly json: boolean;
    readonly quiet: boolean;
    readonly watch: boolean;
  }): Promise<Reporter & Partial<Pick<ProgressReporter, "pause">>> {
    const { openLineWriter } = await import("../upload/line-writer.ts");
    const stdout = openLineWriter((text) => void process.stdout.write(text));
    process.once("exit", () => stdout.flush());
    const lines: Lines = {
      out: (line) => stdout.line(line),
      err: (line) => {
        stdout.flush();
        process.stderr.write(`${line}\n`);
      },
    };
    const { jsonReporter, lineReporter, quietReporter } = await import("../upload/report.ts");
    if (flags.json) return jsonReporter(lines);
    if (flags.quiet) return quietReporter(lines);
    const isPlain =
      flags.watch ||
      !process.stdout.isTTY ||
      !process.stdout.columns ||
      process.env["TERM"] === "dumb" ||
      Boolean(process.env["CI"]);
    if (isPlain) return lineReporter(lines);
    const { openProgress } = await import("../upload/progress.ts");
    return openProgress({ ...lines, now: Date.now, columns: () => process.stdout.columns });
  }

  private asking(host: string, reporter: Partial<Pick<ProgressReporter, "pause">>): Ask {
    return async (error, soFar, signal) => {
      const { askToResume } = await import("../upload/ask-to-resume.ts");
      await reporter.pause?.();
      return this.interactively((terminal) =>
        askToResume(
          { error, host, soFar, signal },
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

/** As they would be typed, but for the list of files. */
function flagsGiven(flags: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = flags[name];
    if (name === "filelist" || value === undefined) return [];
    if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${name}`, String(one)]);
  });
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
