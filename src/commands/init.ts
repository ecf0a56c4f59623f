import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { PhotologCommand, settingsFlag, type Terminal } from "../command.ts";
import { PhotologError } from "../errors.ts";
import { SETTING_KEYS } from "../setting-keys.ts";
import { settingsFileOf, usualSettingsFile, type Settings } from "../settings.ts";
import { formatTable } from "../table.ts";

export default class Init extends PhotologCommand {
  static override summary = "Ask what photolog needs to know, try each answer, and write the settings.";
  static override description =
    "Asks for the data folder, the archive (a folder or an S3 bucket), the upload secret, the keys of Flickr and Google Photos, and the " +
    "gallery's title, and tries each answer at once. Nothing is written before the last question is answered. Run it again to " +
    "change something: what is set is then the default, and comments and other keys in the file stay. Without --settings or " +
    "SETTINGS the file is $XDG_CONFIG_HOME/photolog/settings.yaml, which all commands read by themselves. ~/.photolog is told where " +
    "the server is and its secret.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    {
      description: "For a service of this machine",
      command: "<%= config.bin %> <%= command.id %> --settings /etc/photolog.yaml",
    },
  ];
  static override flags = { settings: settingsFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Init);
    const [environment, cwd] = [process.env, process.cwd()];
    const usual = usualSettingsFile(environment);
    const given = { ...(flags.settings === undefined ? {} : { file: flags.settings }), environment, cwd };
    const file = settingsFileOf(given) ?? usual;
    if (!process.stdin.isTTY || !process.stderr.isTTY) throw this.nobodyToAsk(file);

    const { openSettingsDraft } = await import("../setup/settings-draft.ts");
    const { askClientFile, localAddressOf, openClientFile } = await import("../setup/client-file.ts");
    const draft = await openSettingsDraft(file, environment);
    const client = await openClientFile(environment["HOME"] || homedir(), dirname(usual));
    // What nobody is asked about has to be right before anybody is asked.
    const host = localAddressOf(draft.settings(["HOST", "PORT", "TLS_CERT", "TLS_KEY", "DB_FILE"]));

    this.greet(draft);
    const isForClient = await this.unwritten(async (conversation) => {
      const { holdInterview } = await import("../setup/interview.ts");
      await holdInterview({ conversation, draft, cwd });
      return askClientFile(conversation, { file: client, host, secret: draft.get("API_SECRET") ?? "" });
    });

    const { putPrivateFile } = await import("../storage/private-file.ts");
    await putPrivateFile(file, draft.text());
    if (isForClient) await putPrivateFile(client.path, client.text());
    this.say(`\nWritten:\n  ${file}${isForClient ? `\n  ${client.path}` : ""}`);
    await this.proveWritten(file);
    this.sayNext(file === usual ? "" : ` --settings ${file}`, await this.settings(file));
  }

  private greet({ file, exists }: { readonly file: string; readonly exists: boolean }): void {
    this.say(
      exists
        ? `${file} is there: Enter keeps what it says.`
        : `The settings will stand in ${file}. Enter takes what is in brackets.`,
    );
    this.say("Ctrl-C ends this; nothing is written before the last answer.");
    const names = Object.keys(SETTING_KEYS).flatMap((name) => [`PHOTOLOG_${name}`, `PHOTOLOG_${name}_FILE`]);
    const beating = names.filter((name) => name !== "PHOTOLOG_HOST" && process.env[name]);
    if (beating.length > 0) this.say(`Note: the environment beats the file, and sets ${beating.join(", ")}.`);
  }

  /** Whoever stops here is told that nothing has changed. */
  private async unwritten<T>(dialogue: (terminal: Terminal) => Promise<T>): Promise<T> {
    try {
      const { wrap } = await import("../setup/wrap.ts");
      return await this.interactively((terminal) =>
        dialogue({ ...terminal, say: (text) => terminal.say(wrap(text, process.stdout.columns || 80)) }),
      );
    } catch (error) {
      if (!(error instanceof PhotologError) || error.code !== "INTERRUPTED") throw error;
      throw new PhotologError("INTERRUPTED", "Interrupted; nothing was written.", { cause: error });
    }
  }

  /** What stood in the file before, and nobody was asked about, may be wrong. */
  private async proveWritten(file: string): Promise<void> {
    try {
      await this.settings(file);
    } catch (error) {
      if (!(error instanceof PhotologError)) throw error;
      throw new PhotologError("SETTINGS_WRONG", `The settings are not right yet:\n${error.message}`, {
        cause: error,
        hint: "Mend these lines; then `photolog doctor` says whether all is well.",
      });
    }
  }

  private sayNext(flag: string, { flickr, gphotos }: Settings): void {
    const { bin } = this.config;
    const steps = [
      ...(flickr === undefined ? [] : [[`auth flickr${flag}`, "sign in to Flickr, once"]]),
      ...(gphotos === undefined ? [] : [[`auth google${flag}`, "sign in to Google Photos, once"]]),
      [`doctor${flag}`, "check everything"],
      [`serve${flag}`, "receive photos, until Ctrl-C"],
      ["upload DIR", "send photos, from another terminal"],
    ].map(([command, what]) => [`  ${bin} ${command}`, what ?? ""]);
    this.say("\nNext:");
    this.say(formatTable([{ title: "" }, { title: "" }], steps).replace(/^\n/, ""));
  }

  private nobodyToAsk(file: string): PhotologError {
    const readme = join(this.config.root, "README.md");
    return new PhotologError(
      "USAGE",
      `${this.config.bin} init asks questions, but there is no terminal to answer them in.`,
      {
        hint: `Write ${file} by hand instead, as ${existsSync(readme) ? readme : "the README"} shows under "Set-up", or set PHOTOLOG_<KEY> in the environment; then run \`photolog doctor\`.`,
      },
    );
  }
}
