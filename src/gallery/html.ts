/** HTML as tagged templates: what is put in is escaped, unless it is itself the outcome of a template. */

let seal: (text: string) => SafeHtml;

/** Markup that is safe to send as it is. Only `html` makes one. */
export class SafeHtml {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static {
    seal = (text) => new SafeHtml(text);
  }

  toString(): string {
    return this.#text;
  }
}

/** `undefined` and `false` leave nothing behind. */
export type HtmlValue = SafeHtml | string | number | undefined | false | readonly HtmlValue[];

/**
 * `` html`<p title="${text}">${text}</p>` ``. Attribute values must stand in double quotes: a template that forgets them
 * throws a `TypeError` when it is first used. A line break between elements, with its indentation, is only there for the reader of
 * the template and is left out of the page; any other is a space.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  const parts = compactParts(strings);
  let text = parts[0] ?? "";
  for (let index = 0; index < values.length; index++) text += textOf(values[index]) + (parts[index + 1] ?? "");
  return seal(text);
}

/** A value for the page's scripts, by the id of the element that holds it. It is no script itself: browsers do not run what is JSON. */
export function dataElement(id: string, value: unknown): SafeHtml {
  return seal(`<script type="application/json" id="${escape(id)}">${literal(value)}</script>`);
}

/** JSON that is the same as a script and in a page: nothing in it ends an element or turns the direction of what it stands in. */
export function literal(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/g;

/** For element content and quoted attributes. Characters that HTML forbids (controls, lone surrogates) become U+FFFD. */
export function escape(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** A file name, a tag, a camera: text of unknown direction, which must not turn what stands beside it. */
export function foreign(text: string): SafeHtml {
  return html`<bdi>${unturned(text)}</bdi>`;
}

/** Without the characters that turn the direction of what follows, so that `photo\u202Egpj.exe` reads as it is written. */
export function unturned(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** The relative link from one page of the site to another file of it. Both are paths from the root of the site. */
export function linkFrom(page: string, to: string): string {
  if (/^[a-z][a-z0-9+.-]*:|^[/\\]|(^|\/)\.\.(\/|$)/i.test(to)) throw new TypeError(`${to} is not a path of the site.`);
  return "../".repeat(page.split("/").length - 1) + to;
}

/** The address as it is where it leads to a web page; undefined for `javascript:` and everything else. */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof SafeHtml) return value.toString();
  if (typeof value === "string") return escape(value);
  if (typeof value === "number") return String(value);
  return value.map(textOf).join("");
}

/** Between two elements, or between an element and what is put in, or two things that are put in; and before the end of a tag. */
const BREAK_BETWEEN = /(?<=>|^)\s*\n\s*(?=<|$)|\s*\n\s*(?=\/?>)/g;

const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

function compactParts(strings: TemplateStringsArray): readonly string[] {
  const known = compacted.get(strings);
  if (known !== undefined) return known;
  const parts = strings.map((part) => part.replace(BREAK_BETWEEN, "").replace(/\s*\n\s*/g, " "));
  if (parts.slice(0, -1).some((part) => /=\s*$/.test(part))) {
    throw new TypeError(`An attribute without quotes in ${JSON.stringify(strings)}.`);
  }
  compacted.set(strings, parts);
  return parts;
}
