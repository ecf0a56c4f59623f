/** A YAML file of `KEY: value` lines while it is being worked on: what is put changes, everything else stays as a person wrote it. */
import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { Pair, Scalar, YAMLMap } from "yaml";
import { PhotologError, systemCodeOf } from "../errors.ts";

export interface NewLine {
  /** Goes above the line; may have several lines itself. */
  readonly comment: string;
  /** The line comes after the last of these that is there, else at the end with a free line before it. */
  readonly after: readonly string[];
}

export interface YamlFile {
  readonly path: string;
  /** Whether it was there when it was opened. */
  readonly exists: boolean;
  /** As it stands in the file, where 0123 is a secret and not a number; undefined where it is no single value. */
  get(key: string): string | undefined;
  /** Changes nothing where it says so already; only a new line is given its comment. */
  put(key: string, value: string | boolean, line: NewLine): void;
  /** What a person wrote beside the line stays; what stands in `comment` does not. */
  delete(key: string, comment: string): void;
  text(): string;
}

const NOTHING = /^(?:~|null)?$/i;
/** Plain, other programs would read something else than text. */
const AMBIGUOUS = /^(?:~|null|true|false|yes|no|on|off|[-+.]?\d[\d_.:a-fox+-]*|[-+]?\.(?:inf|nan))?$/i;

type Line = Pair<Scalar, Scalar | null>;

/** A new file begins with the heading. Rejects with `SETTINGS_WRONG` where there is a file that cannot be worked on. */
export async function openYamlFile(path: string, heading: string): Promise<YamlFile> {
  const before = read(path);
  refuseUnwritable(path);
  const { isMap, isScalar, parseDocument, Scalar: Text, YAMLMap: Lines } = await import("yaml");
  // No number is read as one: 0123 and 1e3 would be written otherwise than they stood.
  const document = parseDocument(before ?? "", { prettyErrors: false, schema: "failsafe" });
  const [error] = document.errors;
  if (error !== undefined) throw unusable(path, `is not YAML (${error.code})`);
  if (document.contents !== null && !isMap(document.contents))
    throw unusable(path, "must have lines of the form KEY: value");
  if (before === undefined) document.commentBefore = commented(heading);
  const map: YAMLMap = document.contents ?? new Lines(document.schema);
  document.contents = map as unknown as typeof document.contents;
  const lines = map.items as unknown[] as Line[];

  const indexOf = (keys: readonly string[]): number =>
    lines.findLastIndex(({ key }) => isScalar(key) && keys.includes(String(key.value)));
  const get = (key: string): string | undefined => {
    const value = lines[indexOf([key])]?.value;
    if (!isScalar(value) || typeof value.value !== "string") return undefined;
    return value.type === "PLAIN" && NOTHING.test(value.value) ? undefined : value.value;
  };

  return {
    path,
    exists: before !== undefined,
    get,
    put(key, value, { comment, after }) {
      if (get(key) === String(value)) return;
      const at = indexOf([key]);
      const there = lines[at]?.value;
      const scalar = isScalar(there) ? there : new Text("");
      scalar.value = String(value);
      if (typeof value === "string" && AMBIGUOUS.test(value)) scalar.type = "QUOTE_DOUBLE";
      if (at !== -1) {
        map.set(lines[at]?.key, scalar);
        return;
      }
      const last = indexOf(after);
      const line = document.createPair(key, scalar) as Line;
      // Of a file in the form of JSON nobody expects comments.
      if (map.flow !== true) {
        line.key.commentBefore = commented(comment);
        line.key.spaceBefore = last === -1 && lines.length > 0;
      }
      lines.splice(last === -1 ? lines.length : last + 1, 0, line);
    },
    delete(key, comment) {
      const at = indexOf([key]);
      const [gone] = at === -1 ? [] : lines.splice(at, 1);
      if (gone === undefined) return;
      const ours = commented(comment).split("\n");
      const theirs = [gone.key.commentBefore, gone.value?.comment]
        .flatMap((text) => text?.split("\n") ?? [])
        .filter((line) => !ours.includes(line));
      if (theirs.length === 0) return;
      const owner = lines[at]?.key;
      if (owner === undefined) document.comment = [...theirs, ...(document.comment?.split("\n") ?? [])].join("\n");
      else owner.commentBefore = [...theirs, ...(owner.commentBefore?.split("\n") ?? [])].join("\n");
    },
    text: () => document.toString({ lineWidth: 0 }),
  };
}

function commented(text: string): string {
  return text
    .split("\n")
    .map((line) => ` ${line}`)
    .join("\n");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemCodeOf(error) ?? "unknown error";
    if (code !== "ENOENT") throw unusable(path, `cannot be read (${code})`);
    return undefined;
  }
}

/** Told now, and not after many questions. */
function refuseUnwritable(path: string): void {
  let folder = dirname(existsSync(path) ? realpathSync(path) : path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unusable(path, `cannot be written: ${folder} (${systemCodeOf(error) ?? "unknown error"})`);
  }
}

/** Quotes nothing: the file holds secrets. */
function unusable(path: string, why: string): PhotologError {
  return new PhotologError("SETTINGS_WRONG", `${path} ${why}.`, {
    hint: "Mend that, then run `photolog init` again.",
  });
}
