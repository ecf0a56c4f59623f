import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = (await readdir(join(root, "src"), { recursive: true })).filter((name) => name.endsWith(".ts"));

test("the root of the source is a closed list, and so are its folders", async () => {
  const entries = await readdir(join(root, "src"), { withFileTypes: true });
  const names = (folders: boolean): string[] =>
    entries
      .filter((entry) => entry.isDirectory() === folders)
      .map((entry) => entry.name)
      .toSorted();
  assert.deepEqual(names(true), [
    "commands",
    "destinations",
    "gallery",
    "media",
    "pipeline",
    "queue",
    "server",
    "setup",
    "storage",
    "upload",
  ]);
  assert.deepEqual(names(false), [
    "api.ts",
    "catalog-rows.ts",
    "catalog.ts",
    "command.ts",
    "completion.ts",
    "credentials.ts",
    "database.ts",
    "errors.ts",
    "jobs-command.ts",
    "log.ts",
    "migrations.ts",
    "photo.ts",
    "setting-keys.ts",
    "settings.ts",
    "table.ts",
    "unknown-command.ts",
  ]);
});

test("names say what a thing is, in words of the glossary", () => {
  const vague =
    /(^|[-/.])(data|info|item|items|manager|helper|helpers|util|utils|common|core|base|misc|process|types)([-/.]|$)|(^|\/)index\.ts$/;
  assert.deepEqual(
    source.filter((name) => vague.test(name)),
    [],
  );
});

test("commands import nothing heavy before they run", async () => {
  const heavy =
    /^import (?!type\b)[^;]*?from "(sharp|@aws-sdk\/[^"]*|@googleapis\/[^"]*|undici|flickr-sdk|fastify|listr2|file-type|exifreader|pino|yaml|cosmiconfig)"/m;
  const seen = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = await readFile(join(root, "src", name), "utf8");
    assert.doesNotMatch(text, heavy, `${name} is loaded by every command`);
    for (const [, path] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from "(\.[^"]+)"/gm)) {
      await visit(join(name, "..", path ?? ""));
    }
  };
  for (const name of source.filter((one) => one.startsWith("commands/"))) await visit(name);
  assert.ok(seen.size > 10);
});
