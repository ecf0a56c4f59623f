/** Reads a list of paths: one a line, or separated by NUL as `find -print0` writes them. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PhotologError, systemCodeOf } from "../errors.ts";

function pathsIn(list: string): string[] {
  const paths = list.includes("\0") ? list.split("\0") : list.split(/\r?\n/);
  return paths.filter((path) => path !== "");
}

/** `file` is `-` for the standard input. Rejects with `USAGE`. */
export async function readFileList(
  file: string,
  { cwd, stdin }: { readonly cwd: string; readonly stdin: AsyncIterable<Uint8Array | string> },
): Promise<string[]> {
  if (file === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return pathsIn(Buffer.concat(chunks).toString("utf8"));
  }
  try {
    return pathsIn(await readFile(resolve(cwd, file), "utf8"));
  } catch (error) {
    throw new PhotologError("USAGE", `--filelist ${file} cannot be read (${systemCodeOf(error) ?? "unknown error"}).`, {
      cause: error,
    });
  }
}
