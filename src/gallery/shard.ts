/** Pieces of what the scripts of the pages ask for, as classic scripts: these can be loaded from a folder, where nothing else can. */
import { createHash } from "node:crypto";
import { literal } from "./html.ts";
import { JAVASCRIPT } from "./script.ts";
import { piecePath } from "./site-paths.ts";
import type { StyleFile } from "./style-file.ts";

/**
 * `data/<name>.<code>.js`, a script that hands the value over by its name. It is named after its content, so that it can be
 * cached for ever. What is in it is the value's JSON, which is no place where anything could be smuggled in.
 */
export function shard(name: string, value: unknown): StyleFile {
  const text = textOf(name, value);
  const code = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return { path: piecePath(name, code), text, contentType: JAVASCRIPT };
}

/** `data/<name>.js`: it names shards, so it keeps its own name when they change, and pages that ask for it stay as they are. */
export function directory(name: string, value: unknown): StyleFile {
  return { path: `data/${name}.js`, text: textOf(name, value), contentType: JAVASCRIPT };
}

/** The code in the path of a shard. */
export function codeOf({ path }: StyleFile): string {
  return path.split(".").at(-2) ?? "";
}

function textOf(name: string, value: unknown): string {
  return `photologPiece(${JSON.stringify(name)},${literal(value)})\n`;
}
