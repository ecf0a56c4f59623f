import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Photo } from "../../src/photo.ts";
import { besideKey, blobKeysFor, recordOf } from "../../src/pipeline/record.ts";

const SHA = "0123456789abcdef".repeat(4);

function photo(filename: string, more: Partial<Photo> = {}): Photo {
  return {
    id: 1,
    key: SHA.slice(0, 12),
    sha256: SHA,
    bytes: 9,
    filename,
    mime: "image/jpeg",
    extension: "jpg",
    kind: "image",
    receivedAt: 0,
    tags: [],
    sidecars: [],
    albums: [],
    related: [],
    ...more,
  };
}

const keyOf = (filename: string): string => blobKeysFor(photo(filename), "2024-05-17")[0] ?? "";

test("an original's key tells its day and its name", () => {
  assert.equal(keyOf("DSC00647.JPG"), "originals/2024/05/17/DSC00647-0123456789ab.JPG");
  assert.equal(keyOf("Été à Nîmes (1).jpeg"), "originals/2024/05/17/Été à Nîmes (1)-0123456789ab.jpeg");
  assert.equal(keyOf(""), "originals/2024/05/17/photo-0123456789ab.jpg");
  assert.equal(keyOf("no extension"), "originals/2024/05/17/no extension-0123456789ab.jpg");
});

test("an extension that is no picture's is not believed, so that an original is never mistaken for its record", () => {
  for (const name of ["IMG.json", "IMG.exe", "IMG.xmp"])
    assert.equal(keyOf(name), "originals/2024/05/17/IMG-0123456789ab.jpg");
  const key = keyOf("IMG.json");
  assert.notEqual(key, besideKey(key, "json"));
});

test("whatever a file is called, its key is one harmless path below its day", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (filename) => {
      const key = keyOf(filename);
      assert.match(key, /^originals\/2024\/05\/17\/[^/]+-0123456789ab\.[A-Za-z0-9]{1,5}$/);
      assert.doesNotMatch(key, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u);
      assert.doesNotMatch(key, /\/[. ]/);
      assert.ok(Buffer.byteLength(key) < 255);
      assert.equal(key, key.toWellFormed());
    }),
    { numRuns: 2000 },
  );
});

test("another photo with that key gets one with more of its checksum", () => {
  const [first, second, third] = blobKeysFor(photo("a.jpg"), "2024-05-17");
  assert.equal(first, "originals/2024/05/17/a-0123456789ab.jpg");
  assert.equal(second, `originals/2024/05/17/a-${SHA.slice(0, 24)}.jpg`);
  assert.equal(third, `originals/2024/05/17/a-${SHA}.jpg`);
});

test("a record tells all that is needed to know the photo again, and the same photo gives the same bytes", () => {
  const full = photo("a.jpg", {
    blobKey: "originals/2024/05/17/a-0123456789ab.jpg",
    md5: "ab".repeat(16),
    tags: ["lake"],
    facts: { taken: { local: "2024-05-17T10:00:00", offset: "+02:00", source: "exif" }, camera: { model: "X100V" } },
  });
  const receipts = { flickr: { id: "7", url: "https://www.flickr.com/photos/me/7" } };
  const record = recordOf(full, receipts);
  assert.equal(record.key, "originals/2024/05/17/a-0123456789ab.json");
  assert.ok("bytes" in record.source);
  const told = JSON.parse(Buffer.from(record.source.bytes).toString()) as Record<string, unknown>;
  assert.equal(told["sha256"], SHA);
  assert.equal(told["filename"], "a.jpg");
  assert.deepEqual(told["taken"], full.facts?.taken);
  assert.deepEqual(told["links"], receipts);
  assert.deepEqual(recordOf(full, receipts), record);
});
