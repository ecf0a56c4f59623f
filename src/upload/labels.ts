/** Tags and albums of photos: those given for all, and those that folders' names give. */
import { PhotologError } from "../errors.ts";
import type { Found } from "./entry.ts";

export interface Labels {
  readonly tags: readonly string[];
  readonly albums: readonly string[];
}

export interface LabelOptions {
  readonly tags: readonly string[];
  readonly album?: string;
  readonly tagsFromFolders: boolean;
  readonly albumFromFolders: boolean;
}

/** The server takes no longer ones. */
const LONGEST = 200;
/** Names that cameras and phones give to folders, and dates, say nothing that is not known otherwise. */
const MEANINGLESS =
  /^(?:dcim|\d{3}[a-z0-9_]{5}|\d{3}_\d{4}|camera(?: roll)?|photos?|pictures?|images?|videos?|movies?|originals?|raw|jpe?g|export|img|misc|new folder(?: \(\d+\))?|\d{1,8}|\d{4}[-_. ]\d{1,2}(?:[-_. ]\d{1,2})?)$/i;

/**
 * Folders count below the one that was named: of `photolog upload ~/Photos`, a file in `Italy/Rome 2019/DCIM` is tagged
 * `Italy` and `Rome 2019`, and its album is `Rome 2019`. Throws `USAGE` where a label is none.
 */
export function openLabels(options: LabelOptions): (file: Pick<Found, "below">) => Labels {
  const { tags, album, tagsFromFolders, albumFromFolders } = options;
  for (const tag of tags) check(tag, "--tags: a tag");
  if (album !== undefined) check(album, "--album: a title");
  const albums = album === undefined ? [] : [plain(album)];
  const forAll: Labels = { tags, albums };
  if (!tagsFromFolders && !albumFromFolders) return () => forAll;
  // Files come folder by folder, and those of one folder share the list of its names.
  const known = new WeakMap<readonly string[], Labels>();
  return ({ below }) => {
    const before = known.get(below);
    if (before !== undefined) return before;
    const meaningful = below.map(plain).filter((name) => name !== "" && !MEANINGLESS.test(name));
    const names = meaningful.map((name) => plain(name.replaceAll(",", " "))).filter((name) => name !== "");
    const last = meaningful.at(-1);
    const labels: Labels = {
      tags: [...new Set([...tags, ...(tagsFromFolders ? names : [])])],
      albums: [...new Set([...albums, ...(albumFromFolders && last !== undefined ? [last] : [])])],
    };
    known.set(below, labels);
    return labels;
  };
}

/** As the server writes it. Commas have to go from tags, which they separate on their way. */
function plain(name: string): string {
  const line = name
    .normalize("NFC")
    .replace(/\p{Cc}+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return [...line].slice(0, LONGEST).join("").trim();
}

function check(label: string, what: string): void {
  if (plain(label) === "") throw new PhotologError("USAGE", `${what} must have something in it.`);
  if ([...label].length > LONGEST) {
    throw new PhotologError("USAGE", `${what} may have ${LONGEST} characters at most.`);
  }
}
