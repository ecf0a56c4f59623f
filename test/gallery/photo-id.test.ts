import assert from "node:assert/strict";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { galleryKeyOf, photoIdOf } from "../../src/gallery/photo-id.ts";
import { openTestCatalog } from "../support/catalog.ts";

const SHA256 = createHash("sha256").update("a photo").digest("hex");

test("an installation makes up its key once and keeps it", async () => {
  const { catalog } = await openTestCatalog();
  const key = await galleryKeyOf(catalog);
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(await galleryKeyOf(catalog), key);
});

test("a name is the beginning of an HMAC, as Node.js makes it", () => {
  for (const key of [randomBytes(32).toString("hex"), "0".repeat(64)]) {
    const code = createHmac("sha256", Buffer.from(key, "hex")).update(`${SHA256}|2`).digest();
    assert.equal(photoIdOf(key, SHA256), code.subarray(0, 16).toString("base64url"));
  }
});

test("two installations name the same photo differently, each always the same", () => {
  const [one, other] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  assert.equal(photoIdOf(one, SHA256), photoIdOf(one, SHA256));
  assert.notEqual(photoIdOf(one, SHA256), photoIdOf(other, SHA256));
  assert.match(photoIdOf(one, SHA256), /^[\w-]{22}$/);
});
