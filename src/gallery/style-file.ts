/** A file that every page may use, named after its content, so that it can be cached for ever. */
import { createHash } from "node:crypto";

export interface StyleFile {
  readonly path: string;
  readonly text: string;
  readonly contentType: string;
}

export function named(
  name: string,
  extension: string,
  file: { readonly text: string; readonly contentType: string },
): StyleFile {
  const code = createHash("sha256").update(file.text).digest("hex").slice(0, 10);
  return { path: `_/${name}.${code}.${extension}`, ...file };
}
