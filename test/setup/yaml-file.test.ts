import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openYamlFile, type YamlFile } from "../../src/setup/yaml-file.ts";
import { temporaryFolder } from "../support/temporary.ts";

async function open(text?: string): Promise<YamlFile> {
  const path = join(await temporaryFolder(), "file.yaml");
  if (text !== undefined) await writeFile(path, text);
  return openYamlFile(path, "A heading,\nof two lines.");
}

const NEW = { comment: "What it is.", after: [] };

test("a new file begins with its heading, and each line has its comment above it", async () => {
  const file = await open();
  assert.equal(file.exists, false);
  file.put("A", "1", NEW);
  file.put("B", true, { comment: "One.\nTwo.", after: ["A"] });
  file.put("C", "x # y: z", NEW);
  assert.equal(
    file.text(),
    '# A heading,\n# of two lines.\n\n# What it is.\nA: "1"\n# One.\n# Two.\nB: true\n\n# What it is.\nC: "x # y: z"\n',
  );
});

test("what is not put stays as it is: comments, order, quotes, lists", async () => {
  const text = `# first\n\n# about A\nA: 0123 # beside A\n\nLIST:\n  - x # one\n  - "y"\nB: 'it''s'\n# last\n`;
  const file = await open(text);
  assert.deepEqual(
    [file.get("A"), file.get("B"), file.get("LIST"), file.get("C")],
    ["0123", "it's", undefined, undefined],
  );
  file.put("A", "0123", NEW);
  file.put("B", "it's", NEW);
  assert.equal(file.text().trim(), text.replace("\n# last", "\n\n# last").trim());
  file.put("A", "new", NEW);
  assert.equal(file.get("A"), "new");
  assert.match(file.text(), /^# first\n\n# about A\nA: new # beside A$/m);
});

test("what looks like a number, nothing or a type of its own is written as it stood", async () => {
  const text = "A: 1e3\nB: ~ # none\nC:\nD: !!str 5\nE: 0x1F\nF: &x yes\nG: *x\n";
  const file = await open(text);
  assert.deepEqual([file.get("A"), file.get("B"), file.get("C"), file.get("E")], ["1e3", undefined, undefined, "0x1F"]);
  file.put("Z", "null", NEW);
  assert.equal(file.text(), `${text}\n# What it is.\nZ: "null"\n`);
  file.put("C", "x", NEW);
  assert.match(file.text(), /^C: x$/m);
});

test("a new line stands with its like, and a file of comments alone takes lines too", async () => {
  const file = await open("A: 1\nZ: 2\n");
  file.put("B", "x", { comment: "Beside A.", after: ["A", "C"] });
  assert.equal(file.text(), "A: 1\n# Beside A.\nB: x\nZ: 2\n");
  const empty = await open("# mine\n");
  empty.put("A", "x", NEW);
  assert.match(empty.text(), /^# mine\n\n# What it is\.\nA: x\n$/);
});

test("a line that goes takes our comment along and leaves the person's", async () => {
  const file = await open("# mine\n# What it is.\nA: 1 # mine too\nB: 2\n\n# What it is.\nC: 3 # of C\n");
  file.delete("A", "What it is.");
  file.delete("C", "What it is.");
  file.delete("D", "What it is.");
  assert.equal(file.text(), "# mine\n# mine too\nB: 2\n\n# of C\n");
});

test("a file in the form of JSON stays one that can be read", async () => {
  const file = await open('{ "A": "1", "B": "2" }\n');
  file.put("A", "3", NEW);
  file.put("C", "4", NEW);
  const again = await open(file.text());
  assert.deepEqual([again.get("A"), again.get("B"), again.get("C")], ["3", "2", "4"]);
});

test("a file that is no list of lines is refused without quoting it", async () => {
  for (const text of ["- not-a-real-secret\n", "A: [not-a-real-secret\n", "A: not-a-real-secret\nA: 2\n"]) {
    await assert.rejects(open(text), (error: Error) => {
      assert.match(error.message, /file\.yaml (is not YAML \([A-Z_]+\)|must have lines of the form KEY: value)\.$/);
      return true;
    });
  }
});
