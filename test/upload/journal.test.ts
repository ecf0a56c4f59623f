import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { Journal, type Sighting } from "../../src/upload/journal.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const file: Sighting = { folder: "/photos", name: "1.jpg", bytes: 5, modified: 1_700_000_000_123.25, inode: 2 ** 60 };
const SUM = "a".repeat(64);

async function journalFile(): Promise<string> {
  return join(await temporaryFolder(), "state", "journal.db");
}

function open(path: string): { journal: Journal; warnings: string[] } {
  const warnings: string[] = [];
  return { journal: Journal.open(path, (warning) => warnings.push(warning)), warnings };
}

test("a file that has not changed is remembered, by the next run as well", async () => {
  const path = await journalFile();
  const first = open(path).journal;
  assert.equal(first.find(file), undefined);
  first.put(file, SUM);
  first.close();
  const { journal, warnings } = open(path);
  assert.equal(journal.find(file), SUM);
  assert.equal(journal.find({ ...file, name: "2.jpg" }), undefined);
  journal.close();
  assert.deepEqual(warnings, []);
});

test("a file of another size, time, inode or place is not the one that was read", async () => {
  const { journal } = open(await journalFile());
  journal.put(file, SUM);
  const others = [{ bytes: 6 }, { modified: file.modified + 0.25 }, { inode: 3 }, { folder: "/photos/sub" }];
  assert.deepEqual(
    others.map((other) => journal.find({ ...file, ...other })),
    [undefined, undefined, undefined, undefined],
  );
  journal.close();
});

test("the newest checksum of a file replaces the older one", async () => {
  const path = await journalFile();
  const { journal } = open(path);
  journal.put(file, SUM);
  journal.put({ ...file, bytes: 9 }, "b".repeat(64));
  assert.equal(journal.find(file), undefined);
  assert.equal(journal.find({ ...file, bytes: 9 }), "b".repeat(64));
  journal.close();
});

test("a whole folder is asked for at once", async () => {
  const path = await journalFile();
  const { journal } = open(path);
  journal.put(file, SUM);
  assert.equal(journal.find(file), SUM);
  // Rows that vanish behind its back are not missed while the folder lasts.
  const other = new Sqlite(path);
  other.exec("DELETE FROM checksum");
  assert.equal(journal.find(file), SUM);
  assert.equal(journal.find({ ...file, folder: "/else" }), undefined);
  assert.equal(journal.find(file), undefined);
  other.close();
  journal.close();
});

const broken: Readonly<Record<string, (path: string) => void>> = {
  "that is no database": (path) => writeFileSync(path, "x".repeat(10_000)),
  "of which half is overwritten": (path) => {
    const { journal } = open(path);
    for (let n = 0; n < 500; n++) journal.put({ ...file, name: `${n}.jpg` }, SUM);
    journal.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4096));
  },
  "of another layout": (path) => {
    const sqlite = new Sqlite(path);
    sqlite.exec("CREATE TABLE checksum (x); PRAGMA user_version = 99");
    sqlite.close();
  },
  "without its table": (path) => {
    const sqlite = new Sqlite(path);
    sqlite.exec("PRAGMA user_version = 3");
    sqlite.close();
  },
};

for (const [what, damage] of Object.entries(broken)) {
  test(`a journal ${what} is set aside with a warning, and a new one begun`, async () => {
    const path = await journalFile();
    mkdirSync(dirname(path), { recursive: true });
    damage(path);
    const { journal, warnings } = open(path);
    assert.equal(journal.find(file), undefined);
    journal.put(file, SUM);
    assert.equal(journal.find({ ...file, folder: "/else" }), undefined);
    assert.equal(journal.find(file), SUM);
    journal.close();
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /was broken and is now .*journal\.db\.broken/);
    assert.ok(existsSync(`${path}.broken`));
  });
}

test("where no journal can be kept, uploading goes on without", async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, "state"), "a file where a folder should be");
  const { journal, warnings } = open(join(folder, "state", "journal.db"));
  journal.put(file, SUM);
  assert.equal(journal.find(file), undefined);
  journal.close();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /cannot be used/);
});

test("a run that is killed leaves a journal that still knows what was written", async () => {
  const path = await journalFile();
  const script = `
    import { Journal } from ${JSON.stringify(fileURLToPath(new URL("../../src/upload/journal.ts", import.meta.url)))};
    const journal = Journal.open(${JSON.stringify(path)}, () => {});
    for (let n = 0; ; n++) {
      journal.put({ folder: "/photos", name: n + ".jpg", bytes: n, modified: n, inode: n }, "a".repeat(64));
      if (n === 300) process.stdout.write("enough");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await until("the journal has grown", () => output === "enough");
  child.kill("SIGKILL");
  await until("it is dead", () => child.signalCode === "SIGKILL");
  const { journal, warnings } = open(path);
  for (let n = 0; n <= 300; n++) {
    assert.equal(journal.find({ folder: "/photos", name: `${n}.jpg`, bytes: n, modified: n, inode: n }), SUM);
  }
  journal.close();
  assert.deepEqual(warnings, []);
  assert.deepEqual(readdirSync(dirname(path)), ["journal.db"]);
});

test("of what a server keeps, only what was put last in one session is remembered", async () => {
  const path = await journalFile();
  const { journal } = open(path);
  const [here, there] = [journal.keptDigests("http://here"), journal.keptDigests("http://there")];
  const [one, two] = [Buffer.from("one"), Buffer.from("two")];
  assert.equal(here.isAny(), false);
  here.put("first", one);
  here.put("first", one);
  here.put("first", two);
  there.put("first", one);
  assert.deepEqual([here.has("first", one), here.has("first", two), here.has("second", one)], [true, true, false]);
  here.put("second", one);
  assert.deepEqual([here.has("first", one), here.has("first", two), here.has("second", one)], [false, false, true]);
  journal.close();
  const again = open(path).journal;
  assert.equal(again.keptDigests("http://there").has("first", one), true);
  assert.equal(again.keptDigests("http://here").isAny(), true);
  again.close();
});
