/**
 * Makes `dist-binary/photolog`, or the file that is named: Node.js with all of photolog inside, for machines that have no Node.js. The native parts have
 * to be files, so the binary unpacks its tree once, into the user's cache folder; see `binary/main.ts`.
 *
 * https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, cp, glob, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import type { Tree } from "./binary/tree.ts";
import { bundle } from "./bundle.ts";

/** Marks the place in Node.js' own binary where the program goes; named by its documentation. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
const target = resolve(process.argv[2] ?? "dist-binary/photolog");

/** Packages with files of their own that they look for where they are: native parts, WebAssembly, hidden imports. */
const LEFT_AS_PACKAGES = [
  "sharp",
  "@img/sharp-linux-x64",
  "@img/sharp-libvips-linux-x64",
  "better-sqlite3",
  "file-type",
  "libheif-js",
];
/** Only for those who compile, or who have another kind of machine. */
const NOT_NEEDED =
  /\.(?:d\.[cm]?ts|map|md|c|cc|cpp|h|hpp|gypi?)$|^deps\/|^lib\/glib-2\.0\/|^prebuilds\/(?!linux-x64\.node$)/;
const BUILD_ONLY = new Set(["node-addon-api"]);

const work = await mkdtemp(join(tmpdir(), "photolog-binary-"));
try {
  const tree = join(work, "tree");
  await layTree(tree);
  const files = await filesOf(tree);
  await writeFile(join(work, "tree.json"), JSON.stringify(await contentsOf(tree, files)));
  await build({
    entryPoints: ["scripts/binary/main.ts"],
    outfile: join(work, "main.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
  });
  const config = {
    main: join(work, "main.cjs"),
    output: join(work, "photolog.blob"),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    assets: {
      "tree.json": join(work, "tree.json"),
      ...Object.fromEntries(files.map((file) => [file, join(tree, file)])),
    },
  };
  await writeFile(join(work, "sea.json"), JSON.stringify(config));
  run(process.execPath, "--experimental-sea-config", join(work, "sea.json"));
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  await copyFile(process.execPath, target);
  await chmod(target, 0o755);
  stripIfPossible();
  run("node_modules/.bin/postject", target, "NODE_SEA_BLOB", config.output, "--sentinel-fuse", FUSE);
  process.stdout.write(`${target}: ${Math.round((await stat(target)).size / 1e6)} MB\n`);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** The package as it would be installed, without what is in the bundle already. */
async function layTree(tree: string): Promise<void> {
  await bundle(join(tree, "dist"), { external: LEFT_AS_PACKAGES });
  const { name, version, type, engines, oclif } = JSON.parse(await readFile("package.json", "utf8")) as Record<
    string,
    unknown
  >;
  await writeFile(join(tree, "package.json"), JSON.stringify({ name, version, type, engines, oclif }));
  await cp("oclif.manifest.json", join(tree, "oclif.manifest.json"));
  await cp("bin/start.js", join(tree, "bin/start.js"));
  await cp("bin/package.json", join(tree, "bin/package.json"));
  for (const name of await withDependencies(LEFT_AS_PACKAGES)) {
    const folder = join("node_modules", name);
    for (const file of await filesOf(folder)) {
      if (!NOT_NEEDED.test(file)) await cp(join(folder, file), join(tree, folder, file));
    }
  }
}

async function withDependencies(names: readonly string[]): Promise<ReadonlySet<string>> {
  const all = new Set(names);
  for (const name of all) {
    const { dependencies = {} } = JSON.parse(await readFile(join("node_modules", name, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const needed of Object.keys(dependencies)) if (!BUILD_ONLY.has(needed)) all.add(needed);
  }
  return all;
}

async function filesOf(tree: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of glob("**", { cwd: tree, withFileTypes: true })) {
    if (entry.isFile()) files.push(relative(tree, join(entry.parentPath, entry.name)));
  }
  return files.sort();
}

/** What the binary unpacks, under a name that changes with any byte of it. */
async function contentsOf(tree: string, files: readonly string[]): Promise<Tree> {
  const hash = createHash("sha256");
  const sizes: Record<string, { readonly bytes: number }> = {};
  for (const file of files) {
    const content = await readFile(join(tree, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
    sizes[file] = { bytes: content.length };
  }
  return { digest: hash.digest("hex").slice(0, 16), files: sizes };
}

/** A fifth of Node.js' binary are symbols that only a debugger reads. */
function stripIfPossible(): void {
  try {
    run("strip", "--strip-all", target);
  } catch {
    process.stderr.write("strip is not installed: the binary will be larger by 18 MB.\n");
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
