/**
 * A gallery of a folder of photos of 12 to 24 megapixels, smaller pictures included, against thumbsup and fgallery: made first, with
 * nothing changed, and with one photo more; with the files that each of it writes or deletes.
 *
 *   npm run build && node bench/side-by-side.ts [--photos DIR] [--rounds N] [--json]
 *
 * Two dozen photos that are made for it, where no folder is given. The peers are looked for on the PATH, and run without what `npm run` puts
 * in front of it: they find the Node.js that they were installed for.
 */
import { linkSync, mkdirSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { delimiter, dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type Contender, type Cost, compete, costOf, installed } from "./cost.ts";
import { changesIn, filesIn } from "./changes.ts";
import { cacheFolder, makeMixture, photosIn } from "./inputs.ts";
import { type Case, show } from "./outcome.ts";
import { closeLanes, makeHome, openLanes, PHOTOLOG, startServing } from "./serving.ts";
import { untilDone } from "./through-serve.ts";

const { values } = parseArgs({
  options: { photos: { type: "string" }, rounds: { type: "string", default: "1" }, json: { type: "boolean" } },
});
const COUNT = 24;

// eslint-disable-next-line node/no-process-env -- the user's own, to look for the peers
const path = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((entry) => !entry.startsWith(join(process.cwd(), "/")));
const PEERS = { PATH: path.join(delimiter) };

/** Something that makes a gallery of `input` in `output`. */
interface Maker {
  readonly name: string;
  readonly role: Contender["role"];
  readonly needs?: string;
  /** `added` is the one photo more, undefined the first time and where nothing has changed. */
  make(of: { readonly input: string; readonly output: string; readonly added?: string }): Promise<Cost>;
  /** Before each first time. */
  forget?(input: string): Promise<void>;
  /** What comes after is that of another one. */
  readonly isFirstAlone?: true;
}

const ROUNDS = Number(values.rounds);
const { folder, paths } = values.photos === undefined ? await makeMixture(COUNT + ROUNDS) : photosIn(values.photos);
/** One of them is added in each round. */
const [photos, more] = [paths.slice(0, -ROUNDS), paths.slice(-ROUNDS)];
const work = await mkdtemp(join(cacheFolder(), "side-by-side-"));
let home = await makeHome();
let archived = await makeHome();
try {
  const makers: readonly Maker[] = [
    {
      name: "photolog, originals archived too",
      role: "ours",
      make: async ({ input, output, added }) => {
        const begin = [process.execPath, "bench/serve-and-publish.ts", output];
        if (added !== undefined) return await costOf([...begin, added], home.environment);
        if (filesIn(output).size === 0) return await costOf([...begin, input], home.environment);
        return await costOf([...PHOTOLOG, "gallery", "publish", "--to", output, "--json"], home.environment);
      },
      forget: async () => {
        home.remove();
        home = await makeHome();
      },
    },
    {
      name: "photolog, of what is archived",
      role: "ours",
      isFirstAlone: true,
      make: ({ output }) => costOf([process.execPath, "bench/serve-and-publish.ts", output], archived.environment),
      forget: async (input) => {
        archived.remove();
        archived = await makeHome();
        await archive(input);
      },
    },
    {
      name: "thumbsup",
      role: "peer",
      needs: "thumbsup",
      make: ({ input, output }) => costOf(["thumbsup", "--input", input, "--output", output], PEERS),
    },
    {
      name: "fgallery",
      role: "peer",
      needs: "fgallery",
      make: ({ input, output }) => costOf(["fgallery", input, output], PEERS),
    },
  ];
  const { present, absent } = await installed(makers);
  const cases: Case[] = [];
  for (const [work, turn] of Object.entries({
    "made first": first,
    "nothing changed": again,
    "one photo more": oneMore,
  })) {
    const makersNow = present.filter(({ isFirstAlone }) => turn === first || isFirstAlone !== true);
    const contenders = makersNow.map((maker): Contender => ({ ...maker, run: turn(maker) }));
    const [unit, count] = turn === first ? (["photo", photos.length] as const) : (["run", 1] as const);
    cases.push({ work, unit, count, entries: await compete(contenders, ROUNDS) });
  }
  show({
    title: "A gallery of photos of 12 to 24 megapixels",
    cases,
    absent,
    remarks: [
      "What limits it: decoding each photo once, and compressing what is made of it. Of what is archived: smaller pictures and pages of originals that came before. photolog's first and its one photo more are all it does: a server is started, the photo sent to it, hashed, archived with proof and made smaller, and the pages are published.",
    ],
  });
} finally {
  home.remove();
  archived.remove();
  await rm(work, { recursive: true, force: true });
}

/** All but the smaller pictures. */
async function archive(input: string): Promise<void> {
  const server = await startServing(archived);
  try {
    await closeLanes(archived, ["renditions"]);
    await costOf([...PHOTOLOG, "upload", input, "--host", server.url], archived.environment);
    await untilDone(archived, ["archive"]);
  } finally {
    await server.stop();
  }
  await openLanes(archived, ["renditions"]);
}

function foldersOf({ name }: Maker): { readonly input: string; readonly output: string } {
  const own = join(work, name);
  return { input: join(own, "photos"), output: join(own, "gallery") };
}

function first(maker: Maker): () => Promise<Cost> {
  const { input, output } = foldersOf(maker);
  return async () => {
    for (const one of [input, output]) rmSync(one, { recursive: true, force: true });
    for (const photo of photos) link(photo, input);
    await maker.forget?.(input);
    return await counted(output, () => maker.make({ input, output }));
  };
}

function again(maker: Maker): () => Promise<Cost> {
  const { input, output } = foldersOf(maker);
  return () => counted(output, () => maker.make({ input, output }));
}

function oneMore(maker: Maker): () => Promise<Cost> {
  const { input, output } = foldersOf(maker);
  let round = 0;
  return async () => {
    const added = link(more[round++] ?? "", input);
    return await counted(output, () => maker.make({ input, output, added }));
  };
}

async function counted(output: string, cost: () => Promise<Cost>): Promise<Cost> {
  const before = filesIn(output);
  return { ...(await cost()), files: changesIn(output, before) };
}

function link(photo: string, into: string): string {
  const to = join(into, relative(folder, photo));
  mkdirSync(dirname(to), { recursive: true });
  linkSync(photo, to);
  return to;
}
