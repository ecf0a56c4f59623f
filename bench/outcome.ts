/** How the outcome of a comparison is shown: a table for people, or JSON. */
import { formatTable } from "../src/table.ts";
import type { Cost } from "./cost.ts";

export interface Outcome {
  readonly title: string;
  /** What the figures are divided by: "photo". */
  readonly unit: string;
  readonly count: number;
  /** Ours comes first; the others are compared with it. */
  readonly costs: ReadonlyMap<string, Cost>;
  /** Peers that are not installed. */
  readonly absent: readonly string[];
}

export function show({ title, unit, count, costs, absent }: Outcome): void {
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ title, unit, count, costs: Object.fromEntries(costs), absent })}\n`);
    return;
  }
  const ours = [...costs.values()][0]?.cpu ?? Number.NaN;
  const rows = [...costs].map(([name, { wall, cpu, peak }]) => [
    name,
    ((cpu * 1000) / count).toFixed(cpu / count < 0.01 ? 2 : 0),
    wall.toFixed(2),
    String(Math.round(peak / 1e6)),
    (ours / cpu).toFixed(2),
  ]);
  const columns = ["", `CPU ms a ${unit}`, "wall s", "peak MB", "ours : it"].map((name, index) => ({
    title: name,
    ...(index === 0 ? {} : { align: "right" as const }),
  }));
  process.stdout.write(`\n${title} (${count.toLocaleString("en")} ${unit}s)\n\n${formatTable(columns, rows)}\n`);
  if (absent.length > 0) process.stdout.write(`Not installed, and so left out: ${absent.join(", ")}.\n`);
}
