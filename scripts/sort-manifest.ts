/** oclif lists commands in whatever order the disk names their files; sorted, the same commands give the same manifest. */
import { readFile, writeFile } from "node:fs/promises";

const FILE = "oclif.manifest.json";

const manifest = JSON.parse(await readFile(FILE, "utf8")) as { readonly commands: Readonly<Record<string, unknown>> };
const commands = Object.fromEntries(Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(FILE, `${JSON.stringify({ ...manifest, commands }, undefined, 2)}\n`);
