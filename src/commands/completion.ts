import * as Args from "@oclif/core/args";
import { PhotologCommand } from "../command.ts";
import { type CompletedCommand, completionFor, type Shell, SHELLS } from "../completion.ts";

export default class Completion extends PhotologCommand {
  static override summary = "Print a script that completes photolog's commands and flags in a shell.";
  static override description =
    "Put it where the shell looks for such scripts, or read it at each start as the examples do.";
  static override examples = [
    { description: "In ~/.bashrc", command: 'eval "$(<%= config.bin %> <%= command.id %> bash)"' },
    { description: "In ~/.zshrc, after compinit", command: 'eval "$(<%= config.bin %> <%= command.id %> zsh)"' },
    {
      description: "For fish",
      command: "<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/photolog.fish",
    },
  ];
  static override args = {
    shell: Args.string({ description: "The shell.", options: [...SHELLS], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const commands = this.config.commands
      .filter(({ hidden }) => !hidden)
      .map(({ id, summary = "", flags }): CompletedCommand => ({
        words: id.split(":"),
        summary,
        flags: Object.values(flags).map((flag) => ({
          name: flag.name,
          summary: flag.summary ?? flag.description ?? "",
          takesValue: flag.type === "option",
          values: flag.type === "option" ? (flag.options ?? []) : [],
        })),
      }));
    process.stdout.write(completionFor(args.shell as Shell, commands));
  }
}
