/** How the outcome of a comparison is shown: a table for people, or JSON. */
import { formatTable } from "../src/table.ts";
import type { Entry } from "./cost.ts";

/** One thing to be done, and what it costs whom. */
export interface Case {
  readonly work: string;
  /** What the figures are divided by: "photo". */
  readonly unit: string;
  readonly count: number;
  readonly entries: readonly Entry[];
}

export interface Outcome {
  readonly title: string;
  readonly cases: readonly Case[];
  /** Peers that are not installed. */
  readonly absent: readonly string[];
  /** What limits the figures, and how they are to be read. */
  readonly remarks?: readonly string[];
  /** Where what is measured is no cost: a table of its own, all columns but the first to the right. */
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

const COLUMNS = [
  "",
  "",
  "CPU ms",
  "each",
  "wall s",
  "per s",
  "median ms",
  "p99 ms",
  "peak MB",
  "files",
  "ours : it",
].map((title, index) => ({ title, ...(index < 2 ? {} : { align: "right" as const }) }));

export function show(outcome: Outcome): void {
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const { title, cases, absent, remarks = [] } = outcome;
  process.stdout.write(`\n${title}\n\n`);
  if (cases.length > 0) process.stdout.write(tableOf(cases.flatMap(rowsOf)));
  process.stdout.write(ownTable(outcome));
  for (const remark of remarks) process.stdout.write(`${remark}\n`);
  if (absent.length > 0) process.stdout.write(`Not installed, and so left out: ${absent.join(", ")}.\n`);
}

/** Without the columns in which nothing stands. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const used = COLUMNS.map((_, index) => index).filter((index) => rows.some((row) => (row[index] ?? "") !== ""));
  const picked = rows.map((row) => used.map((index) => row[index] ?? ""));
  return `${formatTable(
    used.map((index) => COLUMNS[index] ?? { title: "" }),
    picked,
  )}\n`;
}

/** Every other one is compared with the first of ours, by processor time. */
export function rowsOf({ work, unit, count, entries }: Case): string[][] {
  const ours = entries.find(({ role }) => role === "ours")?.cost.cpu ?? Number.NaN;
  return entries.map(({ name, role, cost: { wall, cpu, peak, latency, files } }, index) => [
    index === 0 ? `${work} (${count.toLocaleString("en")})` : "",
    role === "limit" ? `limit: ${name}` : name,
    digits((cpu * 1000) / count),
    `a ${unit}`,
    wall.toFixed(2),
    digits(count / wall),
    latency === undefined ? "" : digits(latency.median),
    latency === undefined ? "" : digits(latency.p99),
    peak === 0 ? "" : String(Math.round(peak / 1e6)),
    files === undefined ? "" : String(files),
    (ours / cpu).toFixed(2),
  ]);
}

/** Empty where it has none. */
export function ownTable({ table }: Outcome): string {
  if (table === undefined) return "";
  const columns = table.columns.map((title, index) => ({ title, ...(index > 0 && { align: "right" as const }) }));
  return `${formatTable(columns, table.rows)}\n`;
}

function digits(value: number): string {
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);
}
