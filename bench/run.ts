/**
 * Every comparison, one after the other, in one table.
 *
 *   npm run bench [-- --full] [--rounds N] [--save] [--json]
 *
 * `--save` puts the tables into `bench/RESULTS.md`, each under its heading; what is said there of them is to be read again.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { parseArgs, promisify } from "node:util";
import { type Outcome, ownTable, rowsOf, tableOf } from "./outcome.ts";

const { values } = parseArgs({
  options: {
    full: { type: "boolean" },
    rounds: { type: "string", default: "3" },
    save: { type: "boolean" },
    json: { type: "boolean" },
  },
});
const RESULTS = "bench/RESULTS.md";
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
/** One round of them takes minutes. */
const ONE_ROUND = new Set(["memory", "under-load", "side-by-side"]);
const TAKES_FULL = new Set(["memory", "under-load", "gallery"]);

const outcomes: Outcome[] = [];
for (const name of SCRIPTS) {
  const began = performance.now();
  const full = values.full === true && TAKES_FULL.has(name) ? ["--full"] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`bench/${name}.ts`, "--rounds", ONE_ROUND.has(name) ? "1" : values.rounds, "--json", ...full],
    { maxBuffer: 2 ** 24 },
  );
  process.stderr.write(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
  outcomes.push(JSON.parse(stdout) as Outcome);
}

if (values.json === true) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
else process.stdout.write(`${tableOf(rowsOfAll())}${ownTables()}${remarks()}\n`);
if (values.save === true) await save();

function rowsOfAll(): string[][] {
  return outcomes.flatMap(({ title, cases, table }) => [
    ...(table === undefined ? [[title]] : []),
    ...cases.flatMap(rowsOf).map(([work = "", ...row]) => [`  ${work}`, ...row]),
  ]);
}

/** Of what is measured otherwise. */
function ownTables(): string {
  return outcomes
    .filter(({ table }) => table !== undefined)
    .map((outcome) => `\n${outcome.title}\n\n${ownTable(outcome)}\n`)
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

async function save(): Promise<void> {
  const before = await readFile(RESULTS, "utf8");
  const after = outcomes.reduce(withTable, before).replace(/^Taken on [^]*?\.\n\n/m, `${await taken()}\n\n`);
  await writeFile(RESULTS, after);
}

/** In place of the first table under this heading; at the end where there is no such heading. */
function withTable(text: string, outcome: Outcome): string {
  const heading = `\n## ${outcome.title}\n`;
  const own = outcome.cases.length === 0 ? ownTable(outcome) : tableOf(outcome.cases.flatMap(rowsOf));
  const table = `\n\`\`\`\n${own}\`\`\`\n`;
  const at = text.indexOf(heading);
  if (at < 0) return `${text}${heading}${table}`;
  const next = text.indexOf("\n## ", at + heading.length);
  const end = next < 0 ? text.length : next;
  const section = text.slice(at, end);
  const fence = /\n```\n[^]*?\n```\n/;
  const renewed = fence.test(section) ? section.replace(fence, () => table) : section.replace(heading, heading + table);
  return text.slice(0, at) + renewed + text.slice(end);
}

async function taken(): Promise<string> {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  return `Taken on ${new Date().toISOString().slice(0, 10)} in one run of \`npm run bench -- --save\`: photolog ${version}, Node.js ${process.version}, ${machine}. Medians of ${values.rounds} rounds,
of one where a round takes minutes.`;
}
