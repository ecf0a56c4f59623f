/** Our source and the packages it uses as a few files, which start in half the time that hundreds take. */
import { globSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as runEsbuild, type Plugin } from "esbuild";
import { noticesOf } from "./notices.ts";
import { PLACE_SOURCES, writePlaces } from "./places.ts";

/**
 * Fills the folder with a file for each command, what they share in chunks beside them, and the licences of what is inside.
 * Packages named by `external` stay in `node_modules`.
 */
export async function bundle(into: string, { external }: { readonly external: readonly string[] }): Promise<void> {
  await rm(into, { recursive: true, force: true });
  const { metafile } = await runEsbuild({
    entryPoints: [
      ...globSync("src/commands/**/*.ts").map((path) => ({ in: path, out: path.slice("src/".length, -".ts".length) })),
      { in: "src/unknown-command.ts", out: "unknown-command" },
      { in: "src/media/render-child.ts", out: "media/render-child" },
      { in: "@oclif/core/execute", out: "execute" },
    ],
    outdir: into,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.19",
    metafile: true,
    logLevel: "warning",
    external: [...external],
    plugins: [namesOfCommonJs, plainSort],
    chunkNames: "chunks/[name]-[hash]",
    // The CommonJS packages among the bundled ones load what Node.js brings along by this name, and look for their own files.
    banner: {
      js: [
        'import { createRequire as __createRequire } from "node:module";',
        "const require = __createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;",
      ].join(" "),
    },
  });
  // Classic scripts: pages opened from a folder may not load modules.
  const client = await runEsbuild({
    entryPoints: ["app", "viewer", "timeline", "search", "map"].map((name) => `src/gallery/client/${name}.ts`),
    outdir: join(into, "client"),
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2020",
    metafile: true,
    logLevel: "warning",
  });
  await writePlaces(into);
  await writeFile(
    join(into, "third-party-notices.txt"),
    await noticesOf([...Object.keys(metafile.inputs), ...Object.keys(client.metafile.inputs), ...PLACE_SOURCES]),
  );
}

/**
 * oclif sorts our dozen commands by the rules of the user's language, and loading those rules takes a tenth of the time that
 * `photolog --help` takes. All of the names are ASCII.
 */
const plainSort: Plugin = {
  name: "plain-sort",
  setup(build) {
    build.onLoad({ filter: /@oclif\/core\/lib\/config\/plugin\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replace("a.id.localeCompare(b.id)", "(a.id < b.id ? -1 : 1)");
      if (contents === source) throw new Error(`${path} no longer sorts as it did: look whether this is still needed.`);
      return { contents };
    });
  },
};

/**
 * Of a CommonJS package that is loaded on its own esbuild exports nothing but the default. This gives it the names that
 * Node.js gives it.
 */
const namesOfCommonJs: Plugin = {
  name: "names-of-common-js",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      const isAlone = kind === "dynamic-import" || kind === "entry-point";
      if (!isAlone || pluginData === namesOfCommonJs || path.startsWith("node:") || path.startsWith("src/"))
        return null;
      const found = await build.resolve(path, {
        kind: "import-statement",
        importer,
        resolveDir,
        pluginData: namesOfCommonJs,
      });
      if (found.external || found.errors.length > 0 || (await isModule(found.path))) return null;
      return { path: found.path, namespace: "names", pluginData: { resolveDir: dirname(found.path) } };
    });
    build.onLoad({ filter: /./, namespace: "names" }, async ({ path, pluginData }) => {
      const names = Object.keys((await import(pathToFileURL(path).href)) as object);
      const own = names.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default");
      const contents = [
        `import * as whole from ${JSON.stringify(path)};`,
        `export const { ${own.join(", ")} } = whole;`,
        ...(names.includes("default") ? ["export default whole.default;"] : []),
      ].join("\n");
      return { contents, resolveDir: (pluginData as { readonly resolveDir: string }).resolveDir };
    });
  },
};

async function isModule(path: string): Promise<boolean> {
  return /^\s*(?:export|import)\b/m.test(await readFile(path, "utf8"));
}
