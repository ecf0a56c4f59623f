/** Runs a program in a terminal, as somebody sits before it: what it shows is read, and keys are typed. */
import { spawn, spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { until } from "./until.ts";

/** util-linux's `script` gives a program a terminal; not every machine has it. */
const hasTerminal = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
export const inTerminal = { skip: !hasTerminal && "needs util-linux's script" };

export interface Screen {
  /** Anywhere, since it began. */
  readonly shows: (pattern: RegExp) => Promise<unknown>;
  readonly type: (keys: string) => void;
  /** Types a line when the pattern is shown, after what was answered before. */
  readonly answer: (pattern: RegExp, line: string) => Promise<void>;
  readonly ended: Promise<number | null>;
  readonly text: () => string;
}

export interface Sitting {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** 80. */
  readonly columns?: number;
}

export function openTerminal(t: TestContext, { command, cwd, environment, columns = 80 }: Sitting): Screen {
  const words = command.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols ${columns} rows 24; exec ${words}`, "/dev/null"], {
    cwd,
    env: { ...environment, SHELL: "/bin/sh" },
  });
  // Closing its input hangs up the terminal.
  t.after(() => child.kill());
  let text = "";
  let answered = 0;
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  return {
    text: () => text,
    shows: (pattern) => until(`the screen shows ${pattern}`, () => pattern.test(text)),
    type: (keys) => void child.stdin.write(keys),
    async answer(pattern, line) {
      await until(`the screen asks ${pattern}`, () => {
        const found = pattern.exec(text.slice(answered));
        if (found === null && child.exitCode !== null) throw new Error(`It ended without asking ${pattern}:\n${text}`);
        if (found === null) return false;
        answered += found.index + found[0].length;
        return true;
      });
      child.stdin.write(`${line}\r`);
    },
    ended: new Promise((resolve) => child.once("close", (code) => resolve(code))),
  };
}
