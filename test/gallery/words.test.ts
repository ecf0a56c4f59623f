/** The words of a large gallery in their pieces, looked up as the search does. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { photosHaving, type WordPieces } from "../../src/gallery/client/words-found.ts";
import { findingFiles } from "../../src/gallery/finding-files.ts";
import { addDay, emptyOutline } from "../../src/gallery/outline.ts";
import type { Directory } from "../../src/gallery/pieces.ts";
import { monthOf } from "../../src/gallery/spans.ts";
import type { StyleFile } from "../../src/gallery/style-file.ts";
import { WordLog } from "../../src/gallery/word-log.ts";
import { shown } from "../support/gallery.ts";

const PHOTOS = 200_000;
const OF_A_DAY = 100;
/** So many came after the pieces were last made. */
const RECENT = PHOTOS % 256;

interface Wordy {
  readonly month: string;
  /** From the oldest of its month. */
  readonly place: number;
  readonly words: readonly string[];
}

function told(file: StyleFile): unknown {
  let value: unknown;
  runInNewContext(file.text, { photologPiece: (_name: string, given: unknown) => (value = given) });
  return value;
}

function wordsOf(number: number): string[] {
  return [
    "dsc",
    String(number).padStart(6, "0"),
    ...(number % 2 === 0 ? ["even"] : []),
    ...(number % 4 === 0 ? ["garden"] : []),
    ...(number % 50_000 === 7 ? ["zanzibar", "東京"] : []),
  ];
}

/** Photo 0 is the oldest, and came first. */
function gallery(count: number): { readonly files: StyleFile[]; readonly photos: Wordy[] } {
  const outline = emptyOutline();
  const log = new WordLog();
  for (let from = count - OF_A_DAY; from >= 0; from -= OF_A_DAY) {
    const numbers = Array.from({ length: OF_A_DAY }, (_, index) => from + index);
    const photos = numbers.map((number) => ({ ...shown(0, { id: number + 1 }), day: dayOf(number) }));
    addDay(outline, { day: dayOf(from), photos }, () => "0".repeat(22));
    for (const number of numbers) {
      const [dsc = "", digits = "", ...recurring] = wordsOf(number);
      log.add({ recurring, own: [dsc, digits] });
    }
  }
  const counts = new Map<string, number>();
  const photos = Array.from({ length: count }, (_, number) => {
    const month = dayOf(number).slice(0, 7);
    const place = counts.get(month) ?? 0;
    counts.set(month, place + 1);
    return { month, place, words: wordsOf(number) };
  });
  return { files: [...findingFiles(outline, log)], photos };
}

function dayOf(number: number): string {
  return new Date(Date.UTC(2020, 4, 17) + Math.floor(number / OF_A_DAY) * 86_400_000).toISOString().slice(0, 10);
}

describe(`the words of ${PHOTOS} photos`, () => {
  let files: readonly StyleFile[];
  let photos: readonly Wordy[];
  let pieces: WordPieces;
  let loaded: string[] = [];

  before(() => {
    ({ files, photos } = gallery(PHOTOS));
    const file = files.find(({ path }) => path === "data/gallery.js");
    const directory = told(file ?? assert.fail()) as Directory;
    pieces = { directory, codes: new Map(directory.words) };
  });

  async function having(beginning: string): Promise<Set<string>> {
    const load = async <T>(name: string, code: string): Promise<T> => {
      const path = `data/${name}.${code}.js`;
      loaded.push(path);
      return told(files.find((file) => file.path === path) ?? assert.fail(path)) as T;
    };
    const found = new Set<string>();
    for (const [first, end] of await photosHaving(beginning, pieces, load)) {
      for (let address = first; address < end; address++) {
        const { month, place } = monthOf(address);
        found.add(`${month} ${place}`);
      }
    }
    return found;
  }

  for (const beginning of [
    "even",
    "garden",
    "za",
    "zanzibar",
    "東京",
    "0",
    "00",
    "001",
    "0012",
    "001234",
    "19",
    "dsc",
    "qq",
  ]) {
    it(`finds who has a word that begins with ${beginning}`, async () => {
      loaded = [];
      const found = await having(beginning);
      const isLongEnough = beginning.length > 1;
      const right = photos.filter(({ words }) => isLongEnough && words.some((word) => word.startsWith(beginning)));
      assert.equal(found.size, right.length);
      for (const { month, place } of right) assert.ok(found.has(`${month} ${place}`), `${month} ${place}`);
      assert.ok(loaded.length <= 4, loaded.join(" "));
    });
  }

  it("are in few pieces, none of them large", () => {
    const words = files.filter(({ path }) => path.startsWith("data/s/"));
    assert.ok(words.length < 100, `${words.length} pieces`);
    for (const { path, text } of words) assert.ok(gzipSync(text).length <= 60_000, path);
    assert.ok(
      words.some(({ path }) => /-\d+\.[0-9a-f]{8}\.js$/.test(path)),
      "one word has so many that it has parts",
    );
    assert.ok([...pieces.codes.values()].some((code) => code.startsWith("+")));
    assert.ok([...pieces.codes.values()].some((code) => code.startsWith("=")));
  });

  it("stay as they are when one photo more comes, whatever its words", () => {
    assert.ok(RECENT > 0 && RECENT + OF_A_DAY < 256);
    const more = gallery(PHOTOS + OF_A_DAY).files.map(({ path }) => path);
    const before = files.map(({ path }) => path).filter((path) => path.startsWith("data/s/"));
    assert.deepEqual(
      more.filter((path) => path.startsWith("data/s/")),
      before,
    );
  });
});
