/**
 * Every comparison, one after the other, in one table.
 *
 *   npm run bench [-- --full] [--rounds N] [--save] [--json]
 *
 * `--save` writes `bench/RESULTS.md`.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { parseArgs, promisify } from "node:util";
import { formatTable } from "../src/table.ts";
import { COLUMNS, type Outcome, ownTable, rowsOf } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean" },
    rounds: { type: "string", default: "3" },
    save: { type: "boolean" },
    json: { type: "boolean" },
  },
});
const SCRIPTS = [
  "start-up",
  "intake",
  "requests",
  "memory",
  "s3",
  "renditions",
  "under-load",
  "queue",
  "second-run",
  "gallery",
  "site",
  "side-by-side",
  "vitals",
];
const TAKES_FULL = new Set(["memory", "under-load", "queue", "gallery", "site"]);

const outcomes: Outcome[] = [];
for (const name of SCRIPTS) {
  process.stderr.write(`${name} …\n`);
  const full = values.full === true && TAKES_FULL.has(name) ? ["--full"] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`bench/${name}.ts`, "--rounds", values.rounds, "--json", ...full],
    { maxBuffer: 2 ** 24 },
  );
  outcomes.push(JSON.parse(stdout) as Outcome);
}

if (values.json === true) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
else process.stdout.write(`${formatTable(COLUMNS, rowsOfAll())}\n${ownTables("")}${remarks()}\n`);
if (values.save === true) await writeFile("bench/RESULTS.md", await page());

function rowsOfAll(): string[][] {
  return outcomes.flatMap(({ title, cases, table }) => [
    ...(table === undefined ? [[title]] : []),
    ...cases.flatMap(rowsOf).map(([work = "", ...row]) => [`  ${work}`, ...row]),
  ]);
}

/** Of what is measured otherwise; `fence` stands before and after each. */
function ownTables(fence: string): string {
  return outcomes
    .filter(({ table }) => table !== undefined)
    .map((outcome) => `\n${outcome.title}\n\n${fence}${ownTable(outcome)}${fence}\n`)
    .join("");
}

function remarks(): string {
  return outcomes
    .flatMap(({ title, remarks: said = [], absent }) => [
      ...said.map((remark) => `- ${title}: ${remark}`),
      ...(absent.length === 0 ? [] : [`- ${title}: not installed, and so left out: ${absent.join(", ")}.`]),
    ])
    .join("\n");
}

async function page(): Promise<string> {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  return `# Results

What \`npm run bench -- --save\` said on ${new Date().toISOString().slice(0, 10)}: photolog ${version}, Node.js ${process.version}, ${machine}. Medians of ${values.rounds} interleaved rounds.
"ours : it" compares processor time: less than 1 means that photolog needs less.

\`\`\`
${formatTable(COLUMNS, rowsOfAll())}
\`\`\`
${ownTables("```\n")}
${remarks()}
`;
}
