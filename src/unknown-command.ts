/** What oclif calls when there is no such command: says so, and what may have been meant. */
import type { Hook } from "@oclif/core";

const unknownCommand: Hook.CommandNotFound = async ({ id, config, context }) => {
  const { closest, distance } = await import("fastest-levenshtein");
  const typed = id.replaceAll(":", " ");
  const known = [...config.commandIDs, ...config.topics.map(({ name }) => name)].map((name) =>
    name.replaceAll(":", " "),
  );
  const near = closest(typed, known);
  const isNear = distance(typed, near) <= Math.max(2, Math.floor(near.length / 3));
  process.stderr.write(`Error: There is no command ${JSON.stringify(typed.slice(0, 80))}.\n`);
  process.stderr.write(
    isNear ? `Did you mean \`${config.bin} ${near}\`?\n` : `\`${config.bin} --help\` lists them all.\n`,
  );
  context.exit(2);
};

export default unknownCommand;
