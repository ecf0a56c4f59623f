import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { lockDatabase, openDatabase } from "../src/database.ts";
import { PhotologError } from "../src/errors.ts";
import { MIGRATIONS } from "../src/migrations.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { forcedToDisk, noTrace } from "./support/traced.ts";
import { until } from "./support/until.ts";

const note = (name: string) => (sql: { run(text: string, ...values: unknown[]): unknown }) =>
  void sql.run("INSERT INTO notes (owner, name, value) VALUES ('test', ?, '')", name);

async function open() {
  const file = join(await temporaryFolder(), "photolog.db");
  return { file, database: openDatabase(file) };
}

test("a commit is on disk before it is told: synchronous is FULL and the journal a write-ahead log", async () => {
  const { database } = await open();
  assert.equal(await database.read((sql) => sql.get<{ synchronous: number }>("PRAGMA synchronous")?.synchronous), 2);
  assert.equal(
    await database.read((sql) => sql.get<{ journal_mode: string }>("PRAGMA journal_mode")?.journal_mode),
    "wal",
  );
});

test("changes asked for together share one commit, and one that fails is undone alone", async () => {
  const { database } = await open();
  const results = await Promise.allSettled([
    database.write(note("a")),
    database.write((sql) => {
      note("half")(sql);
      throw new PhotologError("CONFLICT", "No.");
    }),
    database.write(note("b")),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(
    await database.read((sql) =>
      sql.all<{ name: string }>("SELECT name FROM notes ORDER BY name").map((row) => row.name),
    ),
    ["a", "b"],
  );
});

test("what was asked for before the database is closed is still written", async () => {
  const { file, database } = await open();
  const written = database.write(note("last"));
  database.close();
  await written;
  const again = openDatabase(file);
  assert.equal(await again.read((sql) => sql.get<{ n: number }>("SELECT count(*) AS n FROM notes")?.n), 1);
  again.close();
});

test("every migration is applied once, and a database of a newer photolog is left alone", async () => {
  const { file, database } = await open();
  database.close();
  openDatabase(file).close();
  const sqlite = new Sqlite(file);
  assert.equal(sqlite.pragma("user_version", { simple: true }), MIGRATIONS.length);
  sqlite.pragma("user_version = 999");
  sqlite.close();
  assert.throws(() => openDatabase(file), { code: "SETTINGS_WRONG", message: /newer photolog/ });
});

test("a file that is no database is told as such and stays as it is", async () => {
  const file = join(await temporaryFolder(), "photolog.db");
  await writeFile(file, "not a database, but long enough to be looked at ".repeat(100));
  assert.throws(() => openDatabase(file), { code: "SETTINGS_WRONG", message: /not a sound SQLite database/ });
  assert.match(await readFile(file, "utf8"), /^not a database/);
});

test("two connections write to one database without an error", async () => {
  const { file, database } = await open();
  const other = openDatabase(file);
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => [database.write(note(`a${i}`)), other.write(note(`b${i}`))]).flat(),
  );
  assert.equal((await database.read((sql) => sql.all("SELECT 1 FROM notes"))).length, 200);
  other.close();
});

test("a write waits for whoever else is writing, in its turn, and meanwhile everything else goes on", async () => {
  const { file, database } = await open();
  const other = new Sqlite(file);
  other.exec("BEGIN IMMEDIATE");
  const written: string[] = [];
  const writes = ["a", "b"].map((name) => database.write(note(name)).then(() => written.push(name)));
  for (let tick = 0; tick < 20; tick++) await pause(2);
  assert.equal(written.length, 0, "twenty turns have passed");
  writes.push(database.write(note("c")).then(() => written.push("c")));
  other.exec("COMMIT");
  await Promise.all(writes);
  assert.deepEqual(written, ["a", "b", "c"]);
  other.close();
});

test("a database is served by one process at a time, and the lock dies with a process that is killed", async () => {
  const file = join(await temporaryFolder(), "photolog.db");
  const script = `import("${new URL("../src/database.ts", import.meta.url).href}").then(({ lockDatabase }) => {
    lockDatabase(${JSON.stringify(file)}); process.stdout.write("locked\\n"); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((resolve) => void child.once("exit", resolve));
  await new Promise((resolve) => void child.stdout.once("data", resolve));
  assert.throws(() => lockDatabase(file), { code: "ALREADY_RUNNING", message: /Another `photolog serve`/ });
  child.kill("SIGKILL");
  await gone;
  const lock = await until("the lock is free", () => lockDatabase(file));
  lock.unlock();
  lockDatabase(file).unlock();
});

test("a database that cannot be made is told as such, with its name, before anything is served", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "file", "photolog.db");
  await writeFile(join(folder, "file"), "no folder");
  for (const open of [openDatabase, lockDatabase]) {
    assert.throws(
      () => open(file),
      (error: PhotologError) => error.code === "LOCAL_FAULT" && error.message.includes(file),
    );
  }
});

test("a folder that is made for the database is on disk with all its parents", { skip: noTrace }, async () => {
  const folder = await realpath(await temporaryFolder());
  const file = join(folder, "new", "deep", "photolog.db");
  const module = new URL("../src/database.ts", import.meta.url).href;
  const forced = new Set(
    await forcedToDisk(
      `const { lockDatabase } = await import(${JSON.stringify(module)}); lockDatabase(${JSON.stringify(file)});`,
    ),
  );
  for (const parent of ["", "new"]) assert.ok(forced.has(join(folder, parent)), `the name in ${parent}`);
});
