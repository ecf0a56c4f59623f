/** The licences of the packages that a bundle contains. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** A text with name, version, licence and the licence's own words for each package among the files. */
export async function noticesOf(files: readonly string[]): Promise<string> {
  const folders = new Set(
    files.flatMap(
      (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(relative(".", file.replace(/^names:/, "")))?.[1] ?? [],
    ),
  );
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  return `photolog contains these packages.\n\n${notices.join("\n\n")}\n`;
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const texts = await Promise.all(
    globSync("{LICENSE,LICENCE,License,license,NOTICE}*", { cwd: folder })
      .sort()
      .map((file) => readFile(join(folder, file), "utf8")),
  );
  const heading = `${name} ${version} (${license ?? "licence in its own words"})`;
  return [heading, "-".repeat(heading.length), ...texts.map((text) => text.trim())].join("\n");
}
