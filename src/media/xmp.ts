/**
 * What XMP says (ISO 16684-1): of a picture, or of the sidecar beside it. It is RDF, and any text may be hostile: only the few
 * values that are wanted are picked out, nothing is expanded, and no bytes make it throw.
 */
import { type Moment, parseMoment } from "./moment.ts";
import { plainText } from "./plain-text.ts";

export interface XmpFacts {
  readonly taken?: Moment;
  /** 1 to 5; -1 is rejected. */
  readonly rating?: number;
  readonly keywords?: readonly string[];
  readonly title?: string;
  readonly description?: string;
}

const MOST_CHARACTERS = 1_000_000;
const MOST_KEYWORDS = 100;
/** When it was taken; when the picture came into being; when its file did. */
const DATES = ["exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate"];

export function parseXmp(bytes: Uint8Array): XmpFacts {
  const text = decoded(bytes).slice(0, MOST_CHARACTERS);
  const taken = DATES.map((name) => parseMoment(valueOf(text, name) ?? "")).find((moment) => moment !== undefined);
  const rating = Number(valueOf(text, "xmp:Rating"));
  const keywords = [
    ...listOf(text, "dc:subject"),
    ...listOf(text, "lr:hierarchicalSubject").map((path) => path.slice(path.lastIndexOf("|") + 1)),
  ];
  const unique = [...new Set(keywords.map((word) => plainText(word)))]
    .filter((word) => word !== "")
    .slice(0, MOST_KEYWORDS);
  const title = plainText(listOf(text, "dc:title")[0] ?? "");
  const description = plainText(listOf(text, "dc:description")[0] ?? "", 2000);
  return {
    ...(taken === undefined ? {} : { taken }),
    ...(Number.isInteger(rating) && rating >= -1 && rating <= 5 && rating !== 0 ? { rating } : {}),
    ...(unique.length === 0 ? {} : { keywords: unique }),
    ...(title === "" ? {} : { title }),
    ...(description === "" ? {} : { description }),
  };
}

function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xfe && second === 0xff)
    return Buffer.from(bytes)
      .subarray(0, -(bytes.length % 2) || undefined)
      .swap16()
      .toString("utf16le");
  return Buffer.from(bytes).toString(first === 0xff && second === 0xfe ? "utf16le" : "utf8");
}

/** Written as an attribute or as an element. */
function valueOf(text: string, name: string): string | undefined {
  const [, , quoted, content] =
    new RegExp(`\\b${name}(?:\\s*=\\s*(["'])([^"'<>]{0,200})\\1|\\s*>([^<]{0,200})<)`).exec(text) ?? [];
  return quoted ?? content;
}

/** The entries of a bag, sequence or alternative; of a plain text, that. */
function listOf(text: string, name: string): string[] {
  const start = text.indexOf(`<${name}`);
  const end = start < 0 ? -1 : text.indexOf(`</${name}>`, start);
  if (end < 0) return [];
  const content = text.slice(text.indexOf(">", start) + 1, end);
  const entries = Array.from(content.matchAll(/<rdf:li\b[^>]*>([^<]*)<\/rdf:li>/g), ([, entry = ""]) =>
    unescaped(entry),
  );
  return entries.length > 0 || content.includes("<") ? entries : [unescaped(content)];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : "";
  });
}
