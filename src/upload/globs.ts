/** Which files a person wants, told by patterns. */
import picomatch from "picomatch";
import { PhotologError } from "../errors.ts";

export interface Globs {
  /** Files that match none of these are left out; none given: all are wanted. */
  readonly include: readonly string[];
  /** Files and folders that match one of these are left out, whatever includes them. */
  readonly exclude: readonly string[];
}

export interface Chooser {
  /** `path` is relative to the folder that was named, with slashes. */
  readonly wantsFile: (path: string) => boolean;
  readonly wantsFolder: (path: string) => boolean;
}

const EVERYTHING: Chooser = { wantsFile: () => true, wantsFolder: () => true };

/**
 * As in `.gitignore`: a pattern without a slash matches the name at any depth, one with a slash the whole path below the named
 * folder; `*` stops at slashes, `**` does not; case does not matter. Throws `USAGE` at a pattern that is none.
 */
export function chooserOf({ include, exclude }: Globs): Chooser {
  if (include.length + exclude.length === 0) return EVERYTHING;
  const included = include.map((pattern) => matcherOf(pattern, "--include"));
  const excluded = exclude.map((pattern) => matcherOf(pattern, "--exclude"));
  const isExcluded = (path: string): boolean => excluded.some((matches) => matches(path));
  return {
    wantsFile: (path) => (included.length === 0 || included.some((matches) => matches(path))) && !isExcluded(path),
    wantsFolder: (path) => !isExcluded(path),
  };
}

function matcherOf(given: string, flag: string): (path: string) => boolean {
  const pattern = given.replace(/^\/+|\/+$/g, "");
  if (pattern === "") throw new PhotologError("USAGE", `${flag} ${JSON.stringify(given)} matches nothing.`);
  const isWhole = given.replace(/\/+$/, "").includes("/");
  const matches = picomatch(pattern, { dot: true, nocase: true, nonegate: true });
  return isWhole ? (path) => matches(path) : (path) => matches(path.slice(path.lastIndexOf("/") + 1));
}
