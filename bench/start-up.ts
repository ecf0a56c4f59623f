/**
 * Start-up of the built program.
 *
 *   npm run build && node bench/start-up.ts [--rounds N] [--json]
 */
import { parseArgs } from "node:util";
import { compete, type Contender, costOf, installed } from "./cost.ts";
import { show } from "./outcome.ts";
import { PHOTOLOG } from "./serving.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "11" }, json: { type: "boolean" } } });
const rounds = Number(values.rounds);

function running(name: string, role: Contender["role"], command: readonly string[]): Contender {
  return { name, role, run: () => costOf(command) };
}

const bare = running("node -e 0", "limit", [process.execPath, "-e", "0"]);
const version = await installed([
  running("photolog --version", "ours", [...PHOTOLOG, "--version"]),
  { ...running("rclone version", "peer", ["rclone", "version"]), needs: "rclone" },
  { ...running("restic version", "peer", ["restic", "version"]), needs: "restic" },
  { ...running("aws --version", "peer", ["aws", "--version"]), needs: "aws" },
  bare,
]);
const help = await installed([
  running("photolog --help", "ours", [...PHOTOLOG, "--help"]),
  { ...running("rclone help", "peer", ["rclone", "help"]), needs: "rclone" },
  { ...running("restic help", "peer", ["restic", "help"]), needs: "restic" },
  bare,
]);
show({
  title: "Start-up",
  cases: [
    { work: "--version", unit: "start", count: 1, entries: await compete(version.present, rounds) },
    { work: "--help", unit: "start", count: 1, entries: await compete(help.present, rounds) },
  ],
  absent: version.absent,
  remarks: ["What limits it: Node.js itself. Programs in Go start without a runtime to be set up."],
});
