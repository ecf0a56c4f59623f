import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ERRORS, type ErrorCode } from "../src/errors.ts";
import { SETTING_KEYS } from "../src/setting-keys.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");

function section(title: string): string {
  const text = new RegExp(`^## ${title}\\n(.*?)(?=^## )`, "ms").exec(readme)?.[1];
  assert.ok(text, `the README has a section ${title}`);
  return text;
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test("the README's sections come in the order in which a new user needs them", () => {
  const titles = [...readme.matchAll(/^## (?!`)(.*)$/gm)].map((match) => match[1]);
  assert.deepEqual(titles, [
    "Quick start",
    "Set-up",
    "Uploading",
    "The gallery",
    "Settings",
    "HTTP API",
    "How a photo travels",
    "Commands",
    "Limits",
    "Licence",
  ]);
});

test("the README tells every setting, as it is, and no other", () => {
  const told = rows(section("Settings")).filter(([key]) => key?.startsWith("`"));
  const real = Object.entries(SETTING_KEYS).map(([key, { fallback, meaning }]) => [`\`${key}\``, fallback, meaning]);
  assert.deepEqual(told, real);
});

test("the README tells every code of the API with its status, and no other", async () => {
  const sources = await Promise.all(
    (await readdir(join(root, "src"), { recursive: true }))
      .filter((name) => /^(server|storage\/spool)/.test(name) && name.endsWith(".ts") && !name.includes("doctor"))
      .map((name) => readFile(join(root, "src", name), "utf8")),
  );
  const thrown = sources.flatMap((text) =>
    [...text.matchAll(/(?:PhotologError|refused|super)\(\s*"([A-Z_]+)"/g)].map((match) => match[1]),
  );
  // These end a start, or mend a place that is known by another code.
  const others = new Set(["SETTINGS_WRONG", "LOCAL_FAULT"]);
  const real = [...new Set(thrown)].filter((code) => code !== undefined && !others.has(code)).toSorted();
  const told = rows(section("HTTP API")).filter(([cell]) => /^`[A-Z_]+`$/.test(cell ?? ""));
  assert.deepEqual(told.map(([code]) => code?.replaceAll("`", "")).toSorted(), real);
  for (const [code, status] of told) {
    assert.equal(Number(status), ERRORS[code?.replaceAll("`", "") as ErrorCode].status, code);
  }
});

test("the README tells every exit code, and no other", () => {
  const told = rows(section("Uploading"))
    .map(([code]) => Number(code))
    .filter((code) => !Number.isNaN(code));
  const real = new Set([0, ...Object.values(ERRORS).map((meaning) => meaning.exit)]);
  assert.deepEqual(
    told,
    [...real].toSorted((a, b) => a - b),
  );
});

test("every command is in the manifest and in the README, and no other", async () => {
  const files = (await readdir(join(root, "src/commands"), { recursive: true })).filter((name) => name.endsWith(".ts"));
  const ids = files.map((name) => name.slice(0, -3).replaceAll("/", ":")).toSorted();
  const manifest = JSON.parse(await readFile(join(root, "oclif.manifest.json"), "utf8")) as { commands: object };
  assert.deepEqual(Object.keys(manifest.commands).toSorted(), ids);
  const told = [...readme.matchAll(/^## `photolog ([a-z -]+?)(?: \[?[A-Z_]+\]?)?`$/gm)].map((match) =>
    match[1]?.replaceAll(" ", ":"),
  );
  assert.deepEqual(told.toSorted(), ids);
});

test("everything that the pages point to is there", async () => {
  for (const page of ["README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/operations.md"]) {
    const text = await readFile(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? "");
    for (const link of links) await readFile(join(root, dirname(page), link));
  }
});

test("the metrics that the pages name are metrics", async () => {
  const metrics = await readFile(join(root, "src/server/metrics.ts"), "utf8");
  const named = [...(await readFile(join(root, "docs/operations.md"), "utf8")).matchAll(/`(photolog_\w+)`/g)];
  for (const [, name = ""] of named) assert.ok(metrics.includes(`"${name}"`), name);
});
