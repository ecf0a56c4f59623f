import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escape, foreign, html, linkFrom, webAddress } from "../../src/gallery/html.ts";

/** What a browser makes of escaped text. */
function unescape(text: string): string {
  const characters: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" };
  return text.replace(/&[a-z]+;|&#39;/g, (entity) => characters[entity] ?? entity);
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/g;

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(..."<>\"'&=/ \u202e\0-!a`;") }),
);

test("no text breaks out of an element or an attribute, and none is changed by being escaped", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = escape(text);
      assert.doesNotMatch(escaped, /[<>"']/);
      assert.doesNotMatch(escaped, /&(?!(?:lt|gt|quot|amp|#39);)/);
      const allowed = text.toWellFormed().replace(FORBIDDEN, "\ufffd");
      assert.equal(unescape(escaped), allowed);
      const page = html`<p title="${text}">${text}</p>`.toString();
      assert.match(page, /^<p title="[^"<>]*">[^<>]*<\/p>$/);
    }),
    { numRuns: 500 },
  );
});

test("what a template made is put in as it is, everything else is escaped once", () => {
  const inner = html`<b>${"<i>"}</b>`;
  assert.equal(html`<p>${inner}${"&amp;"}${3}</p>`.toString(), "<p><b>&lt;i&gt;</b>&amp;amp;3</p>");
  assert.equal(
    html`<ul>
      ${["<", html`<li>1</li>`, [html`<li>2</li>`]]}
    </ul>`.toString(),
    "<ul>&lt;<li>1</li><li>2</li></ul>",
  );
});

test("undefined and false leave nothing behind, zero does", () => {
  assert.equal(html`<p>${undefined}${false}${0}</p>`.toString(), "<p>0</p>");
});

test("an object that only looks like markup is not taken for it", () => {
  const forged = { toString: () => "<script>" } as unknown as string;
  assert.throws(() => html`<p>${forged}</p>`, TypeError);
});

test("an attribute without quotes is refused", () => {
  assert.throws(() => html`<p title=${"a onclick=alert(1)"}>`, /without quotes/);
  assert.throws(() => html`<p title=${"a"}>`, /without quotes/);
});

test("line breaks between elements are for the reader of the template only, others are spaces", () => {
  const markup = html;
  const text = markup`<p>
    one
    two
    <b
      class="x"
      id="${"y"}"
    />
  </p>
  ${markup`<i></i>`}
  ${markup`<u></u>`}`;
  assert.equal(text.toString(), '<p> one two <b class="x" id="y"/></p><i></i><u></u>');
});

test("the text of a value keeps its line breaks", () => {
  assert.equal(html`<pre>${"a\n  b"}</pre>`.toString(), "<pre>a\n  b</pre>");
});

test("a name that turns the direction of writing is isolated and disarmed", () => {
  assert.equal(foreign("holiday\u202egpj.exe").toString(), "<bdi>holiday\ufffdgpj.exe</bdi>");
});

test("links are relative, whatever the depth of the page", () => {
  assert.equal(linkFrom("index.html", "2024/index.html"), "2024/index.html");
  assert.equal(linkFrom("2024/05/17/index.html", "a/3f/3f-g.webp"), "../../../a/3f/3f-g.webp");
});

test("a link that would leave the site is refused", () => {
  for (const path of [
    "https://example.org/",
    "//example.org/",
    "/etc/passwd",
    "../other",
    "a/../../b",
    "javascript:alert(1)",
    "\\\\x",
  ]) {
    assert.throws(() => linkFrom("index.html", path), TypeError, path);
  }
});

test("only web addresses are linked to", () => {
  assert.equal(webAddress("https://www.flickr.com/photos/me/1"), "https://www.flickr.com/photos/me/1");
  for (const address of [
    "javascript:alert(1)",
    "data:text/html,x",
    " java\nscript:alert(1)",
    "photos/1",
    "",
    undefined,
  ]) {
    assert.equal(webAddress(address), undefined);
  }
});
