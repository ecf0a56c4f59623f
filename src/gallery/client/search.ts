/**
 * Search among all photos: for each word one small piece is asked for, which knows who has it; then the photos that are shown.
 * Nothing that is found is ever taken for markup.
 */
import { intersection, monthOf, sizeOf, type Span } from "../spans.ts";
import { type Directory, type PhotoPiece, stepsOf } from "../pieces.ts";
import { DIRECTORY_NAME, piecePath } from "../site-paths.ts";
import { wordsOf } from "../words.ts";
import { loadShard } from "./load-shard.ts";
import { dayIn, photoIn } from "./piece-photos.ts";
import { photosHaving, type WordPieces } from "./words-found.ts";
import { addTiles, type FoundTile, gridOf } from "./found-grid.ts";

/** Then a button asks whether there shall be more. */
const SHOWN = 60;
/** So many pieces at a time, of twenty kilobytes each: a rare word's photos lie in many. */
const PIECES_AT_ONCE = 2;
/** Of the end of what is shown to the screen, when the next are asked for. */
const NEAR = "600px";

const box = document.querySelector<HTMLElement>(".search");
const field = document.querySelector<HTMLInputElement>("#q");
const status = box?.querySelector("p");
const found = document.querySelector<HTMLElement>(".found");
const ways = document.querySelector<HTMLElement>(".ways");
const root = "../";

interface Gallery extends WordPieces {
  readonly months: ReadonlyMap<string, Directory["months"][number]>;
}

let opening: Promise<Gallery> | undefined;
/** Of the search that was begun last: what an earlier one finds is not shown. */
let latest = 0;

function openGallery(): Promise<Gallery> {
  opening ??= loadShard<Directory>(DIRECTORY_NAME, box?.dataset["directory"] ?? "").then((directory) => ({
    directory,
    codes: new Map(directory.words),
    months: new Map(directory.months.map((month) => [month[0], month])),
  }));
  opening.catch(() => (opening = undefined));
  return opening;
}

async function search(query: string): Promise<void> {
  const turn = ++latest;
  const words = wordsOf(query);
  // There is room for what will be found from the beginning: nothing moves when it comes.
  found?.classList.toggle("wanted", words.length > 0);
  if (words.length === 0) {
    tell(query.trim() === "" ? "" : "Two letters at least.");
    found?.replaceChildren();
    if (ways) ways.hidden = false;
    return;
  }
  try {
    const gallery = await openGallery();
    const sets = await Promise.all(words.map((word) => photosHaving(word, gallery, loadPiece)));
    if (turn !== latest) return;
    const photos = sets.reduce((all, set) => intersection(all, set));
    const count = sizeOf(photos);
    const first = await tilesOf(photos, { from: 0, most: SHOWN, gallery });
    if (turn !== latest) return;
    if (ways) ways.hidden = count > 0;
    found?.classList.toggle("wanted", count > 0);
    show(first, { photos, gallery, count, turn });
    tell(
      count === 0
        ? "No photo found."
        : `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${count === 1 ? "photo" : "photos"}`,
    );
  } catch {
    if (turn === latest) tell("The search cannot be loaded. Perhaps the gallery has changed: load this page again.");
  }
}

interface Found {
  readonly photos: readonly Span[];
  readonly gallery: Gallery;
  readonly count: number;
  readonly turn: number;
}

