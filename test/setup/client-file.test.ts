import assert from "node:assert/strict";
import { test } from "node:test";
import { localAddressOf } from "../../src/setup/client-file.ts";
import { wrap } from "../../src/setup/wrap.ts";

test("a client on this machine finds the server wherever it listens", () => {
  const at = (host: string, tls?: object): string => localAddressOf({ host, port: 5000, ...(tls && { tls }) });
  assert.equal(at("127.0.0.1"), "http://127.0.0.1:5000");
  assert.equal(at("0.0.0.0"), "http://127.0.0.1:5000");
  assert.equal(at("::"), "http://127.0.0.1:5000");
  assert.equal(at("::1"), "http://[::1]:5000");
  assert.equal(at("photos.example.org", {}), "https://photos.example.org:5000");
});

test("long lines break between words, and keep their indentation", () => {
  assert.equal(wrap("one\n  two three four", 11), "one\n  two three\n  four");
  assert.equal(wrap("  https://a.very.long/address is long", 10), "  https://a.very.long/address\n  is long");
});
