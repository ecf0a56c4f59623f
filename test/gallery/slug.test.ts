import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slugOf } from "../../src/gallery/slug.ts";

test("a plain tag is its own address", () => {
  assert.equal(slugOf("vegas"), "vegas");
  assert.equal(slugOf("new-york-2024"), "new-york-2024");
});

test("tags that differ never share an address, however alike they are", () => {
  const alike = [
    "las vegas",
    "Las Vegas",
    "las-vegas",
    "LAS VEGAS",
    "las  vegas",
    "lás vegas",
    "東京",
    "京都",
    "?",
    "!",
    "",
    "c++",
    "c#",
    "c",
  ];
  assert.equal(new Set(alike.map(slugOf)).size, alike.length);
  const some = fc.string({ unit: "binary", maxLength: 8 });
  fc.assert(fc.property(some, some, (a, b) => a === b || slugOf(a) !== slugOf(b)));
});

test("an address is a harmless name of a folder on every system", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (tag) => {
      assert.match(slugOf(tag), /^[a-z0-9]+(-[a-z0-9]+)*$/);
      assert.ok(slugOf(tag).length <= 70);
    }),
  );
  assert.notEqual(slugOf("con"), "con");
});