/** The first of them; others follow when the end of them comes near the screen, and from sixty to sixty a button is asked. */
function show(tiles: readonly FoundTile[], { photos, gallery, count, turn }: Found): void {
  const grids = document.createElement("div");
  grids.append(gridOf(tiles, root));
  const end = document.createElement("div");
  const more = document.createElement("button");
  more.type = "button";
  more.textContent = "Show more";
  more.hidden = true;
  let all = tiles;
  let wanted = SHOWN;
  let isWaiting = false;
  found?.replaceChildren(grids, end, more);

  const near = new IntersectionObserver(
    // Several come at once where the browser is busy, the last of them the newest.
    (entries) => {
      if (entries.at(-1)?.isIntersecting === true) void extend();
    },
    { rootMargin: NEAR },
  );
  const look = (): void => {
    more.hidden = all.length === count || all.length < wanted;
    near.disconnect();
    if (turn === latest && all.length < Math.min(count, wanted)) near.observe(end);
  };
  more.addEventListener("click", () => {
    const at = all.length;
    wanted += SHOWN;
    void extend().then(() => found?.querySelectorAll<HTMLAnchorElement>(".grid a")[at]?.focus());
  });
  look();

  async function extend(): Promise<void> {
    if (isWaiting) return;
    isWaiting = true;
    try {
      const next = await tilesOf(photos, { from: all.length, most: wanted - all.length, gallery });
      if (turn !== latest) return;
      addTiles(grids, { shown: all, next, root });
      all = [...all, ...next];
      look();
    } catch {
      if (turn === latest) tell("The photos cannot be loaded. Load this page again.");
    } finally {
      isWaiting = false;
    }
  }
}

/** The next of the photos, newest first: as many as a few pieces tell of, one at least. */
async function tilesOf(
  photos: readonly Span[],
  { from, most, gallery }: { readonly from: number; readonly most: number; readonly gallery: Gallery },
): Promise<FoundTile[]> {
  const addresses: number[] = [];
  const pieces = new Set<string>();
  let passed = 0;
  for (let at = photos.length - 1; at >= 0; at--) {
    const [first, end] = photos[at] ?? [0, 0];
    const skipped = Math.min(Math.max(0, from - passed), end - first);
    passed += end - first;
    for (let one = end - 1 - skipped; one >= first; one--) {
      pieces.add(pieceOf(one, gallery.directory).name);
      if (addresses.length === most || pieces.size > PIECES_AT_ONCE) return await tilesAt(addresses, gallery);
      addresses.push(one);
    }
  }
  return await tilesAt(addresses, gallery);
}

function tilesAt(addresses: readonly number[], gallery: Gallery): Promise<FoundTile[]> {
  return Promise.all(addresses.map((address) => tileAt(address, gallery)));
}

/** Which piece tells of a photo, and as the how-many-eth of it. */
function pieceOf(
  address: number,
  { piece }: Pick<Directory, "piece">,
): { readonly name: string; readonly month: string; readonly number: number; readonly at: number } {
  const { month, place } = monthOf(address);
  const number = Math.floor(place / piece);
  return { name: `m/${month}.${number}`, month, number, at: place % piece };
}

async function tileAt(address: number, { directory, months }: Gallery): Promise<FoundTile> {
  const { name, month, number, at } = pieceOf(address, directory);
  const piece = await loadPiece<PhotoPiece>(name, months.get(month)?.[2][number] ?? "");
  const { day, inDay } = dayIn(piece, at);
  const { id, name: spoken, mark } = photoIn(piece, at, `${month}-${day}`);
  return {
    id,
    day: `${month}-${day}`,
    part: 1 + Math.floor(inDay / directory.part),
    ratio: stepsOf(piece.ratios.charAt(at))[0] ?? 0,
    spoken,
    mark,
  };
}

function loadPiece<T>(name: string, code: string): Promise<T> {
  return loadShard<T>(name, root + piecePath(name, code));
}

function tell(text: string): void {
  if (status && status.textContent !== text) status.textContent = text;
}

function start(): void {
  if (box === null || field === null) return;
  box.hidden = false;
  const begin = (): void => {
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    void search(field.value);
  };
  let pause: ReturnType<typeof setTimeout> | undefined;
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      const query = field.value.trim();
      history.replaceState(null, "", query === "" ? location.pathname : `?q=${encodeURIComponent(query)}`);
      void search(query);
    }, 120);
  });
  addEventListener("popstate", begin);
  // Whoever goes to the field will need what leads to all words.
  field.addEventListener("focus", () => void openGallery().catch(() => undefined));
  begin();
  if (field.value === "" && matchMedia("(hover: hover)").matches) field.focus();
}

start();
