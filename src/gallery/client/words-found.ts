/** Which photos have a word: told by the directory and by one piece, or by the parts that this names. */
import type { Branch, Directory, Leaf } from "../pieces.ts";
import { addressOf, read, type Span, union } from "../spans.ts";
import { fileOf, keyOf, partName } from "../word-keys.ts";

export interface WordPieces {
  readonly directory: Directory;
  /** `directory.words`, by their keys. */
  readonly codes: ReadonlyMap<string, string>;
}

type LoadPiece = <T>(name: string, code: string) => Promise<T>;

const MONTHS = "january february march april may june july august september october november december".split(" ");

/** The photos that have a word beginning so, or were taken in such a year or month. Rejects where a piece cannot be had. */
export async function photosHaving(
  beginning: string,
  { directory, codes }: WordPieces,
  load: LoadPiece,
): Promise<readonly Span[]> {
  const sets = [monthsNamed(beginning, directory), ...textsOf(directory.recent, beginning).map(read)];
  const own = keyOf(beginning, codes);
  const shared = own === undefined ? undefined : codes.get(own);
  const key = shared?.startsWith("=") ? shared.slice(1) : own;
  const code = key === undefined ? undefined : codes.get(key)?.replace("+", "");
  if (key === undefined || code === undefined) return union(sets);
  const piece = await load<Leaf | Branch>(`s/${fileOf(key)}`, code);
  const texts = "all" in piece ? [piece.all] : textsOf(piece, beginning);
  return union([...sets, ...(await Promise.all(texts.map((text) => spansOf(text, key, load)))).flat()]);
}

/** `2024`, `may`. */
function monthsNamed(word: string, { months }: Directory): Span[] {
  return months
    .filter(([month]) => month.slice(0, 4) === word || MONTHS[Number(month.slice(5)) - 1]?.startsWith(word))
    .map(([month, photos]): Span => [addressOf(month), addressOf(month) + photos]);
}

function textsOf({ words, photos }: Leaf, beginning: string): string[] {
  return words.flatMap((word, at) => (word.startsWith(beginning) ? [photos[at] ?? ""] : []));
}

/** A text may only name the parts that tell what it would. */
async function spansOf(text: string, key: string, load: LoadPiece): Promise<Span[][]> {
  if (!text.startsWith("*")) return [read(text)];
  const parts = text
    .slice(1)
    .split(",")
    .map((part) => part.split("."));
  const pieces = parts.map(([number, code = ""]) => load<Branch>(partName(key, Number(number)), code));
  return (await Promise.all(pieces)).map(({ all }) => read(all));
}
