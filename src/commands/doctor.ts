import { PhotologCommand, settingsFlag } from "../command.ts";
import { printable } from "../table.ts";
import type { Finding } from "../server/doctor.ts";

const MARKS = { ok: "ok     ", warning: "warning", problem: "PROBLEM" } as const;

export default class Doctor extends PhotologCommand {
  static override summary = "Check settings, folders, space, database, archive, tokens and decoders.";
  static override description = "One line each, with what to do where something is wrong; exits 1 if anything is.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> --settings /etc/photolog.yaml --json",
  ];
  static override enableJsonFlag = true;
  static override flags = { settings: settingsFlag };

  async run(): Promise<{ readonly ok: boolean; readonly findings: readonly Finding[] }> {
    const { flags } = await this.parse(Doctor);
    const settings = await this.settings(flags.settings);
    const { examine } = await import("../server/doctor.ts");
    const findings: Finding[] = [];
    for await (const finding of examine(settings)) {
      findings.push(finding);
      if (this.jsonEnabled()) continue;
      this.say(`${MARKS[finding.result]}  ${finding.check}: ${printable(finding.detail)}`);
      if (finding.fix !== undefined) this.say(`         ${printable(finding.fix)}`);
    }
    const ok = findings.every(({ result }) => result !== "problem");
    if (!ok) process.exitCode = 1;
    return { ok, findings };
  }
}
