/** What every command has in common: how it reads settings, fails, and speaks JSON. */
import { Command } from "@oclif/core/command";
import * as Flags from "@oclif/core/flags";
import { existsSync } from "node:fs";
import { Writable } from "node:stream";
import type { Catalog } from "./catalog.ts";
import { messageOf, PhotologError } from "./errors.ts";
import type { ServiceName } from "./photo.ts";
import type { Queue } from "./queue/queue.ts";
import { loadSettings, type Settings } from "./settings.ts";

export const settingsFlag = Flags.string({
  description: "YAML file with the settings; beats the environment's SETTINGS.",
  helpValue: "FILE",
});

export interface OpenedDatabase {
  readonly catalog: Catalog;
  readonly queue: Queue;
}

export interface Terminal {
  readonly say: (text: string) => void;
  readonly ask: (question: string, signal?: AbortSignal) => Promise<string>;
  /** What is typed is not shown. */
  readonly askHidden: (question: string) => Promise<string>;
  /** What is said is seen by a person, not only by a program. */
  readonly isSeen: boolean;
  readonly signal: AbortSignal;
}

/** How `photolog auth` ends, for programs. */
export interface SignedIn {
  readonly service: ServiceName;
  /** As the service calls it; absent where the service does not tell. */
  readonly account?: string;
  /** The file that keeps the token. */
  readonly credentials: string;
}

export abstract class PhotologCommand extends Command {
  /** Commands with `static enableJsonFlag = true` answer what `run` returns, as JSON, where `--json` is given. */

  protected settings(file: string | undefined): Promise<Settings> {
    return loadSettings({ ...(file === undefined ? {} : { file }), environment: process.env, cwd: process.cwd() });
  }

  /** A line for people; on stderr where stdout belongs to JSON. */
  protected say(line = ""): void {
    if (this.jsonEnabled()) process.stderr.write(`${line}\n`);
    else process.stdout.write(`${line}\n`);
  }

  /** Lends the terminal to a dialogue: what it says, what it asks, and a signal for Ctrl-C. */
  protected async interactively<T>(dialogue: (terminal: Terminal) => Promise<T>): Promise<T> {
    const { createInterface } = await import("node:readline/promises");
    const controller = new AbortController();
    const echo = openEcho(process.stderr);
    const lines = createInterface({
      input: process.stdin,
      output: echo.output,
      terminal: process.stderr.isTTY,
      // Else the arrow keys would bring back what was typed hidden.
      historySize: 0,
    });
    // A program may answer before it is asked; a person who hits Enter meanwhile answers nothing.
    const early: string[] = [];
    if (!process.stdin.isTTY) lines.on("line", (line) => early.push(line));
    lines.once("SIGINT", () => controller.abort(new PhotologError("INTERRUPTED", "Interrupted.")));
    const ended = new Promise<never>((_resolve, reject) => {
      lines.once("close", () => {
        reject(
          new PhotologError("USAGE", "The input ended before the question was answered.", {
            hint: "Run this in a terminal. A program keeps the input open until it has answered.",
          }),
        );
      });
    });
    // Only a question that is being asked may fail on it.
    ended.catch(() => undefined);
    const ask: Terminal["ask"] = (question, signal) => {
      const known = early.shift();
      if (known !== undefined) return Promise.resolve(known);
      const given = [controller.signal, ...(signal === undefined ? [] : [signal])];
      return Promise.race([ended, lines.question(question, { signal: AbortSignal.any(given) })]);
    };
    try {
      return await dialogue({
        say: (text) => this.say(text),
        ask,
        askHidden: (question) => echo.hiding(question, () => ask("")),
        isSeen: process.stderr.isTTY || process.stdout.isTTY,
        signal: controller.signal,
      });
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      lines.close();
    }
  }

  /** Opens the database that `photolog serve` uses, whether it runs or not. Rejects where there is none. */
  protected async withDatabase<T>(settings: Settings, use: (opened: OpenedDatabase) => Promise<T>): Promise<T> {
    if (!existsSync(settings.dbFile)) {
      throw new PhotologError("NOT_FOUND", `There is no database at ${settings.dbFile}.`, {
        hint: "Run `photolog serve` first, or name the settings it runs with: --settings FILE.",
      });
    }
    const { openDatabase } = await import("./database.ts");
    const { Catalog } = await import("./catalog.ts");
    const { Queue } = await import("./queue/queue.ts");
    const database = openDatabase(settings.dbFile);
    try {
      return await use({ catalog: new Catalog(database, Date.now), queue: new Queue(database, Date.now) });
    } finally {
      database.close();
    }
  }

  /** A lane that waited for this need not wait any longer, whether the server runs now or later. */
  protected async reopenLane(settings: Settings, step: string): Promise<void> {
    if (!existsSync(settings.dbFile)) return;
    await this.withDatabase(settings, ({ queue }) => queue.lanes.open(step));
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<unknown> {
    if (!(error instanceof PhotologError)) return super.catch(error);
    if (this.jsonEnabled()) this.logJson(this.toErrorJson(error));
    else process.stderr.write(`${describe(error)}\n`);
    return this.exit(error.exit);
  }

  protected override toErrorJson(error: unknown): unknown {
    if (!(error instanceof PhotologError)) return super.toErrorJson(error);
    return {
      error: {
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      },
    };
  }
}

/** What is written to a terminal while somebody types there, and a way to keep it from being shown. */
function openEcho(terminal: NodeJS.WriteStream) {
  let isHiding = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isHiding) terminal.write(chunk);
      done();
    },
  });
  Object.defineProperty(output, "columns", { get: () => terminal.columns });
  return {
    output,
    async hiding<T>(question: string, asking: () => Promise<T>): Promise<T> {
      terminal.write(question);
      isHiding = true;
      try {
        return await asking();
      } finally {
        isHiding = false;
        terminal.write("\n");
      }
    },
  };
}

/** `what · what to do`, without a stack. */
export function describe(error: unknown): string {
  const hint = error instanceof PhotologError ? error.hint : undefined;
  return `Error: ${messageOf(error)}${hint === undefined ? "" : `\n${hint}`}`;
}
