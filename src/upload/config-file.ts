/** Finds and reads the client's configuration file, without judging what it says. */
import type { Loader } from "cosmiconfig";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";

/** `key: value` as it stands in the file, where 0123 is a secret and not a number. */
interface Line {
  readonly key: string;
  /** Undefined where it is no single value. */
  readonly text: string | undefined;
  readonly line: number;
}

export interface ConfigFile {
  readonly path: string;
  readonly lines: readonly Line[];
  /** Where it is not YAML; these quote nothing, because the file holds a secret. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

interface ConfigPlaces {
  readonly cwd: string;
  readonly home: string;
  /** The user's folder of settings for photolog. */
  readonly settings: string;
}

/** No `.js` among them: a folder of photos must not be able to run anything. */
const NEARBY = [".photologrc", ".photologrc.json", ".photologrc.yaml", ".photologrc.yml"];
const AT_HOME = [".photolog", ...NEARBY];
const IN_SETTINGS = ["config.yaml", "config.yml", "config.json", "config"];

/**
 * The nearest: `.photologrc` here or in a folder above, then `~/.photolog`, then the one in the folder of settings.
 * One here or above that belongs to somebody else is not used, only named in `foreign`: it could send photos anywhere.
 */
export async function findConfigFile({
  cwd,
  home,
  settings,
}: ConfigPlaces): Promise<{ readonly file?: ConfigFile; readonly foreign: readonly string[] }> {
  const look = lookWhereSomethingIs();
  const foreign: string[] = [];
  for (const folder of upwards(cwd)) {
    if (folder === home) break;
    const file = await look(folder, NEARBY);
    if (file === undefined) continue;
    if (isTrusted(file.path)) return { file, foreign };
    foreign.push(file.path);
  }
  const file = (await look(home, AT_HOME)) ?? (await look(settings, IN_SETTINGS));
  return file === undefined ? { foreign } : { file, foreign };
}

type Look = (folder: string, searchPlaces: string[]) => Promise<ConfigFile | undefined>;

/** Many have no such file at all, and need not wait until YAML can be read. */
function lookWhereSomethingIs(): Look {
  let explorer: Promise<Look> | undefined;
  return async (folder, searchPlaces) => {
    if (!searchPlaces.some((name) => mayBeThere(join(folder, name)))) return undefined;
    explorer ??= openExplorer();
    return (await explorer)(folder, searchPlaces);
  };
}

/** What cannot be looked at is not for this to judge. */
function mayBeThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

async function openExplorer(): Promise<Look> {
  const { cosmiconfig } = await import("cosmiconfig");
  const load = await yamlLoader();
  const loaders = { noExt: load, ".json": load, ".yaml": load, ".yml": load };
  return async (folder, searchPlaces) => {
    const explorer = outsideAnyProject(() =>
      cosmiconfig("photolog", { loaders, searchPlaces, searchStrategy: "none" }),
    );
    const found = await explorer.search(folder);
    if (found === null) return undefined;
    return { path: found.filepath, ...(found.config as Omit<ConfigFile, "path">) };
  };
}

/**
 * When it is opened, cosmiconfig looks into the working directory for settings of its own, and runs them where they are
 * JavaScript (`.config/config.js`). A memory card must not decide what this machine runs.
 */
function outsideAnyProject<T>(open: () => T): T {
  const before = process.cwd();
  process.chdir("/");
  try {
    return open();
  } finally {
    process.chdir(before);
  }
}

async function yamlLoader(): Promise<Loader> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  return (_path, content): Omit<ConfigFile, "path"> => {
    const counter = new LineCounter();
    const lineOf = (position: number | undefined): number => counter.linePos(position ?? 0).line;
    const { contents, errors } = parseDocument(content, { lineCounter: counter, prettyErrors: false });
    if (errors.length > 0) {
      return {
        lines: [],
        errors: errors.map(({ pos, code }) => ({ line: lineOf(pos[0]), message: `is not YAML (${code})` })),
      };
    }
    if (contents === null) return { lines: [], errors: [] };
    if (!isMap(contents))
      return { lines: [], errors: [{ line: 1, message: "must have lines of the form `key: value`" }] };
    const lines = contents.items.flatMap(({ key, value }): Line[] => {
      if (!isScalar(key)) return [];
      const text = isScalar(value) ? (value.source ?? "") : value === null ? "" : undefined;
      return [{ key: String(key.value), text, line: lineOf(key.range?.[0]) }];
    });
    return { lines, errors: [] };
  };
}

function* upwards(folder: string): Generator<string> {
  for (let at = folder, above = dirname(at); ; at = above, above = dirname(at)) {
    yield at;
    if (above === at) return;
  }
}

function isTrusted(path: string): boolean {
  const me = process.getuid?.();
  const owner = statSync(path).uid;
  return me === undefined || owner === me || owner === 0;
}
